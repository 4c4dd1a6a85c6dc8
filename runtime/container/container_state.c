/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "cgroup/group.h"
#include "container_json.h"
#include "container_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const char *container_status_name(enum container_status status)
{
	switch (status) {
	case CONTAINER_CREATED:
		return "created";
	case CONTAINER_RUNNING:
		return "running";
	case CONTAINER_PAUSED:
		return "paused";
	case CONTAINER_RESTARTING:
		return "restarting";
	case CONTAINER_EXITED:
		return "exited";
	}
	return "unknown";
}

const char *restart_name(enum restart_kind kind)
{
	switch (kind) {
	case RESTART_NO:
		return "no";
	case RESTART_ON_FAILURE:
		return "on-failure";
	case RESTART_ALWAYS:
		return "always";
	case RESTART_UNLESS_STOPPED:
		return "unless-stopped";
	}
	return "unknown";
}

int restart_parse(const char *text, enum restart_kind *kind, uint32_t *max, struct error *err)
{
	const char *colon = strchr(text, ':');
	struct slice word = {text, colon ? (size_t)(colon - text) : strlen(text)};

	for (int i = RESTART_NO; i <= RESTART_UNLESS_STOPPED; i++) {
		uint64_t n = 0;

		if (!slice_is(word, restart_name((enum restart_kind)i)))
			continue;
		if (colon && i != RESTART_ON_FAILURE)
			return error_set(err, -EINVAL, "use on-failure:N",
					 "only on-failure has a count, not '%s'", text);
		if (colon && (parse_u64(slice_of(colon + 1), &n) < 0 || n > UINT32_MAX))
			return error_set(err, -EINVAL, "", "'%s' is not a count of restarts", colon + 1);
		*kind = (enum restart_kind)i;
		*max = (uint32_t)n;
		return 0;
	}
	return error_set(err, -EINVAL, "use no, on-failure[:N], always or unless-stopped",
			 "there is no restart policy '%s'", text);
}

/* A power cut can leave a file that was renamed without fsync empty, or all zeroes. */
static bool is_blank(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i])
			return false;
	return true;
}

int container_read_state(struct container *c, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct slice slice = {0};
	struct error why = {0};
	int r = fs_read_file(c->folder, "state.json", STATE_SIZE_MAX, &text, &slice.len);

	if (r == -ENOENT) {
		c->state = (struct container_state){.status = CONTAINER_CREATED};
		return 0;
	}
	if (r < 0)
		return error_errno(err, r, "", "cannot read '%s/state.json'", c->path);
	slice.at = text;
	if (is_blank(slice)) {
		c->state = (struct container_state){.status = CONTAINER_EXITED};
		return 0;
	}
	r = container_state_read(slice, &c->state, &why);
	if (r < 0)
		return error_set(err, r == -ENOMEM ? r : -EBADMSG, "remove the container: plimsoll rm",
				 "'%s/state.json' is broken: %s", c->path, why.cause);
	return 0;
}

/* Only the hierarchies that can freeze: opening a cgroup in all of them is what would make `ps` slow. */
static void pick_freezers(const struct cgroup_layout *layout, struct cgroup_layout *out)
{
	*out = (struct cgroup_layout){.mode = layout->mode};
	memset(out->home, -1, sizeof(out->home));
	for (size_t i = 0; i < layout->n_hierarchies; i++) {
		bool freezer = layout->home[CONTROLLER_FREEZER] == (int)i;

		if (!freezer && layout->hierarchies[i].version != 2)
			continue;
		if (freezer)
			out->home[CONTROLLER_FREEZER] = (int8_t)out->n_hierarchies;
		out->hierarchies[out->n_hierarchies++] = layout->hierarchies[i];
	}
}

static void correct_pause(struct container *c, const struct cgroup_layout *layout)
{
	struct cgroup_layout freezers;
	struct cgroup_group *group;
	int frozen;

	if (!layout || !c->state.cgroup[0])
		return;
	pick_freezers(layout, &freezers);
	if (cgroup_group_open(&freezers, c->state.cgroup, &group, NULL) < 0)
		return;
	frozen = cgroup_group_is_frozen(group);
	cgroup_group_close(group);
	if (frozen >= 0)
		c->state.status = frozen ? CONTAINER_PAUSED : CONTAINER_RUNNING;
}

static void has_ended(struct container_state *s)
{
	/* between two restarts its exit code was written down, and nothing happened since */
	if (s->status != CONTAINER_RESTARTING)
		s->exit_known = false;
	s->status = CONTAINER_EXITED;
	s->pid = 0;
	s->pid_start = 0;
	s->supervisor = 0;
	s->supervisor_start = 0;
	if (s->finished_ns < s->started_ns)
		s->finished_ns = 0;
}

void container_correct(struct container *c, const struct cgroup_layout *layout)
{
	struct container_state *s = &c->state;
	bool same_boot = !s->boot[0] || !c->store->boot[0] || strcmp(s->boot, c->store->boot) == 0;

	if (s->status == CONTAINER_CREATED || s->status == CONTAINER_EXITED)
		return;
	/* a living supervisor writes down whatever happens: one look is enough then */
	if (!same_boot || (!process_lives(c->store->procfs, s->supervisor, s->supervisor_start) &&
			   !process_lives(c->store->procfs, s->pid, s->pid_start)))
		has_ended(s);
	else if (s->status != CONTAINER_RESTARTING)
		correct_pause(c, layout);
}

int container_refresh(struct container *c, const struct cgroup_layout *layout, struct error *err)
{
	int r = container_open_folder(c, err);

	if (r < 0)
		return r;
	r = container_read_state(c, err);
	if (r < 0)
		return r;
	container_correct(c, layout);
	return 0;
}

int container_write_state(struct container *c, struct error *err)
{
	_cleanup_str_ struct str text = {0};
	int r;

	if (c->lock < 0)
		return error_set(err, -ENOLCK, "", "the state of '%s' is written without its lock", c->id);
	memcpy(c->state.boot, c->store->boot, sizeof(c->state.boot));
	container_state_write(&c->state, &text);
	if (text.failed)
		return error_set(err, -ENOMEM, "", "no memory");
	r = file_replace(c->folder, "state.json", (struct slice){text.data, text.len});
	if (r < 0)
		return error_errno(err, r, "", "cannot write '%s/state.json'", c->path);
	return 0;
}

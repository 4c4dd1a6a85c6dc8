/* SPDX-License-Identifier: Apache-2.0 */
/* Documentation/admin-guide/cgroup-v2.rst (cgroup.freeze), cgroup-v1/freezer-subsystem.rst. */
#include "base/cleanup.h"
#include "group_file.h"

#include <errno.h>
#include <string.h>

static int freeze_v2(int dir, bool frozen, uint64_t deadline)
{
	int r = group_write(dir, "cgroup.freeze", frozen ? "1" : "0");

	return r < 0 ? r : group_wait_event(dir, "frozen", frozen, deadline);
}

/* 1 where it is in this state, 0 where in another (there is FREEZING besides), or -errno. */
static int state_v1(int dir, const char *state)
{
	char text[32];
	ssize_t n = group_read(dir, "freezer.state", text, sizeof(text));

	if (n < 0)
		return (int)n;
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, state) == 0;
}

/* A task that forks or is traced meanwhile may be missed: written again until all are caught. */
static int freeze_v1(int dir, bool frozen, uint64_t deadline)
{
	const char *state = frozen ? "FROZEN" : "THAWED";
	unsigned round = 0;

	for (;;) {
		int r = group_write(dir, "freezer.state", state);

		if (r == 0)
			r = state_v1(dir, state);
		if (r != 0)
			return r < 0 ? r : 0;
		if (!group_pause(&round, deadline))
			return -ETIMEDOUT;
	}
}

static int tell(const struct cgroup_group *g, bool frozen, int code, struct error *err)
{
	const char *what = frozen ? "freeze" : "thaw";

	if (code == -ETIMEDOUT)
		return error_set(err, code,
				 frozen ? "a process that waits for a disk, a network file system or a "
					  "debugger can't be frozen: try again when it is done"
					: "a parent of it may be frozen: thaw that",
				 "cannot %s the cgroup '%s' in time", what, g->path);
	return error_errno(err, code,
			   code == -EACCES || code == -EPERM ? "run as the user it belongs to" : "",
			   "cannot %s the cgroup '%s'", what, g->path);
}

bool group_is_hollow(const struct cgroup_group *group)
{
	_cleanup_free_ pid_t *pids = NULL;
	int v2 = cgroup_group_v2(group);
	char text[256];
	size_t n;

	if (v2 < 0 || group_read(v2, "cgroup.events", text, sizeof(text)) < 0 ||
	    group_key(text, "populated") != 0)
		return false;
	/* those who enter later do as well: where the freezer is v1's, it gets them */
	if (group_home(group, CONTROLLER_FREEZER) >= 0)
		return true;
	return cgroup_group_pids(group, &pids, &n) == 0 && n > 0;
}

static int tell_unable(const struct cgroup_group *g, bool hollow, struct error *err)
{
	if (hollow)
		return error_set(err, -EOPNOTSUPP, "mount v1's freezer, or move the processes into v2's too",
				 "the cgroup '%s' can't be frozen: its processes are in v1's hierarchies "
				 "alone, and none of them is the freezer",
				 g->path);
	return error_set(err, -EOPNOTSUPP, "use a kernel since 5.2, or mount v1's freezer",
			 "the cgroup '%s' can't be frozen: there is neither a v2 cgroup with cgroup.freeze "
			 "nor v1's freezer",
			 g->path);
}

int cgroup_group_freeze(const struct cgroup_group *group, bool frozen, int timeout_ms, struct error *err)
{
	uint64_t deadline = group_deadline(timeout_ms);
	int v2 = cgroup_group_v2(group);
	int v1 = group_home(group, CONTROLLER_FREEZER);
	bool hollow = frozen && group_is_hollow(group);
	int r = -ENOENT;

	/* v2's since 5.2 */
	if (v2 >= 0 && !hollow)
		r = freeze_v2(v2, frozen, deadline);
	/* what another runtime froze by v1 must thaw too */
	if (v1 >= 0 && (r == -ENOENT || (!frozen && r == 0 && state_v1(v1, "THAWED") != 1)))
		r = freeze_v1(v1, frozen, deadline);
	if (r < 0 && frozen) {
		if (v2 >= 0)
			(void)group_write(v2, "cgroup.freeze", "0");
		if (v1 >= 0)
			(void)group_write(v1, "freezer.state", "THAWED");
	}
	if (r == -ENOENT && v1 < 0)
		return tell_unable(group, hollow, err);
	return r < 0 ? tell(group, frozen, r, err) : 0;
}

int cgroup_group_is_frozen(const struct cgroup_group *group)
{
	int v2 = cgroup_group_v2(group);
	int v1 = group_home(group, CONTROLLER_FREEZER);
	char text[256];
	int64_t frozen = -ENOENT;

	if (v2 >= 0) {
		ssize_t n = group_read(v2, "cgroup.events", text, sizeof(text));

		frozen = n < 0 ? (int64_t)n : group_key(text, "frozen");
	}
	if (frozen != 1 && v1 >= 0)
		return state_v1(v1, "FROZEN");
	return (int)frozen;
}

/* The file says 1. */
static bool says_one(int dir, const char *file)
{
	char text[32];

	return dir >= 0 && group_read(dir, file, text, sizeof(text)) > 0 && text[0] == '1';
}

bool group_is_held(const struct cgroup_group *group)
{
	return says_one(cgroup_group_v2(group), "cgroup.freeze") ||
	       says_one(group_home(group, CONTROLLER_FREEZER), "freezer.self_freezing") ||
	       cgroup_group_is_frozen(group) == 1;
}

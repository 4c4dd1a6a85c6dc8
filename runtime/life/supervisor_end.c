/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a container's first process: what it leaves, and what comes after it. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "life_internal.h"
#include "runtime/join.h"
#include "supervisor_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_MS 10000
/* How long the rest of its output may take to those who are not its terminal. */
#define FLUSH_NS (5 * NSEC_PER_SEC)

void supervisor_close_run(struct supervisor *sv)
{
	struct launched *child = &sv->child;

	for (size_t i = 0; i < ARRAY_SIZE(sv->streams); i++) {
		if (sv->streams[i].fd >= 0 && sv->streams[i].owned)
			close(sv->streams[i].fd);
		sv->streams[i].fd = -1;
	}
	if (sv->input >= 0 && sv->input != child->console)
		close(sv->input);
	sv->input = -1;
	str_free(&sv->typed);
	sv->typed = (struct str){0};
	sv->typed_sent = 0;
	if (child->console >= 0)
		close(child->console);
	if (child->pidfd >= 0)
		close(child->pidfd);
	if (child->group)
		cgroup_group_close(child->group);
	*child = (struct launched){.pidfd = -1, .console = -1};
}

bool supervisor_was_stopped(struct supervisor *sv)
{
	if (container_lock(sv->c, LOCK_MS, NULL) < 0)
		return true; /* removed, or not ours to change: no more starts */
	sv->stop_requested = sv->stop_requested || sv->c->state.stop_requested;
	container_unlock(sv->c);
	return sv->stop_requested;
}

/* `update` may have changed the policy; rename(2) shows as another time of config.json. */
static struct container *read_again(struct supervisor *sv)
{
	struct container *fresh = NULL;

	return container_open(sv->c->store, sv->c->id, &fresh, NULL) < 0 ? NULL : fresh;
}

static void refresh_policy(struct supervisor *sv)
{
	struct container_config *config = &sv->c->config;
	struct container *fresh;
	struct stat st;

	if (fstatat(sv->c->folder, "config.json", &st, 0) < 0 ||
	    memcmp(&st.st_mtim, &sv->config_time, sizeof(st.st_mtim)) == 0)
		return;
	fresh = read_again(sv);
	if (!fresh)
		return;
	sv->config_time = st.st_mtim;
	config->restart = fresh->config.restart;
	config->restart_max = fresh->config.restart_max;
	container_free(fresh);
}

/* The end of everything, with the lock held: from now on others may start or remove it. */
static void end_locked(struct supervisor *sv)
{
	struct container_state *s = &sv->c->state;

	(void)unlinkat(sv->c->folder, "control", 0);
	s->status = CONTAINER_EXITED;
	s->supervisor = 0;
	s->supervisor_start = 0;
	if (!sv->c->config.auto_remove || container_remove(sv->c, NULL) < 0)
		(void)container_write_state(sv->c, NULL);
}

static void begin_flush(struct supervisor *sv)
{
	uint64_t now = clock_monotonic_ns();

	sv->phase = PHASE_FLUSHES;
	sv->wake_at = 0;
	sv->kill_at = 0;
	if (sv->listener >= 0)
		close(TAKE_FD(sv->listener));
	supervisor_tell_exit(sv, now);
	sv->flush_until = now + FLUSH_NS;
}

void supervisor_give_up(struct supervisor *sv)
{
	if (container_lock(sv->c, LOCK_MS, NULL) == 0) {
		end_locked(sv);
		container_unlock(sv->c);
	}
	begin_flush(sv);
}

static void note_end(struct supervisor *sv)
{
	struct container_state *s = &sv->c->state;

	s->pid = 0;
	s->pid_start = 0;
	s->finished_ns = clock_realtime_ns();
	s->exit_code = sv->result.exit_code;
	s->exit_known = true;
	s->oom_killed = sv->result.oom_killed;
	s->cgroup[0] = '\0';
}

/* Whether it is started again; the state is written either way. */
static bool write_end(struct supervisor *sv, uint64_t lived_ns)
{
	const struct container_config *config = &sv->c->config;
	struct container_state *s = &sv->c->state;
	bool again;

	if (container_lock(sv->c, LOCK_MS, NULL) < 0)
		return false;
	sv->stop_requested = sv->stop_requested || s->stop_requested;
	refresh_policy(sv);
	note_end(sv);
	again = restart_wanted(config->restart, config->restart_max, s->restarts, s->exit_code,
			       sv->stop_requested);
	if (again) {
		s->status = CONTAINER_RESTARTING;
		sv->wake_at = clock_monotonic_ns() + restart_delay(&sv->backoff, lived_ns);
		(void)container_write_state(sv->c, NULL);
	} else {
		end_locked(sv);
	}
	container_unlock(sv->c);
	return again;
}

void supervisor_child_ended(struct supervisor *sv)
{
	uint64_t now = clock_monotonic_ns();
	struct supervised result = {0};

	life_reap(sv->child.pid, &result.exit_code);
	result.oom_killed = sv->child.group && cgroup_group_oom_kills(sv->child.group) > 0;
	sv->result = result;
	sv->child.pid = 0;
	sv->kill_at = 0;
	life_end_group(sv->child.group);
	supervisor_drain(sv, now);
	supervisor_close_run(sv);
	if (write_end(sv, now - sv->started_ns))
		sv->phase = PHASE_WAITS;
	else
		begin_flush(sv);
}

void supervisor_restart(struct supervisor *sv)
{
	enum launch_failure failure;
	struct container *fresh = NULL;
	int r = -ECANCELED;

	sv->wake_at = 0;
	if (supervisor_was_stopped(sv)) {
		supervisor_give_up(sv);
		return;
	}
	fresh = read_again(sv);
	if (fresh && container_lock(sv->c, LOCK_MS, NULL) == 0) {
		if (!sv->c->state.stop_requested && join_must_wait(fresh->spec, sv->c->store)) {
			sv->wake_at = clock_monotonic_ns() + restart_delay(&sv->backoff, 0);
			r = 0;
		} else if (!sv->c->state.stop_requested) {
			sv->c->state.restarts++;
			r = supervisor_launch(sv, fresh, &failure, NULL);
		}
		container_unlock(sv->c);
	}
	container_free(fresh);
	life_trim_memory();
	if (r < 0)
		supervisor_give_up(sv);
}

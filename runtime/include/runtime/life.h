/* SPDX-License-Identifier: Apache-2.0 */
/* What is done to a container that exists: each works with and without a living supervisor, and says what it
 * could not do. */
#pragma once

#include "base/error.h"
#include "cgroup/limits.h"
#include "runtime/container.h"
#include "runtime/host.h"
#include "runtime/launch.h"

/* Running, paused, or about to be started again: as the state was last read. */
bool life_is_up(const struct container_state *state);

/* Its stop signal, then SIGKILL after timeout seconds (-1 = never, -2 = the container's own). Returns when it
 * has ended. A paused one is thawed first. */
int life_stop(struct container *c, const struct host *host, int64_t timeout, struct error *err);

/* For many at once: all are signalled before any is waited for. errs[i].code tells each. */
int life_stop_all(struct container **list, size_t n, const struct host *host, int64_t timeout,
		  struct error *errs);

/* A signal to its first process. -ESRCH where it does not run. */
int life_kill(struct container *c, int signal, struct error *err);

int life_pause(struct container *c, const struct host *host, bool pause, struct error *err);

/* Waits until it has ended; *code is its exit code. A container without a supervisor gives -ENODATA ("its
 * exit code is not known"). */
int life_wait(struct container *c, int *code, struct error *err);

/* Ends (with force) and removes: processes, cgroups, folder, name; what is left after a crash too. A running
 * one without force is -EBUSY. */
int life_remove(struct container *c, const struct host *host, bool force, struct error *err);
/* The same for many, side by side: all killed first. */
int life_remove_all(struct container **list, size_t n, const struct host *host, bool force,
		    struct error *errs);

/* Starts it again (status EXITED or CREATED), in the background. One that is up is fine, but for a paused
 * one: -EBUSY. */
int life_start(struct container *c, const struct host *host, enum launch_failure *failure, struct error *err);

/* Changes limits of a container of ours, live if it runs, and in its spec. Without `force`, a memory limit
 * below what is in use is refused (on v2 the kernel would kill). restart: NULL = leave it. */
struct life_update {
	struct cgroup_limits limits;
	bool has_restart;
	enum restart_kind restart;
	uint32_t restart_max;
	bool force;
};
int life_update(struct container *c, const struct host *host, const struct life_update *update,
		struct error *err);

/* The same limits on any cgroup: a path below the hierarchies' roots ("/docker/ID",
 * "/system.slice/x.service"), of whatever runtime. */
int life_update_cgroup(const char *path, const struct host *host, const struct life_update *update,
		       struct error *err);

/* Freezes, or thaws, any cgroup by its path, of whatever runtime. Refused where this process is in it. */
int life_pause_cgroup(const char *path, const struct host *host, bool pause, struct error *err);

/* A signal to every process in a cgroup and below. Refused where this process is in it. */
int life_kill_cgroup(const char *path, const struct host *host, int signal, struct error *err);

/* The running first process, to join it or to signal it: -ESRCH with words where it does not run. The caller
 * closes target->pidfd. */
int life_target(struct container *c, struct join_target *target, struct error *err);

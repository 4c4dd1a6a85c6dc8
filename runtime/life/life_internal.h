/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of life.h and the supervisor share. */
#pragma once

#include "cgroup/group.h"
#include "runtime/life.h"

#define LIFE_LOCK_MS 10000

/* Whether it has a first process. */
bool life_is_running(const struct container_state *state);
/* For messages: its name, or the beginning of its id. */
const char *life_name(const struct container *c);

/* Opens its first process: a pidfd that is surely that process', or -ESRCH. */
int life_pidfd(const struct container *c);
int life_pidfd_signal(int pidfd, int signal);
/* Thaws it where it is frozen. */
int life_thaw(const struct container *c, const struct host *host, struct error *err);

/* Reaps a child that has ended or is about to; *exit_code (may be NULL) is 128 + the signal where one ended
 * it. */
void life_reap(pid_t pid, int *exit_code);
/* Ends what is left in the cgroups, and removes them. NULL is fine. */
void life_end_group(const struct cgroup_group *group);

/* Removes what an earlier run left (processes, cgroups, the control socket) of a container that is not up;
 * writes nothing. The lock is held. Costs next to nothing where there is nothing. */
int life_clean(struct container *c, const struct host *host, struct error *err);

/* Gives unused memory of this process back to the kernel. */
void life_trim_memory(void);

/* How a container is ended. */
struct life_end {
	bool kill;	 /* SIGKILL at once */
	int64_t timeout; /* as life_stop */
	bool remove;	 /* and remove it then */
};

/* Ends n containers side by side. errs[i].code tells each; the first of them is returned. */
int life_end_all(struct container **list, size_t n, const struct host *host, const struct life_end *how,
		 struct error *errs);

/* Removes one that is not up: what is left of it, its folder, its name. It may be gone already. */
int life_remove_ended(struct container *c, const struct host *host, struct error *err);

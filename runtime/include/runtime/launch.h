/* SPDX-License-Identifier: Apache-2.0 */
/* Executes a plan: a container's first process, started by the calling process, which becomes its parent and
 * must reap it. */
#pragma once

#include "base/error.h"
#include "cgroup/group.h"
#include "runtime/plan.h"

#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/types.h>

/* What becomes the process' standard descriptors. With a terminal (spec.process.terminal) they are not used:
 * a new pty is made inside of the container, and its master comes back. */
struct launch_io {
	int in, out, err;
	struct winsize size; /* of the terminal; zeroes = leave it */
};

enum launch_failure {
	LAUNCH_FAILED,	       /* plimsoll could not: exit code 125 */
	LAUNCH_NOT_EXECUTABLE, /* 126 */
	LAUNCH_NOT_FOUND,      /* 127 */
};

/* Docker's exit code for it: 125, 126 or 127. */
int launch_exit_code(enum launch_failure failure);

struct launched {
	pid_t pid;
	int pidfd;
	int console; /* the pty's master, or -1 */
	struct cgroup_group
		*group; /* NULL where there are no cgroups at all; removed by the caller once it ended */
};

/*
 * Launches, and returns once the program was executed (execve succeeded). After a failure nothing that it
 * made is left: no process, cgroup, mount or file. *failure (may be NULL) tells which exit code the failure
 * deserves. PLIMSOLL_FAULT=kill:STEP in the environment ends the process with SIGKILL just before its step
 * number STEP (parent's and child's steps are counted in the plan's order): what the tests of crashes use.
 */
int launch(const struct plan *plan, const struct launch_io *io, struct launched *out,
	   enum launch_failure *failure, struct error *err);

/* Removes what a launch left on disk besides the container's folder: its cgroups, once it is empty, by the
 * spec's cgroups_path. For `rm`, and after a crash. Nothing there is fine. */
int launch_clean(const struct host *host, const char *cgroups_path, struct error *err);

/* A running container that another process joins (`exec`, --network container:NAME). */
struct join_target {
	pid_t pid; /* its first process */
	int pidfd;
	const char *folder; /* the container's own: where the compiled filters are kept is found from it */
};

/*
 * Runs process inside of the target: its namespaces (all that differ from ours), its cgroups, its root; with
 * the user, capabilities, limits and seccomp program that `process` and `spec` (the container's own) say. As
 * launch, without a plan.
 */
int launch_exec(const struct spec *spec, const struct host *host, const struct join_target *target,
		const struct spec_process *process, const struct launch_io *io, bool privileged,
		struct launched *out, enum launch_failure *failure, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the view of one container shows besides its figures; the cli fills it in. A member that is NULL is not
 * to be had (in a replay: was not recorded). */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "tui/action.h"

struct process {
	int32_t pid; /* as the host counts */
	int32_t parent;
	uint32_t uid;
	uint32_t threads;
	char state;	       /* proc_pid_stat(5): R, S, D, Z, T, … */
	uint64_t cpu_ns;       /* consumed so far */
	uint64_t memory_bytes; /* resident */
	uint64_t start_ticks;
	const char *command; /* its command line, or [comm]; untrusted */
};

struct tui_details {
	void *context;
	/* The processes in its cgroup and below, in the arena. 0 or -errno. */
	int (*processes)(void *context, const struct action_target *target, struct arena *arena,
			 struct process **out, size_t *n, struct error *err);
};

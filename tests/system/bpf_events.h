/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of bpf_events share: a listener that keeps what it was told, cgroups of a test, and
 * processes in them. */
#pragma once

#include "system_test.h"

#include "base/clock.h"
#include "bpf/kernel_side.h"
#include "model/kernel.h"

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#define FOLDER "plimsoll-test-events"
#define PATH_BYTES 1400

#define NO_FIGURE UINT64_MAX
#define BURN_NS (UINT64_C(300) * 1000000)
#define FORKS (4 * KERNEL_STORM)
#define FORKS_NS (3 * NSEC_PER_SEC) /* if they took longer, no second need have had a storm */
#define SOME_BYTES ((size_t)8 << 20)
#define DEVICE "/dev/vda"

/* An event, with copies of what it pointed to. */
struct seen {
	enum kernel_event_kind kind;
	uint64_t monotonic_ns;
	int hierarchy;
	uint64_t cgroup;
	int32_t pid;
	int32_t inner_pid;
	int32_t status;
	uint64_t count;
	uint64_t bytes;
	int culprit_hierarchy;
	uint64_t culprit;
	char path[600];
	char word[300];
	/* of what a cgroup had last; NO_FIGURE = not told */
	uint64_t cpu_ns, user_ns, system_ns, memory_peak, pids_peak, failures, written;
};

struct listener {
	const struct cgroup_layout *layout;
	struct kernel *kernel;
	struct seen *seen;
	size_t n, cap;
};

/* Takes what there is; 0 or -1. */
int listen_all(struct listener *l);
/* The last of that kind, waited for until it is told; NULL where it is not within some seconds. */
const struct seen *listen_for(struct listener *l, enum kernel_event_kind kind, int hierarchy,
			      uint64_t cgroup);
const struct seen *listen_for_pid(struct listener *l, enum kernel_event_kind kind, pid_t pid);
/* The same of what was told already. */
const struct seen *listen_find(const struct listener *l, enum kernel_event_kind kind, int hierarchy,
			       uint64_t cgroup);
size_t listen_count(struct listener *l, enum kernel_event_kind kind, pid_t pid);
bool wait_until(bool (*is)(const struct listener *l), const struct listener *l);

/* The hierarchy that has the controller; -1 = none. */
int home_of(const struct cgroup_layout *layout, enum controller c);

/* Below the test's folder, in a hierarchy of the layout. */
void cgroup_path(const struct listener *l, int hierarchy, const char *name, char path[PATH_BYTES]);
int cgroup_make(const struct listener *l, int hierarchy, const char *name, uint64_t *inode);
int cgroup_remove(const struct listener *l, int hierarchy, const char *name);
int cgroup_write(const struct listener *l, int hierarchy, const char *name, const char *file,
		 const char *text);
/* The number behind key in one of its files ("" = the only one); NO_FIGURE where there is none. */
uint64_t cgroup_read(const struct listener *l, int hierarchy, const char *name, const char *file,
		     const char *key);
void folder_make(const struct listener *l);
void folder_remove(const struct listener *l);

/* A process in a cgroup, which begins when it is let go. */
struct work {
	pid_t pid;
	int go;
	uint64_t used_ns; /* once it has ended */
};
int work_start(const struct listener *l, int hierarchy, const char *name, int (*act)(void), struct work *w);
int work_go(struct work *w);  /* lets it go, and waits: its status */
int work_end(struct work *w); /* waits for one that was killed */

int wait_to_be_killed(void);
int wait_to_be_killed_inside(void); /* as PID 1 of a namespace of its own */
int run_false(void);
int end_with_threads(void);
int fork_often(void); /* FORKS, or for FORKS_NS */
int burn(void);	      /* BURN_NS of CPU time */
int fill_some(void);  /* SOME_BYTES of memory */
int fill_until_killed(void);
int write_device(void); /* SOME_BYTES, past any cache */

int drop_capabilities(void);

/* bpf_events_last.c, bpf_events_oom.c */
int last_figures(struct listener *l);
int oom_kills(struct listener *l, int memory);

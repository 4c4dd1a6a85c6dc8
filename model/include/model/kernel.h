/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel can be asked for directly, where it lets somebody: figures of every cgroup in one walk,
 * processes in one pass, events. A source that reads files takes from here what is offered and the rest from
 * its files, so that whatever a kernel can't give costs only itself. Implemented by the bpf room; a source
 * knows this header alone. An object belongs to one thread.
 */
#pragma once

#include "base/error.h"
#include "model/snapshot.h"

struct kernel;

/* More hierarchies than any host has: v2, and v1's with a controller each (cgroup/hierarchy.h). */
#define KERNEL_HIERARCHIES 16

/* What is asked for, each by itself: one that this kernel, or this user, can't have costs the others nothing.
 */
enum kernel_part {
	KERNEL_FIGURES,	  /* the walk */
	KERNEL_PROCESSES, /* the pass over tasks */
	KERNEL_EVENTS,
	KERNEL_LATENCY,
	KERNEL_PART__COUNT
};

#define KERNEL_NAMESPACES 8
#define KERNEL_ALL_NAMESPACES ((1U << KERNEL_NAMESPACES) - 1)

/* What a pass over the processes is to tell besides who they are: each thing is a few more places in memory
 * that nobody has looked at since the last pass. */
struct kernel_question {
	uint32_t hierarchies; /* bit (1U << hierarchy): its cgroup there; 0 is said of the others */
	uint32_t namespaces;  /* bit by the order of the NAMESPACE_* rows, likewise */
	bool threads;	      /* their times and states */
};

/* A process (a thread group), of the last pass. */
struct kernel_process {
	int32_t pid; /* as the host counts */
	uint32_t threads;
	uint64_t cgroups[KERNEL_HIERARCHIES]; /* inode by hierarchy of the layout; 0 = not known there */
	uint32_t
		namespaces[KERNEL_NAMESPACES]; /* inodes, in the order of the NAMESPACE_* rows; 0 = unknown */
	uint64_t start_ns;		       /* CLOCK_BOOTTIME */
	uint64_t run_ns; /* of all its threads, as those of /proc/PID/task/TID/schedstat */
	uint64_t wait_ns;
	uint64_t periods;
	uint32_t states[5]; /* threads, in the order of the TASKS_* rows */
};

enum kernel_event_kind {
	KERNEL_CGROUP_MADE,
	KERNEL_CGROUP_REMOVED, /* with its last figures */
	KERNEL_CGROUP_RENAMED,
	KERNEL_CGROUP_POPULATED,
	KERNEL_CGROUP_EMPTY,
	KERNEL_CGROUP_FROZEN,
	KERNEL_CGROUP_THAWED,
	KERNEL_EXEC,
	KERNEL_EXIT, /* of a process: its last thread */
	KERNEL_OOM_KILL,
	KERNEL_FORK_STORM, /* KERNEL_STORM processes or more were made in a cgroup within a second; told once
			      a second */
};

#define KERNEL_STORM 1000

struct kernel_event {
	enum kernel_event_kind kind;
	uint64_t monotonic_ns;
	uint8_t hierarchy; /* of the layout, whose inode `cgroup` is; v2 where the task is in one of its
			      cgroups below the root */
	uint64_t cgroup;
	int32_t pid;	   /* EXEC, EXIT, OOM_KILL: the process, as the host counts */
	int32_t inner_pid; /* EXEC, EXIT: in its own PID namespace, where it is not the host's; else 0 */
	int32_t status;	   /* EXIT: as wait(2) has it */
	uint64_t count;	   /* FORK_STORM */
	uint64_t bytes;	   /* OOM_KILL: what the victim had resident */
	uint8_t culprit_hierarchy;
	uint64_t culprit;  /* OOM_KILL: inode of the cgroup whose limit it was; 1 = the host ran out, 0 = not
			      known */
	const char *path;  /* CGROUP_*: from the hierarchy's root, "" where it is too long; RENAMED: the new
			      one; untrusted. "" elsewhere */
	const char *word;  /* EXEC: the program's file; EXIT, OOM_KILL: comm. Untrusted */
	const void *final; /* CGROUP_REMOVED: for kernel_fill_final, until `tell` returns; NULL = none */
};

struct kernel_status {
	bool on[KERNEL_PART__COUNT];
	/* Not on: the cause in plain words, "" where it was not asked for. On: what of it this kernel can't
	 * give. */
	const char *why[KERNEL_PART__COUNT];
	const char *remedy[KERNEL_PART__COUNT]; /* what can be done, "" = nothing */
	uint64_t events;			/* read so far */
	uint64_t dropped;			/* events that found the buffer full: never silent */
	uint64_t walks;
	uint64_t walk_ns; /* spent in them */
	size_t memory_bytes;
};

struct kernel_ops {
	void (*offers)(const struct kernel *k, size_t hierarchy, struct metric_set *out);
	int (*walk)(struct kernel *k, const struct metric_set *need, struct error *err);
	bool (*fill)(const struct kernel *k, size_t hierarchy, uint64_t inode, struct snapshot *s,
		     size_t index);
	int (*processes)(struct kernel *k, const struct kernel_question *question,
			 const struct kernel_process **out, size_t *n, struct error *err);
	int (*events)(struct kernel *k, void (*tell)(void *context, const struct kernel_event *event),
		      void *context, struct error *err);
	int (*event_fd)(const struct kernel *k);
	bool (*fill_final)(const struct kernel *k, const struct kernel_event *event, struct snapshot *s,
			   size_t index);
	int (*latency)(struct kernel *k, bool on, struct error *err);
	bool (*fill_latency)(const struct kernel *k, size_t hierarchy, uint64_t inode, struct snapshot *s,
			     size_t index);
	void (*status)(const struct kernel *k, struct kernel_status *out);
	void (*close)(struct kernel *k);
};

struct kernel {
	const struct kernel_ops *ops;
	/* How a block device is called; set by the source that uses the kernel, so that both name it alike.
	 * NULL: "254:0". The text lives until the next call. */
	const char *(*device_name)(void *context, uint32_t major, uint32_t minor);
	void *device_context;
};

/* The metrics whose figures `kernel_fill` sets for cgroups of this hierarchy, and that are then not read from
 * its files. */
static inline void kernel_offers(const struct kernel *k, size_t hierarchy, struct metric_set *out)
{
	k->ops->offers(k, hierarchy, out);
}

/* Reads every cgroup of every hierarchy that offers something of `need`. 0, or -errno: then files have it
 * all. */
static inline int kernel_walk(struct kernel *k, const struct metric_set *need, struct error *err)
{
	return k->ops->walk(k, need, err);
}

/*
 * Sets what the last walk found of a cgroup into the entity that the snapshot added last. A figure that the
 * cgroup does not have (a controller that is not enabled there) stays absent. False where the walk did not
 * meet it (it is younger): its files have it all.
 */
static inline bool kernel_fill(const struct kernel *k, size_t hierarchy, uint64_t inode, struct snapshot *s,
			       size_t index)
{
	return k->ops->fill(k, hierarchy, inode, s, index);
}

/* Every process there is, by pid; valid until the next call. 0 or -errno (-EOPNOTSUPP: not on). */
static inline int kernel_processes(struct kernel *k, const struct kernel_question *question,
				   const struct kernel_process **out, size_t *n, struct error *err)
{
	return k->ops->processes(k, question, out, n, err);
}

/*
 * Tells what happened since the last call, oldest first; what an event points to lives until `tell` returns.
 * Nobody is woken by events, but by a new cgroup (kernel_event_fd): call it on a clock. 0 or -errno.
 */
static inline int kernel_events(struct kernel *k,
				void (*tell)(void *context, const struct kernel_event *event), void *context,
				struct error *err)
{
	return k->ops->events(k, tell, context, err);
}

/* For epoll(7): readable when a cgroup was made since the last kernel_events, so that whose it is can be
 * looked up while it is there. -1 where events are not on. */
static inline int kernel_event_fd(const struct kernel *k)
{
	return k->ops->event_fd(k);
}

/*
 * While a CGROUP_REMOVED is told: sets the counters and peaks that the cgroup had in that hierarchy when it
 * was removed, exact to the last, into the entity that the snapshot added last. False where there are none.
 */
static inline bool kernel_fill_final(const struct kernel *k, const struct kernel_event *event,
				     struct snapshot *s, size_t index)
{
	return event->final && k->ops->fill_final(k, event, s, index);
}

/* Has the programs of the group `latency` attached or detached: they cost all others something. 0 or -errno
 * (-EOPNOTSUPP: not on). */
static inline int kernel_latency(struct kernel *k, bool on, struct error *err)
{
	return k->ops->latency(k, on, err);
}

/* Sets what was measured of a cgroup since the programs were attached into the entity that the snapshot added
 * last. False where nothing was. */
static inline bool kernel_fill_latency(const struct kernel *k, size_t hierarchy, uint64_t inode,
				       struct snapshot *s, size_t index)
{
	return k->ops->fill_latency(k, hierarchy, inode, s, index);
}

static inline void kernel_status(const struct kernel *k, struct kernel_status *out)
{
	k->ops->status(k, out);
}

static inline void kernel_close(struct kernel *k)
{
	if (k)
		k->ops->close(k);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the collector share. */
#pragma once

#include "collector/collector.h"
#include "descriptors.h"
#include "device.h"
#include "hearing.h"
#include "identity_store.h"
#include "plan.h"
#include "reader.h"
#include "tree.h"
#include "watch.h"

/* Sums over the processes of a cgroup and those below it. */
struct task_sums {
	bool known;
	uint64_t run_ns;
	uint64_t wait_ns;
	uint64_t periods;
	uint64_t states[5]; /* in the order of the TASKS_* rows */
	uint64_t descriptors;
	uint64_t sockets;
};

/* What of a need takes more than figures and files: asked of each cgroup, answered once. */
struct needed {
	bool processes; /* which there are */
	bool sched;
	bool descriptors;
	bool namespaces;
	bool filesystem;
	bool devices;
};

/* So many cgroups gone leave holes in the heap that are worth a malloc_trim. */
#define TRIM_WORTH 1024

/* What is still to be read from files of cgroups that are in some hierarchies and were met by the walk in
 * some of them. */
struct figures_rest {
	uint32_t presence;
	uint32_t filled;
	struct metric_set need;
};
#define FIGURES_RESTS 32

struct collector {
	struct source source; /* first: the vtable's view of us */
	struct collector_options options;
	int procfs;
	int sysfs;
	int rootfs;
	struct cgroup_layout *layout;
	struct tree tree;
	struct watcher watcher;
	struct identity_store *identities;
	struct planner planner;
	struct descriptors descriptors;
	struct devices devices;
	struct read_buffer buffer;
	struct reader reader;
	struct host host;

	struct kernel *kernel;		     /* may be NULL: files have it all */
	const struct kernel_process *passed; /* of the sample under way, by pid */
	size_t n_passed;
	struct error kernel_error; /* of its last failure */
	struct metric_set offers[HIERARCHIES_MAX];
	uint32_t offering; /* bit (1U << hierarchy): those that the walk of the sample under way was for */
	struct metric_set walk_need;
	bool settings_due; /* since the last rescan nothing but settings was not walked for */
	struct figures_rest rests[FIGURES_RESTS];
	size_t n_rests;
	struct hearing hearing;
	int wake_fd; /* epoll: the watcher's and the kernel's; -1 = the watcher's alone */

	bool measuring;	      /* the kernel measures latencies, */
	uint64_t measured_ns; /* which was asked for last then */

	struct metric_set need;	 /* of the last sample */
	struct needed needed;	 /* the same */
	struct snapshot *latest; /* the last sample */
	struct snapshot *extra;	 /* looks taken between samples; being built */
	struct snapshot *ended;	 /* cgroups that ended and linger; being built */
	struct node *
		*unseen; /* found since the last sample and not looked at yet, and those that ran empty */
	size_t n_unseen;
	size_t unseen_cap;
	uint64_t host_network; /* inode of PID 1's network namespace; 0 = unknown */
	uint64_t last_rescan_ns;
	uint64_t rescans;
	bool ptrace_denied;
	bool trim_due;	    /* a crowd was let go: its memory is worth giving back */
	uint64_t n_trimmed; /* nodes buried when that was last thought of */
	bool closing;
	struct map network_owners; /* network namespace → node that shows its interfaces; of the last sample,
				      and looks since */
};

/* The moment a sample or look is taken, on both clocks. */
struct moment {
	uint64_t monotonic_ns;
	uint64_t realtime_ns;
};

/* 0 where `then` is the later one: things are found, and end, after the moment of the sample under way. */
static inline uint64_t elapsed_ns(uint64_t now_ns, uint64_t then_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

/* collector.c */
bool collector_shows(const struct collector *c, const struct node *n);
struct moment moment_now(void);

/* follow.c: hooks for the tree and the watcher, but for their context. */
extern const struct tree_hooks tree_hooks;
extern const struct watch_hooks watch_hooks;
/* n ran empty, or came to life: this may be the last chance to look. */
void follow_notified(struct collector *c, struct node *n);

/* hear.c: what the kernel tells of cgroups and processes. */

/* A kernel is used from here on: where it has events, they find cgroups and inotify only what is written. */
void hear_begin(struct collector *c);
/* Takes in all that happened since. Whether something was missed, so that a rescan is due. */
bool hear_take(struct collector *c, const struct moment *now);
void hear_end(struct collector *c);

/* hear_tell.c: what sinks are told of it. */

/* Who something happened to. */
struct subject {
	uint64_t id;
	enum entity_class class;
	const char *path;
	const struct identity *identity;
};
struct subject node_subject(const struct node *n);
/* At CLOCK_MONOTONIC `at_ns`; the event's kind and what only it knows are given, the rest is filled in. */
void hear_tell(struct collector *c, const struct subject *who, const struct event *event, uint64_t at_ns);
/* Gives the snapshot what was told since the last one. 0 or -ENOMEM. */
int hear_report(struct collector *c, struct snapshot *s);
/* The events of a node's birth and death, where they are heard. */
void hear_born(struct collector *c, struct node *n);
void hear_died(struct collector *c, const struct node *n, const struct ending *end);

/* hear_brief.c: cgroups that nobody could look at. */
void brief_made(struct collector *c, const struct kernel_event *e, const char *path);
struct subject brief_subject(const struct brief *b);
/* A node was found of one that was taken for brief: part of it is there still. */
void brief_become(struct collector *c, struct node *n);
struct brief *brief_find(const struct collector *c, size_t hierarchy, uint64_t inode);
void brief_removed(struct collector *c, const struct kernel_event *e, struct brief *b);
/* Lets those go that are gone from every hierarchy; all of them, where something was missed. */
void briefs_bury(struct collector *c, const struct moment *now, bool all);

/* node.c */

/* Looks the identity up once it is needed: many a cgroup is gone before anybody asks. False where memory is
 * short. */
bool node_identify(struct collector *c, struct node *n, uint64_t now_ns);
/* Asks whether the metadata has changed: of young containers only, unless all. */
void node_refresh_identity(struct collector *c, struct node *n, uint64_t now_ns, bool all);
/* Adds n to a snapshot. Its index, or -ENOMEM. */
ptrdiff_t node_add(const struct node *n, struct snapshot *s, int32_t parent, const struct moment *now);
/* Reads everything that the snapshot asks for into the entity that was added last. False where n is gone. */
bool node_read(struct collector *c, struct node *n, struct snapshot *s, size_t index,
	       const struct moment *now);
struct needed needed_of(const struct metric_set *need);

/* figures.c: what the kernel gives directly */

/* Has the kernel walk every cgroup, where it is asked and offers what is needed. */
void figures_walk(struct collector *c);
/* The sample is over: what the walk found is old from here on. */
void figures_end(struct collector *c);
/* Sets what the walk found of n, as far as it is in the hierarchies of `presence`, into the entity that was
 * added last. Bit (1U << hierarchy) of those that met it. */
uint32_t figures_fill(struct collector *c, const struct node *n, uint32_t presence, struct snapshot *s,
		      size_t index);
/* What is left for files. Valid until the next sample. */
const struct metric_set *figures_rest(struct collector *c, uint32_t presence, uint32_t filled);

/* latency.c: what the kernel measures while somebody asks for it */

/* Has it measure, and takes in what it has, where the sample under way needs the group; else as below. */
void latencies_measure(struct collector *c);
/* Ends that once nobody has asked for some time. */
void latencies_rest(struct collector *c);
void latencies_fill(struct collector *c, const struct node *n, struct snapshot *s, size_t index);

/* look.c */
void looks_remember(struct collector *c, struct node *n);
void looks_forget(struct collector *c, const struct node *n);
void looks_take(struct collector *c, const struct moment *now);
void looks_compact(struct collector *c, const struct moment *now);

/* process.c: cgroup.procs, and /proc/PID/{schedstat,stat,fd} of the processes. */

/* Reads the processes of every node: first_pid and n_processes, children's included. */
void processes_read(struct collector *c, struct node **order, size_t n);
/* The same for one node and what is below it. */
void processes_read_below(struct collector *c, struct node *n);
/* Sums the rows of the groups sched and descriptors, where they are needed, over a node and what is below it.
 */
void processes_sum(struct collector *c, struct node *n, const struct metric_set *need, struct task_sums *out);
void processes_report(struct snapshot *s, size_t index, const struct task_sums *sums);

/* Whether pid is the first process of the container that n is, or is inside of (crun's child cgroup). */
bool process_is_init_of(const struct node *n, uint64_t pid);

/* process_pass.c: the same by one pass of the kernel. False where files have to be read. */
bool processes_pass(struct collector *c, struct node **order, size_t n);
/* What the pass of the sample under way saw of a process, or NULL. */
const struct kernel_process *processes_passed(const struct collector *c, uint64_t pid);

/* network.c: whose network namespace it is, and its interfaces. */
void network_choose_owners(struct collector *c, struct node **order, size_t n, uint64_t now_ns);
/* The same for one node between samples: what belongs to somebody else stays theirs. */
void network_choose_owner(struct collector *c, struct node *n, uint64_t now_ns);
/* n ends: its namespace may get another owner. */
void network_forget(struct collector *c, const struct node *n);
void network_read(struct collector *c, struct node *n, struct plan *plan, struct snapshot *s, size_t index);
void namespaces_read(struct collector *c, const struct node *n, struct snapshot *s, size_t index);

/* ended.c: what became of cgroups that are gone. */

/* What ends. */
struct departed {
	const char *path;
	struct identity *identity;
	uint64_t id;
	uint16_t depth;
	enum entity_class class;
	bool branch;		     /* its figures were those of its children too */
	uint64_t birth_ns;	     /* CLOCK_REALTIME */
	const struct snapshot *look; /* where its last values are, NULL = it was never looked at */
	size_t look_index;
	const struct ending *end; /* may be NULL */
};
/* Keeps its last values, and adds them to the sums over what has ended. */
void ended_keep(struct collector *c, const struct departed *d, const struct moment *now);
/* How many still linger. */
size_t ended_count(const struct collector *c, const struct moment *now);
/* Adds those that still linger to a snapshot. 0 or -ENOMEM. */
int ended_add(struct collector *c, struct snapshot *s, const struct moment *now);

/* filesystem.c: the writable layer. */
void filesystem_read(struct collector *c, struct node *n, struct snapshot *s, size_t index, uint64_t now_ns);
void filesystem_forget(struct node *n);

/* devices.c: whether a BPF program guards the devices of a v2 cgroup. */
void devices_read(struct collector *c, const struct node *n, struct snapshot *s, size_t index);

/* host.c: the machine, and the root cgroup's figures that v2 has no files for. */
int host_read(struct collector *c, struct error *err);
/* The host's meters, and with them what of it may have changed: CPUs, memory, swap. */
void host_read_meters(struct collector *c);
void host_free(struct collector *c);
void host_fill_root(struct collector *c, struct snapshot *s, size_t index);

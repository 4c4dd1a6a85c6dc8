/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a cgroup's figures are read from: pure planning from the metric table, the host's layout, what
 * is needed, and which hierarchies have the cgroup. A plan is made once for each combination and kept.
 */
#pragma once

#include "cgroup/format.h"
#include "cgroup/hierarchy.h"
#include "model/metric.h"

#define NO_SLOT UINT8_MAX

struct plan_key {
	const char *key;
	size_t len;
	enum metric_id id;
	enum scale scale;
};

struct plan_file {
	char name[64];
	const char *instance; /* of a '*' in the table's name: "2MB"; else NULL */
	enum file_format format;
	enum metric_group group; /* whose time its reading is counted as */
	uint8_t hierarchy;
	uint8_t slot;	      /* of node.files; NO_SLOT: opened for each reading */
	bool setting;	      /* holds settings only: read when they may have changed */
	bool only_tasks;      /* every figure in it stands still while no task of the cgroup runs */
	bool cpu_usage;	      /* holds CPU_USAGE, which says whether a task has run */
	bool only_with_quota; /* every figure in it is void where no CPU quota is set */
	struct plan_key *keys;
	size_t n_keys;
	/* FILE_FLAT: the first n_learned keys stand in the file's own order, as the last full search found
	 * them. */
	size_t n_learned;
	size_t n_items;	 /* in the whole file then */
	uint64_t others; /* lengths of the keys that did not come then: bit (1 << length % 64) */
};

struct plan {
	struct metric_set need;
	uint32_t presence;
	struct plan_file *files; /* sorted by group, settings first within a group */
	size_t n_files;
	struct plan_file *pid_files; /* below /proc/PID */
	size_t n_pid_files;
};

/* A hierarchy's file that may be kept open. The same for every cgroup: a descriptor's index in node.files. */
struct slot {
	uint8_t hierarchy;
	char name[64];
};

struct planner {
	const struct cgroup_layout *layout;
	struct slot *slots;
	size_t n_slots;
	struct plan **plans;
	size_t n_plans;
};

/* 0 or -ENOMEM. */
int planner_open(struct planner *p, const struct cgroup_layout *layout);
void planner_close(struct planner *p);

/* The plan for cgroups that are in the hierarchies of `presence`. NULL where memory is short. */
struct plan *planner_get(struct planner *p, const struct metric_set *need, uint32_t presence);

/* The slot of a file, or NO_SLOT. */
uint8_t planner_slot(const struct planner *p, size_t hierarchy, const char *name);

/* Slots of the files that a plan, and the reading of processes, keep open. */
struct slot_set {
	uint64_t words[4];
};
void planner_slots(const struct planner *p, const struct plan *plan, struct slot_set *out);

/* The place that a metric's figure is read from, of those that `presence` allows; NULL where there is none.
 */
const struct metric_place *plan_place(const struct cgroup_layout *layout, uint32_t presence,
				      enum metric_id id);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container may use, in docker run's and the OCI runtime specification's terms, and the file writes
 * that this comes to on a host: v2, hybrid or v1. Pure: nothing is written here (cgroup/group.h does that).
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "cgroup/hierarchy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum limit {
#define LIMIT(id, flag, group, key) LIMIT_##id,
#include "cgroup/limits.def"
#undef LIMIT
	LIMIT__COUNT
};

struct limit_row {
	const char *flag;  /* "memory-swap" */
	const char *group; /* "memory" */
	const char *key;   /* "swap" */
};

extern const struct limit_row limit_rows[LIMIT__COUNT];

enum device_limit_kind {
	DEVICE_READ_BPS,
	DEVICE_WRITE_BPS,
	DEVICE_READ_IOPS,
	DEVICE_WRITE_IOPS,
	DEVICE_WEIGHT, /* --blkio-weight-device */
	DEVICE_LIMIT__COUNT
};

struct device_limit {
	enum device_limit_kind kind;
	uint32_t major, minor;
	uint64_t value; /* bytes or operations a second; 10…1000 for a weight; 0 takes a limit away */
};

/* docker run's flag for the kind: "device-read-bps"; the specification's key: "throttleReadBpsDevice". */
extern const char *const device_limit_flags[DEVICE_LIMIT__COUNT];
extern const char *const device_limit_keys[DEVICE_LIMIT__COUNT];

/* --cgroup-conf KEY=VALUE, hugetlb and rdma limits: written as they stand. */
struct file_limit {
	const char *file; /* "memory.oom.group"; never holds '/' */
	const char *value;
};

struct page_limit {
	const char *page_size; /* "2MB", as hugetlb's files spell it */
	uint64_t bytes;
};

/* Who may open which device nodes: the specification's linux.resources.devices; the last rule that matches
 * counts, and without one nothing is allowed. */
struct device_rule {
	bool allow;
	char type;	      /* 'a', 'b' or 'c' */
	int64_t major, minor; /* -1 = any */
	unsigned access;      /* DEVICE_* below */
};
#define DEVICE_READ 1U
#define DEVICE_WRITE 2U
#define DEVICE_MKNOD 4U

/* Texts and arrays are the owner's (a spec's arena). {0} limits nothing. */
struct cgroup_limits {
	uint32_t set; /* bit (1U << enum limit): which of `value` hold */
	int64_t value[LIMIT__COUNT];
	const char *cpuset_cpus; /* "0-3,7"; NULL = not limited */
	const char *cpuset_mems;
	struct device_limit *devices;
	size_t n_devices;
	struct page_limit *pages;
	size_t n_pages;
	struct file_limit *files;
	size_t n_files;
	struct device_rule *rules; /* not part of cgroup_limits_plan: see cgroup/device_program.h */
	size_t n_rules;
};

static inline bool limit_is_set(const struct cgroup_limits *l, enum limit which)
{
	return l->set >> which & 1;
}

static inline void limit_set(struct cgroup_limits *l, enum limit which, int64_t value)
{
	l->set |= 1U << which;
	l->value[which] = value;
}

/* What to do where the cgroup has no such file. */
enum limit_missing {
	LIMIT_MISSING_FAILS, /* the limit can't be kept: an error */
	LIMIT_MISSING_SKIPS, /* nothing to limit then: swap that was not asked for, hugetlb's reservations */
	LIMIT_MISSING_NEXT,  /* the next write stands in, and is left out otherwise: io.bfq.weight, io.weight
			      */
};

/* One value into one file of one of a container's cgroups. */
struct limit_write {
	size_t hierarchy; /* index in the layout */
	const char *file;
	const char *value;
	const char *flag; /* "--memory": for messages */
	/* This and the next write belong together: which must come first depends on what stood before (v1:
	 * quota and period, memory and memsw). Where this one is refused with EINVAL or EBUSY, the next is
	 * written first and this one again. */
	bool paired;
	/* Read it back: kernels since 6.11 take memory.kmem.limit_in_bytes and do nothing with it. */
	bool verified;
	enum limit_missing missing;
};

/*
 * The writes that make `limits` true, in the order in which they must happen, in memory of `arena`. Checks
 * first that each value makes sense (docker's rules: memory ≥ 6 MiB, swap ≥ memory, period 1000…1000000, a
 * quota ≥ 1000, weight 10…1000, …) and that this host can do each: a controller that is missing, a file that
 * only the other cgroup version has. -EINVAL (a value) or -EOPNOTSUPP (the host) with the flag, the reason
 * and the remedy. `was` (NULL for a new container) holds what applies already: quota needs its period, swap
 * its memory. As with Docker, 0 leaves a limit as it is (memory, swap, shares, quota, period, weight); 0 pids
 * are no limit.
 */
int cgroup_limits_plan(const struct cgroup_limits *limits, const struct cgroup_limits *was,
		       const struct cgroup_layout *layout, struct arena *arena, struct limit_write **out,
		       size_t *n, struct error *err);

/* The hierarchies (bits by index in the layout) in which a container with these limits needs a cgroup: always
 * v2's, those whose figures everybody wants (cpu, cpuacct, memory, blkio, pids), those that a limit is in,
 * and without v2 freezer and devices. */
uint32_t cgroup_limits_hierarchies(const struct cgroup_limits *limits, const struct cgroup_layout *layout);

/* Later limits over earlier ones: what `more` sets replaces what `base` had (devices by kind and number,
 * files and pages by name; rules are left alone). Arrays and more's texts are copied into `arena`. 0 or
 * -ENOMEM, with *base as it was. */
int cgroup_limits_merge(struct cgroup_limits *base, const struct cgroup_limits *more, struct arena *arena);

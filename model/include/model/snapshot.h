/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One instant of the whole host: every cgroup in tree order, with the values that were asked for and could be
 * read. A source builds it; sinks only read it. A value that is absent is not 0: it has no valid bit.
 *
 * Order of calls for a source: snapshot_new, then for each cgroup, parents first: snapshot_add,
 * snapshot_set…, snapshot_series + snapshot_series_set…; then snapshot_seal. A sealed snapshot does not
 * change.
 */
#pragma once

#include "base/arena.h"
#include "model/identity.h"
#include "model/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum entity_class {
	ENTITY_HOST,	  /* the root cgroup */
	ENTITY_CONTAINER, /* a container of a runtime */
	ENTITY_SERVICE,	  /* a systemd service or scope */
	ENTITY_GROUP,	  /* a cgroup that nothing is known about */
	ENTITY_SLICE,	  /* a branch: systemd slice, pod, kubepods, a runtime's parent folder */
	ENTITY_INNER,	  /* below a container */
	ENTITY_HELPER,	  /* conmon, *.mount, lxc.monitor, …: no sink shows it unless asked for all */
	ENTITY_CLASS__COUNT
};

struct entity {
	const char *path; /* from the cgroup root, such as "/docker/4f5c…"; raw bytes, may hold anything but
			     NUL and '/' in names */
	struct identity *identity; /* never NULL */
	uint64_t id;		   /* stable while it lives, differs for a successor at the same path */
	int32_t parent;		   /* index of the parent entity, -1 for the root */
	uint16_t depth;		   /* 0 for the root */
	enum entity_class class;
	bool ended;	       /* gone: values are its last ones */
	uint64_t seen_ns;      /* CLOCK_REALTIME of its values */
	uint64_t monotonic_ns; /* CLOCK_MONOTONIC of its values */
	uint64_t ended_ns;     /* CLOCK_MONOTONIC of its end, where it has ended */
	uint16_t dimensions;   /* private to snapshot.c: bit (1U << dimension) of those that were read */
	uint32_t first_series; /* private to snapshot.c */
	uint32_t n_series;
};

/* One instance of a dimension: a device, an interface, … */
struct series {
	enum dimension dimension;
	const char *instance;
	const char *detail;	/* "" where the dimension has none */
	uint64_t valid;		/* by metric_slot */
	const uint64_t *values; /* by metric_slot */
};

/*
 * How the whole host is doing, where the source was asked for it. Each figure is there or not by itself: a
 * kernel without swap has none in use (0), and one whose file could not be read is not known.
 */
struct host_meters {
	bool cpu_known;
	bool memory_known;
	bool swap_known;
	bool load_known;
	uint64_t cpu_busy_ns;		 /* of all CPUs since boot: neither idle nor waiting for I/O */
	uint64_t cpu_total_ns;		 /* the same with both of these */
	uint64_t memory_available_bytes; /* what could be had without swapping */
	uint64_t swap_used_bytes;
	uint64_t load_centi; /* load average of the last minute, in hundredths */
};

struct host {
	const char *hostname;
	const char *kernel; /* uname -r */
	uint32_t n_cpus;    /* online */
	uint64_t memory_bytes;
	uint64_t swap_bytes;
	uint64_t page_size;
	uint64_t boot_ns; /* since the epoch */
	struct host_meters meters;
};

/* How a group's collection went, for the exporter's self metrics. */
struct group_report {
	bool ran;
	bool failed; /* at least one figure that should be there could not be read, for another reason than
			its end */
	uint64_t spent_ns; /* wall time */
};

struct snapshot;
struct heard; /* model/heard.h */

/* --- reading --- */
size_t snapshot_count(const struct snapshot *s);
const struct entity *snapshot_entity(const struct snapshot *s, size_t index);
const struct host *snapshot_host(const struct snapshot *s);
const struct metric_set *
snapshot_metrics(const struct snapshot *s); /* what was asked for, closed over what it needs */
uint64_t snapshot_monotonic_ns(const struct snapshot *s);
uint64_t snapshot_realtime_ns(const struct snapshot *s);
const struct group_report *snapshot_report(const struct snapshot *s, enum metric_group group);

/* What the source heard since the sample before; never NULL. */
const struct heard *snapshot_heard(const struct snapshot *s);

/* A DIMENSION_ONE value. False (and *out untouched) where it is absent. SAME_AS rows are resolved. */
bool snapshot_get(const struct snapshot *s, size_t index, enum metric_id id, uint64_t *out);

/* A KIND_TEXT value, or NULL where it is absent. */
const char *snapshot_text(const struct snapshot *s, size_t index, enum metric_id id);

/* The n-th series of an entity (n < entity.n_series), sorted by dimension, then instance. */
const struct series *snapshot_series_at(const struct snapshot *s, size_t index, size_t n);

/* A value of a series; false where it is absent. */
bool series_get(const struct series *series, enum metric_id id, uint64_t *out);

/* Sum over all instances of a dimension metric; false where no instance has it. Loopback interfaces are left
 * out. */
bool snapshot_sum(const struct snapshot *s, size_t index, enum metric_id id, uint64_t *out);

/* The index of the entity with this id, or -1. */
ptrdiff_t snapshot_find(const struct snapshot *s, uint64_t id);

/* What it takes in memory, in bytes; identities, which snapshots share, are left out. */
size_t snapshot_bytes(const struct snapshot *s);

struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s);

/* --- building --- */
/* need: closed by metric_set_close already. expected: a guess of the number of entities. NULL where memory is
 * short. */
struct snapshot *snapshot_new(const struct metric_set *need, const struct host *host, uint64_t monotonic_ns,
			      uint64_t realtime_ns, size_t expected);

/*
 * Adds an entity; takes a reference of its identity and copies its path. Series fields are ignored. The
 * index, or -ENOMEM.
 */
ptrdiff_t snapshot_add(struct snapshot *s, const struct entity *e);

/* Takes the entity added last out again: it turned out to be gone while it was being read. */
void snapshot_pop(struct snapshot *s);

/* Sets a value of the entity added last, or any earlier one. Metrics that were not asked for are ignored. */
void snapshot_set(struct snapshot *s, size_t index, enum metric_id id, uint64_t value);
void snapshot_clear(struct snapshot *s, size_t index, enum metric_id id);
int snapshot_set_text(struct snapshot *s, size_t index, enum metric_id id, const char *text, size_t len);

/* Finds or adds the series of the entity added *last*. A handle ≥ 0, or -ENOMEM. instance and detail are
 * copied. */
ptrdiff_t snapshot_series(struct snapshot *s, enum dimension dimension, const char *instance,
			  size_t instance_len, const char *detail);
/* Says that the instances of a dimension were looked for in the entity added last, whether or not there are
 * any. */
void snapshot_looked_for(struct snapshot *s, enum dimension dimension);
void snapshot_series_set(struct snapshot *s, ptrdiff_t series, enum metric_id id, uint64_t value);
/* What was set there already; false where nothing was. */
bool snapshot_series_value(const struct snapshot *s, ptrdiff_t series, enum metric_id id, uint64_t *out);

/* Copies every value and series of an entity of another snapshot into the entity added last. 0 or -ENOMEM. */
int snapshot_copy_values(struct snapshot *s, size_t index, const struct snapshot *from, size_t from_index);

void snapshot_set_report(struct snapshot *s, enum metric_group group, const struct group_report *report);

/* Copies it, texts and all. 0 or -ENOMEM. */
int snapshot_set_heard(struct snapshot *s, const struct heard *heard);

/* Computes the derived rows, sorts series and ends the building. */
void snapshot_seal(struct snapshot *s);

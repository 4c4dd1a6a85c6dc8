/* SPDX-License-Identifier: Apache-2.0 */
/* The metric table of metrics.def as C sees it: enums, one struct metric a row, and sets of metrics. */
#pragma once

#include "model/controller.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a LIMIT or a CEILING holds where there is none. */
#define UNLIMITED UINT64_MAX

enum metric_group {
#define GROUP(id, ...) GROUP_##id,
#include "model/metrics.def"
	GROUP__COUNT
};

enum metric_id {
#define METRIC(id, ...) METRIC_##id,
#include "model/metrics.def"
	METRIC__COUNT
};

enum dimension {
	DIMENSION_ONE,
	DIMENSION_DEVICE,     /* instance "vda", detail "254:0" */
	DIMENSION_INTERFACE,  /* "eth0" */
	DIMENSION_NODE,	      /* "0" */
	DIMENSION_PAGESIZE,   /* "2MB" */
	DIMENSION_RDMA,	      /* "mlx4_0" */
	DIMENSION_MISC,	      /* "sev_asid" */
	DIMENSION_FILESYSTEM, /* "/dev/vda1" */
	DIMENSION_OPERATION,  /* "read", "write", "discard", "flush" */
	DIMENSION__COUNT
};

enum metric_kind { KIND_COUNTER, KIND_GAUGE, KIND_LIMIT, KIND_CEILING, KIND_TEXT, KIND_HISTOGRAM };

/* What the stored integer counts. A sink turns it into the base unit (seconds, bytes, ratio). */
enum metric_unit {
	UNIT_NSEC,
	UNIT_USEC, /* figures that cAdvisor exports in microseconds: quota, period */
	UNIT_BYTES,
	UNIT_PAGES,
	UNIT_COUNT,
	UNIT_BASIS_POINTS, /* 1/100 of a percent */
	UNIT_EPOCH_NSEC,
	UNIT_FLAG,
	UNIT_INODE,
};

enum metric_cost { COST_CHEAP, COST_TASKS, COST_SETTING, COST_DEAR };

enum metric_format {
	FORMAT_NUMBER,
	FORMAT_BYTES,
	FORMAT_PERCENT,
	FORMAT_RATE_PERCENT, /* nanoseconds a second, as a percentage: 100 % is one CPU */
	FORMAT_RATE_BYTES,
	FORMAT_RATE_COUNT,
	FORMAT_SINCE, /* how long ago */
	FORMAT_TEXT,
};

enum place_kind { PLACE_NOWHERE, PLACE_CGROUP, PLACE_PID, PLACE_CODE, PLACE_DERIVED, PLACE_SAME_AS };

/* How the text behind a key becomes the stored integer. */
enum scale {
	SCALE_NONE,	 /* as it stands */
	SCALE_USEC,	 /* microseconds → ns */
	SCALE_TICKS,	 /* USER_HZ → ns */
	SCALE_CENTI,	 /* "12.34" → 1234 */
	SCALE_MAX,	 /* "max" → UNLIMITED */
	SCALE_MINUS_ONE, /* "-1" → UNLIMITED */
	SCALE_V1_MAX,	 /* the largest multiple of the page size, or beyond the machine's address space →
			    UNLIMITED */
	SCALE_BYTES_AS_PAGES,	/* ÷ page size */
	SCALE_WEIGHT_AS_SHARES, /* cpu.weight → cpu.shares (cgroup/convert.h) */
	SCALE_SHARES_AS_WEIGHT,
	SCALE_FREEZER_STATE, /* "FROZEN" → 1, "THAWED" and "FREEZING" → 0 */
	SCALE_DEVICES_LIST,  /* first line "a *:* rwm" → 0, anything else → 1 */
	SCALE_AS_TEXT,	     /* the line itself (KIND_TEXT) */
};

/* Where a figure is. */
struct metric_place {
	enum place_kind kind;
	enum controller controller; /* PLACE_CGROUP */
	const char *file; /* PLACE_CGROUP: a name with at most one '*'; PLACE_PID: below /proc/PID */
	const char *key;  /* "" = the file's only value */
	enum scale scale;
	enum metric_id same_as; /* PLACE_SAME_AS */
};

struct metric {
	enum metric_id id;
	const char *id_name; /* "CPU_USAGE" */
	enum metric_group group;
	enum dimension dimension;
	enum metric_kind kind;
	enum metric_unit unit;
	enum metric_cost cost;
	struct metric_place v2;
	struct metric_place v1;
	const char *prometheus; /* "" = not exported */
	const char *labels;	/* constant labels, in exposition syntax */
	const char *help;
	const char *json; /* "" = no column of its own either */
	const char *header;
	enum metric_format format;
};

struct metric_group_info {
	const char *name; /* "cpu": what --collector.cpu and collect[]=cpu mean */
	bool on_by_default;
	const char *help;
};

extern const struct metric metrics[METRIC__COUNT];
extern const struct metric_group_info metric_groups[GROUP__COUNT];

/* Whether it can only grow, so that its growth says something: a counter, or a part of a histogram. */
static inline bool metric_grows(enum metric_id id)
{
	return metrics[id].kind == KIND_COUNTER || metrics[id].kind == KIND_HISTOGRAM;
}

/* The row that holds the value: the row itself, or what it is SAME_AS. */
enum metric_id metric_origin(enum metric_id id);

/* Position among the metrics of its own dimension (SAME_AS rows have their origin's), and how many there are.
 */
unsigned metric_slot(enum metric_id id);
unsigned dimension_width(enum dimension d);

/* The slots of a dimension that hold limits: an instance that has nothing else is one that is limited and was
 * not used. */
uint64_t dimension_limits(enum dimension d);

/* The group with this name, or GROUP__COUNT. */
enum metric_group metric_group_find(const char *name);

/* The metric with this JSON key or header (case does not matter), or METRIC__COUNT. */
enum metric_id metric_find(const char *name);

/* A set of metrics: which ones a sink needs, which ones a source has. */
#define METRIC_WORDS ((METRIC__COUNT + 63) / 64)
struct metric_set {
	uint64_t words[METRIC_WORDS];
};

static inline void metric_set_add(struct metric_set *s, enum metric_id id)
{
	s->words[id / 64] |= UINT64_C(1) << (id % 64);
}

static inline void metric_set_remove(struct metric_set *s, enum metric_id id)
{
	s->words[id / 64] &= ~(UINT64_C(1) << (id % 64));
}

static inline bool metric_set_has(const struct metric_set *s, enum metric_id id)
{
	return s->words[id / 64] >> (id % 64) & 1;
}

bool metric_set_equal(const struct metric_set *a, const struct metric_set *b);
bool metric_set_contains(const struct metric_set *whole, const struct metric_set *part);
void metric_set_unite(struct metric_set *into, const struct metric_set *other);
void metric_set_add_group(struct metric_set *s, enum metric_group group);

/* Whether any row of the group is in the set. */
bool metric_set_has_group(const struct metric_set *s, enum metric_group group);

/* Every metric of the groups that are on by default. */
void metric_set_defaults(struct metric_set *s);

/* Adds what derived and SAME_AS rows of the set are made from, until nothing is missing. */
void metric_set_close(struct metric_set *s);

#define metric_set_foreach(id, set)                           \
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) \
		if (metric_set_has((set), id))

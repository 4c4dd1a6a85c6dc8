/* SPDX-License-Identifier: Apache-2.0 */
/* Which figure of the walk is which metric: made once a hierarchy from the metric table's places. Pure. */
#pragma once

#include "cgroup/hierarchy.h"
#include "model/metric.h"
#include "walk_decide.h"

/* What a row's member counts, and with that what makes it the figure that the file would give. */
enum walk_unit {
	WALK_AS_IT_IS,
	WALK_AS_USEC_OF_NSEC, /* the file says microseconds: ns, with what is below one cut off as there */
	WALK_AS_TICKS,	      /* the same of 1/100 s */
	WALK_AS_USEC,	      /* ns → µs */
	WALK_AS_QUOTA,	      /* the same; ~0 = none */
	WALK_AS_PAGES,	      /* → bytes */
	WALK_AS_KIB,	      /* → bytes */
	WALK_AS_PAGES_MAX,    /* PAGE_COUNTER_MAX = none */
	WALK_AS_PAGES_V1_MAX, /* as SCALE_V1_MAX has it */
	WALK_AS_PIDS_MAX,     /* beyond PID_MAX_LIMIT = none */
	WALK_AS_SHARES,	      /* × 1024, to the metric's scale */
	WALK_AS_WEIGHT,
	WALK_AS_SHARES_OF_WEIGHT, /* a weight, as v1 has it */
	WALK_AS_WEIGHT_OF_SHARES, /* shares, as v2 has them */
	WALK_AS_FROZEN,		  /* a bit of struct cgroup's flags */
	WALK_AS_FREEZING,	  /* whether v1's freezer is to freeze it */
	WALK_AS_FLAG,
	WALK_AS_LOAD,  /* 2048 = 1.00 → hundredths */
	WALK_AS_LIMIT, /* ~0 = none */
	WALK_AS_SET,   /* struct walk_set: text, not a number (walk_sets.h) */
};

struct walk_column {
	enum metric_id id;
	uint8_t table; /* enum walk_table */
	uint8_t unit;
	uint16_t offset; /* of a u64 in the table's row */
	uint8_t least;	 /* of a weight */
	uint16_t n;	 /* so many of them in a row, added up: memory.stat's sums */
};

/* A part of one of the kernel's arrays: what is not needed of it is neither copied nor brought into the
 * caches. */
struct walk_window {
	uint16_t first;
	uint16_t n;
};

struct walk_columns {
	struct walk_column each[METRIC__COUNT];
	size_t n;
	struct walk_window states; /* that the rows of memory.stat's tables hold: see walk_columns_choose */
	struct walk_window events;
	uint32_t tables; /* bit (1U << enum walk_table) of those that have any */
	bool own_io;	 /* v1: a device's row is without what is below, and is shown also where it is zeros;
			  * each limit has a file of its own, that has only what is limited */
};

/* What is known beside the configuration. pgfault_at: where memory's events[] has PGFAULT; -1 = not known
 * yet. */
void walk_columns_make(const struct cgroup_layout *layout, size_t hierarchy, const struct walk_facts *facts,
		       const struct walk_config *config, int pgfault_at, struct walk_columns *out);

/* Puts a column behind those that are there. */
void walk_columns_add(struct walk_columns *to, const struct walk_column *column);

/* Those of `all` that are needed; the rows of memory.stat's tables then begin with the first element that is.
 */
void walk_columns_choose(const struct walk_columns *all, const struct metric_set *need,
			 struct walk_columns *out);

/* The member's figure as the metric's; of no set. */
uint64_t walk_column_value(const struct walk_column *column, const void *row, uint64_t page_size);

struct cputime {
	uint64_t user_ns;
	uint64_t system_ns;
};

/*
 * kernel/sched/cputime.c: cputime_adjust. User and system time as sampled become parts of the exact total;
 * neither goes back behind what was shown, be it by the file when it was read last or by us.
 */
struct cputime walk_adjust_cputime(uint64_t total_ns, const struct cputime *sampled,
				   const struct cputime *by_file, const struct cputime *by_us);

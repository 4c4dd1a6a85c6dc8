/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums over everything that has ended since the source was opened, by name and image: what lived between two
 * samples counts like anything else, however many they were.
 */
#pragma once

#include "model/snapshot.h"

enum ended_reason {
	ENDED_UNKNOWN, /* nobody heard how */
	ENDED_DONE,    /* its first process exited with 0 */
	ENDED_FAILED,  /* with another status */
	ENDED_SIGNAL,  /* a signal ended it */
	ENDED_OOM,     /* the kernel did, for want of memory */
	ENDED_REASON__COUNT
};

enum ended_figure {
#define ENDED(metric, ...) ENDED_##metric,
#include "model/ended.def"
#undef ENDED
	ENDED_FIGURE__COUNT
};

struct ended_sum {
	enum entity_class class;
	const char *name;  /* as the identity has it; untrusted */
	const char *image; /* both "" where there were too many to keep apart */
	uint64_t ended[ENDED_REASON__COUNT];
	uint64_t figures[ENDED_FIGURE__COUNT]; /* in the metric's own unit */
	uint64_t lifetime_ns;
};

/* "unknown", "done", "failed", "signal", "oom" */
const char *ended_reason_name(enum ended_reason reason);
/* What a wait(2) status says; STATUS_UNKNOWN is ENDED_UNKNOWN. */
enum ended_reason ended_reason_of(int32_t status, bool oom_killed);

/* The row of the metric table, the name and the HELP of a figure. */
enum metric_id ended_figure_metric(enum ended_figure f);
const char *ended_figure_name(enum ended_figure f);
const char *ended_figure_help(enum ended_figure f);

/* So many names are kept apart, of each class; the ones beyond have a sum in common. A container's name may
 * be made up anew at each start, and series that never end are dear to whoever stores them. */
#define ENDED_NAMES_MAX 500

struct ended_sums;
struct ended_sums *ended_sums_new(void); /* NULL where memory is short */
void ended_sums_free(struct ended_sums *sums);

/* Adds an entity of a snapshot that has ended; figures that are absent count as nothing. 0 or -ENOMEM. */
int ended_sums_add(struct ended_sums *sums, const struct snapshot *s, size_t index, enum ended_reason reason,
		   uint64_t lifetime_ns);

/* All sums so far; valid until the next call that adds. */
const struct ended_sum *ended_sums_list(const struct ended_sums *sums, size_t *n);

/* SPDX-License-Identifier: Apache-2.0 */
/* What is computed from other figures: derived rows of one snapshot, and rates between two. */
#pragma once

#include "model/snapshot.h"

#include <stdbool.h>

/* The rows that `id` is computed from, in *from (at most `max`); their count, 0 for a row that is not
 * derived. */
size_t derive_inputs(enum metric_id id, enum metric_id *from, size_t max);

/* Computes every derived row of an entity that was asked for. Called by snapshot_seal. */
void derive_entity(struct snapshot *s, size_t index);

/* Two snapshots side by side. `earlier` may be NULL: then nothing has a rate. Holds a reference of both. */
struct comparison;
struct comparison *comparison_new(struct snapshot *earlier, struct snapshot *later);
void comparison_free(struct comparison *c);
struct snapshot *comparison_later(const struct comparison *c);
struct snapshot *comparison_earlier(const struct comparison *c); /* may be NULL */

/* Where the entity at `index` of the later snapshot stands in the earlier one; -1 where it is new. */
ptrdiff_t comparison_before(const struct comparison *c, size_t index);

/*
 * Growth of a counter in its stored unit a second (nanoseconds a second for UNIT_NSEC), of the entity at
 * `index` of the later snapshot, summed over instances for dimension metrics. False where either side is
 * absent, the entity is new, no time has passed, or the counter went back.
 */
bool comparison_rate(const struct comparison *c, size_t index, enum metric_id id, double *out);

/* The growth itself, in the stored unit. False as above. */
bool comparison_growth(const struct comparison *c, size_t index, enum metric_id id, uint64_t *out);

/* As comparison_rate, of the n-th series of the entity by itself. */
bool comparison_series_rate(const struct comparison *c, size_t index, size_t n, enum metric_id id,
			    double *out);

/*
 * The share of their time in which the host's CPUs had nothing to do, 0 to 1: from the host's meters, or else
 * from the root's CPU time. False where neither is known.
 */
bool comparison_idle(const struct comparison *c, double *out);

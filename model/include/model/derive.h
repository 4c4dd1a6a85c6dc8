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

/*
 * Growth of a counter in its stored unit a second (nanoseconds a second for UNIT_NSEC), of the entity at
 * `index` of the later snapshot, summed over instances for dimension metrics. False where either side is
 * absent, the entity is new, no time has passed, or the counter went back.
 */
bool comparison_rate(const struct comparison *c, size_t index, enum metric_id id, double *out);

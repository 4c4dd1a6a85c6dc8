/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was measured of each cgroup and all below it, since the programs were first attached. A child's
 * figures stay in its ancestors' when it goes, so that sums never go back; what nobody asks for is forgotten.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct latency_totals;

/* Of n_figures figures a cgroup. NULL where memory is short. */
struct latency_totals *latency_totals_new(size_t n_figures);
void latency_totals_free(struct latency_totals *t);

/* Adds to a cgroup and to its ancestors (keys; a 0 ends them). 0 or -ENOMEM: then some have less. */
int latency_totals_add(struct latency_totals *t, uint64_t key, const uint64_t *ancestors, size_t n,
		       const uint64_t *growth);

/* A cgroup's figures, or NULL where nothing has happened in it. Valid until the next latency_totals_add. */
const uint64_t *latency_totals_get(struct latency_totals *t, uint64_t key);

/* To be called after a round of adding: forgets what was neither added to in it nor asked for since the one
 * before last. */
void latency_totals_turn(struct latency_totals *t);

size_t latency_totals_bytes(const struct latency_totals *t);

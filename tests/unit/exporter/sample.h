/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots made up for the tests of what renders them. */
#pragma once

#include "model/derive.h"
#include "model/snapshot.h"

/* An empty snapshot of a host with 4 CPUs, 8 GiB and no swap, at 2023-11-14 22:13:20 UTC, with every metric
 * asked for. */
struct snapshot *sample_new(void);

/* The same, `monotonic_ns` after the other's start, with these metrics asked for only (closed here). */
struct snapshot *sample_new_at(uint64_t monotonic_ns, const enum metric_id *ids, size_t n);

/* Adds an entity; id 0 = its index + 1. The index. */
size_t sample_add(struct snapshot *s, const char *path, enum entity_class class, const struct identity *who,
		  uint64_t id, bool ended);

/* Adds a cgroup that nothing is known about. */
size_t sample_add_plain(struct snapshot *s, const char *path);

/* Adds the Docker container "web" (compose project "shop"), with no value yet. */
size_t sample_add_web(struct snapshot *s);
#define SAMPLE_ID "4f5c0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"

/* Adds series of the entity added last. */
void sample_series(struct snapshot *s, enum dimension d, const char *instance, const char *detail,
		   enum metric_id id, uint64_t value);

/* Every metric of the entity added last, each with another value, one or two instances a dimension. */
void sample_fill(struct snapshot *s, size_t index);

/* "web" with every metric, a plain cgroup with a few, and a container that has ended; sealed. */
struct snapshot *sample_full(void);

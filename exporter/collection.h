/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots that scrapes share, so that a hundred scrapes at once cost one walk over the cgroups. */
#pragma once

#include "model/source.h"

/* One snapshot, for as long as an answer is rendered from it. */
struct collection {
	unsigned references;
	struct snapshot *snapshot;
	uint64_t taken_ns; /* the loop's clock */
	struct collections *owner;
};

struct collections {
	struct source *source;
	uint64_t min_interval_ns;
	struct collection *latest;
	unsigned alive; /* with those that slow readers hold */
	uint64_t total;
	uint64_t failures;
	uint64_t last_duration_ns;
	bool last_failed;
};

/*
 * A reference of a collection that has `need` and is younger than the interval, or a new one. Within the
 * interval a new one is only made to add metrics, and has what the last one had as well: however the filters
 * differ, there are never more collections than groups. 0, or -errno of the source.
 */
int collections_get(struct collections *c, const struct metric_set *need, uint64_t now_ns,
		    struct collection **out, struct error *err);
void collection_unref(struct collection *c);

/* Lets go of the latest one. */
void collections_drop(struct collections *c);

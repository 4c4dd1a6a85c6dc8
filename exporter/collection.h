/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots that scrapes share, so that a hundred scrapes at once cost one walk over the cgroups. */
#pragma once

#include "base/clock.h"
#include "model/derive.h"
#include "model/source.h"

/* One snapshot, for as long as an answer is rendered from it. */
struct collection {
	unsigned references;
	struct snapshot *snapshot;
	struct comparison *comparison; /* with an earlier one, for verdicts; NULL where there is none */
	uint64_t taken_ns;	       /* the loop's clock */
	struct collections *owner;
};

struct collections {
	struct source *source;
	uint64_t min_interval_ns;
	struct collection *latest;
	struct snapshot *base;	    /* what the next one is compared with; NULL = nothing yet */
	struct snapshot *next_base; /* what that will be, once it is old enough; NULL = not chosen yet */
	unsigned alive;		    /* with those that slow readers hold */
	uint64_t total;
	uint64_t failures;
	uint64_t last_duration_ns;
	bool last_failed;
};

/*
 * Two collections that are compared lie so far apart: two Prometheus servers that scrape at nearly the same
 * time each get a picture of the whole time between their own scrapes, and after a long silence nobody is
 * told of the average of an hour as of now.
 */
#define COMPARED_APART_MIN NSEC_PER_SEC
#define COMPARED_APART_MAX (5 * 60 * NSEC_PER_SEC)

/*
 * A reference of a collection that has `need` and is younger than the interval, or a new one. Within the
 * interval a new one is only made to add metrics, and has what the last one had as well: however the filters
 * differ, there are never more collections than groups. 0, or -errno of the source.
 */
int collections_get(struct collections *c, const struct metric_set *need, uint64_t now_ns,
		    struct collection **out, struct error *err);
void collection_unref(struct collection *c);

/* Lets go of the latest one, and of what the next one would be compared with. */
void collections_drop(struct collections *c);

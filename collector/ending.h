/* SPDX-License-Identifier: Apache-2.0 */
/* What was heard of the end of a cgroup: how its first process exited, and the figures it was removed with.
 */
#pragma once

#include "model/heard.h"
#include "model/kernel.h"
#include "model/snapshot.h"

struct ending {
	int32_t status; /* as wait(2) has it; STATUS_UNKNOWN */
	bool of_init;	/* of the first process in its PID namespace; else of whichever exited last */
	bool oom_killed;
	/* One entity, with what it was removed with: from v2, and from v1's hierarchies; NULL = nothing is
	 * known
	 */
	struct snapshot *last[2];
};

#define ENDING_NOTHING ((struct ending){.status = STATUS_UNKNOWN})

/* One of its processes has exited. */
void ending_exit(struct ending *end, const struct kernel_event *e);

/* Why it ended, as far as that was heard; end may be NULL. */
enum ended_reason ending_reason(const struct ending *end);

/*
 * Takes the figures that it had in the hierarchy, of that version, that it was removed from just now; those
 * of other hierarchies stay. `like`: who it is; need, host: as of snapshot_new.
 */
void ending_take(struct ending *end, struct kernel *k, const struct kernel_event *e, int version,
		 const struct metric_set *need, const struct host *host, const struct entity *like);

/* Sets them into the entity that the snapshot added last: where a counter or a peak got beyond what is there,
 * and where there is nothing. What both versions know is v2's, as while it lived, unless that was not used.
 */
void ending_fill(const struct ending *end, struct snapshot *s, size_t index);

void ending_release(struct ending *end);

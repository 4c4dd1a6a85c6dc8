/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to containers. Told from two snapshots here; a source that hears of them from the kernel
 * gives the same events, sooner.
 */
#pragma once

#include "base/map.h"
#include "base/str.h"
#include "model/derive.h"

enum event_kind {
	EVENT_START,
	EVENT_END,
	EVENT_OOM_KILL,
	EVENT_MEMORY_MAX, /* use hit memory.max */
	EVENT_MEMORY_HIGH,
	EVENT_THROTTLED, /* began to be throttled by its quota, in a twentieth of the periods or more */
	EVENT_PIDS_MAX,	 /* a fork was refused */
	EVENT_FROZEN,
	EVENT_THAWED,
	EVENT_LIMIT, /* a limit was changed */
	EVENT__COUNT
};

enum event_severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };

struct event {
	enum event_kind kind;
	uint64_t realtime_ns;
	uint64_t entity;  /* its id */
	const char *name; /* what a person calls it; untrusted */
	const char *path;
	uint64_t count;	    /* kills, hits, refused forks, throttled periods in between; 1 elsewhere */
	const char *detail; /* "limit 160.0MiB", "memory.max 512MiB -> 1.0GiB", "31% of periods": plain words;
			       "" = none */
};

/* "START", "OOM-KILL", … */
const char *event_kind_name(enum event_kind kind);
enum event_severity event_severity(enum event_kind kind);

/* The metrics that events are told from. */
void event_need(struct metric_set *set);

/*
 * Tells what happened between the two snapshots, in tree order, to `tell`; the texts live until it returns.
 * Containers and services only; of a whole host seen for the first time (no earlier snapshot) nothing is
 * told, nor where time went back (a replay). What is gone from the later snapshot altogether comes last.
 *
 * Two snapshots don't tell a condition that goes on (throttled, at a memory or pids limit) from one that
 * begins: whoever calls for each sample in turn gives a memory, so that it is told once, and again after it
 * was quiet for some seconds.
 */
void events_between(const struct comparison *c, void (*tell)(void *context, const struct event *event),
		    void *context);

/* The conditions that held lately, by entity. All zeros is a good start. */
struct event_memory {
	struct map conditions;
};
void events_following(struct event_memory *m, const struct comparison *c,
		      void (*tell)(void *context, const struct event *event), void *context);
void event_memory_free(struct event_memory *m);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a source heard between the sample before and this one, where it hears of events at all, and what it
 * has counted since it was opened. A part of a snapshot; one that came from a recording has none.
 */
#pragma once

#include "model/ended.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
	EVENT_LIMIT,	  /* a limit was changed */
	EVENT_EXEC,	  /* from here on only the kernel tells */
	EVENT_EXIT,	  /* of a process, not of a container */
	EVENT_FORK_STORM, /* a thousand processes or more were made within a second */
	EVENT__COUNT
};

#define STATUS_UNKNOWN (-1)

struct event {
	enum event_kind kind;
	uint64_t realtime_ns;
	uint64_t entity; /* its id */
	enum entity_class class;
	const char *name; /* what a person calls it; untrusted */
	const char *path;
	uint64_t count;	    /* kills, hits, refused forks, throttled periods in between; 1 elsewhere */
	const char *detail; /* "limit 160.0MiB", "memory.max 512MiB -> 1.0GiB", "31% of periods": plain words;
			       "" = none */
	/* What only who heard of it knows; zeros, STATUS_UNKNOWN and "" elsewhere. */
	int32_t pid;	     /* EXEC, EXIT, OOM_KILL: as the host counts */
	int32_t status;	     /* EXIT, END: as wait(2) has it */
	uint64_t bytes;	     /* OOM_KILL: what the victim had resident */
	const char *program; /* EXEC: its file; EXIT, OOM_KILL: its comm; untrusted */
	const char *culprit; /* OOM_KILL: path of the cgroup whose limit it was, "/" = the host ran out */
	enum ended_reason reason; /* END */
};

struct heard {
	bool hears; /* the source hears of events: what is not here did not happen, unless some were dropped
		     */
	size_t n_events;
	const struct event *events; /* oldest first; none where nobody asked the source to tell */
	/* since the source was opened, told or not */
	uint64_t counts[EVENT__COUNT];
	uint64_t dropped; /* the kernel's buffer was full */
	size_t n_ended;
	const struct ended_sum *ended; /* in the order in which each was first met */
};

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One source for two sinks: what the dashboard samples is what a scrape gets, so that nothing is read twice.
 * Two faces of the one source, both in one thread. What the source heard up to a sample that only the second
 * face got is told in the first's next one: events are told once, and it is the first that shows them.
 */
#pragma once

#include "model/source.h"

struct shared_face {
	struct source source; /* first: a face is a source */
	struct shared_source *owner;
};

struct shared_source {
	struct source *inner;	  /* borrowed */
	struct shared_face first; /* takes a sample each time it is asked; with what the second needs too */
	struct shared_face
		second; /* is given the first's latest, where that is young enough and has what it needs */
	struct metric_set extra;  /* what the second needs, closed */
	struct metric_set wanted; /* what the first asked for last */
	struct snapshot *latest;
	struct snapshot *missed; /* no entities: what was heard in samples that only the second got */
	uint64_t lost;		 /* events of such that there was no room for */
	uint64_t max_age_ns;
	uint64_t (*now)(void); /* CLOCK_MONOTONIC */
};

/* second_need: what the second sink asks for as a rule; max_age_ns: how old a snapshot it may be given. */
void shared_source_init(struct shared_source *s, struct source *inner, const struct metric_set *second_need,
			uint64_t max_age_ns, uint64_t (*now)(void));
void shared_source_release(struct shared_source *s);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last minutes: a row of figures of each container for sparklines and charts, so that a container's view
 * is full when it is opened; and the pictures themselves, to step back in time, as many as fit the budget.
 */
#pragma once

#include "model/derive.h"

#include <stddef.h>
#include <stdint.h>

#define HISTORY_SAMPLES 300

enum figure {
	FIGURE_CPU,	  /* CPUs */
	FIGURE_THROTTLED, /* share of periods */
	FIGURE_MEMORY,	  /* working set, bytes */
	FIGURE_NET_RX,	  /* bytes a second */
	FIGURE_NET_TX,
	FIGURE_IO_READ,
	FIGURE_IO_WRITE,
	FIGURE_PSI_CPU, /* share of time, "some" */
	FIGURE_PSI_MEMORY,
	FIGURE_PSI_IO,
	FIGURE_PIDS,
	FIGURE__COUNT
};

struct history;

/* bytes: what the pictures may take; the newest is always kept. NULL where memory is short. */
struct history *history_new(size_t bytes);
void history_free(struct history *h);

/* The metrics that the figures are made from. */
void history_need(struct metric_set *need);

/* Takes in the picture that was taken last (a reference of both snapshots). Entities that are gone are
 * forgotten after HISTORY_SAMPLES. 0 or -ENOMEM (then there is a gap). */
int history_add(struct history *h, struct comparison *c);

/* The newest `max` values of an entity, the oldest first, up to the picture `back` (see history_picture); NAN
 * where absent. Their count. */
size_t history_values(const struct history *h, uint64_t entity, enum figure figure, size_t back, float *out,
		      size_t max);

/* How many pictures there are, and the one `back` steps before the newest (0 = the newest): borrowed until
 * the next history_add; NULL beyond. */
size_t history_pictures(const struct history *h);
struct comparison *history_picture(const struct history *h, size_t back);

/* The step whose picture is the last one at or before this time (CLOCK_REALTIME); the oldest where all are
 * later. */
size_t history_at(const struct history *h, uint64_t realtime_ns);

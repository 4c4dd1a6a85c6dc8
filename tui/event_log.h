/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of the last while, newest first; alike ones that follow each other are one line with a count.
 * Processes that come and go may be very many: their lines never take more than a quarter of all.
 * Each line is told as it was at a given time (CLOCK_REALTIME), so that a step back shows what was there
 * then; UINT64_MAX is now.
 */
#pragma once

#include "model/event.h"

#include <stdbool.h>
#include <stddef.h>

struct event_log;
struct event_log *
event_log_new(size_t max); /* lines kept, those that grew with each step; NULL where memory is short */
void event_log_free(struct event_log *log);
void event_log_add(void *context, const struct event *event); /* copies; the form that events_between takes */
/* The lines of that time one after the other: *at is 0 for the newest. NULL behind the oldest. */
const struct event *event_log_next(const struct event_log *log, uint64_t realtime_ns, size_t *at);
/* Whether it is about a process that came or went (EXEC, EXIT): many, and no matter to most. */
bool event_is_process(const struct event *e);
/* How many of a kind (by their counts) in a span of time, both ends included: "1m: 1 OOM 3 throttle". Of
 * processes that came or went no count is kept: 0. */
uint64_t event_log_between(const struct event_log *log, enum event_kind kind, uint64_t from_ns,
			   uint64_t to_ns);

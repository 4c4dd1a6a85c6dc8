/* SPDX-License-Identifier: Apache-2.0 */
/* The events of the last while, newest first; alike ones that follow each other are one line with a count. */
#pragma once

#include "model/event.h"

#include <stddef.h>

struct event_log;
struct event_log *event_log_new(size_t max); /* lines kept; NULL where memory is short */
void event_log_free(struct event_log *log);
void event_log_add(void *context, const struct event *event); /* copies; the form that events_between takes */
size_t event_log_count(const struct event_log *log);
const struct event *event_log_at(const struct event_log *log, size_t n); /* 0 = the newest */
/* How many of a kind (by their counts) since a time (CLOCK_REALTIME): "1m: 1 OOM 3 throttle". */
uint64_t event_log_since(const struct event_log *log, enum event_kind kind, uint64_t realtime_ns);

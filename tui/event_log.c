/* SPDX-License-Identifier: Apache-2.0 */
#include "event_log.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* A warning that comes again while others come in between still joins its line, for so long and so far. */
#define JOIN_NS (30 * NSEC_PER_SEC)
#define JOIN_LINES 16
#define TICKS 4096

/* What has been counted when: a line that was joined to knows only its last time. */
struct tick {
	uint64_t realtime_ns;
	uint64_t count;
	enum event_kind kind;
};

struct event_log {
	size_t max;
	size_t n;
	struct event **lines; /* the newest last; each in one block with its texts */
	size_t n_ticks;	      /* ever; the last TICKS of them are kept */
	struct tick ticks[TICKS];
};

struct event_log *event_log_new(size_t max)
{
	struct event_log *log = calloc(1, sizeof(*log));

	if (!log)
		return NULL;
	log->max = max ? max : 1;
	log->lines = calloc(log->max, sizeof(*log->lines));
	if (!log->lines) {
		free(log);
		return NULL;
	}
	return log;
}

void event_log_free(struct event_log *log)
{
	if (!log)
		return;
	for (size_t i = 0; i < log->n; i++)
		free(log->lines[i]);
	free(log->lines);
	free(log);
}

static const char *put(char **at, const char *text)
{
	char *start = *at;
	size_t len = text ? strlen(text) : 0;

	if (len)
		memcpy(start, text, len);
	start[len] = '\0';
	*at = start + len + 1;
	return start;
}

static struct event *copy_event(const struct event *from)
{
	size_t texts = (from->name ? strlen(from->name) : 0) + (from->path ? strlen(from->path) : 0) +
		       (from->detail ? strlen(from->detail) : 0) + 3;
	struct event *e = malloc(sizeof(*e) + texts);
	char *at;

	if (!e)
		return NULL;
	at = (char *)(e + 1);
	*e = *from;
	e->name = put(&at, from->name);
	e->path = put(&at, from->path);
	e->detail = put(&at, from->detail);
	return e;
}

static void take_out(struct event_log *log, size_t i)
{
	free(log->lines[i]);
	memmove(&log->lines[i], &log->lines[i + 1], (log->n - i - 1) * sizeof(*log->lines));
	log->n--;
}

/* The line that an event joins, or -1. */
static ptrdiff_t alike(const struct event_log *log, const struct event *e)
{
	size_t far = event_severity(e->kind) == SEVERITY_INFO ? 1 : JOIN_LINES;

	if (e->kind == EVENT_LIMIT) /* each says something of its own */
		return -1;
	for (size_t back = 1; back <= far && back <= log->n; back++) {
		const struct event *line = log->lines[log->n - back];

		if (line->kind == e->kind && line->entity == e->entity &&
		    line->realtime_ns <= e->realtime_ns && e->realtime_ns - line->realtime_ns <= JOIN_NS)
			return (ptrdiff_t)(log->n - back);
	}
	return -1;
}

void event_log_add(void *context, const struct event *event)
{
	struct event_log *log = context;
	struct event *copy = copy_event(event);
	ptrdiff_t same;

	if (!copy)
		return;
	log->ticks[log->n_ticks++ % TICKS] =
		(struct tick){.realtime_ns = event->realtime_ns, .count = event->count, .kind = event->kind};
	same = alike(log, event);
	if (same >= 0) {
		copy->count += log->lines[same]->count;
		take_out(log, (size_t)same);
	} else if (log->n == log->max) {
		take_out(log, 0);
	}
	log->lines[log->n++] = copy;
}

size_t event_log_count(const struct event_log *log)
{
	return log->n;
}

const struct event *event_log_at(const struct event_log *log, size_t n)
{
	return n < log->n ? log->lines[log->n - 1 - n] : NULL;
}

uint64_t event_log_since(const struct event_log *log, enum event_kind kind, uint64_t realtime_ns)
{
	size_t n = log->n_ticks < TICKS ? log->n_ticks : TICKS;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct tick *t = &log->ticks[i];

		if (t->kind == kind && t->realtime_ns >= realtime_ns)
			sum += t->count;
	}
	return sum;
}

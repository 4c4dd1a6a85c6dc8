/* SPDX-License-Identifier: Apache-2.0 */
#include "event_log.h"

#include "base/clock.h"

#include <stdbool.h>
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

/* In one block with its texts. */
struct line {
	struct event event;
	uint64_t joined_ns; /* from then on another line stands for it; UINT64_MAX = none does */
};

struct event_log {
	size_t max;
	size_t n;
	size_t n_process;    /* lines of processes among them */
	struct line **lines; /* the newest last */
	size_t n_ticks;	     /* ever; the last TICKS of them are kept */
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

static size_t room_for(const char *text)
{
	return (text ? strlen(text) : 0) + 1;
}

static struct line *copy_event(const struct event *from)
{
	size_t texts = room_for(from->name) + room_for(from->path) + room_for(from->detail) +
		       room_for(from->program) + room_for(from->culprit);
	struct line *line = malloc(sizeof(*line) + texts);
	char *at;

	if (!line)
		return NULL;
	at = (char *)(line + 1);
	line->event = *from;
	line->event.name = put(&at, from->name);
	line->event.path = put(&at, from->path);
	line->event.detail = put(&at, from->detail);
	line->event.program = put(&at, from->program);
	line->event.culprit = put(&at, from->culprit);
	line->joined_ns = UINT64_MAX;
	return line;
}

bool event_is_process(const struct event *e)
{
	return e->kind == EVENT_EXEC || e->kind == EVENT_EXIT;
}

static void drop(struct event_log *log, size_t i)
{
	log->n_process -= event_is_process(&log->lines[i]->event);
	free(log->lines[i]);
	memmove(&log->lines[i], &log->lines[i + 1], (log->n - i - 1) * sizeof(*log->lines));
	log->n--;
}

/* A busy shell script is not to push out what an hour had to say. */
static void make_room(struct event_log *log, const struct event *for_it)
{
	size_t i = 0;

	if (event_is_process(for_it) && log->n_process >= (log->max + 3) / 4) {
		while (!event_is_process(&log->lines[i]->event))
			i++;
		drop(log, i);
	} else if (log->n == log->max) {
		drop(log, 0);
	}
}

/* What a line with a count would hide: another program, another end. */
static bool says_the_same(const struct event *a, const struct event *b)
{
	return a->kind == b->kind && a->entity == b->entity &&
	       (!event_is_process(a) ||
		(a->status == b->status && strcmp(a->program, b->program ? b->program : "") == 0));
}

/* The line that an event joins, or NULL. */
static struct line *alike(const struct event_log *log, const struct event *e)
{
	size_t far = event_severity(e->kind) == SEVERITY_INFO && !event_is_process(e) ? 1 : JOIN_LINES;

	if (e->kind == EVENT_LIMIT) /* each says something of its own */
		return NULL;
	for (size_t i = log->n; i > 0 && far > 0; i--) {
		struct line *line = log->lines[i - 1];
		const struct event *old = &line->event;

		if (line->joined_ns != UINT64_MAX)
			continue;
		if (says_the_same(old, e) && old->realtime_ns <= e->realtime_ns &&
		    e->realtime_ns - old->realtime_ns <= JOIN_NS)
			return line;
		far--;
	}
	return NULL;
}

void event_log_add(void *context, const struct event *event)
{
	struct event_log *log = context;
	struct line *copy = copy_event(event);
	struct line *same;

	if (!copy)
		return;
	if (!event_is_process(event))
		log->ticks[log->n_ticks++ % TICKS] = (struct tick){
			.realtime_ns = event->realtime_ns, .count = event->count, .kind = event->kind};
	same = alike(log, event);
	if (same) {
		copy->event.count += same->event.count;
		same->joined_ns = event->realtime_ns;
	}
	make_room(log, event);
	log->n_process += event_is_process(event);
	log->lines[log->n++] = copy;
}

const struct event *event_log_next(const struct event_log *log, uint64_t realtime_ns, size_t *at)
{
	while (*at < log->n) {
		const struct line *line = log->lines[log->n - 1 - (*at)++];

		bool joined = line->joined_ns != UINT64_MAX && line->joined_ns <= realtime_ns;

		if (line->event.realtime_ns <= realtime_ns && !joined)
			return &line->event;
	}
	return NULL;
}

uint64_t event_log_between(const struct event_log *log, enum event_kind kind, uint64_t from_ns,
			   uint64_t to_ns)
{
	size_t n = log->n_ticks < TICKS ? log->n_ticks : TICKS;
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct tick *t = &log->ticks[i];

		if (t->kind == kind && t->realtime_ns >= from_ns && t->realtime_ns <= to_ns)
			sum += t->count;
	}
	return sum;
}

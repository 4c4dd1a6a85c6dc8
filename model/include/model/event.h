/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened to containers. Told from two snapshots here, and from what the source heard in between
 * (model/heard.h), which knows more and has the last word: of an entity and a kind that the source told of,
 * nothing is concluded from figures.
 */
#pragma once

#include "base/map.h"
#include "base/str.h"
#include "model/derive.h"
#include "model/heard.h"

enum event_severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };

/* "START", "OOM-KILL", … */
const char *event_kind_name(enum event_kind kind);
enum event_severity event_severity(enum event_kind kind);

/* Appends the name as a word for programs: "oom_kill". */
void event_kind_key(struct str *out, enum event_kind kind);

/* The kind that is called so by either of the two above (case does not matter), or EVENT__COUNT. */
enum event_kind event_kind_find(const char *name);

/* Appends what the event says beyond who and what, in plain words: "limit 160.0MiB", "ended by signal 9
 * (KILL)", "pid 5121 ruby, 158.0MiB resident, limit of /shop". Untrusted texts in it are as they came. */
void event_describe(struct str *out, const struct event *e);

/* The metrics that events are told from. */
void event_need(struct metric_set *set);

/*
 * Tells what happened between the two snapshots to `tell`; the texts live until it returns. First what the
 * source of the later one heard, in the order of time, with a limit, an image or a lifetime where the
 * snapshots know it; then, in tree order, what figures say besides, of containers and services only. That
 * something came or went is the source's alone to tell where it hears (unless it lost events), and of kills
 * and freezing what it has not told a sample later. Of a whole host seen for the first time (no earlier
 * snapshot) nothing is told, nor where time went back (a replay). What is gone from the later snapshot
 * altogether comes last.
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

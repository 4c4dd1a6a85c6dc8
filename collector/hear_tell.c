/* SPDX-License-Identifier: Apache-2.0 */
/* What sinks are told of what was heard. */
#include "collector_private.h"

#include <errno.h>
#include <stdlib.h>

/* So many events are kept for one snapshot; where nobody takes snapshots, the counts go on. */
#define EVENTS_MAX 100000

static uint64_t realtime_of(uint64_t monotonic_ns)
{
	struct moment now = moment_now();

	return now.realtime_ns - elapsed_ns(now.monotonic_ns, monotonic_ns);
}

static bool reserve(struct hearing *h)
{
	size_t cap = h->cap ? h->cap * 2 : 64;
	struct event *bigger;

	if (h->n_events < h->cap)
		return true;
	if (h->n_events >= EVENTS_MAX)
		return false;
	bigger = reallocarray(h->events, cap, sizeof(*bigger));
	if (!bigger)
		return false;
	h->events = bigger;
	h->cap = cap;
	return true;
}

static const char *keep_text(struct hearing *h, const char *text)
{
	const char *copy = text && *text ? arena_text(&h->texts, slice_of(text)) : "";

	return copy ? copy : "";
}

static const char *name_of(const struct subject *who)
{
	if (!who->identity)
		return who->path;
	return *who->identity->name ? who->identity->name
	       : *who->identity->id ? who->identity->id
				    : who->path;
}

void hear_tell(struct collector *c, const struct subject *who, const struct event *event, uint64_t at_ns)
{
	struct hearing *h = &c->hearing;
	struct event *e;

	h->counts[event->kind]++;
	if (!c->options.tell_events || !reserve(h))
		return;
	e = &h->events[h->n_events++];
	*e = *event;
	e->realtime_ns = realtime_of(at_ns);
	e->entity = who->id;
	e->class = who->class;
	e->name = keep_text(h, name_of(who));
	e->path = keep_text(h, who->path);
	e->program = keep_text(h, event->program);
	e->culprit = keep_text(h, event->culprit);
	e->detail = "";
	e->count = event->count ? event->count : 1;
}

struct subject node_subject(const struct node *n)
{
	return (struct subject){n->id, n->what.class, n->path, n->identity};
}

/* Branches and what is inside of containers neither start nor end in anybody's eyes. */
static bool has_a_life(const struct node *n)
{
	return n->what.class == ENTITY_CONTAINER || n->what.class == ENTITY_SERVICE ||
	       n->what.class == ENTITY_GROUP;
}

static uint64_t when(const struct collector *c)
{
	return c->hearing.now_ns ? c->hearing.now_ns : moment_now().monotonic_ns;
}

/* Whose it is is looked up now, while its runtime's metadata is there. */
void hear_born(struct collector *c, struct node *n)
{
	struct subject who;

	if (!c->hearing.on)
		return;
	brief_become(c, n);
	if (n->heard_of || !has_a_life(n) || !node_identify(c, n, n->found_ns))
		return;
	who = node_subject(n);
	hear_tell(c, &who, &(struct event){.kind = EVENT_START, .status = STATUS_UNKNOWN}, when(c));
}

void hear_died(struct collector *c, const struct node *n, const struct ending *end)
{
	struct subject who = node_subject(n);

	if (!c->hearing.on || !has_a_life(n))
		return;
	hear_tell(c, &who,
		  &(struct event){.kind = EVENT_END,
				  .status = end ? end->status : STATUS_UNKNOWN,
				  .reason = ending_reason(end)},
		  when(c));
}

int hear_report(struct collector *c, struct snapshot *s)
{
	struct hearing *h = &c->hearing;
	struct heard heard = {
		.hears = h->on,
		.n_events = h->n_events,
		.events = h->events,
		.dropped = h->dropped,
	};
	int r;

	for (size_t k = 0; k < EVENT__COUNT; k++)
		heard.counts[k] = h->counts[k];
	if (h->ended)
		heard.ended = ended_sums_list(h->ended, &heard.n_ended);
	r = snapshot_set_heard(s, &heard);
	h->n_events = 0;
	arena_reset(&h->texts);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "event_heard.h"

#include "model/number.h"

#include <string.h>

/* Where an entity is found: the later snapshot, or else the earlier one. */
struct place {
	const struct snapshot *snapshot; /* NULL: in neither */
	size_t index;
};

static struct place place_of(const struct comparison *c, uint64_t id)
{
	const struct snapshot *both[] = {comparison_later(c), comparison_earlier(c)};

	for (size_t i = 0; i < ARRAY_SIZE(both) && both[i]; i++) {
		ptrdiff_t index = snapshot_find(both[i], id);

		if (index >= 0)
			return (struct place){both[i], (size_t)index};
	}
	return (struct place){NULL, 0};
}

/* An entity that neither snapshot has lived in between: the source knows whose it was. */
static bool is_told_of(const struct place *at)
{
	enum entity_class class = ENTITY_CONTAINER;

	if (at->snapshot)
		class = snapshot_entity(at->snapshot, at->index)->class;
	return class == ENTITY_CONTAINER || class == ENTITY_SERVICE;
}

/* ---- what is known besides */

/* The limit that the victim's cgroup or the one above it had: "memory.max 160.0MiB". */
static void put_culprits_limit(struct str *out, const struct place *at, const struct event *e)
{
	const struct snapshot *s = at->snapshot;
	bool named = e->culprit && *e->culprit;
	uint64_t limit;
	ptrdiff_t index = (ptrdiff_t)at->index;

	if (named && strcmp(e->culprit, "/") == 0)
		return;
	while (named && index >= 0 && strcmp(snapshot_entity(s, (size_t)index)->path, e->culprit) != 0)
		index = snapshot_entity(s, (size_t)index)->parent;
	if (index < 0 || !snapshot_get(s, (size_t)index, METRIC_MEMORY_LIMIT, &limit) || limit == UNLIMITED)
		return;
	str_add(out, named ? "memory.max " : "limit ");
	format_bytes(out, (double)limit);
}

void event_put_lifetime(struct str *out, const struct snapshot *s, size_t index, uint64_t until)
{
	uint64_t since;

	if (!snapshot_get(s, index, METRIC_START_TIME, &since) || since >= until)
		return;
	str_add(out, "after ");
	format_duration(out, until - since);
}

static void put_besides(struct str *out, const struct place *at, const struct event *e)
{
	const char *image = snapshot_entity(at->snapshot, at->index)->identity->image;

	if (e->kind == EVENT_OOM_KILL)
		put_culprits_limit(out, at, e);
	else if (e->kind == EVENT_END)
		event_put_lifetime(out, at->snapshot, at->index, e->realtime_ns);
	else if (e->kind == EVENT_START && *image)
		str_printf(out, "image %s", image);
}

/* ---- what has been told */

static void note(struct map *told, uint64_t entity, enum event_kind kind)
{
	uintptr_t kinds = (uintptr_t)map_get_u64(told, entity) | (uintptr_t)1 << kind;

	/* Where memory is short it may be told twice. */
	(void)map_put_u64(told, entity, (void *)kinds);
}

/* memory.events counts what happened below, too. */
static void note_above(struct map *told, const struct place *at, enum event_kind kind)
{
	const struct snapshot *s = at->snapshot;
	int32_t index = s ? snapshot_entity(s, at->index)->parent : -1;

	for (; index >= 0; index = snapshot_entity(s, (size_t)index)->parent)
		note(told, snapshot_entity(s, (size_t)index)->id, kind);
}

bool heard_of(const struct map *told, uint64_t entity, enum event_kind kind)
{
	return ((uintptr_t)map_get_u64(told, entity) >> kind & 1) != 0;
}

bool heard_all(const struct comparison *c)
{
	const struct heard *now = snapshot_heard(comparison_later(c));
	const struct heard *then = snapshot_heard(comparison_earlier(c));

	return now->hears && then->hears && now->dropped == then->dropped;
}

/* ---- telling */

/* False for what is nobody's business: a slice that came, a mount unit that went. */
static bool complete(const struct comparison *c, struct map *told, struct event *e, struct str *detail)
{
	struct place at;

	/* There may be very many of these, and nothing is to be added. */
	if (e->kind == EVENT_EXEC || e->kind == EVENT_EXIT || e->kind == EVENT_FORK_STORM)
		return true;
	at = place_of(c, e->entity);
	note(told, e->entity, e->kind);
	if (e->kind == EVENT_OOM_KILL)
		note_above(told, &at, e->kind);
	else if (!is_told_of(&at))
		return false;
	str_clear(detail);
	if (at.snapshot && (!e->detail || !*e->detail))
		put_besides(detail, &at, e);
	if (detail->len)
		e->detail = detail->data;
	return true;
}

void heard_tell(const struct comparison *c, struct map *told,
		void (*tell)(void *context, const struct event *event), void *context)
{
	const struct heard *heard = snapshot_heard(comparison_later(c));
	_cleanup_str_ struct str detail = {0};

	for (size_t i = 0; i < heard->n_events; i++) {
		struct event e = heard->events[i];

		if (complete(c, told, &e, &detail))
			tell(context, &e);
	}
}

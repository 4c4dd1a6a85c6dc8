/* SPDX-License-Identifier: Apache-2.0 */
#include "event_pick.h"

#include "base/nearest.h"
#include "base/parse.h"

#include <errno.h>
#include <stdio.h>

static int unknown_kind(const char *word, struct error *err)
{
	_cleanup_str_ struct str list = {0};
	struct nearest near = {.word = word};

	for (enum event_kind k = 0; k < EVENT__COUNT; k++) {
		str_printf(&list, "%s%s", k ? ", " : "there are ", event_kind_name(k));
		nearest_consider(&near, event_kind_name(k));
	}
	return error_set(err, -EINVAL, list.data ? list.data : "", "'%s' is no kind of event%s%s%s", word,
			 near.best ? ": did you mean '" : "", near.best ? near.best : "",
			 near.best ? "'?" : "");
}

static int parse_words(const char *words, uint32_t *kinds, struct error *err)
{
	struct slice rest = slice_of(words);
	struct slice word;

	while (next_word(&rest, ", ", &word)) {
		char name[64];
		enum event_kind kind;

		snprintf(name, sizeof(name), "%.*s", (int)word.len, word.at);
		kind = event_kind_find(name);
		if (kind == EVENT__COUNT)
			return unknown_kind(name, err);
		*kinds |= 1U << kind;
	}
	return 0;
}

int event_kinds_parse(const struct text_list *words, uint32_t *kinds, struct error *err)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < words->n; i++) {
		int r = parse_words(words->items[i], &bits, err);

		if (r < 0)
			return r;
	}
	if (words->n && !bits)
		return unknown_kind(words->items[0], err);
	*kinds = bits ? bits : (1U << EVENT__COUNT) - 1;
	return 0;
}

const struct entity *event_owner(const struct comparison *c, const struct event *e)
{
	const struct snapshot *both[] = {comparison_later(c), comparison_earlier(c)};

	for (size_t i = 0; i < ARRAY_SIZE(both) && both[i]; i++) {
		ptrdiff_t index = snapshot_find(both[i], e->entity);
		const struct entity *found = index < 0 ? NULL : snapshot_entity(both[i], (size_t)index);

		while (found && found->class == ENTITY_INNER && found->parent >= 0)
			found = snapshot_entity(both[i], (size_t)found->parent);
		if (found)
			return found;
	}
	return NULL;
}

/* Of one that neither snapshot has nothing is known but its name, and it is not to be lost. */
static bool is_of_interest(const struct entity *owner)
{
	return !owner || owner->class == ENTITY_CONTAINER || owner->class == ENTITY_SERVICE;
}

/* Filters look at what the later snapshot has. */
static bool passes(const struct filter_set *filters, const struct comparison *c, const struct entity *owner)
{
	ptrdiff_t index = owner ? snapshot_find(comparison_later(c), owner->id) : -1;

	return index >= 0 && filter_set_match(filters, c, (size_t)index);
}

bool event_is_picked(const struct event_pick *p, const struct comparison *c, const struct event *e,
		     const struct entity *owner)
{
	if (!(p->kinds >> e->kind & 1))
		return false;
	if ((e->kind == EVENT_EXEC || e->kind == EVENT_EXIT) && !p->all && !is_of_interest(owner))
		return false;
	return !p->filters || passes(p->filters, c, owner);
}

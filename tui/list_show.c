/* SPDX-License-Identifier: Apache-2.0 */
/* Which entities are shown: by class, by who is in them, and by the filter. */
#include "list_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char separators[] = " \t";

/* Processes of each entity itself: a cgroup's count has those of its children in it. */
static int64_t *processes_themselves(const struct snapshot *s)
{
	size_t count = snapshot_count(s);
	int64_t *own = calloc(count + 1, sizeof(*own));

	for (size_t i = 0; own && i < count; i++) {
		int32_t parent = snapshot_entity(s, i)->parent;
		uint64_t n = 0;

		(void)snapshot_get(s, i, METRIC_PROCESSES, &n);
		own[i] += (int64_t)n;
		if (parent >= 0)
			own[parent] -= (int64_t)n;
	}
	return own;
}

static bool by_default(const struct snapshot *s, size_t index, const int64_t *own)
{
	const struct entity *e = snapshot_entity(s, index);
	uint64_t n;

	if (e->class != ENTITY_GROUP)
		return e->class == ENTITY_CONTAINER;
	/* Where it can't be known whether somebody is in there, it is shown. */
	return !e->ended && (!snapshot_get(s, index, METRIC_PROCESSES, &n) || own[index] > 0);
}

static bool passes(const struct list *l, const struct comparison *c, size_t index)
{
	for (size_t i = 0; i < l->n_filters; i++)
		if (!filter_set_match(l->filters[i], c, index))
			return false;
	return true;
}

static bool is_wide(const struct list *l)
{
	for (size_t i = 0; i < l->n_filters; i++)
		if (filter_set_is_wide(l->filters[i]))
			return true;
	return l->all;
}

int list_choose(const struct list *l, const struct comparison *c, const ptrdiff_t *again, bool *shown)
{
	const struct snapshot *s = comparison_later(c);
	_cleanup_free_ int64_t *own = processes_themselves(s);
	bool wide = is_wide(l);

	if (!own)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot_count(s); i++)
		shown[i] = (!again || again[i] < 0) && (wide || by_default(s, i, own)) && passes(l, c, i);
	return 0;
}

void list_need(const struct list *l, struct metric_set *need)
{
	metric_set_add(need, METRIC_PROCESSES);
	if (l->column)
		l->column->need(l->column, need);
	for (size_t i = 0; i < l->n_filters; i++)
		filter_set_need(l->filters[i], need);
}

static void free_filters(struct filter_set **filters, size_t n)
{
	for (size_t i = 0; filters && i < n; i++)
		filter_set_free(filters[i]);
	free(filters);
}

/* Each word is a set of its own, so that all of them must hold. */
static int parse_words(char *text, struct filter_set ***out, size_t *n, struct error *err)
{
	struct filter_set **sets = NULL;
	size_t count = 0;
	char *rest = NULL;

	for (const char *word = strtok_r(text, separators, &rest); word;
	     word = strtok_r(NULL, separators, &rest)) {
		struct filter_set **more = reallocarray(sets, count + 1, sizeof(*sets));
		int r = more ? 0 : error_errno(err, -ENOMEM, "", "cannot read the filter");

		sets = more ? more : sets;
		if (r == 0)
			r = filter_set_new(&word, 1, &sets[count], err);
		if (r < 0) {
			free_filters(sets, count);
			return r;
		}
		count++;
	}
	*out = sets;
	*n = count;
	return 0;
}

int list_filter(struct list *l, const char *text, struct error *err)
{
	_cleanup_free_ char *words = strdup(text);
	_cleanup_free_ char *copy = strdup(text);
	struct filter_set **filters;
	size_t n;
	int r;

	if (!words || !copy)
		return error_errno(err, -ENOMEM, "", "cannot read the filter");
	r = parse_words(words, &filters, &n, err);
	if (r < 0)
		return r;
	free_filters(l->filters, l->n_filters);
	free(l->filter_text);
	free(l->filter_words);
	l->filters = filters;
	l->n_filters = n;
	l->filter_text = TAKE_PTR(copy);
	l->filter_words = TAKE_PTR(words);
	l->hold = 0;
	return 0;
}

const char *list_filter_text(const struct list *l)
{
	return l->filter_text ? l->filter_text : "";
}

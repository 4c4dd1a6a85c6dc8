/* SPDX-License-Identifier: Apache-2.0 */
#include "selection.h"

#include "base/cleanup.h"
#include "base/nearest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CLASSES (1U << ENTITY_CONTAINER | 1U << ENTITY_GROUP)
#define EVERY_CLASS ((1U << ENTITY_CLASS__COUNT) - 1)

/* A name on the command line, or a filter by class or path, may mean any cgroup. */
static bool is_wide(const struct selection *s)
{
	return s->all || s->names->n || filter_set_is_wide(s->filters);
}

uint32_t selection_classes(const struct selection *s)
{
	return is_wide(s) ? EVERY_CLASS : DEFAULT_CLASSES;
}

void selection_need(const struct selection *s, struct metric_set *need)
{
	filter_set_need(s->filters, need);
	if (s->sort)
		s->sort->need(s->sort, need);
	if (!is_wide(s))
		metric_set_add(need, METRIC_PROCESSES);
}

const char *entity_title(const struct entity *e)
{
	return *e->identity->name ? e->identity->name : e->path;
}

int column_by_name(const char *name, const char *option, const struct column **out, struct error *err)
{
	const struct column *found = column_find(name);
	struct nearest near = {.word = name};

	if (found) {
		*out = found;
		return 0;
	}
	for (size_t i = 0; i < column_count(); i++) {
		nearest_consider(&near, column_at(i)->key);
		nearest_consider(&near, column_at(i)->header);
	}
	if (near.best)
		return error_set(err, -EINVAL, "'plimsoll stats --columns help' lists the columns",
				 "'%s' is no column for '%s': did you mean '%s'?", name, option, near.best);
	return error_set(err, -EINVAL, "'plimsoll stats --columns help' lists the columns",
			 "'%s' is no column for '%s'", name, option);
}

int selection_sort_by(struct selection *s, const char *name, struct error *err)
{
	bool minus = *name == '-';
	int r = column_by_name(name + minus, "--sort", &s->sort, err);

	if (r == 0)
		s->reversed = minus;
	return r;
}

/* Processes of each entity itself: those of its children are counted in it too. */
static int64_t *own_processes(const struct snapshot *s)
{
	size_t count = snapshot_count(s);
	int64_t *own = calloc(count + 1, sizeof(*own));

	for (size_t i = 0; own && i < count; i++) {
		int32_t parent = snapshot_entity(s, i)->parent;
		uint64_t processes = 0;

		(void)snapshot_get(s, i, METRIC_PROCESSES, &processes);
		own[i] += (int64_t)processes;
		if (parent >= 0)
			own[parent] -= (int64_t)processes;
	}
	return own;
}

/* A plain cgroup is worth showing where somebody is in it, not only below it. */
static bool is_shown_by_default(const struct snapshot *s, size_t index, const int64_t *own)
{
	const struct entity *e = snapshot_entity(s, index);
	uint64_t processes;

	if (e->class != ENTITY_GROUP)
		return (DEFAULT_CLASSES >> e->class & 1) != 0;
	/* Where it can't be known whether somebody is in there, it is shown. */
	return !snapshot_get(s, index, METRIC_PROCESSES, &processes) || own[index] > 0;
}

/* What is inside a container has its id, but is not what is meant by it. */
static bool is_called(const struct entity *e, const char *name)
{
	return strcmp(e->identity->name, name) == 0 || strcmp(e->path, name) == 0 ||
	       (e->class != ENTITY_INNER && strcmp(e->identity->id, name) == 0);
}

/* Ids can be cut short; a plain cgroup's id is its path, which can't. */
static bool id_starts_with(const struct entity *e, const char *start)
{
	return e->class == ENTITY_CONTAINER && strncmp(e->identity->id, start, strlen(start)) == 0;
}

static int unknown_name(const struct snapshot *s, const char *name, struct error *err)
{
	struct nearest near = {.word = name};

	for (size_t i = 0; i < snapshot_count(s); i++) {
		nearest_consider(&near, snapshot_entity(s, i)->identity->name);
		nearest_consider(&near, snapshot_entity(s, i)->path);
	}
	if (near.best)
		return error_set(err, -ENOENT, "", "there is no container or cgroup '%s': did you mean '%s'?",
				 name, near.best);
	return error_set(err, -ENOENT, "'plimsoll stats --all --no-stream' shows all there are",
			 "there is no container or cgroup '%s'", name);
}

static int ambiguous_name(const struct snapshot *s, const char *name, const bool *wanted, struct error *err)
{
	_cleanup_str_ struct str list = {0};
	unsigned n = 0;

	for (size_t i = 0; i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);

		if (wanted[i] || !id_starts_with(e, name) || ++n > 4)
			continue;
		str_printf(&list, "%s%.12s (%.40s)", list.len ? ", " : "", e->identity->id, entity_title(e));
	}
	if (n > 4)
		str_printf(&list, " and %u more", n - 4);
	error_set(err, -EEXIST, "give more of the id, or the name", "the id '%s' is the start of several: %s",
		  name, list.data ? list.data : "");
	return -EEXIST;
}

/* Marks what a name means: whoever is called so, else the only one whose id starts so. */
static int want_name(const struct snapshot *s, const char *name, bool *wanted, struct error *err)
{
	size_t exact = 0;
	size_t starts = 0;
	size_t start = 0;

	for (size_t i = 0; i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);

		if (is_called(e, name)) {
			wanted[i] = true;
			exact++;
		} else if (id_starts_with(e, name)) {
			start = i;
			starts++;
		}
	}
	if (exact)
		return 0;
	if (starts > 1)
		return ambiguous_name(s, name, wanted, err);
	if (starts == 0)
		return unknown_name(s, name, err);
	wanted[start] = true;
	return 0;
}

static int want_names(const struct selection *s, const struct snapshot *snapshot, bool *wanted,
		      struct error *err)
{
	int result = 0;

	for (size_t i = 0; i < s->names->n; i++) {
		struct error one;
		int r = want_name(snapshot, s->names->items[i], wanted, &one);

		if (r < 0 && result == 0) {
			result = r;
			if (err)
				*err = one;
		}
	}
	return result;
}

struct sort_key {
	size_t index;
	bool there;
	double number;
	char *text;
};

struct order {
	const struct snapshot *snapshot;
	bool numbers;
	bool reversed;
};

static int compare_values(const struct sort_key *a, const struct sort_key *b, const struct order *o)
{
	int r = 0;

	if (o->numbers)
		r = (a->number < b->number) - (a->number > b->number);
	else
		r = strcmp(a->text, b->text);
	return o->reversed ? -r : r;
}

/* What is absent comes last whichever way; equals stay in the order of their titles. */
static int compare_keys(const void *left, const void *right, void *context)
{
	const struct sort_key *a = left;
	const struct sort_key *b = right;
	const struct order *o = context;
	int r;

	if (a->there != b->there)
		return a->there ? -1 : 1;
	r = a->there ? compare_values(a, b, o) : 0;
	if (r == 0)
		r = strcmp(entity_title(snapshot_entity(o->snapshot, a->index)),
			   entity_title(snapshot_entity(o->snapshot, b->index)));
	return r ? r : (a->index > b->index) - (a->index < b->index);
}

static int fill_key(const struct column *col, const struct comparison *c, struct sort_key *key)
{
	_cleanup_str_ struct str text = {0};

	if (col->number) {
		key->there = col->number(col, c, key->index, &key->number) && !isnan(key->number);
		return 0;
	}
	col->plain(col, c, key->index, &text);
	key->there = text.len > 0;
	key->text = str_steal(&text);
	return key->text ? 0 : -ENOMEM;
}

static int sort_rows(const struct selection *s, const struct comparison *c, size_t *rows, size_t n)
{
	struct order order = {comparison_later(c), s->sort->number != NULL, s->reversed};
	struct sort_key *keys = calloc(n ? n : 1, sizeof(*keys));
	int r = keys ? 0 : -ENOMEM;

	for (size_t i = 0; i < n && r == 0; i++) {
		keys[i].index = rows[i];
		r = fill_key(s->sort, c, &keys[i]);
	}
	if (r == 0) {
		qsort_r(keys, n, sizeof(*keys), compare_keys, &order);
		for (size_t i = 0; i < n; i++)
			rows[i] = keys[i].index;
	}
	for (size_t i = 0; keys && i < n; i++)
		free(keys[i].text);
	free(keys);
	return r;
}

int selection_rows(const struct selection *s, const struct comparison *c, size_t **rows, size_t *n,
		   struct error *err)
{
	const struct snapshot *snapshot = comparison_later(c);
	size_t count = snapshot_count(snapshot);
	_cleanup_free_ bool *wanted = calloc(count + 1, sizeof(*wanted));
	_cleanup_free_ size_t *found = calloc(count + 1, sizeof(*found));
	_cleanup_free_ int64_t *own = own_processes(snapshot);
	size_t n_found = 0;
	int result = 0;

	if (!wanted || !found || !own)
		return error_errno(err, -ENOMEM, "", "cannot choose what to show");
	if (s->names->n)
		result = want_names(s, snapshot, wanted, err);
	for (size_t i = 0; i < count; i++) {
		bool shown = s->names->n ? wanted[i] : is_wide(s) || is_shown_by_default(snapshot, i, own);

		if (shown && filter_set_match(s->filters, c, i))
			found[n_found++] = i;
	}
	if (s->sort && sort_rows(s, c, found, n_found) < 0)
		return error_errno(err, -ENOMEM, "", "cannot sort");
	*rows = TAKE_PTR(found);
	*n = n_found;
	return result;
}

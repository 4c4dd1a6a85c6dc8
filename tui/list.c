/* SPDX-License-Identifier: Apache-2.0 */
#include "list_private.h"
#include "successor.h"

#include <errno.h>
#include <stdlib.h>

struct list *list_new(void)
{
	struct list *l = calloc(1, sizeof(*l));

	if (l)
		l->reveal = true;
	return l;
}

void list_free(struct list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_filters; i++)
		filter_set_free(l->filters[i]);
	free(l->filters);
	free(l->filter_text);
	free(l->filter_words);
	free(l->nodes);
	free(l->order);
	free(l->rows);
	arena_free(&l->texts);
	map_free(&l->by_id);
	map_free(&l->folded);
	map_free(&l->tagged);
	free(l);
}

/* --- settings --- */

void list_group_by(struct list *l, enum grouping grouping)
{
	l->grouping = grouping;
	l->hold = 0;
	l->reveal = true;
}

enum grouping list_grouping(const struct list *l)
{
	return l->grouping;
}

void list_sort_by(struct list *l, const struct column *column, bool reversed)
{
	l->column = column;
	l->reversed = reversed;
	l->hold = 0;
}

const struct column *list_sort_column(const struct list *l)
{
	return l->column;
}

bool list_is_reversed(const struct list *l)
{
	return l->reversed;
}

void list_show_all(struct list *l, bool all)
{
	l->all = all;
	l->hold = 0;
}

bool list_shows_all(const struct list *l)
{
	return l->all;
}

void list_follow(struct list *l, bool follow)
{
	l->follow = follow;
}

bool list_follows(const struct list *l)
{
	return l->follow;
}

/* --- a new picture --- */

/* Of whom a container's line is: itself, or what it is now that it was started again. */
static uint64_t id_now(const struct snapshot *s, const ptrdiff_t *again, size_t index)
{
	return snapshot_entity(s, again && again[index] >= 0 ? (size_t)again[index] : index)->id;
}

/* Tags of those that are gone are gone. */
static int prune_tags(struct list *l, const struct snapshot *s, const ptrdiff_t *again)
{
	struct map kept = {0};

	if (!l->tagged.count)
		return 0;
	for (size_t i = 0; i < snapshot_count(s); i++) {
		uint64_t id = id_now(s, again, i);

		if (map_get_u64(&l->tagged, snapshot_entity(s, i)->id) &&
		    map_put_u64(&kept, id, (void *)(uintptr_t)id) < 0) {
			map_free(&kept);
			return -ENOMEM;
		}
	}
	map_free(&l->tagged);
	l->tagged = kept;
	return 0;
}

static bool find_row(const struct list *l, uint64_t id, size_t *out)
{
	for (size_t i = 0; i < l->n_rows; i++) {
		if (l->rows[i].id != id)
			continue;
		*out = i;
		return true;
	}
	return false;
}

/* The line of the selected one, or of the branch it is folded into; else the cursor keeps its line: the
 * first, where nobody has moved it. */
static void place_cursor(struct list *l)
{
	uint64_t id = l->cursor_id;
	uintptr_t node = l->chosen ? (uintptr_t)map_get_u64(&l->by_id, id) : 0;

	if (!l->chosen)
		l->cursor = 0;
	while (node && !find_row(l, id, &l->cursor)) {
		uint32_t parent = l->nodes[node - 1].parent;

		node = parent == NO_NODE ? 0 : (uintptr_t)parent + 1;
		id = node ? l->nodes[node - 1].id : 0;
	}
	if (l->cursor >= l->n_rows)
		l->cursor = l->n_rows ? l->n_rows - 1 : 0;
	if (l->n_rows)
		l->cursor_id = l->rows[l->cursor].id;
}

/* Who is selected stays it when it is started again. */
static void follow_successor(struct list *l, const struct snapshot *s, const ptrdiff_t *again)
{
	ptrdiff_t index = again && l->cursor_id ? snapshot_find(s, l->cursor_id) : -1;

	if (index >= 0)
		l->cursor_id = id_now(s, again, (size_t)index);
}

static void count_tick(struct list *l, const struct snapshot *s)
{
	uint64_t now = snapshot_monotonic_ns(s);

	if (now == l->time_ns)
		return;
	l->time_ns = now;
	if (l->hold)
		l->hold--;
	else if (!l->follow)
		l->reveal = false;
}

int list_update(struct list *l, const struct comparison *c)
{
	const struct snapshot *s = comparison_later(c);
	_cleanup_free_ bool *shown = calloc(snapshot_count(s) + 1, sizeof(*shown));
	_cleanup_free_ ptrdiff_t *again = NULL;
	int r = shown ? successors(s, &again) : -ENOMEM;

	if (r == 0)
		r = list_choose(l, c, again, shown);
	if (r == 0)
		r = prune_tags(l, s, again);
	if (r == 0)
		r = list_plant(l, c, shown);
	if (r == 0)
		r = list_arrange(l, c);
	if (r == 0)
		r = list_lay_out(l);
	if (r < 0) {
		/* Titles and indexes are of a picture that may be gone. */
		l->n_nodes = 0;
		l->n_rows = 0;
		return r;
	}
	count_tick(l, s);
	follow_successor(l, s, again);
	place_cursor(l);
	return 0;
}

size_t list_count(const struct list *l)
{
	return l->n_rows;
}

const struct list_row *list_row(const struct list *l, size_t n)
{
	return &l->rows[n];
}

/* --- the cursor --- */

size_t list_cursor(const struct list *l)
{
	return l->cursor;
}

void list_move_to(struct list *l, size_t n, bool hold)
{
	if (!l->n_rows)
		return;
	l->cursor = n < l->n_rows ? n : l->n_rows - 1;
	l->cursor_id = l->rows[l->cursor].id;
	l->chosen = true;
	l->reveal = true;
	if (hold)
		l->hold = HOLD_TICKS;
}

void list_choose_cursor(struct list *l)
{
	l->chosen = l->n_rows > 0;
}

bool list_cursor_in_view(const struct list *l)
{
	return l->n_rows && (!l->height || (l->cursor >= l->top && l->cursor - l->top < l->height));
}

void list_show_cursor(struct list *l)
{
	l->reveal = true;
	l->hold = HOLD_TICKS;
}

void list_move(struct list *l, ptrdiff_t by, bool hold)
{
	size_t n = l->cursor;

	if (!l->n_rows)
		return;
	if (!list_cursor_in_view(l))
		n = by < 0 ? l->top + l->height - 1 : l->top;
	else if (by < 0)
		n = n > (size_t)-by ? n - (size_t)-by : 0;
	else
		n += (size_t)by;
	list_move_to(l, n, hold);
}

bool list_move_to_id(struct list *l, uint64_t id)
{
	size_t n;

	if (!find_row(l, id, &n))
		return false;
	list_move_to(l, n, true);
	return true;
}

static bool is_match(const struct list *l, size_t n)
{
	uintptr_t node = (uintptr_t)map_get_u64(&l->by_id, l->rows[n].id);

	return node && l->nodes[node - 1].matched;
}

bool list_next_match(struct list *l)
{
	for (size_t i = 1; i <= l->n_rows; i++) {
		size_t n = (l->cursor + i) % l->n_rows;

		if (!is_match(l, n))
			continue;
		list_move_to(l, n, true);
		return true;
	}
	return false;
}

size_t list_top(struct list *l, size_t height)
{
	l->height = height;
	if (!height || !l->n_rows)
		return l->top = 0;
	if (l->reveal || l->follow || l->hold) {
		if (l->cursor < l->top)
			l->top = l->cursor;
		else if (l->cursor - l->top >= height)
			l->top = l->cursor - height + 1;
	}
	if (l->top + height > l->n_rows)
		l->top = l->n_rows > height ? l->n_rows - height : 0;
	return l->top;
}

/* --- folding and tags: seen at the next list_update --- */

static void set_member_of(struct map *set, uint64_t id, bool in)
{
	/* Where memory is short nothing happens: the user sees it, and can ask again. */
	if (in)
		(void)map_put_u64(set, id, (void *)(uintptr_t)id);
	else
		map_remove_u64(set, id);
}

void list_fold(struct list *l, bool fold)
{
	size_t n = l->cursor;

	if (!l->n_rows)
		return;
	/* At a leaf its branch is meant. */
	while (fold && n > 0 && l->rows[n].depth > 0 && (!l->rows[n].branch || l->rows[n].folded)) {
		unsigned depth = l->rows[n].depth;

		while (n > 0 && l->rows[n].depth >= depth)
			n--;
	}
	if (l->rows[n].branch)
		set_member_of(&l->folded, l->rows[n].id, fold);
}

void list_fold_all(struct list *l)
{
	bool all = true;

	for (size_t i = 0; i < l->n_nodes; i++)
		all &= l->nodes[i].count == 0 || map_get_u64(&l->folded, l->nodes[i].id) != NULL;
	for (size_t i = 0; i < l->n_nodes; i++)
		if (l->nodes[i].count)
			set_member_of(&l->folded, l->nodes[i].id, !all);
}

static void tag_below(struct list *l, const struct node *group, bool tag)
{
	for (uint32_t i = 0; i < group->count; i++)
		set_member_of(&l->tagged, l->nodes[l->order[group->first + i]].id, tag);
}

void list_tag(struct list *l)
{
	const struct list_row *row = l->n_rows ? &l->rows[l->cursor] : NULL;
	uintptr_t node = row ? (uintptr_t)map_get_u64(&l->by_id, row->id) : 0;

	if (!node)
		return;
	if (row->index < 0)
		tag_below(l, &l->nodes[node - 1], !row->tagged);
	else
		set_member_of(&l->tagged, row->id, !row->tagged);
	list_move(l, 1, true);
}

void list_untag_all(struct list *l)
{
	map_free(&l->tagged);
	l->tagged = (struct map){0};
}

size_t list_tagged(const struct list *l, uint64_t *ids, size_t max)
{
	size_t at = 0;
	void *id;

	for (size_t n = 0; n < max && (id = map_next(&l->tagged, &at)); n++)
		ids[n] = (uint64_t)(uintptr_t)id;
	return l->tagged.count;
}

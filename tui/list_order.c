/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the list: keys are asked for once, then siblings are sorted. */
#include "list_private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(const struct column *column)
{
	return !column->number || metrics[column->metric].kind == KIND_TEXT;
}

/* Shares that are no row of the table's own. */
static bool is_share(const char *key)
{
	static const char *const shares[] = {"throttled", "mem_percent", "cpu_limit_percent", "uptime",
					     "started"};

	for (size_t i = 0; i < ARRAY_SIZE(shares); i++)
		if (strcmp(key, shares[i]) == 0)
			return true;
	return false;
}

enum combine list_combine(const struct column *column)
{
	const struct metric *m = &metrics[column->metric];

	if (is_text(column) || m->kind == KIND_LIMIT || m->kind == KIND_CEILING || m->unit == UNIT_INODE ||
	    strcmp(column->key, "cpu_limit") == 0 || strcmp(column->key, "limited_by") == 0)
		return COMBINE_NONE;
	if (is_share(column->key) || m->unit == UNIT_BASIS_POINTS || m->unit == UNIT_EPOCH_NSEC ||
	    m->group == GROUP_pressure)
		return COMBINE_LARGEST;
	return COMBINE_SUM;
}

void list_combine_add(enum combine how, double value, bool *there, double *sum)
{
	if (how == COMBINE_NONE)
		return;
	if (!*there)
		*sum = value;
	else if (how == COMBINE_SUM)
		*sum += value;
	else if (value > *sum)
		*sum = value;
	*there = true;
}

static int text_key(struct list *l, const struct comparison *c, struct node *node)
{
	_cleanup_str_ struct str text = {0};

	l->column->plain(l->column, c, (size_t)node->index, &text);
	node->there = text.len > 0;
	if (text.failed)
		return -ENOMEM;
	node->text = node->there ? arena_text(&l->texts, (struct slice){text.data, text.len}) : "";
	return node->text ? 0 : -ENOMEM;
}

static int fill_keys(struct list *l, const struct comparison *c)
{
	bool texts = is_text(l->column);
	enum combine how = list_combine(l->column);
	int r = 0;

	arena_reset(&l->texts);
	/* Backwards: what is below a group is known before the group. */
	for (size_t i = l->n_nodes; i-- > 0 && r == 0;) {
		struct node *node = &l->nodes[i];

		if (node->index < 0) {
			node->text = node->title;
			node->there |= texts;
			continue;
		}
		if (texts)
			r = text_key(l, c, node);
		else
			node->there = l->column->number(l->column, c, (size_t)node->index, &node->number) &&
				      !isnan(node->number);
		if (!texts && node->there && !node->nested && node->parent != NO_NODE &&
		    l->nodes[node->parent].index < 0)
			list_combine_add(how, node->number, &l->nodes[node->parent].there,
					 &l->nodes[node->parent].number);
	}
	return r;
}

struct sorting {
	const struct node *nodes;
	bool sorted;
	bool texts;
	bool reversed;
};

static int compare_keys(const struct node *a, const struct node *b, const struct sorting *by)
{
	int r;

	if (a->there != b->there)
		return a->there ? -1 : 1;
	if (!a->there)
		return 0;
	r = by->texts ? strcmp(a->text, b->text) : (a->number < b->number) - (a->number > b->number);
	return by->reversed ? -r : r;
}

static int compare_ranks(const struct node *a, const struct node *b)
{
	if (a->rank && b->rank)
		return (a->rank > b->rank) - (a->rank < b->rank);
	/* What is new comes behind what the order is held for. */
	return (a->rank == 0) - (b->rank == 0);
}

static int compare(const void *left, const void *right, void *context)
{
	const struct sorting *by = context;
	uint32_t x = *(const uint32_t *)left;
	uint32_t y = *(const uint32_t *)right;
	const struct node *a = &by->nodes[x];
	const struct node *b = &by->nodes[y];
	int r;

	if (a->parent != b->parent)
		return (a->parent + 1 > b->parent + 1) - (a->parent + 1 < b->parent + 1);
	r = compare_ranks(a, b);
	if (r == 0 && by->sorted)
		r = compare_keys(a, b, by);
	if (r == 0 && by->sorted)
		r = strcmp(a->title, b->title);
	if (r == 0 && by->sorted)
		r = (a->id > b->id) - (a->id < b->id);
	return r ? r : (x > y) - (x < y);
}

/* Each parent learns where its children are; NO_NODE + 1 = 0 sorted the topmost to the front. */
static void find_children(struct list *l)
{
	l->n_roots = 0;
	for (size_t i = 0; i < l->n_nodes; i++) {
		uint32_t parent = l->nodes[l->order[i]].parent;

		if (parent == NO_NODE) {
			l->n_roots++;
			continue;
		}
		if (l->nodes[parent].count++ == 0)
			l->nodes[parent].first = (uint32_t)i;
	}
}

int list_arrange(struct list *l, const struct comparison *c)
{
	struct sorting by = {.nodes = l->nodes, .sorted = l->column != NULL, .reversed = l->reversed};

	if (list_reserve(&l->order, &l->order_cap, l->n_nodes + 1, sizeof(*l->order)) < 0)
		return -ENOMEM;
	if (l->column) {
		by.texts = is_text(l->column);
		if (fill_keys(l, c) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < l->n_nodes; i++)
		l->order[i] = (uint32_t)i;
	qsort_r(l->order, l->n_nodes, sizeof(*l->order), compare, &by);
	find_children(l);
	return 0;
}

static bool own_number(const struct column *column, const struct comparison *c, ptrdiff_t index, double *out)
{
	return !is_text(column) && column->number(column, c, (size_t)index, out) && !isnan(*out);
}

bool list_number(const struct list *l, const struct comparison *c, size_t n, const struct column *column,
		 double *out)
{
	const struct list_row *row = &l->rows[n];
	uintptr_t found = (uintptr_t)map_get_u64(&l->by_id, row->id);
	enum combine how = list_combine(column);
	bool there = false;
	double value;
	double sum = 0;

	if (row->index >= 0) {
		if (!own_number(column, c, row->index, &value))
			return false;
		*out = value;
		return true;
	}
	if (!found || how == COMBINE_NONE)
		return false;
	for (uint32_t i = 0; i < l->nodes[found - 1].count; i++) {
		const struct node *below = &l->nodes[l->order[l->nodes[found - 1].first + i]];

		if (!below->nested && own_number(column, c, below->index, &value))
			list_combine_add(how, value, &there, &sum);
	}
	if (there)
		*out = sum;
	return there;
}

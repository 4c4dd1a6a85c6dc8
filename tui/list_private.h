/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the list share. */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "list.h"

/* Ticks for which the order is held after a cursor key. */
#define HOLD_TICKS 5

#define NO_NODE UINT32_MAX

/* An entity that is shown, or a group of our own. Parents come before what is below them. */
struct node {
	uint64_t id;
	ptrdiff_t index;   /* of the entity; -1: a group */
	const char *title; /* of a group; of an entity what a person calls it */
	const char *kind;
	uint32_t parent; /* NO_NODE = none */
	uint32_t first;	 /* its children in `order` */
	uint32_t count;
	uint32_t rank; /* where it was in the order before, from 1; 0 = it is new */
	size_t n_below;
	bool matched; /* passes the filter; not just the branch of one that does */
	bool nested;  /* counted in another member of its group already */
	bool there;   /* has a sort key */
	double number;
	const char *text; /* sort key of a column of texts, in `texts` */
};

struct list {
	enum grouping grouping;
	const struct column *column;
	bool reversed;
	bool all;
	bool follow;
	char *filter_text;
	char *filter_words;	     /* what the filters' texts are in */
	struct filter_set **filters; /* one a word */
	size_t n_filters;

	struct node *nodes;
	size_t n_nodes;
	size_t nodes_cap;
	uint32_t *order; /* nodes, siblings side by side */
	size_t order_cap;
	size_t n_roots; /* the first of them */
	struct arena texts;
	struct map by_id; /* node + 1 */

	struct list_row *rows;
	size_t n_rows;
	size_t rows_cap;

	struct map folded; /* id → the id itself, which is never 0 */
	struct map tagged;
	size_t cursor;
	uint64_t cursor_id; /* 0 = none yet */
	bool chosen;	    /* somebody put the cursor where it is */
	unsigned hold;
	uint64_t time_ns; /* of the picture taken last */
	size_t top;
	size_t height;
	bool reveal;
};

/* Room for n elements in *array; 0 or -ENOMEM. */
int list_reserve(void *array, size_t *cap, size_t n, size_t size);

/* list_show.c: shown[i] = the entity at i is to be shown; `again` as in successor.h. 0 or -ENOMEM. */
int list_choose(const struct list *l, const struct comparison *c, const ptrdiff_t *again, bool *shown);

/* list_tree.c: nodes and their parents. 0 or -ENOMEM. */
int list_plant(struct list *l, const struct comparison *c, bool *shown);
/* Rows from nodes and order; fold states and tags put in. 0 or -ENOMEM. */
int list_lay_out(struct list *l);

/* list_order.c: keys, then order. 0 or -ENOMEM. */
int list_arrange(struct list *l, const struct comparison *c);

/* How a column's figures of several entities become one. */
enum combine { COMBINE_SUM, COMBINE_LARGEST, COMBINE_NONE };
enum combine list_combine(const struct column *column);
/* Takes `value` into *sum, which has something where *there. */
void list_combine_add(enum combine how, double value, bool *there, double *sum);

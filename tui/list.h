/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which containers are shown, in what order, and where the cursor is: everything about the list but its
 * drawing. Pure. The cursor sits on an identity, not on a line: it stays with its container when the order
 * changes.
 */
#pragma once

#include "model/column.h"
#include "model/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum grouping {
	GROUPING_FLAT,
	GROUPING_PROJECT, /* pod, else compose project, else alone */
	GROUPING_RUNTIME,
	GROUPING_CGROUP, /* the hierarchy itself */
	GROUPING__COUNT
};

struct list_row {
	uint64_t id;	   /* of the entity, or a hash of the group's name with the top bit set */
	ptrdiff_t index;   /* of the entity in the picture; -1: a group of our own */
	const char *title; /* of a group: borrowed from the picture; untrusted */
	const char *kind;  /* of a group: "pod", "compose", "runtime", "" */
	unsigned depth;
	size_t n_below; /* entities below it, folded ones too */
	bool branch;	/* has something below it */
	bool folded;
	bool tagged;
};

struct list;

struct list *list_new(void);
void list_free(struct list *l);

/* Settings; the picture is made anew by the next list_update. */
void list_group_by(struct list *l, enum grouping grouping);
enum grouping list_grouping(const struct list *l);
void list_sort_by(struct list *l, const struct column *column, bool reversed);
const struct column *list_sort_column(const struct list *l);
bool list_is_reversed(const struct list *l);
/* Every class, also what is empty; otherwise containers, and plain cgroups that somebody is in. */
void list_show_all(struct list *l, bool all);
bool list_shows_all(const struct list *l);
void list_follow(struct list *l, bool follow);
bool list_follows(const struct list *l);

/* What is typed is never refused: while `text` is no whole filter, the last one that was stays, and *err says
 * why (-EINVAL). Words are separated by spaces and must all hold; each is what filter.h takes. "" = none. */
int list_filter(struct list *l, const char *text, struct error *err);
/* The filter that holds. */
const char *list_filter_text(const struct list *l);

/* The metrics that filter, order and grouping look at. */
void list_need(const struct list *l, struct metric_set *need);

/* Takes a picture: filters, groups and sorts. For hold_ticks after a cursor key the order of what was there
 * is held. 0 or -ENOMEM. */
int list_update(struct list *l, const struct comparison *c);

size_t list_count(const struct list *l);
const struct list_row *list_row(const struct list *l, size_t n);

/*
 * The entity's own figure, or for a group what is below it: the sum; the largest of shares of time or of a
 * limit and of ages, which have no sum; nothing for limits. False where it is absent everywhere. c: the
 * picture of the last list_update.
 */
bool list_number(const struct list *l, const struct comparison *c, size_t n, const struct column *column,
		 double *out);

/* The cursor: the line it is on (0 with an empty list). */
size_t list_cursor(const struct list *l);
void list_move(struct list *l, ptrdiff_t by, bool hold);
void list_move_to(struct list *l, size_t n, bool hold);
bool list_move_to_id(struct list *l, uint64_t id);
/* Until it was moved, the cursor is on whatever comes first; now it is for whoever it is on. */
void list_choose_cursor(struct list *l);
/* To the next line that the filter is about, not one that is there as its branch; round the end. */
bool list_next_match(struct list *l);
/*
 * The first line to draw with `height` lines: the cursor is in view where it was moved last, while the order
 * is held, and while it is followed. Otherwise the lines stay, and the order may take the selected one out of
 * view: list_move enters it from the edge then, and who acts on the selected one shows it first.
 */
size_t list_top(struct list *l, size_t height);
bool list_cursor_in_view(const struct list *l); /* by the last list_top */
void list_show_cursor(struct list *l);

void list_fold(struct list *l, bool fold); /* at the cursor */
void list_fold_all(struct list *l);	   /* folds all, or unfolds all where all are */
void list_tag(struct list *l);		   /* at the cursor (all below a group), and moves down */
void list_untag_all(struct list *l);
size_t list_tagged(const struct list *l, uint64_t *ids, size_t max); /* their count */

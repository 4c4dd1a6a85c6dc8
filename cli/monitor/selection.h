/* SPDX-License-Identifier: Apache-2.0 */
/* Which entities a command shows, and in what order. */
#pragma once

#include "model/column.h"
#include "model/filter.h"
#include "options.h"

struct selection {
	const struct filter_set *filters; /* never NULL */
	const struct text_list *names; /* a name, the start of an id, or a cgroup's path; empty = no limit */
	bool all;		       /* every class, empty ones too */
	const struct column *sort;     /* NULL = tree order */
	bool reversed;
};

/* The classes that the collector has to look at: collector_options.classes. */
uint32_t selection_classes(const struct selection *s);

/* Adds the metrics that selecting and sorting look at. */
void selection_need(const struct selection *s, struct metric_set *need);

/*
 * Sets the column and the direction by what --sort got: a column's name, with '-' in front to turn it round.
 * Numbers come largest first and texts from A to Z. 0, or -EINVAL with the nearest name.
 */
int selection_sort_by(struct selection *s, const char *name, struct error *err);

/*
 * The indexes to show, in order; the caller frees *rows. A name that is nobody's is -ENOENT, the start of
 * several ids -EEXIST, both with near ones in *err; *rows holds the rest then.
 */
int selection_rows(const struct selection *s, const struct comparison *c, size_t **rows, size_t *n,
		   struct error *err);

/* What a person calls the entity: its name, else its path. Untrusted. */
const char *entity_title(const struct entity *e);

/* The column with this name, or -EINVAL with the nearest one in *err. `option` names the option for the
 * message. */
int column_by_name(const char *name, const char *option, const struct column **out, struct error *err);

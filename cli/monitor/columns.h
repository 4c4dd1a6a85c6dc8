/* SPDX-License-Identifier: Apache-2.0 */
/* The columns that a command shows: what --columns got, and those that only the command line has. */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "model/column.h"

struct column_list {
	const struct column **items;
	size_t n;
};

/* From "name,cpu,CPU %". 0, -ENOMEM, or -EINVAL with the nearest name. */
int column_list_parse(const char *text, struct column_list *out, struct error *err);
int column_list_add(struct column_list *list, const struct column *col);
void column_list_free(struct column_list *list);

/* Adds what all of them are made from. */
void column_list_need(const struct column_list *list, struct metric_set *need);

/* "timestamp": when the values were read, in seconds since the epoch. For CSV, where a block has no time of
 * its own. */
extern const struct column timestamp_column;

/* Puts the id in full in the place of the one cut to 12 digits. */
void column_list_full_ids(struct column_list *list);

/* Every column there is, for `--columns help`. */
void columns_help(struct str *out);

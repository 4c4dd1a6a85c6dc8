/* SPDX-License-Identifier: Apache-2.0 */
#include "columns.h"

#include "base/parse.h"
#include "base/text.h"
#include "selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int column_list_add(struct column_list *list, const struct column *col)
{
	const struct column **items = reallocarray(list->items, list->n + 1, sizeof(void *));

	if (!items)
		return -ENOMEM;
	list->items = items;
	items[list->n++] = col;
	return 0;
}

void column_list_free(struct column_list *list)
{
	free(list->items);
	*list = (struct column_list){0};
}

int column_list_parse(const char *text, struct column_list *out, struct error *err)
{
	struct slice rest = slice_of(text);
	struct slice word;

	while (next_word(&rest, ",", &word)) {
		_cleanup_free_ char *name = strndup(word.at, word.len);
		const struct column *col = NULL;
		int r = name ? column_by_name(name, "--columns", &col, err) : -ENOMEM;

		if (r == 0)
			r = column_list_add(out, col);
		if (r == -ENOMEM)
			return error_errno(err, r, "", "cannot read --columns");
		if (r < 0)
			return r;
	}
	if (out->n == 0)
		return error_set(err, -EINVAL, "write names separated by commas, such as name,cpu,mem",
				 "'--columns' names no column");
	return 0;
}

void column_list_need(const struct column_list *list, struct metric_set *need)
{
	for (size_t i = 0; i < list->n; i++)
		list->items[i]->need(list->items[i], need);
}

static void no_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	(void)set;
}

static void timestamp_plain(const struct column *col, const struct comparison *c, size_t index,
			    struct str *out)
{
	char digits[NUMBER_MAX];

	(void)col;
	str_append(
		out, digits,
		number_base(digits, UNIT_EPOCH_NSEC, snapshot_entity(comparison_later(c), index)->seen_ns));
}

const struct column timestamp_column = {
	.key = "timestamp",
	.header = "TIMESTAMP",
	.aliases = "",
	.align = ALIGN_RIGHT,
	.help = "When the values were read, in seconds since the epoch.",
	.need = no_need,
	.cell = timestamp_plain,
	.plain = timestamp_plain,
};

static void full_id_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	const struct identity *who = snapshot_entity(comparison_later(c), index)->identity;

	(void)col;
	text_printable(out, slice_of(*who->id ? who->id : "-"));
}

void column_list_full_ids(struct column_list *list)
{
	static struct column full;
	const struct column *id = column_find("id");

	full = *id;
	full.cell = full_id_cell;
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i] == id)
			list->items[i] = &full;
}

void columns_help(struct str *out)
{
	str_add(out, "--columns and --sort take these names; a header or an alias will do, and case does not "
		     "matter.\n\n");
	str_printf(out, "%-28s %-20s %s\n", "NAME", "HEADER", "WHAT IT SHOWS");
	for (size_t i = 0; i < column_count(); i++) {
		const struct column *col = column_at(i);

		str_printf(out, "%-28s %-20s %s", col->key, col->header, col->help);
		if (*col->aliases) {
			str_add(out, " Also: ");
			for (const char *c = col->aliases; *c; c++)
				str_add(out, *c == '|' ? ", " : (const char[]){*c, '\0'});
		}
		str_char(out, '\n');
	}
}

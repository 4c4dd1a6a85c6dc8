/* SPDX-License-Identifier: Apache-2.0 */
#include "tab.h"

#include "base/nearest.h"
#include "base/parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct tab tabs[TAB__COUNT] = {
#define TAB(id, given_key, given_title, given_body, given_columns) \
	[TAB_##id] = {.key = (given_key),                          \
		      .title = (given_title),                      \
		      .body = (given_body),                        \
		      .columns = (given_columns)},
#include "tabs.def"
};

_Static_assert(TAB__COUNT <= TABS_MAX, "settings have room for each tab's columns");

size_t tab_count(void)
{
	return TAB__COUNT;
}

const struct tab *tab_at(size_t n)
{
	return &tabs[n];
}

int tab_find(const char *key)
{
	for (int i = 0; i < TAB__COUNT; i++)
		if (strcmp(tabs[i].key, key) == 0)
			return i;
	return -1;
}

static bool find_column(struct slice word, struct list_column *out)
{
	char name[64];

	if (word.len >= sizeof(name))
		return false;
	memcpy(name, word.at, word.len);
	name[word.len] = '\0';
	return list_column_find(name, out);
}

size_t tab_columns(const struct settings *s, size_t tab, struct list_column *out, size_t max)
{
	struct slice rest = slice_of(*s->columns[tab] ? s->columns[tab] : tabs[tab].columns);
	struct slice word;
	size_t n = 0;

	while (n < max && next_word(&rest, ", ", &word))
		if (find_column(word, &out[n]) && strcmp(out[n].column->key, "name") != 0)
			n++;
	return n;
}

static int unknown_column(struct slice word, struct error *err)
{
	char name[64];
	struct nearest near = {.word = name};
	struct list_column column;

	snprintf(name, sizeof(name), "%.*s", (int)(word.len < 60 ? word.len : 60), word.at);
	for (size_t i = 0; list_column_at(i, &column); i++)
		nearest_consider(&near, column.column->key);
	if (near.best)
		return error_set(err, -EINVAL, "", "'%s' is no column: did you mean '%s'?", name, near.best);
	return error_set(err, -EINVAL, "", "'%s' is no column", name);
}

int tab_check_columns(const char *columns, struct error *err)
{
	struct slice rest = slice_of(columns);
	struct slice word;
	size_t n = 0;

	while (next_word(&rest, ", ", &word)) {
		struct list_column column;

		if (!find_column(word, &column))
			return unknown_column(word, err);
		n++;
	}
	return n ? 0
		 : error_set(err, -EINVAL, "write names separated by commas, such as cpu,mem_used",
			     "no column is named");
}

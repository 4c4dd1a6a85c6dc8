/* SPDX-License-Identifier: Apache-2.0 */
/* The tabs of the main screen (tabs.def) and the columns that each shows. */
#pragma once

#include "list_column.h"
#include "settings.h"

enum tab_id {
#define TAB(id, key, title, body, columns) TAB_##id,
#include "tabs.def"
	TAB__COUNT
};

enum tab_body { BODY_LIST, BODY_EVENTS };

struct tab {
	const char *key; /* in settings: "overview" */
	const char *title;
	enum tab_body body;
	const char *columns; /* keys, separated by commas */
};

size_t tab_count(void);
const struct tab *tab_at(size_t n);
/* The number of the tab with this key, or -1. */
int tab_find(const char *key);

/* What a tab shows: the settings' columns, or its own. Their count, at most `max`; keys that are unknown are
 * left out. */
size_t tab_columns(const struct settings *s, size_t tab, struct list_column *out, size_t max);

/* 0 where all of these exist and there is one at least, or -EINVAL with the nearest name in *err. */
int tab_check_columns(const char *columns, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept for next time, in $XDG_CONFIG_HOME/plimsoll/top.conf: KEY = VALUE lines. Unknown keys and bad
 * values are told and left out; the rest holds. */
#pragma once

#include "base/error.h"
#include "list.h"
#include "tui/tui.h"

enum events_strip { EVENTS_WARNINGS, EVENTS_ALL, EVENTS_NONE };
enum cpu_scale { CPU_OF_CORE, CPU_OF_LIMIT, CPU_OF_HOST, CPU_AS_TIME, CPU_SCALE__COUNT };

#define TABS_MAX 12

struct settings {
	enum tui_theme theme;
	enum tui_glyphs glyphs;
	uint64_t interval_ns;
	char sort[64];
	bool reversed;
	enum grouping grouping;
	enum events_strip events;
	bool processes; /* events of processes that came or went, too */
	enum cpu_scale cpu_scale;
	bool meters;
	bool follow;
	bool all;
	bool mouse;
	char columns[TABS_MAX][512]; /* of each tab, by its number; "" = its own */
};

void settings_defaults(struct settings *s);
/* A file that isn't there is fine. *err has the first thing that was wrong with it. 0, -EINVAL or -errno. */
int settings_read(struct settings *s, const char *path, struct error *err);
/* Pure: the text of such a file. */
int settings_parse(struct settings *s, const char *text, struct error *err);
void settings_format(const struct settings *s, struct str *out);
/* By rename; folders are made (0700). 0 or -errno with *err. */
int settings_write(const struct settings *s, const char *path, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* The settings that have no key of their own, and those that have. Each is changed by Enter or Space; S on
 * the main screen keeps them. */
#include "base/clock.h"
#include "view_list.h"

#include <stdio.h>
#include <string.h>

enum item {
	ITEM_THEME,
	ITEM_GLYPHS,
	ITEM_INTERVAL,
	ITEM_GROUPING,
	ITEM_EVENTS,
	ITEM_PROCESSES,
	ITEM_SCALE,
	ITEM_METERS,
	ITEM_FOLLOW,
	ITEM_ALL,
	ITEM_MOUSE,
	ITEM_SAVE,
	ITEM__COUNT
};

static const char *const titles[ITEM__COUNT] = {
	[ITEM_THEME] = "Theme",		 [ITEM_GLYPHS] = "Glyphs",	 [ITEM_INTERVAL] = "Interval",
	[ITEM_GROUPING] = "Group by",	 [ITEM_EVENTS] = "Events strip", [ITEM_SCALE] = "CPU as",
	[ITEM_METERS] = "Host's meters", [ITEM_FOLLOW] = "Follow",	 [ITEM_ALL] = "Every cgroup",
	[ITEM_MOUSE] = "Mouse",		 [ITEM_SAVE] = "Save",		 [ITEM_PROCESSES] = "EXEC and EXIT",
};

static const uint64_t intervals_ms[] = {250, 500, 1000, 2000, 5000, 10000, 30000, 60000};

static const char *yes_no(bool on)
{
	return on ? "[x]" : "[ ]";
}

static void describe(const struct app *app, enum item item, char *out, size_t size)
{
	static const char *const themes[] = {"dark", "light", "mono", "colour-blind"};
	static const char *const glyphs[] = {"by the terminal", "ASCII", "blocks", "braille"};
	static const char *const groupings[] = {"flat", "pod and project", "runtime", "cgroup"};
	static const char *const strips[] = {"warnings", "all", "none"};
	static const char *const scales[] = {"share of a core", "share of its limit", "share of the host",
					     "time"};
	const struct settings *s = &app->settings;

	switch (item) {
	case ITEM_THEME:
		snprintf(out, size, "%s", themes[s->theme]);
		break;
	case ITEM_GLYPHS:
		snprintf(out, size, "%s", glyphs[s->glyphs]);
		break;
	case ITEM_INTERVAL:
		snprintf(out, size, "%.2f s", (double)s->interval_ns / (double)NSEC_PER_SEC);
		break;
	case ITEM_GROUPING:
		snprintf(out, size, "%s", groupings[s->grouping]);
		break;
	case ITEM_EVENTS:
		snprintf(out, size, "%s", strips[s->events]);
		break;
	case ITEM_PROCESSES:
		snprintf(out, size, "%s", yes_no(s->processes));
		break;
	case ITEM_SCALE:
		snprintf(out, size, "%s", scales[s->cpu_scale]);
		break;
	case ITEM_METERS:
		snprintf(out, size, "%s", yes_no(s->meters));
		break;
	case ITEM_FOLLOW:
		snprintf(out, size, "%s", yes_no(s->follow));
		break;
	case ITEM_ALL:
		snprintf(out, size, "%s", yes_no(s->all));
		break;
	case ITEM_MOUSE:
		snprintf(out, size, "%s", yes_no(s->mouse));
		break;
	case ITEM_SAVE:
		snprintf(out, size, "for next time");
		break;
	case ITEM__COUNT:
		break;
	}
}

static void next_interval(struct settings *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(intervals_ms); i++)
		if (intervals_ms[i] * NSEC_PER_MSEC > s->interval_ns) {
			s->interval_ns = intervals_ms[i] * NSEC_PER_MSEC;
			return;
		}
	s->interval_ns = intervals_ms[0] * NSEC_PER_MSEC;
}

static void change(struct app *app, enum item item)
{
	struct settings *s = &app->settings;

	switch (item) {
	case ITEM_THEME:
		s->theme = (s->theme + 1) % THEME__COUNT;
		app->redraw_all = true;
		break;
	case ITEM_GLYPHS:
		s->glyphs = (s->glyphs + 1) % (GLYPHS_BRAILLE + 1);
		break;
	case ITEM_INTERVAL:
		next_interval(s);
		break;
	case ITEM_GROUPING:
		s->grouping = (s->grouping + 1) % GROUPING__COUNT;
		list_group_by(app->list, s->grouping);
		break;
	case ITEM_EVENTS:
		s->events = (s->events + 1) % 3;
		break;
	case ITEM_PROCESSES:
		s->processes = !s->processes;
		break;
	case ITEM_SCALE:
		s->cpu_scale = (s->cpu_scale + 1) % CPU_SCALE__COUNT;
		break;
	case ITEM_METERS:
		s->meters = !s->meters;
		break;
	case ITEM_FOLLOW:
		s->follow = !s->follow;
		list_follow(app->list, s->follow);
		break;
	case ITEM_ALL:
		s->all = !s->all;
		list_show_all(app->list, s->all);
		break;
	case ITEM_MOUSE:
		s->mouse = !s->mouse;
		break;
	case ITEM_SAVE:
		app_command(app, CMD_SAVE);
		break;
	case ITEM__COUNT:
		break;
	}
}

static struct view *open_at(struct app *app, size_t start);

/* The dialog stays, with the new value. */
static void chosen(struct app *app, void *context, size_t n)
{
	(void)context;
	change(app, (enum item)n);
	app_need_changed(app);
	app_pictured(app);
	app_push(app, open_at(app, n));
}

static struct view *open_at(struct app *app, size_t start)
{
	struct choice choices[ITEM__COUNT];
	char values[ITEM__COUNT][32];

	for (size_t i = 0; i < ITEM__COUNT; i++) {
		describe(app, (enum item)i, values[i], sizeof(values[i]));
		choices[i] = (struct choice){.text = titles[i], .hint = values[i]};
	}
	return dialog_choose_new(app, "Setup (Enter changes, Esc closes)", choices, ITEM__COUNT, start,
				 chosen, NULL, NULL);
}

struct view *dialog_setup_new(struct app *app)
{
	return open_at(app, 0);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Help: the table of bindings as a text, the part that was asked for first. */
#include "views.h"

#define EVERYWHERE (CONTEXT_LIST | CONTEXT_ONE | CONTEXT_PAGER)

static const struct {
	enum context context;
	const char *title;
} sections[] = {
	{CONTEXT_LIST, "The list"},
	{CONTEXT_ONE, "One container"},
	{CONTEXT_PAGER, "Logs and other texts"},
	{CONTEXT_MENU, "Menus and dialogs"},
	{CONTEXT_INPUT, "A line that is typed"},
};

static bool is_everywhere(enum command command)
{
	return (binding_contexts(command) & EVERYWHERE) == EVERYWHERE;
}

static void add_line(enum command command, enum context context, struct str *out)
{
	_cleanup_str_ struct str keys = {0};
	const char *help = binding_help(command);

	binding_keys(command, context, &keys);
	if (!keys.len || !help[0])
		return;
	str_printf(out, "  %-18s %s\n", keys.data, help);
}

static void add_section(const char *title, enum context context, bool everywhere, struct str *out)
{
	str_printf(out, "%s\n", title);
	for (enum command c = CMD_NONE + 1; c < CMD__COUNT; c++) {
		if (is_everywhere(c) == everywhere)
			add_line(c, context, out);
	}
	str_char(out, '\n');
}

static void add_input(struct str *out)
{
	str_add(out,
		"A line that is typed\n"
		"  Enter              takes it\n"
		"  Esc                leaves it\n"
		"  Up Down            the lines that were typed before\n"
		"  Left Right Home End ^A ^E  move\n"
		"  Backspace Del ^U ^K ^W     delete: before, behind, to the start, to the end, a word\n");
}

struct view *view_help_new(struct app *app, enum context context)
{
	_cleanup_str_ struct str text = {0};

	add_section("Everywhere", context & EVERYWHERE ? context : CONTEXT_LIST, true, &text);
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (sections[i].context == context && context != CONTEXT_INPUT)
			add_section(sections[i].title, context, false, &text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (sections[i].context != context && sections[i].context != CONTEXT_INPUT)
			add_section(sections[i].title, sections[i].context, false, &text);
	}
	add_input(&text);
	return text.data ? view_pager_text(app, HELP_TITLE, text.data) : NULL;
}

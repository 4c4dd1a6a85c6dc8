/* SPDX-License-Identifier: Apache-2.0 */
/* Limits: which one, and its new value. */
#include "app_private.h"
#include "base/parse.h"
#include "dialog_private.h"
#include "model/column.h"
#include "model/verdict.h"

#include <stdlib.h>
#include <string.h>

void limit_show(const struct action_limit *limit, const struct comparison *c, size_t index, struct str *out)
{
	const struct column *column = column_find(limit->column);

	if (column)
		column->cell(column, c, index, out);
	else
		str_char(out, '-');
}

static void bytes_text(uint64_t value, struct str *out)
{
	static const char suffix[] = {0, 'k', 'm', 'g', 't'};
	size_t i = 0;

	while (value && value % 1024 == 0 && i + 1 < sizeof(suffix)) {
		value /= 1024;
		i++;
	}
	str_u64(out, value);
	if (i)
		str_char(out, suffix[i]);
}

void limit_text(const struct action_limit *limit, const struct comparison *c, size_t index, struct str *out)
{
	const struct column *column = column_find(limit->column);
	_cleanup_str_ struct str plain = {0};
	uint64_t value;

	if (!column)
		return;
	column->plain(column, c, index, &plain);
	if (!plain.data)
		return;
	if (metrics[column->metric].unit == UNIT_BYTES && parse_u64(slice_of(plain.data), &value) == 0)
		bytes_text(value, out);
	else
		str_add(out, plain.data);
}

/* Where the first of the targets is in the picture that is shown, or -1. */
static ptrdiff_t find(const struct app *app, const struct action_target *targets, size_t n)
{
	if (!app->shown || n == 0)
		return -1;
	return snapshot_find(comparison_later(app->shown), targets[0].entity);
}

/* What limits it now, and what would help. */
static void explain(const struct app *app, ptrdiff_t index, struct str *out)
{
	struct verdict v;

	if (index < 0)
		return;
	verdict_of(app->shown, (size_t)index, &v);
	if (v.limiter != LIMITER_NONE)
		verdict_explain(&v, app->shown, (size_t)index, out);
}

static void limit_typed(struct app *app, void *context, const char *text)
{
	const struct deed *deed = context;
	_cleanup_str_ struct str argument = {0};
	size_t len = strlen(text);

	while (len && *text == ' ') {
		text++;
		len--;
	}
	while (len && text[len - 1] == ' ')
		len--;
	if (!len)
		return;
	str_printf(&argument, "%s=%.*s", deed->limit->name, (int)len, text);
	if (argument.data)
		app_ask_action(app, deed->action, deed->targets, deed->n, argument.data);
}

void dialog_limit_edit(struct app *app, const struct action *action, const struct action_target *targets,
		       size_t n, const struct action_limit *limit)
{
	static const struct input_calls calls = {.done = limit_typed, .release = deed_free};
	struct deed *deed = deed_new(action, targets, n, NULL);
	_cleanup_str_ struct str label = {0}, text = {0}, hint = {0};
	ptrdiff_t index = find(app, targets, n);

	if (!deed) {
		app_say(app, ROLE_BAD, "there is not enough memory");
		return;
	}
	deed->limit = limit;
	str_printf(&label, "%s of ", limit->title);
	deed_whom(targets, n, &label);
	if (index >= 0)
		limit_text(limit, app->shown, (size_t)index, &text);
	str_add(&hint, limit->notation);
	app_push(app, dialog_input_new(app, label.data ? label.data : "", text.data ? text.data : "",
				       hint.data ? hint.data : "", &calls, deed));
}

static void limit_chosen(struct app *app, void *context, size_t n)
{
	const struct deed *deed = context;
	const struct action_table *table = app->options->actions;

	if (n < table->n_limits)
		dialog_limit_edit(app, deed->action, deed->targets, deed->n, &table->limits[n]);
}

static void fill(const struct app *app, ptrdiff_t index, struct choice *choices, char **texts)
{
	const struct action_table *table = app->options->actions;
	int widest = 0;

	for (size_t i = 0; i < table->n_limits; i++) {
		int width = canvas_width(table->limits[i].title);

		widest = width > widest ? width : widest;
	}
	for (size_t i = 0; i < table->n_limits; i++) {
		_cleanup_str_ struct str value = {0};
		struct str text = {0};

		if (index >= 0)
			limit_show(&table->limits[i], app->shown, (size_t)index, &value);
		str_printf(&text, "%-*s %10s", widest, table->limits[i].title, value.data ? value.data : "-");
		texts[i] = str_steal(&text);
		choices[i] = (struct choice){.text = texts[i] ? texts[i] : table->limits[i].title,
					     .hint = table->limits[i].notation};
	}
}

struct view *dialog_limits_new(struct app *app, const struct action *action,
			       const struct action_target *targets, size_t n)
{
	const struct action_table *table = app->options->actions;
	struct deed *deed = deed_new(action, targets, n, NULL);
	_cleanup_free_ struct choice *choices = calloc(table->n_limits + 1, sizeof(*choices));
	_cleanup_free_ char **texts = calloc(table->n_limits + 1, sizeof(*texts));
	_cleanup_str_ struct str title = {0}, note = {0};
	ptrdiff_t index = find(app, targets, n);
	struct view *view;

	if (!deed || !choices || !texts) {
		deed_free(deed);
		return NULL;
	}
	fill(app, index, choices, texts);
	str_add(&title, "Limits of ");
	deed_whom(targets, n, &title);
	explain(app, index, &note);
	view = dialog_choose_new(app, title.data ? title.data : "", choices, table->n_limits, 0, limit_chosen,
				 deed, deed_free);
	dialog_choose_note(view, note.data);
	for (size_t i = 0; i < table->n_limits; i++)
		free(texts[i]);
	return view;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The main screen as text: no terminal, no ncurses. */
#include "app.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "screen.h"
#include "view_list.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <time.h>

#define COLS_DEFAULT 120
/* More than any part of the screen but the list takes. */
#define ROOM 60

static void wait_interval(uint64_t ns)
{
	struct timespec rest = {.tv_sec = (time_t)(ns / NSEC_PER_SEC), .tv_nsec = (long)(ns % NSEC_PER_SEC)};

	while (clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, &rest) == EINTR)
		;
}

/* Two, for rates. A recording's end after the first is fine. */
static int take_two(struct app *app, struct error *err)
{
	int r = app_sample(app, err);

	if (r < 0)
		return r;
	if (!app->options->replay)
		wait_interval(app->settings.interval_ns ? app->settings.interval_ns : NSEC_PER_SEC);
	r = app_sample(app, err);
	return r == -ENODATA ? 0 : r;
}

static int draw(struct app *app, struct canvas *canvas, int rows, int cols, struct error *err)
{
	if (canvas_resize(canvas, rows, cols) < 0)
		return error_errno(err, -ENOMEM, "", "cannot draw %d lines of %d columns", rows, cols);
	app_draw(app, canvas);
	return 0;
}

/* As many lines as the list has, besides what else is there; without the keys, which nobody can press. */
static int draw_all(struct app *app, struct canvas *canvas, int cols, struct error *err)
{
	size_t count = list_count(app->list);
	int lines = count < 30000 ? (int)count : 30000;
	int rows = lines + ROOM;
	const struct list_layout *layout;
	int r = draw(app, canvas, rows, cols, err);

	if (r < 0)
		return r;
	layout = &view_list_of(app)->layout;
	r = draw(app, canvas, rows - layout->body_rows + (lines > 0 ? lines : 1), cols, err);
	if (r == 0)
		canvas->rows -= layout->bar_rows;
	return r;
}

int tui_once(const struct tui_options *options, int rows, int cols, struct str *out, struct error *err)
{
	struct canvas canvas = {0};
	struct app app;
	int r;

	if (!setlocale(LC_CTYPE, NULL) || slice_is(slice_of(setlocale(LC_CTYPE, NULL)), "C"))
		setlocale(LC_CTYPE, "");
	r = app_open(&app, options, err);
	if (r < 0)
		return r;
	canvas.glyphs = screen_glyph_level(app.settings.glyphs, nl_langinfo(CODESET), NULL);
	cols = cols > 0 ? cols : COLS_DEFAULT;
	r = take_two(&app, err);
	if (r == 0)
		r = rows > 0 ? draw(&app, &canvas, rows, cols, err) : draw_all(&app, &canvas, cols, err);
	if (r == 0)
		canvas_dump(&canvas, false, out);
	if (r == 0 && out->failed)
		r = error_errno(err, -ENOMEM, "", "cannot write the screen as text");
	canvas_free(&canvas);
	app_close(&app);
	return r;
}

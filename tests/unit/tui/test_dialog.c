/* SPDX-License-Identifier: Apache-2.0 */
#include "app_fixture.h"

#include "edit_line.h"
#include "input_memory.h"

#include <signal.h>

#define CTRL(letter) ((uint32_t)(letter)-64)

/* --- the line --- */

static void keys(struct edit_line *l, const uint32_t *codes, size_t n)
{
	bool changed;

	for (size_t i = 0; i < n; i++)
		edit_line_key(l, codes[i], &changed);
}

#define EDIT(start, expected, at, ...)                     \
	do {                                               \
		struct edit_line l;                        \
		const uint32_t codes[] = {__VA_ARGS__};    \
		edit_line_set(&l, start);                  \
		keys(&l, codes, ARRAY_SIZE(codes));        \
		assert_string_equal(l.text, expected);     \
		assert_int_equal(l.cursor, at);            \
		assert_int_equal(l.len, strlen(expected)); \
	} while (0)

static void editing(void **state)
{
	(void)state;
	EDIT("", "ab", 2, 'a', 'b');
	EDIT("ac", "abc", 2, KEYCODE_LEFT, 'b');
	EDIT("abc", "bc", 0, KEYCODE_HOME, KEYCODE_DELETE);
	EDIT("abc", "ab", 2, KEYCODE_BACKSPACE);
	EDIT("abc", "ab", 2, 127);
	EDIT("abc", "abc", 0, CTRL('A'), KEYCODE_BACKSPACE, KEYCODE_LEFT);
	EDIT("abc", "abc", 3, CTRL('A'), CTRL('E'), KEYCODE_DELETE, KEYCODE_RIGHT);
	EDIT("one two  ", "one ", 4, CTRL('W'));
	EDIT("one two", "", 0, CTRL('W'), CTRL('W'), CTRL('W'));
	EDIT("abc", "c", 0, KEYCODE_LEFT, CTRL('U'));
	EDIT("abc", "ab", 2, KEYCODE_LEFT, CTRL('K'));
	EDIT("a", "a\xc3\xa9", 3, 0xE9);
	EDIT("\xe6\x95\xb0\xe6\x8d\xae", "\xe6\x95\xb0", 3, KEYCODE_BACKSPACE);
	EDIT("e\xcc\x81x", "x", 0, KEYCODE_LEFT, KEYCODE_BACKSPACE); /* an accent goes with its letter */
	EDIT("a", "a", 1, 0x202E, 0x9B, 0, 7, 0xD800);		     /* nothing that isn't text */
	EDIT("\xff", "\xef\xbf\xbd", 3, KEYCODE_UP);
}

static void a_line_is_bounded(void **state)
{
	struct edit_line l;
	bool changed;
	char text[2 * EDIT_LINE_MAX];

	(void)state;
	edit_line_set(&l, "");
	for (size_t i = 0; i < 2 * EDIT_LINE_MAX; i++)
		edit_line_key(&l, 0x6570, &changed);
	assert_true(l.len < EDIT_LINE_MAX);
	assert_int_equal(l.len % 3, 0);
	assert_false(changed);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	edit_line_set(&l, text);
	assert_int_equal(l.len, EDIT_LINE_MAX - 1);
}

static void typed_lines_are_kept(void **state)
{
	struct input_memory *m = NULL;
	char text[16];

	(void)state;
	assert_null(input_memory_at(m, "Search", 0));
	input_memory_add(&m, "Search", "");
	assert_null(input_memory_at(m, "Search", 0));
	input_memory_add(&m, "Search", "one");
	input_memory_add(&m, "Filter", "other");
	input_memory_add(&m, "Search", "two");
	input_memory_add(&m, "Search", "one"); /* becomes the newest */
	assert_string_equal(input_memory_at(m, "Search", 0), "one");
	assert_string_equal(input_memory_at(m, "Search", 1), "two");
	assert_null(input_memory_at(m, "Search", 2));
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "%d", i);
		input_memory_add(&m, "Search", text);
	}
	assert_string_equal(input_memory_at(m, "Search", 0), "999");
	assert_null(input_memory_at(m, "Filter", 0));
	input_memory_free(m);
	input_memory_free(NULL);
}

/* --- the input dialog --- */

struct outcome {
	char done[64], typed[64];
	unsigned n_typed, n_done, n_cancelled, n_released;
};

static void heard_done(struct app *app, void *context, const char *text)
{
	struct outcome *h = context;

	assert_string_equal(app->top->ops->name, "list"); /* closed before */
	snprintf(h->done, sizeof(h->done), "%s", text);
	h->n_done++;
}

static void heard_typed(struct app *app, void *context, const char *text)
{
	struct outcome *h = context;

	(void)app;
	snprintf(h->typed, sizeof(h->typed), "%s", text);
	h->n_typed++;
}

static void heard_cancelled(struct app *app, void *context)
{
	(void)app;
	((struct outcome *)context)->n_cancelled++;
}

static void heard_released(void *context)
{
	((struct outcome *)context)->n_released++;
}

static const struct input_calls heard_calls = {heard_done, heard_typed, heard_cancelled, heard_released};

static void ask(struct rig *r, struct outcome *h, const char *text)
{
	app_push(&r->app, dialog_input_new(&r->app, "Label", text, "a hint", &heard_calls, h));
	assert_view(r, "input");
}

static void input_calls(void **state)
{
	struct outcome h = {0};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 80, GLYPH_ASCII);
	ask(&r, &h, "ab");
	assert_shows(&r, "Label: ab  a hint");
	assert_int_equal(r.canvas.cursor_y, 23);
	assert_int_equal(r.canvas.cursor_x, 9);
	rig_type(&r, "qj?"); /* text here, not commands */
	assert_string_equal(h.typed, "abqj?");
	assert_int_equal(h.n_typed, 3);
	rig_code(&r, KEYCODE_LEFT); /* moving is no change */
	assert_int_equal(h.n_typed, 3);
	rig_type(&r, "\n");
	assert_string_equal(h.done, "abqj?");
	assert_int_equal(h.n_released, 1);
	assert_view(&r, "list");
	assert_false(r.app.quit);
	ask(&r, &h, "");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_int_equal(h.n_cancelled, 1);
	assert_int_equal(h.n_done, 1);
	assert_int_equal(h.n_released, 2);
	ask(&r, &h, "");
	rig_code(&r, 3); /* ^C quits from anywhere */
	assert_true(r.app.quit);
	rig_close(&r); /* and closing the app releases too */
	assert_int_equal(h.n_released, 3);
}

static void input_history(void **state)
{
	struct outcome h = {0};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 80, GLYPH_ASCII);
	ask(&r, &h, "");
	rig_type(&r, "first\n");
	ask(&r, &h, "");
	rig_type(&r, "second\n");
	ask(&r, &h, "draft");
	rig_code(&r, KEYCODE_UP);
	assert_shows(&r, "Label: second");
	rig_code(&r, KEYCODE_UP);
	rig_code(&r, KEYCODE_UP); /* no further */
	assert_shows(&r, "Label: first");
	rig_code(&r, KEYCODE_DOWN);
	rig_code(&r, KEYCODE_DOWN);
	rig_code(&r, KEYCODE_DOWN);
	assert_shows(&r, "Label: draft");
	rig_close(&r);
}

static void input_scrolls(void **state)
{
	struct outcome h = {0};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 20, GLYPH_ASCII);
	ask(&r, &h, "");
	rig_type(&r, "0123456789abcdefghijklmnopqrstuvwxyz");
	assert_shows(&r, "Label: opqrstuvwxyz");
	assert_int_equal(r.canvas.cursor_x, 19);
	rig_code(&r, KEYCODE_HOME);
	assert_shows(&r, "Label: 0123456789abc");
	assert_int_equal(r.canvas.cursor_x, 7);
	for (int cols = 1; cols < 20; cols++) {
		assert_int_equal(canvas_resize(&r.canvas, 2, cols), 0);
		rig_screen(&r);
		assert_true(r.canvas.cursor_x < cols);
	}
	rig_close(&r);
}

/* A form: the cursor stands where something is missing. */
static void input_form(void **state)
{
	struct outcome h = {0};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 80, GLYPH_ASCII);
	ask(&r, &h, "--name  --cpus 1");
	rig_type(&r, "web\n");
	assert_string_equal(h.done, "--name web --cpus 1");
	rig_close(&r);
}

/* --- the menu --- */

static size_t chosen;
static unsigned n_chosen, n_released;

static void note_chosen(struct app *app, void *context, size_t n)
{
	(void)app;
	assert_ptr_equal(context, &chosen);
	chosen = n;
	n_chosen++;
}

static void note_released(void *context)
{
	(void)context;
	n_released++;
}

static void choose_among(struct rig *r, size_t n)
{
	static const char *const words[] = {"stop", "kill", "remove"};
	struct choice choices[64] = {{0}};
	char text[64][32];

	for (size_t i = 0; i < n; i++) {
		snprintf(text[i], sizeof(text[i]), "%s %zu", words[i % 3], i);
		choices[i] = (struct choice){.text = text[i],
					     .hint = i == 1 ? "it is not to be" : "h",
					     .letter = i < 3 ? words[i][0] : 0,
					     .disabled = i == 1};
	}
	n_chosen = n_released = 0;
	app_push(&r->app,
		 dialog_choose_new(&r->app, "Title", choices, n, 0, note_chosen, &chosen, note_released));
	assert_view(r, "choose");
	rig_screen(r);
}

static void choosing(void **state)
{
	struct rig r;
	int y, x;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 80, GLYPH_ASCII);
	choose_among(&r, 3);
	rig_type(&r, "r"); /* by letter */
	assert_int_equal(chosen, 2);
	assert_int_equal(n_released, 1);
	assert_view(&r, "list");
	choose_among(&r, 3);
	rig_type(&r, "k"); /* letters come before the keys that move; this one is refused */
	assert_view(&r, "choose");
	assert_int_equal(n_chosen, 0);
	assert_shows(&r, "kill 1: it is not to be");
	rig_code(&r, KEYCODE_ENTER);
	assert_int_equal(n_chosen, 0);
	rig_code(&r, KEYCODE_DOWN);
	rig_code(&r, KEYCODE_DOWN); /* not beyond */
	rig_code(&r, KEYCODE_ENTER);
	assert_int_equal(chosen, 2);
	choose_among(&r, 3);
	rig_code(&r, KEYCODE_ESCAPE);
	assert_int_equal(n_chosen, 0);
	assert_int_equal(n_released, 1);
	choose_among(&r, 3);
	rig_find(&r, "remove 2", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, 0, 0); /* outside */
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x);
	assert_int_equal(n_chosen, 0); /* selected */
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x);
	assert_int_equal(chosen, 2);
	rig_close(&r);
}

/* Stop and start are one letter: it takes the one that can be done. */
static void a_shared_letter(void **state)
{
	static const struct choice choices[] = {
		{.text = "Stop", .hint = "it has ended", .letter = 's', .disabled = true},
		{.text = "Start", .letter = 's'},
		{.text = "Pause", .letter = 'p', .hint = "it has ended", .disabled = true},
		{.text = "Unpause", .letter = 'p', .hint = "it is not paused", .disabled = true}};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 80, GLYPH_ASCII);
	n_chosen = n_released = 0;
	app_push(&r.app, dialog_choose_new(&r.app, "Title", choices, ARRAY_SIZE(choices), 0, note_chosen,
					   &chosen, note_released));
	rig_type(&r, "p"); /* neither can be: the first one says why */
	assert_shows(&r, "Pause: it has ended");
	assert_int_equal(n_chosen, 0);
	rig_type(&r, "s");
	assert_int_equal(n_chosen, 1);
	assert_int_equal(chosen, 1);
	rig_close(&r);
}

static void choosing_scrolls(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 10, 40, GLYPH_ASCII);
	choose_among(&r, 60);
	assert_not_shown(&r, "remove 59");
	rig_code(&r, KEYCODE_END);
	assert_shows(&r, "remove 59");
	rig_code(&r, KEYCODE_PAGE_UP);
	rig_code(&r, KEYCODE_HOME);
	assert_shows(&r, "stop 0");
	for (int rows = 1; rows < 12; rows++) {
		for (int cols = 1; cols < 30; cols += 3) {
			assert_int_equal(canvas_resize(&r.canvas, rows, cols), 0);
			rig_screen(&r);
			rig_code(&r, KEYCODE_PAGE_DOWN);
		}
	}
	rig_close(&r);
}

/* --- the confirmation --- */

static unsigned n_confirmed;

static void note_confirmed(struct app *app, void *context)
{
	(void)app;
	(void)context;
	n_confirmed++;
}

static void confirm(struct rig *r)
{
	n_confirmed = n_released = 0;
	app_push(&r->app, dialog_confirm_new(&r->app, "Remove we\033[31mb?", "Remove", note_confirmed, NULL,
					     note_released));
	assert_view(r, "confirm");
	assert_shows(r, "Remove we?[31mb?");
	assert_shows(r, ">[Cancel]<");
}

static void confirming(void **state)
{
	struct rig r;
	int y, x;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 80, GLYPH_ASCII);
	confirm(&r);
	rig_code(&r, KEYCODE_ENTER); /* the default is cancel */
	assert_int_equal(n_confirmed, 0);
	assert_int_equal(n_released, 1);
	assert_view(&r, "list");
	confirm(&r);
	rig_code(&r, KEYCODE_RIGHT);
	assert_shows(&r, ">[Remove]<");
	rig_code(&r, KEYCODE_ENTER);
	assert_int_equal(n_confirmed, 1);
	assert_int_equal(n_released, 1);
	confirm(&r);
	rig_type(&r, "\t\t\n");
	assert_int_equal(n_confirmed, 0);
	confirm(&r);
	rig_type(&r, "y");
	assert_int_equal(n_confirmed, 1);
	confirm(&r);
	rig_type(&r, "n");
	assert_int_equal(n_confirmed, 0);
	confirm(&r);
	rig_code(&r, KEYCODE_ESCAPE);
	assert_int_equal(n_confirmed, 0);
	confirm(&r);
	rig_find(&r, "[Remove]", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, y + 5, x);
	assert_view(&r, "confirm");
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x + 2);
	assert_int_equal(n_confirmed, 1);
	for (int rows = 1; rows < 8; rows++) {
		for (int cols = 1; cols < 40; cols += 3) {
			app_push(&r.app,
				 dialog_confirm_new(&r.app, "Stop \xe6\x95\xb0\xe6\x8d\xae and others?",
						    "Stop", note_confirmed, NULL, NULL));
			assert_int_equal(canvas_resize(&r.canvas, rows, cols), 0);
			rig_screen(&r);
			app_pop(&r.app);
		}
	}
	rig_close(&r);
}

/* --- goldens of all of them --- */

static void golden_of(const char *name, const char *typed, uint64_t entity, int rows, int cols,
		      enum glyph_level glyphs)
{
	struct view *below;
	char file[96];
	struct rig r;

	rig_prepare(&r);
	rig_open(&r, 30, rows, cols, glyphs);
	rig_select(&r, entity);
	rig_screen(&r);
	below = r.app.top;
	rig_type(&r, typed);
	snprintf(file, sizeof(file), "dialog-%s-%dx%d%s", name, cols, rows,
		 glyphs == GLYPH_ASCII ? "-ascii" : "");
	/* Alone: what is below it has goldens of its own. */
	r.app.top->below = NULL;
	rig_golden(&r, file);
	r.app.top->below = below;
	rig_close(&r);
}

static void goldens(void **state)
{
	static const struct {
		const char *name, *typed;
		uint64_t entity;
	} cases[] = {
		{"menu", "\n", FIXTURE_ENTITY(API)},
		{"menu-ended", "\n", FIXTURE_ENTITY(MIGRATE)},
		{"signal", "x", FIXTURE_ENTITY(API)},
		{"limits", "L", FIXTURE_ENTITY(API)},
		{"limit", "L\n", FIXTURE_ENTITY(API)},
		{"launch", "n", FIXTURE_ENTITY(API)},
		{"confirm", "R", FIXTURE_ENTITY(API)},
		{"confirm-hostile", "R", FIXTURE_ENTITY(EVIL)},
		{"confirm-tagged", "  R", FIXTURE_ENTITY(API)},
		{"time", "b", FIXTURE_ENTITY(API)},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		golden_of(cases[i].name, cases[i].typed, cases[i].entity, 24, 80, GLYPH_BRAILLE);
		golden_of(cases[i].name, cases[i].typed, cases[i].entity, 24, 80, GLYPH_ASCII);
		golden_of(cases[i].name, cases[i].typed, cases[i].entity, 10, 40, GLYPH_ASCII);
	}
}

static void opened_often(void **state)
{
	static const char *const typed[] = {"\n", "x", "L", "L\n", "n", "R", "b"};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 80, GLYPH_ASCII);
	rig_select(&r, FIXTURE_ENTITY(API));
	for (unsigned i = 0; i < 1000; i++) {
		rig_type(&r, typed[i % ARRAY_SIZE(typed)]);
		rig_screen(&r);
		rig_code(&r, KEYCODE_ESCAPE);
		assert_view(&r, "list");
	}
	assert_int_equal(rig_asked.n, 0);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(editing),
		cmocka_unit_test(a_line_is_bounded),
		cmocka_unit_test(typed_lines_are_kept),
		cmocka_unit_test(input_calls),
		cmocka_unit_test(input_history),
		cmocka_unit_test(input_scrolls),
		cmocka_unit_test(input_form),
		cmocka_unit_test(choosing),
		cmocka_unit_test(a_shared_letter),
		cmocka_unit_test(choosing_scrolls),
		cmocka_unit_test(confirming),
		cmocka_unit_test(goldens),
		cmocka_unit_test(opened_often),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}

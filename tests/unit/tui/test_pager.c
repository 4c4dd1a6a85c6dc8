/* SPDX-License-Identifier: Apache-2.0 */
#include "app_fixture.h"

#include "pager_text.h"

static void feed(struct pager_text *t, const char *text)
{
	pager_text_feed(t, text, strlen(text));
}

/* All the lines, each ended by '|'. */
static void assert_lines(struct pager_text *t, const char *expected)
{
	_cleanup_str_ struct str all = {0};

	str_add(&all, "");
	for (uint64_t i = pager_text_first(t); i < pager_text_end(t); i++) {
		struct slice line = pager_text_line(t, i);

		str_append(&all, line.at, line.len);
		str_char(&all, '|');
	}
	assert_string_equal(all.data ? all.data : "", expected);
}

#define CASE(input, expected)                            \
	do {                                             \
		struct pager_text *t = pager_text_new(); \
		feed(t, input);                          \
		assert_lines(t, expected);               \
		pager_text_free(t);                      \
	} while (0)

static void what_becomes_of_bytes(void **state)
{
	(void)state;
	CASE("", "");
	CASE("a\nb\n", "a|b|");
	CASE("a\n\nb", "a||b|");
	CASE("a\r\nb", "a|b|");
	CASE("10%\r20%\r30%", "30%|");
	CASE("10%\r", "10%|"); /* stays until something comes */
	CASE("a\tb", "a       b|");
	CASE("\xe6\x95\xb0\tb", "\xe6\x95\xb0      b|"); /* two columns wide */
	CASE("\033[31mred\033[0m text", "red text|");
	CASE("\033]0;title\aafter", "after|");
	CASE("\033]8;;http://x\033\\link\033]8;;\033\\", "link|");
	CASE("\033(Bplain\033=x", "plainx|");
	CASE("\033[999", "");
	CASE("\033[12\nnext", "|next|");
	CASE("\033]never ended\nnext", "|next|");
	CASE("bo\blld", "blld|");
	CASE("\xe6\x95\xb0\bx\b\b\b", "");
	CASE("a\x01z", "a\xef\xbf\xbdz|");
	CASE("broken \xff\xc3 utf", "broken \xef\xbf\xbd\xef\xbf\xbd utf|");
	CASE("c1 \xc2\x9b"
	     "31m",
	     "c1 \xef\xbf\xbd"
	     "31m|");
}

static void chunks_make_no_difference(void **state)
{
	static const char text[] = "a\033[31mb\tc\r\n\xe6\x95\xb0\033]0;x\033\\y\rz\n\033(Bq\xff\033";
	struct pager_text *whole = pager_text_new();
	_cleanup_str_ struct str expected = {0};

	(void)state;
	pager_text_feed(whole, text, sizeof(text) - 1);
	for (uint64_t i = 0; i < pager_text_end(whole); i++) {
		str_append(&expected, pager_text_line(whole, i).at, pager_text_line(whole, i).len);
		str_char(&expected, '|');
	}
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		struct pager_text *t = pager_text_new();

		pager_text_feed(t, text, cut);
		pager_text_feed(t, text + cut, sizeof(text) - 1 - cut);
		assert_lines(t, expected.data);
		pager_text_free(t);
	}
	pager_text_free(whole);
}

static void memory_is_bounded(void **state)
{
	struct pager_text *t = pager_text_new();
	char line[64];
	_cleanup_free_ char *block = malloc(65536);

	(void)state;
	for (unsigned i = 0; i < 100000; i++) {
		snprintf(line, sizeof(line), "line %u\n", i);
		feed(t, line);
	}
	assert_int_equal(pager_text_end(t), 100000);
	assert_int_equal(pager_text_first(t), 90000);
	assert_int_equal(pager_text_line(t, 89999).len, 0);
	assert_memory_equal(pager_text_line(t, 90000).at, "line 90000", 10);
	memset(block, 'x', 65536); /* a line without an end */
	for (unsigned i = 0; i < 1000; i++)
		pager_text_feed(t, block, 65536);
	assert_true(pager_text_bytes(t) <= PAGER_BYTES + PAGER_LINE_MAX + 64);
	assert_true(pager_text_end(t) - pager_text_first(t) > 400);
	memset(block, '\t', 65536);
	for (unsigned i = 0; i < 100; i++)
		pager_text_feed(t, block, 65536);
	assert_true(pager_text_bytes(t) <= PAGER_BYTES + PAGER_LINE_MAX + 64);
	pager_text_free(t);
}

static void numbered(struct rig *r, unsigned n)
{
	_cleanup_str_ struct str text = {0};

	for (unsigned i = 0; i < n; i++)
		str_printf(&text, "line %u%s\n", i, i % 10 == 7 ? " Needle" : "");
	app_push(&r->app, view_pager_text(&r->app, "logs we\033b", text.data));
	assert_view(r, "pager");
}

static void moves(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 12, 40, GLYPH_ASCII);
	numbered(&r, 100);
	assert_shows(&r, "logs we?b");
	assert_shows(&r, "1 of 100");
	assert_shows(&r, "line 9\n");
	rig_code(&r, KEYCODE_DOWN);
	assert_shows(&r, "line 10\n");
	assert_not_shown(&r, "line 0\n");
	rig_code(&r, KEYCODE_PAGE_DOWN);
	assert_shows(&r, "11 of 100");
	rig_code(&r, KEYCODE_END);
	assert_shows(&r, "line 99\n");
	assert_shows(&r, "91 of 100");
	rig_code(&r, KEYCODE_DOWN); /* not beyond the end */
	assert_shows(&r, "91 of 100");
	rig_code(&r, KEYCODE_PAGE_UP);
	assert_shows(&r, "82 of 100");
	rig_type(&r, "gk");
	assert_shows(&r, "1 of 100");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_view(&r, "list");
	rig_close(&r);
}

static void searches(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 12, 60, GLYPH_ASCII);
	numbered(&r, 100);
	rig_screen(&r);
	rig_type(&r, "n");
	assert_shows(&r, "nothing to search for");
	rig_type(&r, "/needle\n");
	assert_shows(&r, "line 7 Needle");
	assert_shows(&r, "/needle");
	rig_type(&r, "n");
	assert_shows(&r, "line 17 Needle");
	rig_type(&r, "N");
	assert_shows(&r, "line 7 Needle");
	rig_type(&r, "N"); /* round the end */
	assert_shows(&r, "line 97 Needle");
	assert_shows(&r, "went on from the other end");
	rig_type(&r, "/needLE\n"); /* with capitals it is exact */
	assert_shows(&r, "'needLE' is not in it");
	rig_type(&r, "/[unfinished(*\n");
	assert_shows(&r, "is not in it");
	rig_type(&r, "/\n");
	rig_screen(&r);
	rig_close(&r);
}

static void matches_are_marked(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 6, 20, GLYPH_ASCII);
	app_push(&r.app, view_pager_text(&r.app, "t", "\xe6\x95\xb0 ab ab\nxab\n"));
	rig_screen(&r);
	rig_type(&r, "/ab");
	app_draw(&r.app, &r.canvas);
	assert_int_equal(r.canvas.cells[1 * 20 + 3].role, ROLE_TAGGED); /* while it is typed */
	rig_type(&r, "\n");
	app_draw(&r.app, &r.canvas);
	assert_int_equal(r.canvas.cells[1 * 20 + 2].role, ROLE_TEXT);
	assert_int_equal(r.canvas.cells[1 * 20 + 3].role, ROLE_SELECTED);
	assert_int_equal(r.canvas.cells[1 * 20 + 4].role, ROLE_SELECTED);
	assert_int_equal(r.canvas.cells[1 * 20 + 6].role, ROLE_SELECTED);
	assert_int_equal(r.canvas.cells[2 * 20 + 0].role, ROLE_TEXT);
	assert_int_equal(r.canvas.cells[2 * 20 + 1].role, ROLE_TAGGED);
	rig_close(&r);
}

static void wraps_or_pans(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 8, 20, GLYPH_ASCII);
	app_push(&r.app, view_pager_text(&r.app, "t", "0123456789abcdefghijKLMNO\nshort\n"));
	assert_shows(&r, "0123456789abcdefghij\nKLMNO\nshort");
	rig_type(&r, "w");
	assert_shows(&r, "0123456789abcdefghi~\nshort");
	rig_code(&r, KEYCODE_RIGHT);
	assert_shows(&r, "89abcdefghijKLMNO\n");
	rig_code(&r, KEYCODE_LEFT);
	assert_shows(&r, "0123456789abcdefghi~");
	rig_close(&r);
}

/* Lets the pager read until its child is done. */
static void read_all(struct rig *r)
{
	struct view *v = r->app.top;

	for (int i = 0; i < 1000 && v->ops->fd(v) >= 0; i++) {
		struct pollfd fd = {.fd = v->ops->fd(v), .events = POLLIN};

		assert_true(poll(&fd, 1, 20000) > 0);
		v->ops->readable(v, &r->app);
	}
	assert_int_equal(v->ops->fd(v), -1);
}

static void a_commands_output(void **state)
{
	char *argv[] = {
		(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
		(char *)(uintptr_t) "i=0; while [ $i -lt 300 ]; do echo out $i; i=$((i+1)); done; exit 3",
		NULL};
	struct error err = {0};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 12, 60, GLYPH_ASCII);
	app_push(&r.app, view_pager_command(&r.app, "logs", argv, true, &err));
	assert_view(&r, "pager");
	assert_shows(&r, "following");
	read_all(&r);
	assert_shows(&r, "out 299"); /* the end is followed */
	assert_shows(&r, "ended with exit code 3");
	rig_type(&r, "g");
	assert_shows(&r, "out 0\n");
	rig_close(&r);
}

/* A child that never ends is ended with the pager. */
static void closing_ends_the_child(void **state)
{
	char *argv[] = {(char *)(uintptr_t) "sleep", (char *)(uintptr_t) "1000", NULL};
	struct error err = {0};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 12, 60, GLYPH_ASCII);
	app_push(&r.app, view_pager_command(&r.app, "logs", argv, false, &err));
	assert_shows(&r, "nothing yet");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_view(&r, "list");
	rig_close(&r);
}

static void a_command_that_does_not_start(void **state)
{
	char *argv[] = {(char *)(uintptr_t) "/nonexistent/program", NULL};
	struct error err = {0};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 12, 60, GLYPH_ASCII);
	assert_null(view_pager_command(&r.app, "logs", argv, false, &err));
	assert_true(err.code < 0);
	assert_true(err.cause[0]);
	rig_close(&r);
}

static void help_names_every_key(void **state)
{
	static const enum context contexts[] = {CONTEXT_LIST, CONTEXT_ONE, CONTEXT_PAGER, CONTEXT_MENU,
						CONTEXT_INPUT};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 300, 160, GLYPH_BRAILLE);
	for (size_t i = 0; i < ARRAY_SIZE(contexts); i++) {
		app_push(&r.app, view_help_new(&r.app, contexts[i]));
		for (enum command c = CMD_NONE + 1; c < CMD__COUNT; c++) {
			if (binding_help(c)[0])
				assert_shows(&r, binding_help(c));
		}
		assert_shows(&r, "Menus and dialogs");
		rig_type(&r, "?"); /* the same key closes it */
		assert_view(&r, "list");
	}
	rig_close(&r);
}

static void opened_often(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 80, GLYPH_ASCII);
	for (unsigned i = 0; i < 1000; i++) {
		numbered(&r, 5);
		rig_screen(&r);
		app_pop(&r.app);
		rig_code(&r, KEYCODE_F1);
		rig_screen(&r);
		app_pop(&r.app);
	}
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_becomes_of_bytes),
		cmocka_unit_test(chunks_make_no_difference),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(moves),
		cmocka_unit_test(searches),
		cmocka_unit_test(matches_are_marked),
		cmocka_unit_test(wraps_or_pans),
		cmocka_unit_test(a_commands_output),
		cmocka_unit_test(closing_ends_the_child),
		cmocka_unit_test(a_command_that_does_not_start),
		cmocka_unit_test(help_names_every_key),
		cmocka_unit_test(opened_often),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}

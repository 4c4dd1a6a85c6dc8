/* SPDX-License-Identifier: Apache-2.0 */
/* The screen on a pseudo-terminal whose other end the test holds. */
#include "screen.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include <cmocka.h>

#include "drawn.h"

static const struct screen_look look = {
	.theme = THEME_DARK, .glyphs = GLYPHS_AUTO, .colour = true, .mouse = true};

struct tty {
	int master, slave;
	struct termios before;
	struct tui_screen *screen;
};

static void set_size(const struct tty *t, int rows, int cols)
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	assert_int_equal(ioctl(t->slave, TIOCSWINSZ, &size), 0);
}

static void open_tty(struct tty *t, int rows, int cols)
{
	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	assert_true(t->master >= 0);
	assert_int_equal(grantpt(t->master), 0);
	assert_int_equal(unlockpt(t->master), 0);
	t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t->slave >= 0);
	assert_int_equal(tcgetattr(t->slave, &t->before), 0);
	set_size(t, rows, cols);
	t->screen = NULL;
}

static void open_screen(struct tty *t, int rows, int cols)
{
	struct error err = {0};

	open_tty(t, rows, cols);
	if (screen_open(&t->screen, t->slave, t->slave, &look, &err) < 0)
		fail_msg("%s", err.cause);
}

/* What has arrived at the terminal so far. */
static size_t drain(const struct tty *t, struct str *out)
{
	char chunk[4096];
	size_t sum = 0;
	ssize_t n;

	while ((n = read(t->master, chunk, sizeof(chunk))) > 0) {
		sum += (size_t)n;
		if (out)
			str_append(out, chunk, (size_t)n);
	}
	return sum;
}

static void close_screen(struct tty *t)
{
	struct termios after;

	drain(t, NULL);
	screen_close(t->screen);
	assert_int_equal(tcgetattr(t->slave, &after), 0);
	assert_int_equal(after.c_lflag, t->before.c_lflag);
	assert_int_equal(after.c_iflag, t->before.c_iflag);
	assert_int_equal(after.c_oflag, t->before.c_oflag);
	close(t->slave);
	close(t->master);
}

static void press(const struct tty *t, const char *keys)
{
	assert_int_equal(write(t->master, keys, strlen(keys)), strlen(keys));
}

static void assert_key(const struct tty *t, uint32_t code)
{
	struct pollfd fd = {.fd = t->slave, .events = POLLIN};
	struct key key = {0};

	poll(&fd, 1, 10);
	assert_int_equal(screen_key(t->screen, &key), 1);
	assert_int_equal(key.code, code);
}

static void only_what_changed_is_sent(void **state)
{
	struct tty t;
	struct canvas c;
	_cleanup_str_ struct str first = {0};
	_cleanup_str_ struct str second = {0};
	uint64_t bytes;
	int rows, cols;

	(void)state;
	open_screen(&t, 10, 40);
	screen_size(t.screen, &rows, &cols);
	assert_int_equal(rows, 10);
	assert_int_equal(cols, 40);
	assert_int_equal(screen_glyphs(t.screen), GLYPH_BRAILLE);
	c = make_canvas(10, 40, GLYPH_BRAILLE);
	canvas_text(&c, 0, 0, 40, ROLE_TEXT, "first line");
	canvas_text(&c, 9, 0, 40, ROLE_BAD, "last 日本");
	drain(&t, NULL);
	assert_int_equal(screen_show(t.screen, &c), 0);
	bytes = screen_bytes(t.screen);
	assert_int_equal(drain(&t, &first), bytes);
	assert_non_null(strstr(first.data, "first line"));
	assert_non_null(strstr(first.data, "last 日本"));
	/* The same again costs nothing. */
	assert_int_equal(screen_show(t.screen, &c), 0);
	assert_int_equal(screen_bytes(t.screen), bytes);
	assert_int_equal(screen_frames(t.screen), 1);
	canvas_text(&c, 0, 6, 4, ROLE_TEXT, "word");
	assert_int_equal(screen_show(t.screen, &c), 0);
	assert_int_equal(drain(&t, &second), screen_bytes(t.screen) - bytes);
	assert_non_null(strstr(second.data, "word"));
	assert_null(strstr(second.data, "first"));
	assert_true(second.len < 60);
	/* Unless nobody knows what is there. */
	screen_forget(t.screen);
	str_clear(&second);
	assert_int_equal(screen_show(t.screen, &c), 0);
	drain(&t, &second);
	assert_non_null(strstr(second.data, "first word"));
	canvas_free(&c);
	close_screen(&t);
}

static void keys_of_a_terminal(void **state)
{
	struct tty t;
	struct key key;

	(void)state;
	open_screen(&t, 24, 80);
	assert_int_equal(screen_key(t.screen, &key), 0);
	press(&t, "a\r\t \x03\x0c\x7f");
	assert_key(&t, 'a');
	assert_key(&t, KEYCODE_ENTER);
	assert_key(&t, KEYCODE_TAB);
	assert_key(&t, ' ');
	assert_key(&t, 3);
	assert_key(&t, 12);
	assert_key(&t, KEYCODE_BACKSPACE);
	press(&t, "é日");
	assert_key(&t, 0xE9);
	assert_key(&t, 0x65E5);
	press(&t,
	      "\033OA\033OD\033[1;2D\033[1;2A\033[5~\033[6~\033OP\033[15~\033[21~\033[Z\033OH\033[4~\033[3~");
	assert_key(&t, KEYCODE_UP);
	assert_key(&t, KEYCODE_LEFT);
	assert_key(&t, KEYCODE_SHIFT_LEFT);
	assert_key(&t, KEYCODE_SHIFT_UP);
	assert_key(&t, KEYCODE_PAGE_UP);
	assert_key(&t, KEYCODE_PAGE_DOWN);
	assert_key(&t, KEYCODE_F1);
	assert_key(&t, KEYCODE_F1 + 4);
	assert_key(&t, KEYCODE_F1 + 9);
	assert_key(&t, KEYCODE_SHIFT_TAB);
	assert_key(&t, KEYCODE_HOME);
	assert_key(&t, KEYCODE_END);
	assert_key(&t, KEYCODE_DELETE);
	/* Alone it is a key; with Alt, or in front of what nobody knows, all of it is nothing. */
	press(&t, "\033");
	assert_key(&t, KEYCODE_ESCAPE);
	press(&t, "\033xb\033[999;5u\033[200~c");
	assert_key(&t, 'b');
	assert_key(&t, 'c');
	assert_int_equal(screen_key(t.screen, &key), 0);
	close_screen(&t);
}

static void the_mouse(void **state)
{
	struct tty t;
	struct key key;

	(void)state;
	open_screen(&t, 24, 80);
	press(&t, "\033[<0;11;6M\033[<0;11;6m");
	assert_int_equal(screen_key(t.screen, &key), 1);
	assert_int_equal(key.code, KEYCODE_MOUSE_PRESS);
	assert_int_equal(key.y, 5);
	assert_int_equal(key.x, 10);
	press(&t, "\033[<0;11;6M\033[<0;11;6m\033[<64;1;1M\033[<65;1;1M");
	assert_key(&t, KEYCODE_MOUSE_DOUBLE);
	assert_key(&t, KEYCODE_WHEEL_UP);
	assert_key(&t, KEYCODE_WHEEL_DOWN);
	assert_int_equal(screen_key(t.screen, &key), 0);
	close_screen(&t);
}

static void the_terminal_is_lent_and_taken_back(void **state)
{
	struct tty t;
	struct canvas c = make_canvas(5, 20, GLYPH_BRAILLE);
	struct termios now;
	_cleanup_str_ struct str out = {0};

	(void)state;
	open_screen(&t, 5, 20);
	canvas_text(&c, 0, 0, 20, ROLE_TEXT, "still there");
	assert_int_equal(screen_show(t.screen, &c), 0);
	assert_int_equal(tcgetattr(t.slave, &now), 0);
	assert_false(now.c_lflag & (ICANON | ECHO | ISIG));
	drain(&t, NULL);
	screen_suspend(t.screen);
	screen_suspend(t.screen);
	assert_int_equal(tcgetattr(t.slave, &now), 0);
	assert_int_equal(now.c_lflag, t.before.c_lflag);
	drain(&t, &out);
	assert_non_null(strstr(out.data ? out.data : "", "\033[?1049l"));
	assert_int_equal(screen_show(t.screen, &c), 0); /* not ours now */
	assert_int_equal(drain(&t, NULL), 0);
	set_size(&t, 6, 30);
	screen_resume(t.screen);
	assert_int_equal(tcgetattr(t.slave, &now), 0);
	assert_false(now.c_lflag & (ICANON | ECHO | ISIG));
	str_clear(&out);
	assert_int_equal(canvas_resize(&c, 6, 30), 0);
	canvas_text(&c, 5, 10, 20, ROLE_TEXT, "and larger");
	assert_int_equal(screen_show(t.screen, &c), 0);
	drain(&t, &out);
	assert_non_null(strstr(out.data, "\033[?1049h"));
	assert_non_null(strstr(out.data, "and larger"));
	canvas_free(&c);
	close_screen(&t);
}

static void a_thousand_resizes(void **state)
{
	struct tty t;
	struct canvas c = make_canvas(1, 1, GLYPH_BRAILLE);
	struct key key;

	(void)state;
	open_screen(&t, 24, 80);
	for (int i = 0; i < 1000; i++) {
		/* A frame must fit the pseudo-terminal's buffer (8 KiB): nobody reads while it is written. */
		int want_rows = 1 + i * 7 % 30;
		int want_cols = 1 + i * 31 % 100;
		int rows, cols;

		set_size(&t, want_rows, want_cols);
		screen_resize(t.screen);
		screen_size(t.screen, &rows, &cols);
		assert_int_equal(rows, want_rows);
		assert_int_equal(cols, want_cols);
		/* Drawn for the old size once, as when it changes in between. */
		assert_int_equal(screen_show(t.screen, &c), 0);
		drain(&t, NULL);
		assert_int_equal(canvas_resize(&c, rows, cols), 0);
		canvas_fill(&c, canvas_rect(&c), (enum role)(i % ROLE__COUNT), '0' + (uint32_t)(i % 10));
		canvas_text(&c, rows - 1, cols - 3, 4, ROLE_BAD, "日本");
		assert_int_equal(screen_show(t.screen, &c), 0);
		drain(&t, NULL);
		assert_int_equal(screen_key(t.screen, &key), 0);
	}
	assert_false(screen_resize(t.screen));
	canvas_free(&c);
	close_screen(&t);
}

static void looks_change_while_it_runs(void **state)
{
	struct tty t;
	struct canvas c = make_canvas(5, 20, GLYPH_BRAILLE);
	struct screen_look other = look;
	_cleanup_str_ struct str out = {0};

	(void)state;
	open_screen(&t, 5, 20);
	canvas_text(&c, 0, 0, 20, ROLE_BAD, "bad");
	assert_int_equal(screen_show(t.screen, &c), 0);
	drain(&t, &out);
	assert_non_null(strstr(out.data, "38;5;203m"));
	str_clear(&out);
	other.theme = THEME_COLOUR_BLIND;
	other.mouse = false;
	other.glyphs = GLYPHS_ASCII;
	screen_set_look(t.screen, &other);
	assert_int_equal(screen_glyphs(t.screen), GLYPH_ASCII);
	assert_int_equal(screen_show(t.screen, &c), 0);
	drain(&t, &out);
	assert_non_null(strstr(out.data, "38;5;202m"));
	assert_non_null(strstr(out.data, "\033[?1006;1000l"));
	canvas_free(&c);
	close_screen(&t);
}

static void what_cannot_be_opened_says_why(void **state)
{
	struct tty t;
	struct error err = {0};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)state;
	assert_int_equal(screen_open(&t.screen, null, null, &look, &err), -ENOTTY);
	assert_true(*err.remedy);
	close(null);
	open_tty(&t, 10, 10);
	setenv("TERM", "no-such-terminal-here", 1);
	assert_int_equal(screen_open(&t.screen, t.slave, t.slave, &look, &err), -EINVAL);
	assert_string_equal(err.cause, "the terminal 'no-such-terminal-here' is not known");
	assert_non_null(strstr(err.remedy, "TERM"));
	setenv("TERM", "xterm-256color", 1);
	close(t.slave);
	close(t.master);
}

static void a_terminal_that_went_away(void **state)
{
	struct tty t;
	struct canvas c = make_canvas(5, 20, GLYPH_BRAILLE);
	struct key key;

	(void)state;
	open_screen(&t, 5, 20);
	close(t.master);
	canvas_text(&c, 0, 0, 20, ROLE_TEXT, "nobody sees it");
	assert_int_equal(screen_show(t.screen, &c), -EIO);
	assert_int_equal(screen_key(t.screen, &key), 0);
	screen_close(t.screen);
	close(t.slave);
	canvas_free(&c);
}

static void fill_with(const struct tty *t, struct canvas *c, const char *word)
{
	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < c->cols; x += 4)
			canvas_text(c, y, x, 4, ROLE_TEXT, word);
	screen_forget(t->screen);
	assert_int_equal(screen_show(t->screen, c), 0);
}

static void stall(const struct tty *t, struct canvas *c)
{
	for (unsigned frame = 0; !screen_pending(t->screen); frame++) {
		assert_true(frame < 1000);
		fill_with(t, c, "word");
	}
}

/* The terminal takes nothing: whatever can be read at the descriptor is heard; later the frame goes on. */
static void a_terminal_that_stalls(void **state)
{
	struct tty t;
	struct canvas c = make_canvas(100, 400, GLYPH_BRAILLE);
	_cleanup_str_ struct str out = {0};
	int wake[2];

	(void)state;
	assert_int_equal(pipe2(wake, O_CLOEXEC), 0);
	assert_int_equal(write(wake[1], "x", 1), 1);
	open_screen(&t, 100, 400);
	screen_set_wake(t.screen, wake[0]);
	stall(&t, &c);
	assert_int_equal(screen_show(t.screen, &c), 0); /* it still takes nothing */
	assert_true(screen_pending(t.screen));
	canvas_clear(&c);
	canvas_text(&c, 50, 0, 40, ROLE_TEXT, "the end");
	for (unsigned i = 0; screen_pending(t.screen); i++) {
		struct pollfd more = {.fd = t.master, .events = POLLIN};

		assert_true(i < 100000);
		poll(&more, 1, 100);
		drain(&t, &out);
		assert_int_equal(screen_show(t.screen, &c), 0);
	}
	poll(&(struct pollfd){.fd = t.master, .events = POLLIN}, 1, 100);
	drain(&t, &out);
	assert_non_null(strstr(out.data, "the end"));
	/* And closing doesn't wait for it either. */
	stall(&t, &c);
	screen_close(t.screen);
	close(t.slave);
	close(t.master);
	close(wake[0]);
	close(wake[1]);
	canvas_free(&c);
}

static void a_crash_restores_the_terminal(void **state)
{
	struct tty t;
	struct termios after;
	_cleanup_str_ struct str out = {0};
	int status;
	pid_t pid;

	(void)state;
	open_tty(&t, 5, 20);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGABRT, SIG_DFL);
		if (screen_open(&t.screen, t.slave, t.slave, &look, NULL) < 0)
			_exit(1);
		raise(SIGABRT);
		_exit(2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_int_equal(tcgetattr(t.slave, &after), 0);
	assert_int_equal(after.c_lflag, t.before.c_lflag);
	drain(&t, &out);
	assert_non_null(strstr(out.data ? out.data : "", "\033[?1049l"));
	assert_non_null(strstr(out.data ? out.data : "", "\033[?1000l"));
	close(t.slave);
	close(t.master);
}

static void glyphs_by_what_the_terminal_can(void **state)
{
	(void)state;
	assert_int_equal(screen_glyph_level(GLYPHS_AUTO, "UTF-8", "xterm"), GLYPH_BRAILLE);
	assert_int_equal(screen_glyph_level(GLYPHS_AUTO, "UTF-8", "linux"), GLYPH_ASCII);
	assert_int_equal(screen_glyph_level(GLYPHS_BLOCKS, "UTF-8", "linux"), GLYPH_BLOCKS);
	assert_int_equal(screen_glyph_level(GLYPHS_AUTO, "UTF-8", NULL), GLYPH_BRAILLE);
	assert_int_equal(screen_glyph_level(GLYPHS_ASCII, "UTF-8", "xterm"), GLYPH_ASCII);
	assert_int_equal(screen_glyph_level(GLYPHS_BRAILLE, "ANSI_X3.4-1968", "xterm"), GLYPH_ASCII);
	assert_int_equal(screen_glyph_level(GLYPHS_AUTO, "ISO-8859-1", "xterm"), GLYPH_ASCII);
}

static int set_up(void **state)
{
	setenv("TERM", "xterm-256color", 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	return utf8_locale(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_changed_is_sent),
		cmocka_unit_test(keys_of_a_terminal),
		cmocka_unit_test(the_mouse),
		cmocka_unit_test(the_terminal_is_lent_and_taken_back),
		cmocka_unit_test(a_thousand_resizes),
		cmocka_unit_test(looks_change_while_it_runs),
		cmocka_unit_test(what_cannot_be_opened_says_why),
		cmocka_unit_test(a_terminal_that_went_away),
		cmocka_unit_test(a_terminal_that_stalls),
		cmocka_unit_test(a_crash_restores_the_terminal),
		cmocka_unit_test(glyphs_by_what_the_terminal_can),
	};

	return cmocka_run_group_tests_name("tui.screen", tests, set_up, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"
#include "output.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void assert_painted(const char *text, size_t rows, const char *expected)
{
	_cleanup_str_ struct str in = {0};
	_cleanup_str_ struct str out = {0};

	str_add(&in, text);
	output_in_place(&out, &in, rows);
	assert_string_equal(out.data, expected);
}

static void in_place(void **state)
{
	(void)state;
	assert_painted("a\nb\n", 24, "\033[Ha\033[K\nb\033[K\n\033[J");
	assert_painted("a\nb\n", 0, "\033[Ha\033[K\nb\033[K\n\033[J");
	assert_painted("", 24, "\033[H\033[J");
}

/* The cursor stays on the last row, so that the top line is never scrolled away. */
static void cut_to_the_terminal(void **state)
{
	(void)state;
	assert_painted("a\nb\nc\n", 4, "\033[Ha\033[K\nb\033[K\nc\033[K\n\033[J");
	assert_painted("a\nb\nc\n", 3,
		       "\033[Ha\033[K\n... and 2 more lines: this terminal is too low for them\033[K\033[J");
	assert_painted("a\nb\nc\n", 1,
		       "\033[Ha\033[K\nb\033[K\nc\033[K\n\033[J"); /* no room even to say so */
}

/* Runs output_write with stdout replaced by fd. */
static int write_to(int fd, const struct str *text)
{
	int saved = dup(STDOUT_FILENO);
	int r;

	assert_true(saved >= 0);
	assert_true(dup2(fd, STDOUT_FILENO) >= 0);
	r = output_write(text);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	return r;
}

static void writes(void **state)
{
	struct str text = {.data = (char[]){"hello"}, .len = 5};
	char buf[16] = "";
	int fds[2];

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(write_to(fds[1], &text), 0);
	assert_int_equal(read(fds[0], buf, sizeof(buf)), 5);
	assert_string_equal(buf, "hello");
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(write_to(fds[1], &text), -EPIPE);
	close(fds[1]);
	assert_int_equal(output_write(&(struct str){.failed = true}), -ENOMEM);
}

static void full_disk(void **state)
{
	struct str text = {.data = (char[]){"hello"}, .len = 5};
	_cleanup_close_ int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(full >= 0);
	assert_int_equal(write_to(full, &text), -ENOSPC);
}

static void no_terminal(void **state)
{
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int saved = dup(STDOUT_FILENO);
	struct output_size size;
	bool terminal;
	bool colour;

	(void)state;
	setenv("TERM", "xterm", 1);
	dup2(null, STDOUT_FILENO);
	terminal = output_is_terminal();
	colour = output_has_colour();
	size = output_size();
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_false(terminal);
	assert_false(colour);
	assert_int_equal(size.columns, 0);
	assert_int_equal(size.rows, 0);
}

static void messages(void **state)
{
	_cleanup_str_ struct str out = {0};
	struct error err;

	(void)state;
	error_set(&err, -ENOENT, "make one", "no '%s'", "x\033[2J\ny");
	message_format(&out, &err);
	assert_string_equal(out.data, "plimsoll: no 'x\xef\xbf\xbd[2J\xef\xbf\xbdy'\n  make one\n");
	str_clear(&out);
	error_set(&err, -ENOENT, "", "gone");
	message_format(&out, &err);
	assert_string_equal(out.data, "plimsoll: gone\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_place),    cmocka_unit_test(cut_to_the_terminal),
		cmocka_unit_test(writes),      cmocka_unit_test(full_disk),
		cmocka_unit_test(no_terminal), cmocka_unit_test(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

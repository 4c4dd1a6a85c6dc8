/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program by its path: what goes in and comes out, and how it says that it failed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* A script of sh(1)'s in the program's place. */
static int run(const char *script, struct slice in, int *out, struct error *err)
{
	char name[] = "sh";
	char option[] = "-c";
	char text[256];
	char *argv[] = {name, option, text, NULL};

	assert_true(strlen(script) < sizeof(text));
	snprintf(text, sizeof(text), "%s", script);
	return program_run("/bin/sh", argv, "tests", in, out, err);
}

static void what_goes_in_comes_out(void **state)
{
	static char much[100000];
	static char back[sizeof(much) + 1];
	_cleanup_close_ int out = -1;
	struct error err = {0};

	(void)state;
	memset(much, 'x', sizeof(much));
	assert_int_equal(run("cat; echo not this >&2", (struct slice){much, sizeof(much)}, &out, &err), 0);
	assert_true(out > 2);
	assert_int_not_equal(fcntl(out, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(fs_pread(out, back, sizeof(back)), sizeof(much));
	assert_memory_equal(back, much, sizeof(much));
}

static void nothing_goes_in(void **state)
{
	_cleanup_close_ int out = -1;
	struct error err = {0};
	char back[8];

	(void)state;
	assert_int_equal(run("wc -c", (struct slice){0}, &out, &err), 0);
	assert_int_equal(fs_pread(out, back, sizeof(back)), 2);
	assert_memory_equal(back, "0\n", 2);
}

static void its_words_are_the_error(void **state)
{
	struct error err = {0};
	int out = -1;

	(void)state;
	assert_int_equal(
		run("printf 'the cause\\nthe remedy\\nmore' >&2; exit 1", (struct slice){0}, &out, &err),
		-EINVAL);
	assert_string_equal(err.cause, "the cause");
	assert_string_equal(err.remedy, "the remedy");
	assert_int_equal(run("printf 'the cause' >&2; exit 2", (struct slice){0}, &out, &err), -EINVAL);
	assert_string_equal(err.cause, "the cause");
	assert_string_equal(err.remedy, "");
	assert_int_equal(out, -1);
}

static void one_without_words_is_named(void **state)
{
	struct error err = {0};
	char *argv[] = {NULL};
	int out = -1;

	(void)state;
	assert_int_equal(run("exit 3", (struct slice){0}, &out, &err), -EIO);
	assert_string_equal(err.cause, "the program that tests ended with status 3");
	/* what it said before it was killed is no reason */
	assert_int_equal(run("echo working >&2; kill -9 $$", (struct slice){0}, &out, &err), -EIO);
	assert_string_equal(err.cause, "the program that tests ended with signal 9");
	assert_int_equal(program_run("/nonexistent/program", argv, "tests", (struct slice){0}, &out, &err),
			 -ENOENT);
	assert_non_null(strstr(err.cause, "/nonexistent/program"));
	assert_int_equal(out, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out),
		cmocka_unit_test(nothing_goes_in),
		cmocka_unit_test(its_words_are_the_error),
		cmocka_unit_test(one_without_words_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

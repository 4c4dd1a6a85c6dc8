/* SPDX-License-Identifier: Apache-2.0 */
/* docker run's whole list of flags: each is taken, or refused by its name with a reason; none is ignored or
 * unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "front/run_options.h"
#include "front/run_refused.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const struct option_spec *find(const char *name)
{
	for (size_t g = 0; g < RUN_GROUPS_COUNT; g++)
		for (size_t i = 0; i < run_groups[g].n_rows; i++)
			if (strcmp(run_groups[g].rows[i].name, name) == 0)
				return &run_groups[g].rows[i];
	return NULL;
}

static int parse(char **argv, int argc, struct run_settings *s, struct error *err)
{
	struct text_list operands = {0};
	int r = options_parse(run_groups, RUN_GROUPS_COUNT, argc, argv, true, s, &operands, err);

	text_list_free(&operands);
	return r;
}

static void refused_by_name(const struct option_spec *row)
{
	struct run_settings s = {0};
	struct error err = {0};
	char word[64];
	char *argv[] = {word};
	int written = snprintf(word, sizeof(word), "--%s=x", row->name);

	assert_true(written > 0 && (size_t)written < sizeof(word));
	assert_int_equal(parse(argv, 1, &s, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.cause, row->name));
	assert_non_null(strstr(err.cause, row->help));
	assert_true(strlen(row->help) > 10);
	options_release(run_groups, RUN_GROUPS_COUNT, &s);
	if (!row->letter)
		return;
	snprintf(word, sizeof(word), "-%c", row->letter);
	assert_int_equal(parse(argv, 1, &s, &err), -EOPNOTSUPP);
	options_release(run_groups, RUN_GROUPS_COUNT, &s);
}

static bool same_bytes(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size) == 0;
}

/* A flag that is taken leaves a trace in the settings: it is not swallowed. */
static void taken(const struct option_spec *row)
{
	struct run_settings none;
	struct run_settings s;
	struct error err = {0};
	char word[64];
	char value[] = "none";
	char *argv[] = {word, value};
	bool plain = row->type == OPTION_FLAG;
	int r;

	/* the padding too: they are compared byte by byte */
	memset(&none, 0, sizeof(none));
	memset(&s, 0, sizeof(s));
	snprintf(word, sizeof(word), "--%s%s", row->name, plain && row->fallback ? "=no" : "");
	assert_int_equal(parse(argv, 0, &none, &err), OPTIONS_OK);
	r = parse(argv, plain ? 1 : 2, &s, &err);
	if (r != OPTIONS_OK)
		fail_msg("--%s: %s", row->name, err.cause);
	if (same_bytes(&none, &s, sizeof(s)))
		fail_msg("--%s changes nothing", row->name);
	options_release(run_groups, RUN_GROUPS_COUNT, &none);
	options_release(run_groups, RUN_GROUPS_COUNT, &s);
}

static void whole_list(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t n_taken = 0;
	size_t n_refused = 0;
	struct slice rest;
	struct slice line;
	size_t len;

	(void)state;
	assert_int_equal(fs_read_file(AT_FDCWD, FIXTURES "/docker-run-flags.txt", 65536, &text, &len), 0);
	rest = (struct slice){text, len};
	while (next_line(&rest, &line)) {
		const struct option_spec *row;
		char name[64];

		assert_true(line.len > 0 && line.len < sizeof(name));
		memcpy(name, line.at, line.len);
		name[line.len] = '\0';
		if (strcmp(name, "help") == 0)
			continue; /* every command has it */
		row = find(name);
		if (!row) {
			fail_msg("--%s is neither taken nor refused", name);
		} else if (row->type == OPTION_REFUSED) {
			refused_by_name(row);
			n_refused++;
		} else {
			taken(row);
			n_taken++;
		}
	}
	assert_int_equal(n_refused, RUN_REFUSED_COUNT); /* nothing that Docker doesn't have is refused */
	assert_int_equal(n_taken + n_refused, 106);
}

/* docker run's letters mean what they mean there. */
static void letters(void **state)
{
	static const struct {
		char letter;
		const char *name;
	} rows[] = {
		{'a', "attach"},      {'c', "cpu-shares"},  {'d', "detach"},  {'e', "env"},
		{'h', "hostname"},    {'i', "interactive"}, {'l', "label"},   {'m', "memory"},
		{'P', "publish-all"}, {'p', "publish"},	    {'q', "quiet"},   {'t', "tty"},
		{'u', "user"},	      {'v', "volume"},	    {'w', "workdir"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct option_spec *row = find(rows[i].name);

		assert_non_null(row);
		assert_int_equal(row->letter, rows[i].letter);
	}
}

static void the_command_ends_options(void **state)
{
	struct run_settings s = {0};
	struct text_list operands = {0};
	struct error err = {0};
	char words[][16] = {"-it", "--rootfs", "/", "sh", "-c", "--rm"};
	char *argv[] = {words[0], words[1], words[2], words[3], words[4], words[5]};

	(void)state;
	assert_int_equal(options_parse(run_groups, RUN_GROUPS_COUNT, 6, argv, true, &s, &operands, &err),
			 OPTIONS_OK);
	assert_true(s.interactive && s.tty && s.sig_proxy);
	assert_false(s.rm);
	assert_int_equal(operands.n, 3);
	assert_string_equal(operands.items[2], "--rm");
	text_list_free(&operands);
	options_release(run_groups, RUN_GROUPS_COUNT, &s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_list),
		cmocka_unit_test(letters),
		cmocka_unit_test(the_command_ends_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

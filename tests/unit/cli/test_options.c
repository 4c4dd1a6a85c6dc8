/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "option_value.h"
#include "options.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct inner {
	bool cpu;
	bool numa;
};

struct settings {
	bool all;
	bool stream;
	const char *sort;
	struct text_list filters;
	struct text_list listen;
	unsigned format;
	uint32_t classes;
	uint64_t count;
	uint64_t interval;
	uint64_t size;
	struct inner inner;
};

static const char *const formats[] = {"table", "json", "csv", NULL};
static const char *const classes[] = {"host", "container", "service", NULL};

#define AT(field) .offset = offsetof(struct settings, field)

static const struct option_spec rows[] = {
	{.name = "all", .letter = 'a', .type = OPTION_FLAG, AT(all), .help = "all"},
	{.name = "stream", .type = OPTION_FLAG, AT(stream), .fallback = "yes", .help = "once"},
	{.name = "sort",
	 .letter = 's',
	 .type = OPTION_TEXT,
	 AT(sort),
	 .value = "COLUMN",
	 .fallback = "cpu",
	 .help = "sort"},
	{.name = "filter",
	 .letter = 'f',
	 .type = OPTION_LIST,
	 AT(filters),
	 .value = "FILTER",
	 .help = "filter"},
	{.name = "web.listen-address",
	 .type = OPTION_LIST,
	 AT(listen),
	 .value = "ADDRESS",
	 .fallback = ":1",
	 .help = "x"},
	{.name = "format",
	 .type = OPTION_CHOICE,
	 AT(format),
	 .value = "FORMAT",
	 .choices = formats,
	 .fallback = "table",
	 .help = "format"},
	{.name = "classes",
	 .type = OPTION_SET,
	 AT(classes),
	 .value = "CLASSES",
	 .choices = classes,
	 .help = "classes"},
	{.name = "count",
	 .type = OPTION_NUMBER,
	 AT(count),
	 .value = "N",
	 .min = 1,
	 .max = 40,
	 .fallback = "7",
	 .help = "n"},
	{.name = "interval",
	 .type = OPTION_DURATION,
	 AT(interval),
	 .value = "DURATION",
	 .min = 100 * NSEC_PER_MSEC,
	 .fallback = "1s",
	 .help = "interval"},
	{.name = "size", .type = OPTION_SIZE, AT(size), .value = "SIZE", .help = "size"},
};

static const struct option_spec inner_rows[] = {
	{.name = "collector.cpu",
	 .type = OPTION_SWITCH,
	 .offset = offsetof(struct inner, cpu),
	 .fallback = "on",
	 .help = "c"},
	{.name = "collector.numa",
	 .type = OPTION_SWITCH,
	 .offset = offsetof(struct inner, numa),
	 .fallback = "off",
	 .help = "n"},
};

static const struct option_group groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
	{"collectors", inner_rows, ARRAY_SIZE(inner_rows), offsetof(struct settings, inner)},
};

struct parsed {
	struct settings s;
	struct text_list operands;
	struct error err;
	int r;
};

/* The words of a line, separated by single spaces; a '^' stands for an empty word. */
static struct parsed parse(const char *line)
{
	static char text[4096];
	char *argv[64];
	int argc = 0;
	struct parsed p = {0};

	assert_true(strlen(line) < sizeof(text));
	memcpy(text, line, strlen(line) + 1);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) {
		if (strcmp(word, "^") == 0)
			*word = '\0';
		argv[argc++] = word;
	}
	p.r = options_parse(groups, ARRAY_SIZE(groups), argc, argv, false, &p.s, &p.operands, &p.err);
	return p;
}

static void release(struct parsed *p)
{
	options_release(groups, ARRAY_SIZE(groups), &p->s);
	text_list_free(&p->operands);
}

static void assert_refused(const char *line, const char *cause, const char *remedy)
{
	struct parsed p = parse(line);

	assert_int_equal(p.r, -EINVAL);
	assert_int_equal(p.err.code, -EINVAL);
	assert_string_equal(p.err.cause, cause);
	assert_string_equal(p.err.remedy, remedy);
	release(&p);
}

static void fallbacks(void **state)
{
	struct parsed p = parse("");

	(void)state;
	assert_int_equal(p.r, OPTIONS_OK);
	assert_false(p.s.all);
	assert_true(p.s.stream);
	assert_string_equal(p.s.sort, "cpu");
	assert_int_equal(p.s.filters.n, 0);
	assert_int_equal(p.s.listen.n, 1);
	assert_string_equal(p.s.listen.items[0], ":1");
	assert_int_equal(p.s.format, 0);
	assert_int_equal(p.s.classes, 0);
	assert_int_equal(p.s.count, 7);
	assert_int_equal(p.s.interval, NSEC_PER_SEC);
	assert_int_equal(p.s.size, 0);
	assert_true(p.s.inner.cpu);
	assert_false(p.s.inner.numa);
	assert_int_equal(p.operands.n, 0);
	release(&p);
}

static void long_options(void **state)
{
	struct parsed p = parse(
		"--all --no-stream --sort -mem --filter=name=web one --filter !x --web.listen-address :2 "
		"--web.listen-address=:3 --format json --classes host,service --count 40 --interval=1m30s "
		"--size 64m --no-collector.cpu --collector.numa two");

	(void)state;
	assert_int_equal(p.r, OPTIONS_OK);
	assert_true(p.s.all);
	assert_false(p.s.stream);
	assert_string_equal(p.s.sort, "-mem");
	assert_int_equal(p.s.filters.n, 2);
	assert_string_equal(p.s.filters.items[0], "name=web");
	assert_string_equal(p.s.filters.items[1], "!x");
	assert_int_equal(p.s.listen.n, 2);
	assert_string_equal(p.s.listen.items[0], ":2");
	assert_string_equal(p.s.listen.items[1], ":3");
	assert_int_equal(p.s.format, 1);
	assert_int_equal(p.s.classes, 5);
	assert_int_equal(p.s.count, 40);
	assert_int_equal(p.s.interval, 90 * NSEC_PER_SEC);
	assert_int_equal(p.s.size, 64 << 20);
	assert_false(p.s.inner.cpu);
	assert_true(p.s.inner.numa);
	assert_int_equal(p.operands.n, 2);
	assert_string_equal(p.operands.items[0], "one");
	assert_string_equal(p.operands.items[1], "two");
	release(&p);
}

static void short_options(void **state)
{
	struct parsed p = parse("-afname=x -s mem -a -f y");

	(void)state;
	assert_int_equal(p.r, OPTIONS_OK);
	assert_true(p.s.all);
	assert_string_equal(p.s.sort, "mem");
	assert_int_equal(p.s.filters.n, 2);
	assert_string_equal(p.s.filters.items[0], "name=x");
	assert_string_equal(p.s.filters.items[1], "y");
	release(&p);
}

static void flags_with_values(void **state)
{
	struct parsed p = parse("--all=yes --stream=no --collector.cpu=false --all=off");

	(void)state;
	assert_int_equal(p.r, OPTIONS_OK);
	assert_false(p.s.all);
	assert_false(p.s.stream);
	assert_false(p.s.inner.cpu);
	release(&p);
}

static void end_of_options(void **state)
{
	struct parsed p = parse("-a -- --all -x - --");

	(void)state;
	assert_int_equal(p.r, OPTIONS_OK);
	assert_int_equal(p.operands.n, 4);
	assert_string_equal(p.operands.items[0], "--all");
	assert_string_equal(p.operands.items[3], "--");
	release(&p);
	p = parse("- ^");
	assert_int_equal(p.r, OPTIONS_OK);
	assert_int_equal(p.operands.n, 2);
	assert_string_equal(p.operands.items[1], "");
	release(&p);
}

static void last_one_wins(void **state)
{
	struct parsed p =
		parse("--count 2 --count 3 --stream --no-stream --classes host --classes container");

	(void)state;
	assert_int_equal(p.r, OPTIONS_OK);
	assert_int_equal(p.s.count, 3);
	assert_false(p.s.stream);
	assert_int_equal(p.s.classes, 2);
	release(&p);
}

static void help_and_version(void **state)
{
	static const struct {
		const char *line;
		int outcome;
	} cases[] = {{"--help", OPTIONS_HELP},	      {"-h", OPTIONS_HELP},
		     {"-ah x", OPTIONS_HELP},	      {"--version", OPTIONS_VERSION},
		     {"-h --nonsense", OPTIONS_HELP}, {"-- --help", OPTIONS_OK}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct parsed p = parse(cases[i].line);

		assert_int_equal(p.r, cases[i].outcome);
		release(&p);
	}
}

static void unknown_options(void **state)
{
	(void)state;
	assert_refused("--intervl 2s", "unknown option '--intervl': did you mean '--interval'?", "");
	assert_refused("--no-collector.cpus",
		       "unknown option '--no-collector.cpus': did you mean '--no-collector.cpu'?", "");
	assert_refused("--no-sort", "unknown option '--no-sort'", "'--help' lists the options");
	assert_refused("--verion", "unknown option '--verion': did you mean '--version'?", "");
	assert_refused("--xyzzy=1", "unknown option '--xyzzy'", "'--help' lists the options");
	assert_refused("--help=1", "unknown option '--help': did you mean '--help'?", "");
	assert_refused("-z", "unknown option '-z'", "'--help' lists the options");
	assert_refused("-az", "unknown option '-z'", "'--help' lists the options");
	assert_refused("--no-all=yes", "unknown option '--no-all': did you mean '--no-all'?", "");
}

static void missing_values(void **state)
{
	(void)state;
	assert_refused("--sort", "'--sort' needs a value: --sort COLUMN", "");
	assert_refused("-a -f", "'--filter' needs a value: --filter FILTER", "");
	assert_refused("--sort=", "'--sort' cannot be ''", "it takes COLUMN");
	assert_refused("--filter ^", "'--filter' cannot be ''", "it takes FILTER");
}

static void wrong_values(void **state)
{
	(void)state;
	assert_refused("--format jsn", "'--format' cannot be 'jsn'",
		       "did you mean 'json'? It takes table, json or csv");
	assert_refused("--format=^x", "'--format' cannot be '^x'", "it takes table, json or csv");
	assert_refused("--classes host,hosts", "'--classes' cannot be 'host,hosts'",
		       "it takes any of host, container or service, separated by commas");
	assert_refused("--classes ,", "'--classes' cannot be ','",
		       "it takes any of host, container or service, separated by commas");
	assert_refused("--count 0", "'--count' cannot be '0'",
		       "it takes a whole number, at least 1 and at most 40");
	assert_refused("--count 41", "'--count' cannot be '41'",
		       "it takes a whole number, at least 1 and at most 40");
	assert_refused("--count -1", "'--count' cannot be '-1'",
		       "it takes a whole number, at least 1 and at most 40");
	assert_refused("--count 99999999999999999999", "'--count' cannot be '99999999999999999999'",
		       "it takes a whole number, at least 1 and at most 40");
	assert_refused("--interval 10", "'--interval' cannot be '10'",
		       "it takes a duration such as 500ms, 1s or 1m30s, at least 100ms");
	assert_refused("--interval 99ms", "'--interval' cannot be '99ms'",
		       "it takes a duration such as 500ms, 1s or 1m30s, at least 100ms");
	assert_refused("--size 1x", "'--size' cannot be '1x'", "it takes a size such as 512k, 64m or 1g");
	assert_refused("--all=maybe", "'--all' cannot be 'maybe'", "it takes yes or no");
}

/* What was read before the mistake is not leaked, and a list that failed keeps its items. */
static void lists_survive_mistakes(void **state)
{
	struct parsed p = parse("-f a -f b --count x");

	(void)state;
	assert_int_equal(p.r, -EINVAL);
	assert_int_equal(p.s.filters.n, 2);
	release(&p);
	assert_int_equal(p.s.filters.n, 0);
	assert_null(p.s.filters.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fallbacks),
		cmocka_unit_test(long_options),
		cmocka_unit_test(short_options),
		cmocka_unit_test(flags_with_values),
		cmocka_unit_test(end_of_options),
		cmocka_unit_test(last_one_wins),
		cmocka_unit_test(help_and_version),
		cmocka_unit_test(unknown_options),
		cmocka_unit_test(missing_values),
		cmocka_unit_test(wrong_values),
		cmocka_unit_test(lists_survive_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

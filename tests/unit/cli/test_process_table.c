/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of /proc/PID/stat, and the processes of a cgroup in a procfs that is a folder. */
#include "cgroup/layout_fixture.h"
#include "process_table.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

/* Fields 4 to 24 as a sleeping process may have them: parent 7, 150 + 50 ticks, 3 threads, 10 pages. */
#define FIELDS "7 42 42 0 -1 4194560 120 0 0 0 150 50 0 0 20 0 3 0 98765 2322432 10"
/* and what follows until the 52nd */
#define TAIL " 18446744073709551615 1 1 0 0 0 0 0 0 65536 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static const struct process_table units = {.procfs = -1, .ticks_per_second = 100, .page_size = 4096};

static bool parse(const char *text, struct process *p, struct slice *name)
{
	return process_parse_stat(slice_of(text), &units, p, name);
}

static void assert_name(const char *in_brackets, const char *expected)
{
	_cleanup_str_ struct str line = {0};
	struct process p = {.pid = 42, .uid = 5};
	struct slice name = {0};

	str_printf(&line, "42 %s S " FIELDS TAIL, in_brackets);
	if (!parse(line.data, &p, &name))
		fail_msg("not taken: %s", line.data);
	assert_true(slice_is(name, expected));
	assert_int_equal(p.state, 'S');
	assert_int_equal(p.parent, 7);
	assert_int_equal(p.threads, 3);
	assert_int_equal(p.cpu_ns, 2000000000);
	assert_int_equal(p.start_ticks, 98765);
	assert_int_equal(p.memory_bytes, 40960);
	/* what a line does not have stays */
	assert_int_equal(p.pid, 42);
	assert_int_equal(p.uid, 5);
}

static void names(void **state)
{
	(void)state;
	assert_name("(sh)", "sh");
	assert_name("()", "");
	assert_name("(a b)", "a b");
	assert_name("())", ")");
	assert_name("(()", "(");
	assert_name("(a) S 1 2 3)", "a) S 1 2 3");
	assert_name("(a) (b)", "a) (b");
	assert_name("(line\nline)", "line\nline");
	assert_name("(\xff\x1b[2J)", "\xff\x1b[2J");
	assert_name("(kworker/u8:3-events_unbound_and_a_long_name)",
		    "kworker/u8:3-events_unbound_and_a_long_name");
}

static void states(void **state)
{
	struct process p = {.cpu_ns = 77}; /* of an earlier look: not added to */
	struct slice name;

	(void)state;
	assert_true(parse("1 (defunct) Z 1 1 1 0 -1 4228108 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0" TAIL, &p, &name));
	assert_int_equal(p.state, 'Z');
	assert_int_equal(p.memory_bytes, 0);
	assert_int_equal(p.cpu_ns, 0);
	/* a kernel thread, exactly as many fields as are looked at, without a newline */
	assert_true(parse("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 9 0 0 20 0 1 0 1 0 0", &p, &name));
	assert_int_equal(p.parent, 0);
	assert_int_equal(p.cpu_ns, 90000000);
}

static void odd_numbers(void **state)
{
	struct process p = {0};
	struct slice name;

	(void)state;
	/* negative, too large, none: 0 */
	assert_true(parse("1 (x) R -1 1 1 0 -1 4 0 0 0 0 -5 99999999999999999999 0 0 20 0 x 0 -1 0 -10", &p,
			  &name));
	assert_int_equal(p.parent, 0);
	assert_int_equal(p.cpu_ns, 0);
	assert_int_equal(p.threads, 0);
	assert_int_equal(p.start_ticks, 0);
	assert_int_equal(p.memory_bytes, 0);
	/* whatever the largest come to, it is no crash */
	assert_true(parse("1 (x) R 18446744073709551615 1 1 0 -1 4 0 0 0 0 18446744073709551615 "
			  "18446744073709551615 0 0 20 0 18446744073709551615 0 18446744073709551615 0 "
			  "18446744073709551615",
			  &p, &name));
	assert_int_equal(p.start_ticks, UINT64_MAX);
}

static void what_is_no_line(void **state)
{
	static const char *const texts[] = {
		"",
		"42",
		"42 (sh",
		"42 sh)",
		"42 )sh(",
		"42 )",
		"42 (",
		"42 (sh)",
		"42 (sh) ",
		"42 (sh) S",
		"42 (sh) S 7",
		"42 (sh) S 7 42 42 0 -1 4194560 120 0 0 0 150 50 0 0 20 0 3 0 98765 2322432", /* one too few
											       */
		"42 (sh) S 7 42 42 0 -1 4194560 120 0 0 0 150 50 0 0 20 0 3 0 98765 2322432 \n",
		"42 (sh) S " FIELDS TAIL ")", /* the name is all of it */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct process p = {.pid = 1, .cpu_ns = 2, .state = '?'};
		struct slice name = slice_of("untouched");

		if (parse(texts[i], &p, &name))
			fail_msg("taken: '%s'", texts[i]);
		assert_true(slice_is(name, "untouched"));
		assert_true(p.cpu_ns == 2 && p.state == '?' && p.threads == 0 && p.parent == 0);
	}
}

/* Cut off anywhere, it is a line or none, and nothing behind its end is looked at. */
static void cut_lines(void **state)
{
	static const char line[] = "42 (a b) S " FIELDS TAIL;
	size_t enough = strlen("42 (a b) S " FIELDS) - 1;

	(void)state;
	for (size_t len = 0; len < sizeof(line); len++) {
		_cleanup_free_ char *exact = malloc(len ? len : 1); /* for the sanitizer */
		struct process p = {0};
		struct slice name;

		assert_non_null(exact);
		memcpy(exact, line, len);
		assert_int_equal(process_parse_stat((struct slice){exact, len}, &units, &p, &name),
				 len >= enough);
	}
	assert_false(process_parse_stat((struct slice){0}, &units, &(struct process){0}, &(struct slice){0}));
}

/* --- a folder of them --- */

struct scene {
	struct fixture f;
	struct process_table table;
	struct arena arena;
	char procfs[128];
};

static void put_file(const struct scene *s, const char *path, const char *text, size_t len)
{
	_cleanup_close_ int fd =
		openat(s->table.procfs, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
}

/* A process: its name, or NULL where there is no stat; and its arguments, NUL and all. */
static void put_process(const struct scene *s, const char *pid, const char *name, const char *cmdline,
			size_t len)
{
	_cleanup_str_ struct str stat = {0};
	char path[32];

	assert_int_equal(mkdirat(s->table.procfs, pid, 0700), 0);
	snprintf(path, sizeof(path), "%s/cmdline", pid);
	if (cmdline)
		put_file(s, path, cmdline, len);
	snprintf(path, sizeof(path), "%s/stat", pid);
	str_printf(&stat, "%s (%s) S " FIELDS TAIL, pid, name ? name : "");
	if (name)
		put_file(s, path, stat.data, stat.len);
}

static void make_group(const struct scene *s, enum controller c, const char *path, const char *procs)
{
	size_t i = (size_t)s->f.layout.home[c];
	char file[64];

	assert_true(mkdirat(s->f.layout.hierarchies[i].fd, path, 0700) == 0 || errno == EEXIST);
	snprintf(file, sizeof(file), "%s/cgroup.procs", path);
	fixture_write(&s->f, i, file, procs);
}

static int open_scene(void **state)
{
	static struct scene s;
	struct error err = {0};

	s = (struct scene){0};
	fixture_open(&s.f, CGROUP_HYBRID);
	snprintf(s.procfs, sizeof(s.procfs), "%s/proc", s.f.folder);
	assert_int_equal(process_table_open(&s.f.layout, s.procfs, &s.table, &err), -ENOENT);
	assert_non_null(strstr(err.cause, s.procfs));
	assert_int_equal(mkdir(s.procfs, 0700), 0);
	assert_int_equal(process_table_open(&s.f.layout, s.procfs, &s.table, &err), 0);
	s.table.ticks_per_second = 100;
	s.table.page_size = 4096;
	*state = &s;
	return 0;
}

static int close_scene(void **state)
{
	struct scene *s = *state;

	arena_free(&s->arena);
	process_table_close(&s->table);
	process_table_close(&s->table);
	fixture_close(&s->f);
	return 0;
}

#define ARGUMENTS(text) text, sizeof(text)

static int read_table(struct scene *s, const char *path, struct process **list, size_t *n, struct error *err)
{
	struct action_target target = {.path = path};

	return process_table_read(&s->table, &target, &s->arena, list, n, err);
}

static void reading(void **state)
{
	struct scene *s = *state;
	struct process *list;
	struct error err = {0};
	size_t n;

	put_process(s, "10", "sh", ARGUMENTS("/bin/sh\0-c\0sleep 1; echo"));
	put_process(s, "11", "a) b", ARGUMENTS("")); /* one empty argument */
	put_process(s, "12", "zombie", "", 0);
	put_process(s, "13", "kthread", NULL, 0);
	put_process(s, "14", NULL, ARGUMENTS("gone"));
	put_process(s, "15", "title", "no end", 6);
	put_process(s, "16", "cleared", "\0\0\0\0", 4);
	/* 17 has ended; 11 is in two hierarchies, 15 in v1's alone, 16 in a cgroup below */
	make_group(s, CONTROLLER_CORE, "x", "10\n11\n12\n13\n14\n17\n0\n");
	make_group(s, CONTROLLER_CORE, "x/y", "16\n");
	make_group(s, CONTROLLER_MEMORY, "x", "11\n15\n");
	assert_int_equal(read_table(s, "/x", &list, &n, &err), 0);
	assert_int_equal(n, 6);
	assert_int_equal(list[0].pid, 10);
	assert_string_equal(list[0].command, "/bin/sh -c sleep 1; echo");
	assert_string_equal(list[1].command, "[a) b]");
	assert_string_equal(list[2].command, "[zombie]");
	assert_string_equal(list[3].command, "[kthread]");
	assert_int_equal(list[4].pid, 15);
	assert_string_equal(list[4].command, "no end");
	assert_int_equal(list[5].pid, 16);
	assert_string_equal(list[5].command, "[cleared]");
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(list[i].uid, getuid());
		assert_int_equal(list[i].parent, 7);
		assert_int_equal(list[i].memory_bytes, 40960);
	}
	assert_int_equal(read_table(s, "/x/y", &list, &n, &err), 0);
	assert_int_equal(n, 1);
}

static void long_ones(void **state)
{
	struct scene *s = *state;
	struct process *list;
	struct error err = {0};
	char text[5000];
	char name[65];
	size_t n;

	memset(text, 'x', sizeof(text));
	memset(name, 'k', sizeof(name));
	name[64] = '\0';
	put_process(s, "10", "long", text, sizeof(text));
	put_process(s, "11", name, "", 0);
	make_group(s, CONTROLLER_CORE, "x", "10\n11\n");
	assert_int_equal(read_table(s, "/x", &list, &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(strlen(list[0].command), 1024);
	assert_int_equal(strlen(list[1].command), 66);
	assert_int_equal(list[1].command[65], ']');
}

static void nobody_there(void **state)
{
	struct scene *s = *state;
	struct process *list = NULL;
	struct error err = {0};
	size_t n = 99;

	assert_int_equal(read_table(s, "/none", &list, &n, &err), -ENOENT);
	assert_non_null(strstr(err.cause, "/none"));
	assert_int_equal(read_table(s, "/", &list, &n, &err), -EINVAL);
	assert_true(!list && n == 99);
	make_group(s, CONTROLLER_CORE, "x", "");
	assert_int_equal(read_table(s, "/x", &list, &n, &err), 0);
	assert_true(list && n == 0);
}

/* This very process, in the real /proc: field numbers and units are the kernel's. */
static void the_real_one(void **state)
{
	struct scene *s = *state;
	struct process_table real;
	struct action_target target = {.path = "/x"};
	struct process *list;
	struct error err = {0};
	char procs[32];
	size_t n;

	if (process_table_open(&s->f.layout, "/proc", &real, &err) < 0)
		fail_msg("%s", err.cause);
	snprintf(procs, sizeof(procs), "%d\n", (int)getpid());
	make_group(s, CONTROLLER_CORE, "x", procs);
	assert_int_equal(process_table_read(&real, &target, &s->arena, &list, &n, &err), 0);
	process_table_close(&real);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].pid, getpid());
	assert_int_equal(list[0].parent, getppid());
	assert_int_equal(list[0].uid, geteuid());
	assert_int_equal(list[0].state, 'R');
	assert_in_range(list[0].threads, 1, 16);
	assert_in_range(list[0].memory_bytes, 100 << 10, UINT64_C(1) << 40);
	assert_true(list[0].start_ticks > 0);
	assert_non_null(strstr(list[0].command, "test_cli_process_table"));
}

#define ON_SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),       cmocka_unit_test(states),
		cmocka_unit_test(odd_numbers), cmocka_unit_test(what_is_no_line),
		cmocka_unit_test(cut_lines),   ON_SCENE(reading),
		ON_SCENE(long_ones),	       ON_SCENE(nobody_there),
		ON_SCENE(the_real_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ended.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "model/heard.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EXITED(code) ((code) << 8)

static struct snapshot *empty(void)
{
	struct metric_set need = {0};
	struct snapshot *s;

	for (enum ended_figure f = 0; f < ENDED_FIGURE__COUNT; f++)
		metric_set_add(&need, ended_figure_metric(f));
	metric_set_close(&need);
	s = snapshot_new(&need, &(struct host){.n_cpus = 1}, NSEC_PER_SEC, NSEC_PER_SEC, 4);
	assert_non_null(s);
	return s;
}

static size_t add(struct snapshot *s, enum entity_class class, const char *name, const char *image)
{
	struct entity e = {.path = "/a/b", .id = 1, .parent = -1, .class = class};
	ptrdiff_t index;

	e.identity = identity_new(&(struct identity){.name = name, .image = image});
	assert_non_null(e.identity);
	index = snapshot_add(s, &e);
	identity_unref(e.identity);
	assert_true(index >= 0);
	return (size_t)index;
}

/* One that is called so ended with 1 ns of CPU time. */
static void end(struct ended_sums *sums, enum entity_class class, const char *name, const char *image)
{
	struct snapshot *s = empty();
	size_t index = add(s, class, name, image);

	snapshot_set(s, index, METRIC_CPU_USAGE, 1);
	assert_int_equal(ended_sums_add(sums, s, index, ENDED_DONE, 1), 0);
	snapshot_unref(s);
}

static void sums_up(void **state)
{
	struct ended_sums *sums = ended_sums_new();
	struct snapshot *s = empty();
	size_t first = add(s, ENTITY_CONTAINER, "job", "busybox");
	size_t second = add(s, ENTITY_CONTAINER, "job", "busybox");
	const struct ended_sum *list;
	size_t n;

	(void)state;
	assert_non_null(sums);
	(void)ended_sums_list(sums, &n);
	assert_int_equal(n, 0);
	snapshot_set(s, first, METRIC_CPU_USAGE, 3 * NSEC_PER_SEC);
	snapshot_set(s, first, METRIC_OOM_KILLS, 1);
	snapshot_set(s, second, METRIC_CPU_USAGE, 4 * NSEC_PER_SEC);
	assert_int_equal(ended_sums_add(sums, s, first, ENDED_OOM, 5), 0);
	assert_int_equal(ended_sums_add(sums, s, second, ENDED_DONE, 6), 0);
	snapshot_unref(s); /* what is in the list is its own */
	list = ended_sums_list(sums, &n);
	assert_int_equal(n, 1);
	assert_int_equal(list[0].class, ENTITY_CONTAINER);
	assert_string_equal(list[0].name, "job");
	assert_string_equal(list[0].image, "busybox");
	assert_int_equal(list[0].ended[ENDED_OOM], 1);
	assert_int_equal(list[0].ended[ENDED_DONE], 1);
	assert_int_equal(list[0].ended[ENDED_FAILED], 0);
	assert_int_equal(list[0].lifetime_ns, 11);
	assert_int_equal(list[0].figures[ENDED_CPU_USAGE], 7 * NSEC_PER_SEC);
	assert_int_equal(list[0].figures[ENDED_OOM_KILLS], 1);
	assert_int_equal(list[0].figures[ENDED_CPU_USER], 0); /* absent in both */
	ended_sums_free(sums);
}

/* Class, name and image keep them apart, in the order in which each was first met. */
static void kept_apart(void **state)
{
	struct ended_sums *sums = ended_sums_new();
	const struct ended_sum *list;
	size_t n;

	(void)state;
	end(sums, ENTITY_CONTAINER, "a", "x");
	end(sums, ENTITY_SERVICE, "a", "x");
	end(sums, ENTITY_CONTAINER, "a", "y");
	end(sums, ENTITY_CONTAINER, "", "x");
	end(sums, ENTITY_CONTAINER, "a", "x");
	list = ended_sums_list(sums, &n);
	assert_int_equal(n, 4);
	assert_int_equal(list[0].ended[ENDED_DONE], 2);
	assert_int_equal(list[1].class, ENTITY_SERVICE);
	assert_string_equal(list[2].image, "y");
	assert_string_equal(list[3].name, "");
	ended_sums_free(sums);
}

/* A plain cgroup is called by its path, and that is not told. */
static void plain_cgroups_have_one_sum(void **state)
{
	struct ended_sums *sums = ended_sums_new();
	const struct ended_sum *list;
	size_t n;

	(void)state;
	end(sums, ENTITY_GROUP, "/build/1", "");
	end(sums, ENTITY_GROUP, "/build/2", "");
	list = ended_sums_list(sums, &n);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].name, "");
	assert_int_equal(list[0].ended[ENDED_DONE], 2);
	ended_sums_free(sums);
}

static void so_many_names_and_no_more(void **state)
{
	struct ended_sums *sums = ended_sums_new();
	const struct ended_sum *list;
	uint64_t in_common = 0;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < ENDED_NAMES_MAX + 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "job-%u", i);
		end(sums, ENTITY_CONTAINER, name, "busybox");
	}
	end(sums, ENTITY_SERVICE, "cron.service", "");	 /* each class has a number of its own */
	end(sums, ENTITY_CONTAINER, "job-0", "busybox"); /* one that is known stays so */
	list = ended_sums_list(sums, &n);
	assert_int_equal(n, ENDED_NAMES_MAX + 2);
	assert_int_equal(list[0].ended[ENDED_DONE], 2);
	for (size_t i = 0; i < n; i++)
		if (list[i].class == ENTITY_CONTAINER && !*list[i].name && !*list[i].image)
			in_common += list[i].figures[ENDED_CPU_USAGE];
	assert_int_equal(in_common, 100);
	ended_sums_free(sums);
}

/* Whatever separates name and image in here, names can't be made to look like each other. */
static void hostile_names(void **state)
{
	static const char *const pairs[][2] = {
		{"a\nb", "c"},	 {"a", "b\nc"},	   {"a\n", "b\nc"},	 {"a\nb\nc", ""},
		{"", "a\nb\nc"}, {"\xff\xfe", ""}, {"\xef\xbf\xbd", ""}, {"\x1b[2J", "\"}"},
	};
	struct ended_sums *sums = ended_sums_new();
	const struct ended_sum *list;
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		end(sums, ENTITY_CONTAINER, pairs[i][0], pairs[i][1]);
	list = ended_sums_list(sums, &n);
	assert_int_equal(n, ARRAY_SIZE(pairs));
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(list[i].name, pairs[i][0]);
		assert_string_equal(list[i].image, pairs[i][1]);
		assert_int_equal(list[i].ended[ENDED_DONE], 1);
	}
	ended_sums_free(sums);
}

static void reasons(void **state)
{
	(void)state;
	assert_int_equal(ended_reason_of(STATUS_UNKNOWN, false), ENDED_UNKNOWN);
	assert_int_equal(ended_reason_of(EXITED(0), false), ENDED_DONE);
	assert_int_equal(ended_reason_of(EXITED(3), false), ENDED_FAILED);
	assert_int_equal(ended_reason_of(SIGTERM, false), ENDED_SIGNAL);
	assert_int_equal(ended_reason_of(SIGSEGV | 0x80, false), ENDED_SIGNAL); /* and a core */
	assert_int_equal(ended_reason_of(SIGKILL, true), ENDED_OOM);
	assert_int_equal(ended_reason_of(STATUS_UNKNOWN, true), ENDED_OOM);
	for (enum ended_reason a = 0; a < ENDED_REASON__COUNT; a++)
		for (enum ended_reason b = 0; b < a; b++)
			assert_string_not_equal(ended_reason_name(a), ended_reason_name(b));
	assert_string_equal(ended_reason_name(ENDED_REASON__COUNT), "");
}

/* Only counters of the whole cgroup can be summed up. */
static void figures(void **state)
{
	(void)state;
	for (enum ended_figure f = 0; f < ENDED_FIGURE__COUNT; f++) {
		const struct metric *m = &metrics[ended_figure_metric(f)];

		assert_int_equal(m->kind, KIND_COUNTER);
		assert_int_equal(m->dimension, DIMENSION_ONE);
		assert_memory_equal(ended_figure_name(f), "plimsoll_ended_", 15);
		assert_true(*ended_figure_help(f));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_up),
		cmocka_unit_test(kept_apart),
		cmocka_unit_test(plain_cgroups_have_one_sum),
		cmocka_unit_test(so_many_names_and_no_more),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(reasons),
		cmocka_unit_test(figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

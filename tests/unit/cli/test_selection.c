/* SPDX-License-Identifier: Apache-2.0 */
#include "model/fake.h"
#include "pick.h"
#include "selection.h"

#include "base/cleanup.h"

#include <errno.h>

struct ask {
	const char *names[4];
	const char *sort;
	bool all;
};

/* Selects and checks against the expected indexes, which end with -1. */
static int select_rows(const struct ask *ask, const int *expected, struct error *err)
{
	struct comparison *c = fake_comparison();
	struct text_list names = {0};
	struct filter_set *filters = NULL;
	struct selection s = {.names = &names, .all = ask->all};
	_cleanup_free_ size_t *rows = NULL;
	size_t wanted = 0;
	size_t n = 0;
	int r;

	for (size_t i = 0; i < ARRAY_SIZE(ask->names) && ask->names[i]; i++)
		assert_int_equal(text_list_add(&names, ask->names[i]), 0);
	assert_int_equal(filter_set_new(NULL, 0, &filters, err), 0);
	s.filters = filters;
	if (ask->sort)
		assert_int_equal(selection_sort_by(&s, ask->sort, err), 0);
	r = selection_rows(&s, c, &rows, &n, err);
	assert_non_null(rows);
	while (expected[wanted] != -1)
		wanted++;
	assert_int_equal(n, wanted);
	for (size_t i = 0; i < wanted; i++)
		assert_int_equal(rows[i], expected[i]);
	filter_set_free(filters);
	text_list_free(&names);
	comparison_free(c);
	return r;
}

static void assert_rows(struct ask ask, const int *expected)
{
	struct error err;

	assert_int_equal(select_rows(&ask, expected, &err), 0);
}

#define ROWS(...) ((const int[]){__VA_ARGS__, -1})

static void default_classes(void **state)
{
	(void)state;
	/* Containers even where empty; plain groups unless they are known to be empty. */
	assert_rows((struct ask){0}, ROWS(FAKE_WEB, FAKE_DB, FAKE_JOB, FAKE_BUILD, FAKE_UNKNOWN));
}

static void all_classes(void **state)
{
	(void)state;
	assert_rows((struct ask){.all = true}, ROWS(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
}

static void sorts(void **state)
{
	(void)state;
	assert_rows((struct ask){.sort = "cpu"}, ROWS(FAKE_WEB, FAKE_DB, FAKE_BUILD, FAKE_UNKNOWN, FAKE_JOB));
	assert_rows((struct ask){.sort = "-CPU %"},
		    ROWS(FAKE_UNKNOWN, FAKE_JOB, FAKE_BUILD, FAKE_DB, FAKE_WEB));
	/* what is absent comes last, whichever way */
	assert_rows((struct ask){.sort = "mem"}, ROWS(FAKE_DB, FAKE_JOB, FAKE_WEB, FAKE_BUILD, FAKE_UNKNOWN));
	assert_rows((struct ask){.sort = "-mem"},
		    ROWS(FAKE_WEB, FAKE_JOB, FAKE_DB, FAKE_BUILD, FAKE_UNKNOWN));
	assert_rows((struct ask){.sort = "name"},
		    ROWS(FAKE_BUILD, FAKE_UNKNOWN, FAKE_DB, FAKE_JOB, FAKE_WEB));
	assert_rows((struct ask){.sort = "-name"},
		    ROWS(FAKE_WEB, FAKE_JOB, FAKE_DB, FAKE_UNKNOWN, FAKE_BUILD));
}

static void names(void **state)
{
	(void)state;
	assert_rows((struct ask){.names = {"web"}}, ROWS(FAKE_WEB));
	assert_rows((struct ask){.names = {"a"}}, ROWS(FAKE_JOB)); /* one digit of an id */
	assert_rows((struct ask){.names = {"4f5d"}}, ROWS(FAKE_DB));
	assert_rows((struct ask){.names = {"ssh.service"}}, ROWS(FAKE_SSH));
	assert_rows((struct ask){.names = {"/docker"}}, ROWS(FAKE_DOCKER));
	assert_rows((struct ask){.names = {"/empty", "/"}}, ROWS(FAKE_HOST, FAKE_EMPTY));
	assert_rows((struct ask){.names = {"db-1", "4f5d", "db-1"}}, ROWS(FAKE_DB));
	/* the full id is that of what is inside the container, too */
	assert_rows((struct ask){.names = {FAKE_ID_WEB}}, ROWS(FAKE_WEB));
}

static void unknown_names(void **state)
{
	struct ask near = {.names = {"wbe", "db-1"}};
	struct ask far = {.names = {"nosuchthing"}};
	struct error err;

	(void)state;
	assert_int_equal(select_rows(&near, ROWS(FAKE_DB), &err), -ENOENT);
	assert_string_equal(err.cause, "there is no container or cgroup 'wbe': did you mean 'web'?");
	assert_int_equal(select_rows(&far, ROWS(-1), &err), -ENOENT);
	assert_string_equal(err.cause, "there is no container or cgroup 'nosuchthing'");
	assert_string_equal(err.remedy, "'plimsoll stats --all --no-stream' shows all there are");
}

static void ambiguous_names(void **state)
{
	struct ask ask = {.names = {"4f5"}};
	struct error err;

	(void)state;
	assert_int_equal(select_rows(&ask, ROWS(-1), &err), -EEXIST);
	assert_string_equal(err.cause,
			    "the id '4f5' is the start of several: 4f5c00000000 (web), 4f5d00000000 (db-1)");
}

static void sort_mistakes(void **state)
{
	struct selection s = {0};
	struct error err;

	(void)state;
	assert_int_equal(selection_sort_by(&s, "throtled", &err), -EINVAL);
	assert_string_equal(err.cause, "'throtled' is no column for '--sort': did you mean 'throttled'?");
	assert_string_equal(err.remedy, "'plimsoll stats --columns help' lists the columns");
	assert_int_equal(selection_sort_by(&s, "xyzzyxyzzy", &err), -EINVAL);
	assert_string_equal(err.cause, "'xyzzyxyzzy' is no column for '--sort'");
	assert_int_equal(selection_sort_by(&s, "-", &err), -EINVAL);
	assert_null(s.sort);
}

static void classes_asked_for(void **state)
{
	const char *filter = "class=slice";
	struct text_list none = {0};
	struct filter_set *empty = NULL;
	struct filter_set *wide = NULL;
	struct metric_set need = {0};

	(void)state;
	assert_int_equal(filter_set_new(NULL, 0, &empty, NULL), 0);
	assert_int_equal(filter_set_new(&filter, 1, &wide, NULL), 0);
	assert_int_equal(selection_classes(&(struct selection){.filters = empty, .names = &none}),
			 1U << ENTITY_CONTAINER | 1U << ENTITY_GROUP);
	assert_int_equal(selection_classes(&(struct selection){.filters = wide, .names = &none}),
			 (1U << ENTITY_CLASS__COUNT) - 1);
	selection_need(&(struct selection){.filters = empty, .names = &none}, &need);
	assert_true(metric_set_has(&need, METRIC_PROCESSES));
	filter_set_free(empty);
	filter_set_free(wide);
}

static void picks(void **state)
{
	const size_t rows[] = {FAKE_JOB, FAKE_WEB};
	struct snapshot *from = fake_snapshot(true);
	struct snapshot *picked = snapshot_pick(from, rows, ARRAY_SIZE(rows));
	struct snapshot *nothing = snapshot_pick(from, NULL, 0);
	uint64_t value;

	(void)state;
	assert_non_null(picked);
	assert_int_equal(snapshot_count(picked), 2);
	assert_string_equal(snapshot_entity(picked, 0)->identity->name, "web"); /* tree order */
	assert_string_equal(snapshot_entity(picked, 1)->identity->name, "job");
	assert_true(snapshot_get(picked, 1, METRIC_MEMORY_WORKING_SET, &value));
	assert_int_equal(value, 2000);
	assert_non_null(nothing);
	assert_int_equal(snapshot_count(nothing), 0);
	snapshot_unref(from);
	snapshot_unref(picked);
	snapshot_unref(nothing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_classes), cmocka_unit_test(all_classes),
		cmocka_unit_test(sorts),	   cmocka_unit_test(names),
		cmocka_unit_test(unknown_names),   cmocka_unit_test(ambiguous_names),
		cmocka_unit_test(sort_mistakes),   cmocka_unit_test(classes_asked_for),
		cmocka_unit_test(picks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

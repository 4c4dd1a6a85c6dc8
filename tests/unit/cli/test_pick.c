/* SPDX-License-Identifier: Apache-2.0 */
#include "pick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* "/" with "/a" ("/a/b", "/a/c") and "/d". */
static struct snapshot *make(void)
{
	static const struct {
		const char *path;
		int32_t parent;
	} rows[] = {{"/", -1}, {"/a", 0}, {"/a/b", 1}, {"/a/c", 1}, {"/d", 0}};
	struct host host = {.hostname = "h", .n_cpus = 2};
	struct group_report report = {.ran = true, .spent_ns = 9};
	struct identity *who = identity_new(&(struct identity){.id = "x"});
	struct metric_set need = {0};
	struct snapshot *s;

	metric_set_add(&need, METRIC_PIDS_CURRENT);
	s = snapshot_new(&need, &host, 5, 6, 0);
	assert_non_null(s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct entity e = {
			.path = rows[i].path, .identity = who, .id = i + 10, .parent = rows[i].parent};

		assert_int_equal(snapshot_add(s, &e), i);
		snapshot_set(s, i, METRIC_PIDS_CURRENT, i);
	}
	identity_unref(who);
	snapshot_set_report(s, GROUP_pids, &report);
	snapshot_seal(s);
	return s;
}

static void assert_entity(const struct snapshot *s, size_t i, const char *path, int32_t parent, uint64_t pids)
{
	uint64_t value;

	assert_string_equal(snapshot_entity(s, i)->path, path);
	assert_int_equal(snapshot_entity(s, i)->parent, parent);
	assert_true(snapshot_get(s, i, METRIC_PIDS_CURRENT, &value));
	assert_int_equal(value, pids);
}

/* What is above stays, so that the tree is one. */
static void pruned(void **state)
{
	const size_t rows[] = {3};
	struct snapshot *whole = make();
	struct snapshot *part = snapshot_prune(whole, rows, 1);

	(void)state;
	assert_non_null(part);
	assert_int_equal(snapshot_count(part), 3);
	assert_entity(part, 0, "/", -1, 0);
	assert_entity(part, 1, "/a", 0, 1);
	assert_entity(part, 2, "/a/c", 1, 3);
	assert_int_equal(snapshot_report(part, GROUP_pids)->spent_ns, 9);
	assert_int_equal(snapshot_host(part)->n_cpus, 2);
	snapshot_unref(part);
	part = snapshot_prune(whole, NULL, 0);
	assert_int_equal(snapshot_count(part), 0);
	snapshot_unref(part);
	snapshot_unref(whole);
}

/* Only these, in the tree's order, with nothing above. */
static void picked(void **state)
{
	const size_t rows[] = {4, 2};
	struct snapshot *whole = make();
	struct snapshot *part = snapshot_pick(whole, rows, 2);

	(void)state;
	assert_non_null(part);
	assert_int_equal(snapshot_count(part), 2);
	assert_entity(part, 0, "/a/b", -1, 2);
	assert_entity(part, 1, "/d", -1, 4);
	snapshot_unref(part);
	snapshot_unref(whole);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pruned),
		cmocka_unit_test(picked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct identity *who;

static int make_identity(void **state)
{
	(void)state;
	who = identity_new(&(struct identity){.id = "who"});
	return who ? 0 : -1;
}

/* Every snapshot has given its references back. */
static int check_identity(void **state)
{
	(void)state;
	if (who->references != 1)
		return -1;
	identity_unref(who);
	return 0;
}

static struct metric_set need_all(void)
{
	struct metric_set s = {0};

	for (unsigned g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&s, g);
	return s;
}

static struct snapshot *make(const struct metric_set *need, size_t expected)
{
	struct host host = {.hostname = "h", .kernel = "k", .n_cpus = 3, .memory_bytes = 4};
	struct metric_set all = need_all();
	struct snapshot *s = snapshot_new(need ? need : &all, &host, 100, 200, expected);

	assert_non_null(s);
	return s;
}

static size_t add(struct snapshot *s, const char *path, uint64_t id)
{
	struct entity e = {
		.path = path, .identity = who, .id = id, .parent = -1, .n_series = 99, .first_series = 99};
	ptrdiff_t index = snapshot_add(s, &e);

	assert_true(index >= 0);
	return (size_t)index;
}

static void head(void **state)
{
	char name[] = "first";
	struct host host = {.hostname = name};
	struct metric_set need = {0};
	struct group_report report = {.ran = true, .failed = true, .spent_ns = 5};
	struct snapshot *s;

	(void)state;
	metric_set_add(&need, METRIC_CPU_USAGE);
	s = snapshot_new(&need, &host, 100, 200, 0);
	memset(name, 'x', sizeof(name) - 1);
	assert_string_equal(snapshot_host(s)->hostname, "first");
	assert_string_equal(snapshot_host(s)->kernel, "");
	assert_int_equal(snapshot_monotonic_ns(s), 100);
	assert_int_equal(snapshot_realtime_ns(s), 200);
	assert_true(metric_set_equal(snapshot_metrics(s), &need));
	assert_false(snapshot_report(s, GROUP_cpu)->ran);
	snapshot_set_report(s, GROUP_cpu, &report);
	assert_true(snapshot_report(s, GROUP_cpu)->failed);
	assert_int_equal(snapshot_count(s), 0);
	snapshot_seal(s);
	assert_ptr_equal(snapshot_ref(s), s);
	snapshot_unref(s);
	assert_int_equal(snapshot_count(s), 0);
	snapshot_unref(s);
	snapshot_unref(NULL);
}

/* Absent is not 0. */
static void values(void **state)
{
	struct snapshot *s = make(NULL, 1);
	uint64_t value = 77;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(add(s, "/x", i), i); /* grows */
	for (size_t i = 0; i < 100; i++)
		for (unsigned id = 0; id < METRIC__COUNT; id++)
			assert_false(snapshot_get(s, i, id, &value));
	assert_int_equal(value, 77);
	snapshot_set(s, 5, METRIC_PIDS_CURRENT, 0);
	snapshot_set(s, 6, METRIC_PIDS_CURRENT, UINT64_MAX);
	assert_true(snapshot_get(s, 5, METRIC_PIDS_CURRENT, &value));
	assert_int_equal(value, 0);
	assert_true(snapshot_get(s, 6, METRIC_PIDS_CURRENT, &value));
	assert_int_equal(value, UINT64_MAX);
	assert_false(snapshot_get(s, 7, METRIC_PIDS_CURRENT, &value));
	assert_false(snapshot_get(s, 5, METRIC_PIDS_PEAK, &value));
	snapshot_clear(s, 5, METRIC_PIDS_CURRENT);
	assert_false(snapshot_get(s, 5, METRIC_PIDS_CURRENT, &value));
	assert_true(snapshot_get(s, 6, METRIC_PIDS_CURRENT, &value));
	assert_int_equal(snapshot_find(s, 42), 42);
	assert_int_equal(snapshot_find(s, 1000), -1);
	snapshot_unref(s);
}

/* Each row has a place of its own, and SAME_AS rows their origin's. */
static void every_row(void **state)
{
	struct snapshot *s = make(NULL, 1);
	size_t index = add(s, "/a", 1);

	(void)state;
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		if (metrics[id].dimension == DIMENSION_ONE && metric_origin(id) == id &&
		    metrics[id].kind != KIND_TEXT)
			snapshot_set(s, index, id, 1000 + id);
	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		uint64_t value = 0;

		if (metrics[id].dimension != DIMENSION_ONE || metrics[id].kind == KIND_TEXT)
			continue;
		assert_true(snapshot_get(s, index, id, &value));
		assert_int_equal(value, 1000 + metric_origin(id));
		assert_null(snapshot_text(s, index, id));
	}
	snapshot_unref(s);
}

static void what_was_not_asked_for(void **state)
{
	struct metric_set need = {0};
	struct snapshot *s;
	uint64_t value;
	size_t index;

	(void)state;
	metric_set_add(&need, METRIC_MEMORY_USAGE);
	s = make(&need, 4);
	index = add(s, "/a", 1);
	snapshot_set(s, index, METRIC_CPU_USAGE, 5);
	snapshot_clear(s, index, METRIC_CPU_USAGE);
	assert_int_equal(snapshot_set_text(s, index, METRIC_CPUSET_CPUS, "0", 1), 0);
	snapshot_set(s, index, METRIC_MEMORY_USAGE, 6);
	assert_false(snapshot_get(s, index, METRIC_CPU_USAGE, &value));
	assert_null(snapshot_text(s, index, METRIC_CPUSET_CPUS));
	assert_true(snapshot_get(s, index, METRIC_MEMORY_USAGE, &value));
	snapshot_unref(s);

	/* nothing at all */
	need = (struct metric_set){0};
	s = make(&need, 4);
	index = add(s, "/a", 1);
	snapshot_set(s, index, METRIC_MEMORY_USAGE, 6);
	snapshot_seal(s);
	assert_false(snapshot_get(s, index, METRIC_MEMORY_USAGE, &value));
	snapshot_unref(s);
}

static void texts(void **state)
{
	struct snapshot *s = make(NULL, 1);
	size_t index = add(s, "/a", 1);
	char text[] = "0-3,7 and more";

	(void)state;
	assert_null(snapshot_text(s, index, METRIC_CPUSET_CPUS));
	assert_int_equal(snapshot_set_text(s, index, METRIC_CPUSET_CPUS, text, 5), 0);
	memset(text, 'x', sizeof(text) - 1);
	assert_string_equal(snapshot_text(s, index, METRIC_CPUSET_CPUS), "0-3,7");
	assert_int_equal(snapshot_set_text(s, index, METRIC_CPUSET_MEMS, "", 0), 0);
	assert_string_equal(snapshot_text(s, index, METRIC_CPUSET_MEMS), "");
	assert_null(snapshot_text(s, index, METRIC_MEMORY_USAGE));
	snapshot_unref(s);
}

/* A popped one leaves nothing for the next at its place. */
static void popping(void **state)
{
	struct snapshot *s = make(NULL, 1);
	size_t index;
	ptrdiff_t series;
	uint64_t value;

	(void)state;
	add(s, "/a", 1);
	series = snapshot_series(s, DIMENSION_DEVICE, "vda", 3, "254:0");
	snapshot_series_set(s, series, METRIC_IO_READS, 1);
	index = add(s, "/gone", 2);
	snapshot_set(s, index, METRIC_MEMORY_USAGE, 5);
	series = snapshot_series(s, DIMENSION_DEVICE, "sda", 3, "8:0");
	snapshot_series_set(s, series, METRIC_IO_READS, 2);
	assert_int_equal(who->references, 3);
	snapshot_pop(s);
	assert_int_equal(who->references, 2);
	assert_int_equal(snapshot_count(s), 1);
	index = add(s, "/b", 3);
	assert_false(snapshot_get(s, index, METRIC_MEMORY_USAGE, &value));
	assert_int_equal(snapshot_entity(s, index)->n_series, 0);
	series = snapshot_series(s, DIMENSION_DEVICE, "sda", 3, "8:0");
	assert_int_equal(snapshot_entity(s, index)->n_series, 1);
	assert_false(series_get(snapshot_series_at(s, index, 0), METRIC_IO_READS, &value));
	snapshot_series_set(s, series, METRIC_IO_WRITES, 3);
	assert_true(series_get(snapshot_series_at(s, 0, 0), METRIC_IO_READS, &value));
	assert_int_equal(value, 1);
	snapshot_unref(s);
}

/* --- series --- */

static void series_of_two_entities(void **state)
{
	static const char *const names[] = {"vdb", "vda", "sda"};
	struct snapshot *s = make(NULL, 1);
	uint64_t value;

	(void)state;
	for (unsigned e = 0; e < 2; e++) {
		add(s, "/x", e);
		for (unsigned row = 0; row < 3; row++) {
			for (unsigned i = 0; i < 3; i++) {
				ptrdiff_t series = snapshot_series(s, DIMENSION_DEVICE, names[i], 3, "1:1");

				assert_int_equal(series, e * 4 + i);
				snapshot_series_set(s, series, METRIC_IO_READ_BYTES + row,
						    100 * e + 10 * i + row);
			}
		}
		/* of the same name in another dimension */
		snapshot_series_set(s, snapshot_series(s, DIMENSION_INTERFACE, "vda", 3, NULL),
				    METRIC_NET_RX_BYTES, 7);
	}
	snapshot_seal(s);
	for (size_t e = 0; e < 2; e++) {
		static const char *const sorted[] = {"sda", "vda", "vdb", "vda"};

		assert_int_equal(snapshot_entity(s, e)->n_series, 4);
		for (size_t i = 0; i < 4; i++)
			assert_string_equal(snapshot_series_at(s, e, i)->instance, sorted[i]);
		assert_int_equal(snapshot_series_at(s, e, 3)->dimension, DIMENSION_INTERFACE);
		assert_string_equal(snapshot_series_at(s, e, 3)->detail, "");
		assert_string_equal(snapshot_series_at(s, e, 0)->detail, "1:1");
		assert_true(series_get(snapshot_series_at(s, e, 1), METRIC_IO_WRITE_BYTES, &value));
		assert_int_equal(value, 100 * e + 11);
		/* a row of the same value under another name */
		assert_true(series_get(snapshot_series_at(s, e, 1), METRIC_BLKIO_WRITE, &value));
		assert_int_equal(value, 100 * e + 11);
		assert_false(series_get(snapshot_series_at(s, e, 1), METRIC_IO_DISCARDS, &value));
		/* not of this dimension */
		assert_false(series_get(snapshot_series_at(s, e, 1), METRIC_NET_RX_BYTES, &value));
		assert_false(series_get(snapshot_series_at(s, e, 3), METRIC_IO_READ_BYTES, &value));
	}
	snapshot_unref(s);
}

/* The last one found is of the entity before. */
static void the_same_in_each_entity(void **state)
{
	struct snapshot *s = make(NULL, 1);
	uint64_t value;

	(void)state;
	for (unsigned e = 0; e < 3; e++) {
		ptrdiff_t series;

		add(s, "/x", e);
		series = snapshot_series(s, DIMENSION_DEVICE, "vda", 3, "");
		assert_int_equal(series, e);
		snapshot_series_set(s, series, METRIC_IO_READS, e);
	}
	snapshot_seal(s);
	for (size_t e = 0; e < 3; e++) {
		assert_int_equal(snapshot_entity(s, e)->n_series, 1);
		assert_true(series_get(snapshot_series_at(s, e, 0), METRIC_IO_READS, &value));
		assert_int_equal(value, e);
	}
	snapshot_unref(s);
}

static void names_that_are_prefixes(void **state)
{
	struct snapshot *s = make(NULL, 1);
	ptrdiff_t a;
	ptrdiff_t b;
	ptrdiff_t none;

	(void)state;
	add(s, "/x", 1);
	a = snapshot_series(s, DIMENSION_DEVICE, "vda1", 4, "");
	b = snapshot_series(s, DIMENSION_DEVICE, "vda1", 3, "");
	none = snapshot_series(s, DIMENSION_DEVICE, "", 0, "");
	assert_true(a != b && b != none && a != none);
	assert_int_equal(snapshot_series(s, DIMENSION_DEVICE, "vda1", 4, ""), a);
	assert_int_equal(snapshot_series(s, DIMENSION_DEVICE, "vda", 3, ""), b);
	assert_int_equal(snapshot_series(s, DIMENSION_DEVICE, "", 0, ""), none);
	snapshot_unref(s);
}

static void sums(void **state)
{
	struct snapshot *s = make(NULL, 1);
	size_t index = add(s, "/x", 1);
	uint64_t value = 5;

	(void)state;
	assert_false(snapshot_sum(s, index, METRIC_NET_RX_BYTES, &value));
	snapshot_series_set(s, snapshot_series(s, DIMENSION_INTERFACE, "lo", 2, ""), METRIC_NET_RX_BYTES,
			    100);
	assert_false(snapshot_sum(s, index, METRIC_NET_RX_BYTES, &value));
	assert_int_equal(value, 5);
	snapshot_series_set(s, snapshot_series(s, DIMENSION_INTERFACE, "eth0", 4, ""), METRIC_NET_RX_BYTES,
			    10);
	snapshot_series_set(s, snapshot_series(s, DIMENSION_INTERFACE, "lo1", 3, ""), METRIC_NET_RX_BYTES,
			    20);
	/* a device of that name is none */
	snapshot_series_set(s, snapshot_series(s, DIMENSION_DEVICE, "lo", 2, ""), METRIC_IO_READS, 3);
	assert_true(snapshot_sum(s, index, METRIC_NET_RX_BYTES, &value));
	assert_int_equal(value, 30);
	assert_true(snapshot_sum(s, index, METRIC_IO_READS, &value));
	assert_int_equal(value, 3);
	assert_false(snapshot_sum(s, index, METRIC_NET_TX_BYTES, &value));
	snapshot_unref(s);
}

/* A device that has a limit and no traffic is none whose traffic could not be read. */
static void sums_beside_limits(void **state)
{
	struct snapshot *s = make(NULL, 1);
	size_t index = add(s, "/x", 1);
	uint64_t value = 5;

	(void)state;
	snapshot_looked_for(s, DIMENSION_DEVICE);
	assert_false(snapshot_sum(s, index, METRIC_IO_WBPS_MAX, &value)); /* no limit is not a limit of 0 */
	assert_true(snapshot_sum(s, index, METRIC_IO_WRITE_BYTES, &value));
	assert_int_equal(value, 0);
	snapshot_series_set(s, snapshot_series(s, DIMENSION_DEVICE, "vda", 3, ""), METRIC_IO_WBPS_MAX, 7);
	value = 5;
	assert_true(snapshot_sum(s, index, METRIC_IO_WRITE_BYTES, &value));
	assert_int_equal(value, 0);
	assert_true(snapshot_sum(s, index, METRIC_IO_WBPS_MAX, &value));
	assert_int_equal(value, 7);
	assert_false(snapshot_sum(s, index, METRIC_IO_RBPS_MAX, &value));
	snapshot_series_set(s, snapshot_series(s, DIMENSION_DEVICE, "vda", 3, ""), METRIC_IO_READ_BYTES, 3);
	assert_false(snapshot_sum(s, index, METRIC_IO_WRITE_BYTES, &value));
	snapshot_unref(s);
}

/* --- copies --- */

static void copying(void **state)
{
	struct metric_set less = {0};
	struct snapshot *from = make(NULL, 1);
	struct snapshot *to;
	uint64_t value;
	size_t index;

	(void)state;
	metric_set_add(&less, METRIC_MEMORY_USAGE);
	metric_set_add(&less, METRIC_CPUSET_CPUS);
	metric_set_add(&less, METRIC_IO_READS);
	add(from, "/other", 1);
	index = add(from, "/a", 2);
	snapshot_set(from, index, METRIC_MEMORY_USAGE, 5);
	snapshot_set(from, index, METRIC_CPU_USAGE, 6);
	assert_int_equal(snapshot_set_text(from, index, METRIC_CPUSET_CPUS, "0-1", 3), 0);
	snapshot_series_set(from, snapshot_series(from, DIMENSION_DEVICE, "vda", 3, "254:0"), METRIC_IO_READS,
			    7);
	snapshot_series_set(from, snapshot_series(from, DIMENSION_INTERFACE, "eth0", 4, ""),
			    METRIC_NET_RX_BYTES, 8);
	snapshot_seal(from);

	to = make(&less, 1);
	assert_int_equal(snapshot_add(to, snapshot_entity(from, index)), 0);
	assert_int_equal(snapshot_copy_values(to, 0, from, index), 0);
	snapshot_seal(to);
	snapshot_unref(from); /* nothing of it is needed */
	assert_true(snapshot_get(to, 0, METRIC_MEMORY_USAGE, &value));
	assert_int_equal(value, 5);
	assert_false(snapshot_get(to, 0, METRIC_CPU_USAGE, &value));
	assert_string_equal(snapshot_text(to, 0, METRIC_CPUSET_CPUS), "0-1");
	assert_string_equal(snapshot_entity(to, 0)->path, "/a");
	assert_int_equal(snapshot_entity(to, 0)->n_series, 2);
	assert_string_equal(snapshot_series_at(to, 0, 0)->detail, "254:0");
	assert_true(series_get(snapshot_series_at(to, 0, 0), METRIC_IO_READS, &value));
	assert_int_equal(value, 7);
	assert_false(series_get(snapshot_series_at(to, 0, 0), METRIC_IO_WRITES, &value));
	assert_int_equal(who->references, 2);
	snapshot_unref(to);
}

static void bytes(void **state)
{
	struct snapshot *s = make(NULL, 1);
	size_t before = snapshot_bytes(s);

	(void)state;
	assert_true(before > 0);
	for (uint64_t i = 1; i <= 100; i++) {
		add(s, "/a/path/of/some/length", i);
		assert_true(snapshot_series(s, DIMENSION_DEVICE, "vda", 3, "254:0") >= 0);
	}
	assert_true(snapshot_bytes(s) > before + 100 * (sizeof(struct entity) + 22));
	snapshot_unref(s);
}

static void hostile_paths(void **state)
{
	static char longest[9000];
	struct snapshot *s = make(NULL, 1);

	(void)state;
	memset(longest, 'p', sizeof(longest) - 1);
	add(s, "/new\nline\x1b\xff", 1);
	add(s, "", 2);
	add(s, longest, 3);
	assert_string_equal(snapshot_entity(s, 0)->path, "/new\nline\x1b\xff");
	assert_string_equal(snapshot_entity(s, 1)->path, "");
	assert_string_equal(snapshot_entity(s, 2)->path, longest);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(head, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(values, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(every_row, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(what_was_not_asked_for, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(texts, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(popping, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(series_of_two_entities, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(the_same_in_each_entity, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(names_that_are_prefixes, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(sums, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(sums_beside_limits, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(copying, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(bytes, make_identity, check_identity),
		cmocka_unit_test_setup_teardown(hostile_paths, make_identity, check_identity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/column.h"

#include "base/clock.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
DEFINE_CLEANUP(struct comparison *, comparison_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)
#define _cleanup_comparison_ _cleanup_(comparison_freep)

#define REALTIME UINT64_C(1700000000000000000)
#define FULL_ID "4f5c0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"

static struct snapshot *new_snapshot(uint64_t monotonic_ns)
{
	static const struct host host = {
		.hostname = "h", .kernel = "k", .n_cpus = 4, .memory_bytes = UINT64_C(4) << 30};
	struct metric_set all = {0};
	struct snapshot *s;

	for (enum metric_id id = 0; id < METRIC__COUNT; id++)
		metric_set_add(&all, id);
	s = snapshot_new(&all, &host, monotonic_ns, REALTIME, 1);
	assert_non_null(s);
	return s;
}

static void add(struct snapshot *s, const struct identity *who, const char *path, bool ended)
{
	struct entity e = {.path = path,
			   .identity = identity_new(who),
			   .id = snapshot_count(s) + 1,
			   .parent = -1,
			   .class = ENTITY_CONTAINER,
			   .ended = ended,
			   .seen_ns = REALTIME - 10 * NSEC_PER_SEC,
			   .monotonic_ns = snapshot_monotonic_ns(s)};

	assert_non_null(e.identity);
	assert_true(snapshot_add(s, &e) >= 0);
	identity_unref(e.identity);
}

static void set_series(struct snapshot *s, enum dimension d, const char *name, enum metric_id id,
		       uint64_t value)
{
	ptrdiff_t series = snapshot_series(s, d, name, strlen(name), "");

	assert_true(series >= 0);
	snapshot_series_set(s, series, id, value);
}

static const struct column *find(const char *name)
{
	const struct column *col = column_find(name);

	if (!col)
		fail_msg("no column %s", name);
	return col;
}

static void assert_cell(const struct comparison *c, size_t index, const char *name, const char *cell,
			const char *plain)
{
	const struct column *col = find(name);
	_cleanup_str_ struct str people = {0};
	_cleanup_str_ struct str machines = {0};

	str_add(&people, "");
	str_add(&machines, "");
	col->cell(col, c, index, &people);
	col->plain(col, c, index, &machines);
	if (strcmp(people.data, cell) != 0 || strcmp(machines.data, plain) != 0)
		fail_msg("%s: \"%s\" and \"%s\", not \"%s\" and \"%s\"", name, people.data, machines.data,
			 cell, plain);
}

/* --- the list --- */

static void test_keys_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < column_count(); i++) {
		const struct column *col = column_at(i);

		assert_non_null(col);
		assert_true(*col->key && *col->header && *col->help);
		assert_ptr_equal(column_find(col->key), col);
		for (const char *k = col->key; *k; k++)
			assert_true(islower((unsigned char)*k) || isdigit((unsigned char)*k) || *k == '_');
	}
	assert_null(column_at(column_count()));
}

static void test_every_metric_with_a_header_has_a_column(void **state)
{
	(void)state;
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		if (!*metrics[id].json)
			continue;
		assert_true(*metrics[id].header);
		assert_int_equal(find(metrics[id].json)->metric, id);
		/* Its header finds some column; it may be a composed one's or an earlier metric's too. */
		find(metrics[id].header);
	}
}

/* Names that users of the others type. */
static void test_names_in_fingers(void **state)
{
	static const struct {
		const char *key;
		const char *names[8];
	} known[] = {
		/* docker stats and its templates, ctop, htop, systemd-cgtop */
		{"id", {"CONTAINER ID", "CID", "id", "ID"}},
		{"name", {"NAME", "container", "Container", "CONTAINER"}},
		{"cpu", {"CPU %", "CPU%", "%CPU", "CPUPerc", "cpu", "CPU"}},
		{"mem", {"MEM USAGE / LIMIT", "MemUsage", "MEM", "Memory", "mem usage/limit"}},
		{"mem_percent", {"MEM %", "MEM%", "mem %", "MemPerc", "%MEM"}},
		{"net", {"NET I/O", "NetIO", "NET RX/TX", "net"}},
		{"block", {"BLOCK I/O", "BlockIO", "IO R/W", "io"}},
		{"pids", {"PIDS", "PIDs", "Tasks", "pids"}},
		{"io_read", {"Input/s"}},
		{"io_write", {"Output/s"}},
		{"path", {"Control Group", "CGROUP", "path"}},
		{"cpu_time", {"TIME+", "time"}},
		{"cpu_host", {"CPUS"}},
		{"uptime", {"UPTIME", " uptime "}},
		{"started", {"CREATED"}},
		{"state", {"state", "STATUS"}},
		{"image", {"IMAGE"}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		for (size_t k = 0; k < 8 && known[i].names[k]; k++)
			assert_string_equal(find(known[i].names[k])->key, known[i].key);
	assert_null(column_find(""));
	assert_null(column_find("cp"));
	assert_null(column_find("cpux"));
	assert_null(column_find("cid|"));
}

static void test_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < column_count(); i++) {
		const struct column *col = column_at(i);
		struct metric_set set = {0};
		bool text = col->number == NULL && strcmp(col->key, "state") != 0;

		col->need(col, &set);
		/* Composed columns of text need no metric; all others need the one they show. */
		if (!text)
			assert_true(metric_set_has(&set, col->metric));
	}
}

/* --- cells --- */

static void test_who(void **state)
{
	static const struct identity web = {.runtime = RUNTIME_DOCKER,
					    .id = FULL_ID,
					    .name = "web\x1B[31m",
					    .image = "nginx",
					    .pod = "p",
					    .pod_namespace = "ns",
					    .compose_project = "shop"};
	static const struct identity unknown = {.id = "/a/b"};
	_cleanup_snapshot_ struct snapshot *s = new_snapshot(1);
	_cleanup_comparison_ struct comparison *c = NULL;

	(void)state;
	add(s, &web, "/docker/" FULL_ID, false);
	add(s, &unknown, "/a/b", false);
	snapshot_seal(s);
	c = comparison_new(NULL, s);
	assert_non_null(c);
	assert_cell(c, 0, "name", "web\xEF\xBF\xBD[31m", "web\x1B[31m");
	assert_cell(c, 0, "id", "4f5c01234567", FULL_ID);
	assert_cell(c, 0, "image", "nginx", "nginx");
	assert_cell(c, 0, "runtime", "docker", "docker");
	assert_cell(c, 0, "class", "container", "container");
	assert_cell(c, 0, "pod", "ns/p", "ns/p");
	assert_cell(c, 0, "project", "shop", "shop");
	assert_cell(c, 0, "path", "/docker/" FULL_ID, "/docker/" FULL_ID);
	assert_cell(c, 1, "name", "/a/b", "/a/b");
	assert_cell(c, 1, "id", "-", "/a/b");
	assert_cell(c, 1, "image", "-", "");
	assert_cell(c, 1, "runtime", "-", "");
	assert_cell(c, 1, "pod", "-", "");
	assert_cell(c, 1, "project", "-", "");
}

static void test_state(void **state)
{
	static const struct identity who = {.id = "x"};
	static const char *const expected[] = {"running", "paused", "empty", "ended", "running", "empty", ""};
	_cleanup_snapshot_ struct snapshot *s = new_snapshot(1);
	_cleanup_comparison_ struct comparison *c = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		add(s, &who, "/x", i == 3);
	snapshot_set(s, 0, METRIC_POPULATED, 1);
	snapshot_set(s, 0, METRIC_FROZEN_V2, 0);
	snapshot_set(s, 1, METRIC_POPULATED, 1);
	snapshot_set(s, 1, METRIC_FROZEN_V1, 1);
	snapshot_set(s, 2, METRIC_POPULATED, 0);
	snapshot_set(s, 3, METRIC_FROZEN_V2, 1);
	snapshot_set(s, 4, METRIC_PROCESSES, 2);
	snapshot_set(s, 5, METRIC_PROCESSES, 0);
	snapshot_seal(s);
	c = comparison_new(NULL, s);
	assert_non_null(c);
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_cell(c, i, "state", *expected[i] ? expected[i] : "-", expected[i]);
}

/* Nothing is known: every cell says so, and none says 0. */
static void test_absent(void **state)
{
	static const struct identity who = {.id = ""};
	_cleanup_snapshot_ struct snapshot *s = new_snapshot(1);
	_cleanup_comparison_ struct comparison *c = NULL;

	(void)state;
	add(s, &who, "/x", false);
	snapshot_seal(s);
	c = comparison_new(s, s);
	assert_non_null(c);
	for (size_t i = 0; i < column_count(); i++) {
		const struct column *col = column_at(i);
		double number = 42;

		if (strcmp(col->key, "name") == 0 || strcmp(col->key, "class") == 0 ||
		    strcmp(col->key, "path") == 0)
			continue;
		assert_cell(c, 0, col->key, "-", "");
		if (col->number)
			assert_false(col->number(col, c, 0, &number));
		assert_true(number > 41);
	}
}

static void test_two_samples(void **state)
{
	static const struct identity who = {.id = "x", .name = "x"};
	_cleanup_snapshot_ struct snapshot *a = new_snapshot(1);
	_cleanup_snapshot_ struct snapshot *b = new_snapshot(1 + 2 * NSEC_PER_SEC);
	_cleanup_comparison_ struct comparison *c = NULL;
	double number = 0;

	(void)state;
	add(a, &who, "/x", false);
	add(b, &who, "/x", false);
	snapshot_set(a, 0, METRIC_CPU_USAGE, 0);
	snapshot_set(b, 0, METRIC_CPU_USAGE, 3 * NSEC_PER_SEC);
	snapshot_set(a, 0, METRIC_CPU_PERIODS, 100);
	snapshot_set(b, 0, METRIC_CPU_PERIODS, 120);
	snapshot_set(a, 0, METRIC_CPU_THROTTLED_PERIODS, 50);
	snapshot_set(b, 0, METRIC_CPU_THROTTLED_PERIODS, 55);
	snapshot_set(b, 0, METRIC_CPU_QUOTA, 75000);
	snapshot_set(b, 0, METRIC_CPU_PERIOD, 100000);
	snapshot_set(a, 0, METRIC_PRESSURE_IO_SOME, 0);
	snapshot_set(b, 0, METRIC_PRESSURE_IO_SOME, 100 * NSEC_PER_MSEC);
	snapshot_set(a, 0, METRIC_MEMORY_PGFAULT, 0);
	snapshot_set(b, 0, METRIC_MEMORY_PGFAULT, 5);
	set_series(a, DIMENSION_INTERFACE, "eth0", METRIC_NET_RX_BYTES, 0);
	set_series(b, DIMENSION_INTERFACE, "eth0", METRIC_NET_RX_BYTES, 4096);
	set_series(a, DIMENSION_DEVICE, "vda", METRIC_IO_WRITE_BYTES, 0);
	set_series(b, DIMENSION_DEVICE, "vda", METRIC_IO_WRITE_BYTES, 1000);
	snapshot_seal(a);
	snapshot_seal(b);
	c = comparison_new(a, b);
	assert_non_null(c);
	assert_cell(c, 0, "cpu", "150.00%", "1.5");
	assert_cell(c, 0, "cpu_usage_seconds", "150.00%", "3");
	assert_cell(c, 0, "cpu_host", "37.50%", "0.375");
	assert_cell(c, 0, "throttled", "25.00%", "0.25");
	assert_cell(c, 0, "psi_io", "5.00%", "0.05");
	assert_cell(c, 0, "cpu_limit", "0.75", "0.75");
	assert_cell(c, 0, "LIM%", "200.00%", "2");
	assert_cell(c, 0, "why", "cpu.max 25%", "cpu.max");
	assert_true(find("limits")->number(find("limits"), c, 0, &number));
	assert_true(number > 0);
	assert_cell(c, 0, "psi_cpu", "-", "");
	assert_cell(c, 0, "PGFLT", "2.5/s", "5");
	assert_cell(c, 0, "net_rx", "2.0KiB/s", "2048");
	assert_cell(c, 0, "net_tx", "-", "");
	assert_cell(c, 0, "net", "4.0KiB / -", "4096/");
	assert_cell(c, 0, "io_write", "500B/s", "500");
	assert_cell(c, 0, "block", "- / 1000B", "/1000");
	assert_true(find("cpu")->number(find("cpu"), c, 0, &number));
	assert_true(number > 1.49 && number < 1.51);
}

static void test_one_sample(void **state)
{
	static const struct identity who = {.id = "x", .name = "x"};
	_cleanup_snapshot_ struct snapshot *s = new_snapshot(1);
	_cleanup_comparison_ struct comparison *c = NULL;

	(void)state;
	add(s, &who, "/x", true);
	snapshot_set(s, 0, METRIC_CPU_USAGE, UINT64_C(225670) * NSEC_PER_MSEC);
	snapshot_set(s, 0, METRIC_MEMORY_USAGE, 50 << 20);
	snapshot_set(s, 0, METRIC_MEMORY_INACTIVE_FILE, 10 << 20);
	snapshot_set(s, 0, METRIC_MEMORY_LIMIT, UNLIMITED);
	snapshot_set(s, 0, METRIC_MEMORY_HIGH, UNLIMITED);
	snapshot_set(s, 0, METRIC_CPU_QUOTA, UNLIMITED);
	snapshot_set(s, 0, METRIC_PIDS_CURRENT, 12);
	snapshot_set(s, 0, METRIC_PROCESSES, 3);
	snapshot_set(s, 0, METRIC_PRESSURE_CPU_SOME_AVG10, 1234);
	snapshot_set(s, 0, METRIC_START_TIME, REALTIME - 100 * NSEC_PER_SEC);
	snapshot_set_text(s, 0, METRIC_CPUSET_CPUS, "0-3", 3);
	set_series(s, DIMENSION_PAGESIZE, "2MB", METRIC_HUGETLB_LIMIT, 4096);
	set_series(s, DIMENSION_PAGESIZE, "1GB", METRIC_HUGETLB_LIMIT, UNLIMITED);
	snapshot_seal(s);
	c = comparison_new(NULL, s);
	assert_non_null(c);
	assert_cell(c, 0, "cpu", "-", "");
	assert_cell(c, 0, "cpu_time", "3:45.67", "225.67");
	/* No limit of its own: the host's memory is, as docker shows it. */
	assert_cell(c, 0, "mem", "40.0MiB / 4.0GiB", "41943040/4294967296");
	assert_cell(c, 0, "mem_percent", "0.98%", "0.009766");
	assert_cell(c, 0, "LIMIT", "max", "max");
	assert_cell(c, 0, "mem_used", "40.0MiB", "41943040");
	assert_cell(c, 0, "CPU LIM", "max", "max");
	assert_cell(c, 0, "cpu_limit_percent", "-", "");
	assert_cell(c, 0, "limited_by", "-", "");
	assert_cell(c, 0, "HIGH", "max", "max");
	assert_cell(c, 0, "HUGE LIMIT", "max", "max");
	assert_cell(c, 0, "MEM PEAK", "-", "");
	assert_cell(c, 0, "pids", "12", "12");
	assert_cell(c, 0, "processes", "3", "3");
	assert_cell(c, 0, "CPU 10s", "12.34%", "0.1234");
	assert_cell(c, 0, "CPUSET", "0-3", "0-3");
	/* It ended ten seconds ago. */
	assert_cell(c, 0, "uptime", "1m30s", "90");
	assert_cell(c, 0, "started", "2023-11-14 22:11:40", "1699999900");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_are_unique),
		cmocka_unit_test(test_every_metric_with_a_header_has_a_column),
		cmocka_unit_test(test_names_in_fingers),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_two_samples),
		cmocka_unit_test(test_one_sample),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void the_machine(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	const struct host *host;

	(void)state;
	fake_make(&f, FAKE_V2);
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	host = snapshot_host(snap);
	assert_string_equal(host->hostname, "fake");
	assert_string_equal(host->kernel, "6.1.0-fake");
	assert_int_equal(host->n_cpus, 2);
	assert_int_equal(host->memory_bytes, 16384 * 1024);
	assert_int_equal(host->swap_bytes, 2048 * 1024);
	assert_int_equal(host->page_size, sysconf(_SC_PAGESIZE));
	assert_int_equal(host->boot_ns, UINT64_C(1700000000000000000));
	source_close(s);
	/* a snapshot outlives its source */
	assert_string_equal(snapshot_host(snap)->hostname, "fake");
	snapshot_unref(snap);
	fake_remove(&f);
}

/* v2 has no memory.current for the root: the machine's own figures stand in. */
static void the_root_of_v2(void **state)
{
	struct metric_set swap = {0};
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup_write(&f, "", "/", "memory.stat", "anon 1\ninactive_file 2097152\n");
	fake_cgroup(&f, NULL, "/a");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(snapshot_entity(snap, 0)->class, ENTITY_HOST);
	assert_int_equal(fake_value(snap, "/", METRIC_MEMORY_USAGE), 12288 * 1024);
	assert_int_equal(fake_value(snap, "/", METRIC_MEMORY_SWAP), 1024 * 1024);
	assert_int_equal(fake_value(snap, "/", METRIC_MEMORY_WORKING_SET), 12288 * 1024 - 2097152);
	assert_false(fake_has(snap, "/a", METRIC_MEMORY_USAGE));
	snapshot_unref(snap);
	/* each by itself */
	metric_set_add(&swap, METRIC_MEMORY_SWAP);
	snap = fake_sample(s, &swap);
	assert_int_equal(fake_value(snap, "/", METRIC_MEMORY_SWAP), 1024 * 1024);
	assert_false(fake_has(snap, "/", METRIC_MEMORY_USAGE));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* v1 has: what the kernel says stays. */
static void the_root_of_v1(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V1);
	fake_cgroup_write(&f, "memory", "/", "memory.usage_in_bytes", "4242\n");
	fake_cgroup_write(&f, "memory", "/", "memory.stat", "total_swap 17\n");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/", METRIC_MEMORY_USAGE), 4242);
	assert_int_equal(fake_value(snap, "/", METRIC_MEMORY_SWAP), 17);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Nothing of it is there, or none of it makes sense: figures are absent, and that is all. */
static void an_odd_procfs(void **state)
{
	static const char *const meminfo[] = {"",
					      "MemTotal\nMemFree: 1 kB\n",
					      "MemTotal: many kB\nMemFree: 5 kB\n",
					      "MemFree: 1 kB\nMemTotal: 0 kB\nSwapTotal: 1\nSwapFree: 2\n",
					      "MemTotal: 99999999999999999999 kB\nMemFree: 1 kB\n",
					      "\xff\xff\n\n::: :\n"};

	(void)state;
	for (size_t i = 0; i <= ARRAY_SIZE(meminfo); i++) {
		struct fake f;
		struct source *s;
		struct snapshot *snap;

		fake_make(&f, FAKE_V2);
		if (i < ARRAY_SIZE(meminfo)) {
			fake_write(&f, "proc/meminfo", meminfo[i]);
			fake_write(&f, "proc/stat", "cpu\nbtime\ncpu0");
			fake_write(&f, "proc/sys/kernel/hostname", "no newline");
		} else {
			fake_unlink(&f, "proc/meminfo");
			fake_unlink(&f, "proc/stat");
			fake_unlink(&f, "proc/sys/kernel/hostname");
			fake_unlink(&f, "proc/sys/kernel/osrelease");
		}
		s = fake_open(&f);
		snap = fake_sample(s, NULL);
		assert_false(fake_has(snap, "/", METRIC_MEMORY_USAGE));
		assert_false(fake_has(snap, "/", METRIC_MEMORY_SWAP));
		assert_int_equal(snapshot_host(snap)->n_cpus, i < ARRAY_SIZE(meminfo) ? 1 : 0);
		assert_string_equal(snapshot_host(snap)->hostname,
				    i < ARRAY_SIZE(meminfo) ? "no newline" : "");
		snapshot_unref(snap);
		source_close(s);
		fake_remove(&f);
	}
}

static struct source *open_with_meters(const struct fake *f)
{
	struct collector_options options = fake_options(f);
	struct source *s;
	struct error err;

	options.host_meters = true;
	assert_int_equal(collector_open(&options, &s, &err), 0);
	return s;
}

/* Only where they were asked for, and anew for each sample. */
static void meters(void **state)
{
	const uint64_t tick = UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK);
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	const struct host *host;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_write(&f, "proc/stat", "cpu  10 20 30 400 50 6 7 8 9 10\ncpu0 1 2\nbtime 1700000000\n");
	fake_write(&f, "proc/loadavg", "1.25 0.50 0.10 2/345 6789\n");
	fake_write(&f, "proc/meminfo",
		   "MemTotal: 100 kB\nMemFree: 10 kB\nMemAvailable: 60 kB\n"
		   "SwapTotal: 50 kB\nSwapFree: 20 kB\n");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	host = snapshot_host(snap);
	assert_false(host->meters.cpu_known || host->meters.memory_known || host->meters.swap_known ||
		     host->meters.load_known);
	snapshot_unref(snap);
	source_close(s);

	s = open_with_meters(&f);
	snap = fake_sample(s, NULL);
	host = snapshot_host(snap);
	assert_true(host->meters.cpu_known && host->meters.memory_known && host->meters.swap_known &&
		    host->meters.load_known);
	assert_int_equal(host->meters.cpu_total_ns, 531 * tick); /* guests are in user and nice */
	assert_int_equal(host->meters.cpu_busy_ns, 81 * tick);
	assert_int_equal(host->meters.memory_available_bytes, 60 * 1024);
	assert_int_equal(host->meters.swap_used_bytes, 30 * 1024);
	assert_int_equal(host->meters.load_centi, 125);
	assert_int_equal(host->n_cpus, 1);
	snapshot_unref(snap);

	/* A CPU and memory are plugged in, swap is switched off. */
	fake_write(&f, "proc/stat", "cpu  11 20 30 401 50 6 7 8 9 10\ncpu0 1 2\ncpu1 1 2\n");
	fake_write(&f, "proc/meminfo", "MemTotal: 200 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n");
	fake_unlink(&f, "proc/loadavg");
	snap = fake_sample(s, NULL);
	host = snapshot_host(snap);
	assert_int_equal(host->meters.cpu_total_ns, 533 * tick);
	assert_int_equal(host->n_cpus, 2);
	assert_int_equal(host->memory_bytes, 200 * 1024);
	assert_false(host->meters.memory_known); /* before Linux 3.14 */
	assert_true(host->meters.swap_known);
	assert_int_equal(host->meters.swap_used_bytes, 0);
	assert_false(host->meters.load_known);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

static void odd_meters(void **state)
{
	static const char *const stats[] = {"",
					    "cpu\n",
					    "cpu  1 2 3\n",
					    "cpu  1 2 x 4\n",
					    "cpu  18446744073709551615 1 1 1\n",
					    "cpux 1 2 3 4 5\n"};
	struct fake f;
	struct source *s;

	(void)state;
	fake_make(&f, FAKE_V1);
	s = open_with_meters(&f);
	for (size_t i = 0; i < ARRAY_SIZE(stats); i++) {
		struct snapshot *snap;
		const struct host_meters *m;

		fake_write(&f, "proc/stat", stats[i]);
		fake_write(&f, "proc/loadavg", i % 2 ? "much\n" : "-1.0 2\n");
		fake_write(&f, "proc/meminfo", "SwapTotal: 5 kB\nSwapFree: 6 kB\nMemAvailable: -1 kB\n");
		snap = fake_sample(s, NULL);
		m = &snapshot_host(snap)->meters;
		assert_false(m->cpu_known || m->memory_known || m->swap_known || m->load_known);
		assert_int_equal(snapshot_host(snap)->n_cpus, i == ARRAY_SIZE(stats) - 1 ? 1 : 2);
		snapshot_unref(snap);
	}
	source_close(s);
	fake_remove(&f);
}

/* The root's files of v2, or procfs where there are none; a child's are its own or none. */
static void pressure_of_the_root(void **state)
{
	static const enum fake_kind hosts[] = {FAKE_V1, FAKE_HYBRID, FAKE_V2};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct fake f;
		struct source *s;
		struct snapshot *snap;

		fake_make(&f, hosts[i]);
		fake_cgroup(&f, NULL, "/a");
		fake_write(&f, "proc/pressure/cpu", "some avg10=1.50 avg60=0.00 avg300=0.00 total=77\n");
		fake_write(&f, "proc/pressure/io",
			   "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n"
			   "full avg10=0.00 avg60=0.00 avg300=2.00 total=4\n");
		if (hosts[i] != FAKE_V1)
			fake_cgroup_write(&f, f.hierarchies[0], "/", "cpu.pressure",
					  "some avg10=0.25 avg60=0.00 avg300=0.00 total=99\n"
					  "full avg10=0.00 avg60=0.00 avg300=0.00 total=1\n");
		s = fake_open(&f);
		snap = fake_sample(s, NULL);
		assert_int_equal(fake_value(snap, "/", METRIC_PRESSURE_CPU_SOME),
				 hosts[i] == FAKE_V1 ? 77000 : 99000);
		assert_int_equal(fake_value(snap, "/", METRIC_PRESSURE_CPU_SOME_AVG10),
				 hosts[i] == FAKE_V1 ? 150 : 25);
		assert_int_equal(fake_value(snap, "/", METRIC_PRESSURE_IO_FULL), 4000);
		assert_int_equal(fake_value(snap, "/", METRIC_PRESSURE_IO_FULL_AVG300), 200);
		assert_false(fake_has(snap, "/", METRIC_PRESSURE_MEMORY_SOME));
		assert_false(fake_has(snap, "/a", METRIC_PRESSURE_CPU_SOME));
		snapshot_unref(snap);
		source_close(s);
		fake_remove(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine),
		cmocka_unit_test(the_root_of_v2),
		cmocka_unit_test(the_root_of_v1),
		cmocka_unit_test(an_odd_procfs),
		cmocka_unit_test(meters),
		cmocka_unit_test(odd_meters),
		cmocka_unit_test(pressure_of_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

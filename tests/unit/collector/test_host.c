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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine),
		cmocka_unit_test(the_root_of_v2),
		cmocka_unit_test(the_root_of_v1),
		cmocka_unit_test(an_odd_procfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

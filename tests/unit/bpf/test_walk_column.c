/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_column.h"

#include "base/cleanup.h"
#include "kernels.h"
#include "walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PAGE 4096

/* v2 with every controller, or hybrid: v2 without any, v1's memory and CPU. */
static struct cgroup_layout make_layout(enum cgroup_mode mode)
{
	struct cgroup_layout l = {.mode = mode, .n_hierarchies = mode == CGROUP_V2 ? 1 : 3};

	memset(l.home, -1, sizeof(l.home));
	l.home[CONTROLLER_CORE] = 0;
	l.hierarchies[0].version = 2;
	l.hierarchies[1].version = l.hierarchies[2].version = 1;
	l.home[CONTROLLER_MEMORY] = mode == CGROUP_V2 ? 0 : 1;
	l.home[CONTROLLER_CPU] = mode == CGROUP_V2 ? 0 : 2;
	if (mode == CGROUP_V2)
		l.home[CONTROLLER_PIDS] = l.home[CONTROLLER_IO] = l.home[CONTROLLER_CPUSET] = 0;
	return l;
}

static struct walk_columns make(enum cgroup_mode mode, size_t hierarchy, enum test_kernel k, int pgfault_at)
{
	struct cgroup_layout layout = make_layout(mode);
	struct walk_facts facts = kernel_facts_of(k);
	struct walk_config config;
	struct walk_columns columns;

	assert_int_equal(walk_decide(&facts, &config, NULL), 0);
	walk_columns_make(&layout, hierarchy, &facts, &config, pgfault_at, &columns);
	return columns;
}

static const struct walk_column *find(const struct walk_columns *columns, enum metric_id id)
{
	for (size_t i = 0; i < columns->n; i++)
		if (columns->each[i].id == id)
			return &columns->each[i];
	return NULL;
}

static uint64_t value_of(const struct walk_columns *columns, enum metric_id id, const void *row)
{
	const struct walk_column *column = find(columns, id);

	assert_non_null(column);
	return walk_column_value(column, row, PAGE);
}

static void a_v2_host_gives_it_all(void **state)
{
	struct walk_columns c = make(CGROUP_V2, 0, KERNEL_6_12, 6);
	struct metric_set need = {0};

	(void)state;
	metric_set_defaults(&need);
	/* all but the weight of I/O: which of the policies is the one that has it, no type says */
	metric_set_foreach (id, &need) {
		const struct metric *m = &metrics[id];
		bool there = m->v2.kind == PLACE_CGROUP && id != METRIC_IO_WEIGHT &&
			     (m->v2.controller == CONTROLLER_CORE || m->v2.controller == CONTROLLER_MEMORY ||
			      m->v2.controller == CONTROLLER_CPU || m->v2.controller == CONTROLLER_PIDS ||
			      m->v2.controller == CONTROLLER_IO || m->v2.controller == CONTROLLER_CPUSET);

		if (!!find(&c, id) != there)
			fail_msg("%s is %sgiven", m->id_name, there ? "not " : "");
	}
	assert_int_equal(c.tables, (1U << WALK_TABLES) - 1 - (1U << WALK_CGROUP) - (1U << WALK_FREEZER) -
					   (1U << WALK_LOCAL_EVENT));
}

static void each_hierarchy_gives_its_own(void **state)
{
	struct walk_columns v2 = make(CGROUP_HYBRID, 0, KERNEL_6_18, 12);
	struct walk_columns memory = make(CGROUP_HYBRID, 1, KERNEL_6_18, 12);
	struct walk_columns cpu = make(CGROUP_HYBRID, 2, KERNEL_6_18, 12);

	(void)state;
	assert_int_equal(v2.tables, 1U << WALK_BASE | 1U << WALK_PRESSURE | 1U << WALK_AVERAGE);
	assert_int_equal(memory.tables,
			 1U << WALK_MEMORY | 1U << WALK_STAT | 1U << WALK_EVENT | 1U << WALK_LOCAL_EVENT);
	assert_int_equal(cpu.tables, 1U << WALK_CPU);
	assert_non_null(find(&v2, METRIC_CPU_USAGE));
	assert_null(find(&v2, METRIC_MEMORY_USAGE));
	assert_non_null(find(&memory, METRIC_MEMORY_PGFAULT_LOCAL));
	assert_non_null(find(&cpu, METRIC_CPU_QUOTA));
}

static void what_this_kernel_has_not_comes_from_files(void **state)
{
	struct walk_columns c = make(CGROUP_V2, 0, KERNEL_6_1, -1);

	(void)state;
	assert_null(find(&c, METRIC_CPU_NICE));
	assert_null(find(&c, METRIC_PIDS_PEAK));
	assert_null(find(&c, METRIC_MEMORY_SWAP_PEAK));
	assert_null(find(&c, METRIC_MEMORY_PGPROMOTE_SUCCESS));
	/* not known yet where they are */
	assert_null(find(&c, METRIC_MEMORY_PGFAULT));
	assert_null(find(&c, METRIC_MEMORY_PGSCAN));
	assert_non_null(find(&c, METRIC_MEMORY_ANON));
	c = make(CGROUP_V2, 0, KERNEL_7_2, 2);
	assert_null(find(&c, METRIC_IO_READ_BYTES));
	assert_non_null(find(&c, METRIC_IO_RBPS_MAX));
	assert_non_null(find(&c, METRIC_MEMORY_PGSCAN));
}

static void figures_are_those_of_the_files(void **state)
{
	struct walk_columns c = make(CGROUP_V2, 0, KERNEL_6_18, 12);
	struct walk_columns v1 = make(CGROUP_HYBRID, 1, KERNEL_6_18, 12);
	struct walk_columns old = make(CGROUP_V2, 0, KERNEL_6_1, 6);
	struct walk_cpu cpu = {.quota_ns = 50000000, .period_ns = 100000000, .shares = 512 << 10};
	struct walk_base base = {.total_ns = 1234567, .flags = 1U << 3, .populated = 7};
	struct walk_memory memory = {.usage = 3, .max = INT64_MAX / PAGE, .high = 5, .low = 0};
	struct walk_pids pids = {.max = (4U << 20) + 1};
	struct walk_pressure pressure = {.total = {[4] = 1999}};
	struct walk_average average = {.each = {[12] = 3 * 2048 + 1024}};

	(void)state;
	assert_int_equal(value_of(&c, METRIC_CPU_USAGE, &base), 1234000);
	assert_int_equal(value_of(&c, METRIC_FROZEN_V2, &base), 1);
	assert_int_equal(value_of(&c, METRIC_POPULATED, &base), 1);
	assert_int_equal(value_of(&c, METRIC_CPU_QUOTA, &cpu), 50000);
	assert_int_equal(value_of(&c, METRIC_CPU_PERIOD, &cpu), 100000);
	assert_int_equal(value_of(&c, METRIC_CPU_WEIGHT, &cpu), 50);
	cpu.quota_ns = UINT64_MAX;
	cpu.shares = 1024 << 10;
	assert_int_equal(value_of(&c, METRIC_CPU_QUOTA, &cpu), UNLIMITED);
	assert_int_equal(value_of(&c, METRIC_CPU_WEIGHT, &cpu), 100);
	assert_int_equal(value_of(&c, METRIC_CPU_SHARES, &cpu), 1024);
	/* cpu.idle */
	cpu.shares = 3 << 10;
	assert_int_equal(value_of(&c, METRIC_CPU_WEIGHT, &cpu), 1);
	assert_int_equal(value_of(&old, METRIC_CPU_WEIGHT, &cpu), 0);
	assert_int_equal(value_of(&c, METRIC_MEMORY_USAGE, &memory), 3 * PAGE);
	assert_int_equal(value_of(&c, METRIC_MEMORY_LIMIT, &memory), UNLIMITED);
	assert_int_equal(value_of(&c, METRIC_MEMORY_HIGH, &memory), 5 * PAGE);
	assert_int_equal(value_of(&v1, METRIC_MEMORY_LIMIT, &memory), UNLIMITED);
	assert_int_equal(value_of(&c, METRIC_PIDS_MAX, &pids), UNLIMITED);
	pids.max = 12;
	assert_int_equal(value_of(&c, METRIC_PIDS_MAX, &pids), 12);
	assert_int_equal(value_of(&c, METRIC_PRESSURE_CPU_SOME, &pressure), 1000);
	assert_int_equal(value_of(&c, METRIC_PRESSURE_CPU_SOME_AVG10, &average), 350);
}

static void sums_and_amounts_of_memory_stat(void **state)
{
	struct walk_columns c = make(CGROUP_V2, 0, KERNEL_6_18, 12);
	struct walk_stat stat = {0};
	struct walk_events events = {0};

	(void)state;
	events.each[4] = 1; /* pgscan_kswapd, _direct, _khugepaged, _proactive */
	events.each[5] = 20;
	events.each[6] = 300;
	events.each[7] = 4000;
	events.each[8] = 9; /* pgsteal_kswapd */
	events.each[12] = 77;
	stat.state[5] = 100; /* slab, in bytes */
	stat.state[6] = 11;
	stat.state[14] = 2;
	stat.state[23] = 3; /* kernel stacks, in KiB */
	assert_int_equal(value_of(&c, METRIC_MEMORY_PGSCAN, &events), 4321);
	assert_int_equal(value_of(&c, METRIC_MEMORY_PGSTEAL, &events), 9);
	assert_int_equal(value_of(&c, METRIC_MEMORY_PGFAULT, &events), 77);
	assert_int_equal(value_of(&c, METRIC_MEMORY_SLAB, &stat), 111);
	assert_int_equal(value_of(&c, METRIC_MEMORY_ANON, &stat), 2 * PAGE);
	assert_int_equal(value_of(&c, METRIC_MEMORY_KERNEL_STACK, &stat), 3 * 1024);
	/* changed on several CPUs, and added up in between */
	stat.state[14] = -1;
	assert_int_equal(value_of(&c, METRIC_MEMORY_ANON, &stat), 0);
}

/* Of memory.stat's arrays only what lies between the first and the last that is needed. */
static void what_is_not_needed_is_not_copied(void **state)
{
	struct walk_columns all = make(CGROUP_V2, 0, KERNEL_6_18, 12), some;
	struct walk_stat stat = {.state = {[0] = 2, [14 - 6] = 5}};
	struct walk_events events = {.each = {[0] = 7, [1] = 70, [2] = 700, [3] = 7000}};
	struct metric_set need = {0};

	(void)state;
	metric_set_add(&need, METRIC_MEMORY_USAGE);
	walk_columns_choose(&all, &need, &some);
	assert_int_equal(some.n, 1);
	assert_int_equal(some.tables, 1U << WALK_MEMORY);
	assert_int_equal(some.states.n + some.events.n, 0);

	metric_set_add(&need, METRIC_MEMORY_ANON);		 /* state[14] */
	metric_set_add(&need, METRIC_MEMORY_SLAB_UNRECLAIMABLE); /* state[6] */
	metric_set_add(&need, METRIC_MEMORY_PGSCAN);		 /* events[4] to [7] */
	walk_columns_choose(&all, &need, &some);
	assert_int_equal(some.states.first, 6);
	assert_int_equal(some.states.n, 9);
	assert_int_equal(some.events.first, 4);
	assert_int_equal(some.events.n, 4);
	assert_int_equal(value_of(&some, METRIC_MEMORY_SLAB_UNRECLAIMABLE, &stat), 2);
	assert_int_equal(value_of(&some, METRIC_MEMORY_ANON, &stat), 5 * PAGE);
	assert_int_equal(value_of(&some, METRIC_MEMORY_PGSCAN, &events), 7777);
	/* of all there are, nothing was changed */
	assert_int_equal(all.states.n + all.events.n, 0);
	assert_int_equal(find(&all, METRIC_MEMORY_ANON)->offset, offsetof(struct walk_stat, state[14]));
}

static struct cputime adjust(uint64_t total, uint64_t user, uint64_t system, struct cputime by_file,
			     struct cputime by_us)
{
	return walk_adjust_cputime(total, &(struct cputime){user, system}, &by_file, &by_us);
}

static void user_and_system_time(void **state)
{
	const struct cputime none = {0};
	struct cputime t;

	(void)state;
	/* a third of the samples was in the kernel */
	t = adjust(900, 20, 10, none, none);
	assert_true(t.user_ns == 600 && t.system_ns == 300);
	/* it never goes back, though the share is another now */
	t = adjust(950, 90, 0, none, t);
	assert_true(t.user_ns == 650 && t.system_ns == 300);
	t = adjust(1000, 0, 90, none, t);
	assert_true(t.user_ns == 650 && t.system_ns == 350);
	/* the total of a moment ago */
	t = adjust(990, 1, 1, none, t);
	assert_true(t.user_ns == 650 && t.system_ns == 350);
	/* what the file showed counts as well, unless we showed more */
	t = adjust(1000, 10, 10, (struct cputime){100, 700}, none);
	assert_true(t.user_ns == 300 && t.system_ns == 700);
	t = adjust(1000, 10, 10, (struct cputime){100, 700}, (struct cputime){400, 100});
	assert_true(t.user_ns == 400 && t.system_ns == 600);
	/* nothing was sampled yet: it is all user time; nothing but the kernel was: all of it is system time
	 */
	t = adjust(5, 0, 0, none, none);
	assert_true(t.user_ns == 5 && t.system_ns == 0);
	t = adjust(5, 0, 1, none, none);
	assert_true(t.user_ns == 0 && t.system_ns == 5);
	/* too large for 64 bits on the way */
	t = adjust(UINT64_C(1) << 62, UINT64_C(1) << 61, UINT64_C(1) << 61, none, none);
	assert_true(t.user_ns == UINT64_C(1) << 61 && t.system_ns == t.user_ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_v2_host_gives_it_all),
		cmocka_unit_test(each_hierarchy_gives_its_own),
		cmocka_unit_test(what_this_kernel_has_not_comes_from_files),
		cmocka_unit_test(figures_are_those_of_the_files),
		cmocka_unit_test(sums_and_amounts_of_memory_stat),
		cmocka_unit_test(what_is_not_needed_is_not_copied),
		cmocka_unit_test(user_and_system_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/limits.h"
#include "layout_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void rows_are_whole(void **state)
{
	(void)state;
	for (enum limit i = 0; i < LIMIT__COUNT; i++) {
		assert_true(limit_rows[i].flag && *limit_rows[i].flag && *limit_rows[i].flag != '-');
		assert_true(limit_rows[i].group && *limit_rows[i].group);
		assert_true(limit_rows[i].key && *limit_rows[i].key);
		for (enum limit j = 0; j < i; j++)
			assert_string_not_equal(limit_rows[i].flag, limit_rows[j].flag);
	}
	for (enum device_limit_kind i = 0; i < DEVICE_LIMIT__COUNT; i++)
		assert_true(device_limit_flags[i] && device_limit_keys[i]);
	assert_true(LIMIT__COUNT <= 32);
}

static void later_numbers_win(void **state)
{
	struct cgroup_limits base = {0};
	struct cgroup_limits more = {0};
	struct arena arena = {0};

	(void)state;
	limit_set(&base, LIMIT_MEMORY, 100);
	limit_set(&base, LIMIT_PIDS, 5);
	limit_set(&more, LIMIT_MEMORY, 0);
	limit_set(&more, LIMIT_CPU_IDLE, 1);
	base.cpuset_cpus = "0";
	more.cpuset_mems = "1";
	assert_int_equal(cgroup_limits_merge(&base, &more, &arena), 0);
	assert_true(limit_is_set(&base, LIMIT_MEMORY) && base.value[LIMIT_MEMORY] == 0);
	assert_true(limit_is_set(&base, LIMIT_PIDS) && base.value[LIMIT_PIDS] == 5);
	assert_true(limit_is_set(&base, LIMIT_CPU_IDLE) && base.value[LIMIT_CPU_IDLE] == 1);
	assert_false(limit_is_set(&base, LIMIT_CPU_SHARES));
	assert_string_equal(base.cpuset_cpus, "0");
	assert_string_equal(base.cpuset_mems, "1");
	arena_free(&arena);
}

static void lists_merge_by_what_they_name(void **state)
{
	struct device_limit d1[] = {{DEVICE_READ_BPS, 8, 0, 1}, {DEVICE_WRITE_BPS, 8, 0, 2}};
	struct device_limit d2[] = {{DEVICE_READ_BPS, 8, 16, 3}, {DEVICE_WRITE_BPS, 8, 0, 4}};
	struct page_limit p1[] = {{"2MB", 1}, {"1GB", 2}};
	struct page_limit p2[] = {{"2MB", 3}};
	char name[] = "memory.oom.group";
	struct file_limit f1[] = {{"memory.oom.group", "0"}};
	struct file_limit f2[] = {{name, "1"}, {"cpu.idle", "1"}};
	struct device_rule rule = {true, 'c', 1, 3, DEVICE_READ};
	struct cgroup_limits base = {.devices = d1,
				     .n_devices = 2,
				     .pages = p1,
				     .n_pages = 2,
				     .files = f1,
				     .n_files = 1,
				     .rules = &rule,
				     .n_rules = 1};
	struct cgroup_limits more = {
		.devices = d2, .n_devices = 2, .pages = p2, .n_pages = 1, .files = f2, .n_files = 2};
	struct arena arena = {0};

	(void)state;
	assert_int_equal(cgroup_limits_merge(&base, &more, &arena), 0);
	assert_int_equal(base.n_devices, 3);
	assert_int_equal(base.devices[0].value, 1);
	assert_int_equal(base.devices[1].value, 3);
	assert_int_equal(base.devices[2].value, 4);
	assert_int_equal(base.n_pages, 2);
	assert_string_equal(base.pages[0].page_size, "1GB");
	assert_int_equal(base.pages[1].bytes, 3);
	assert_int_equal(base.n_files, 2);
	name[0] = 'X'; /* texts are copies */
	assert_string_equal(base.files[0].file, "memory.oom.group");
	assert_string_equal(base.files[0].value, "1");
	assert_ptr_equal(base.rules, &rule);
	assert_int_equal(base.n_rules, 1);
	arena_free(&arena);
}

static uint32_t bit(const struct fixture *f, enum controller c)
{
	return UINT32_C(1) << f->layout.home[c];
}

static void hierarchies_that_are_needed(void **state)
{
	struct page_limit page = {"2MB", 1};
	struct file_limit file = {"devices.allow", "a"};
	struct cgroup_limits l = {0};
	struct fixture f;
	uint32_t usual;

	(void)state;
	fixture_open(&f, CGROUP_V2);
	assert_int_equal(cgroup_limits_hierarchies(&l, &f.layout), 1);
	fixture_close(&f);

	fixture_open(&f, CGROUP_HYBRID);
	usual = bit(&f, CONTROLLER_CORE) | bit(&f, CONTROLLER_CPU) | bit(&f, CONTROLLER_CPUACCT) |
		bit(&f, CONTROLLER_MEMORY) | bit(&f, CONTROLLER_IO) | bit(&f, CONTROLLER_PIDS);
	assert_int_equal(cgroup_limits_hierarchies(&l, &f.layout), usual);
	l.cpuset_mems = "0";
	assert_int_equal(cgroup_limits_hierarchies(&l, &f.layout), usual | bit(&f, CONTROLLER_CPUSET));
	l = (struct cgroup_limits){.pages = &page, .n_pages = 1, .files = &file, .n_files = 1};
	assert_int_equal(cgroup_limits_hierarchies(&l, &f.layout),
			 usual | bit(&f, CONTROLLER_HUGETLB) | bit(&f, CONTROLLER_DEVICES));
	fixture_close(&f);

	fixture_open(&f, CGROUP_V1);
	l = (struct cgroup_limits){0};
	usual = bit(&f, CONTROLLER_CPU) | bit(&f, CONTROLLER_MEMORY) | bit(&f, CONTROLLER_IO) |
		bit(&f, CONTROLLER_PIDS) | bit(&f, CONTROLLER_FREEZER) | bit(&f, CONTROLLER_DEVICES);
	assert_int_equal(cgroup_limits_hierarchies(&l, &f.layout), usual);
	/* a host without the controller of a limit: the plan says so, this does not */
	f.layout.home[CONTROLLER_PIDS] = -1;
	limit_set(&l, LIMIT_PIDS, 3);
	assert_true((cgroup_limits_hierarchies(&l, &f.layout) & ~usual) == 0);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(later_numbers_win),
		cmocka_unit_test(lists_merge_by_what_they_name),
		cmocka_unit_test(hierarchies_that_are_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

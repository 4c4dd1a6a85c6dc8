/* SPDX-License-Identifier: Apache-2.0 */
#include "events_translate.h"

#include "base/cleanup.h"
#include "events.h"
#include "events_last.h"
#include "kernels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PAGE 4096

static bool translate(const void *record, size_t size, struct kernel_event *e)
{
	return events_translate(record, size, PAGE, e);
}

static void each_form_has_its_figures(void **state)
{
	const struct told_short made = {{TOLD_MADE, TOLD_FORM_SHORT, 3, {0}, 77, 12}, "/a/b"};
	const struct told_exec exec = {{TOLD_EXEC, TOLD_FORM_EXEC, 0, {0}, 78, 13}, 100, 7, "/bin/true"};
	const struct told_exit ended = {
		{TOLD_EXIT, TOLD_FORM_EXIT, 0, {0}, 79, 13}, 100, 7, 3 << 8, 0, "true"};
	const struct told_oom oom = {{TOLD_OOM_KILL, TOLD_FORM_OOM, 0, {0}, 80, 13}, 101, 4, 55, 3, "hog"};
	const struct told_storm storm = {{TOLD_FORK_STORM, TOLD_FORM_STORM, 2, {0}, 81, 14}, 1000};
	struct kernel_event e;

	(void)state;
	assert_true(translate(&made, sizeof(made), &e));
	assert_true(e.kind == KERNEL_CGROUP_MADE && e.hierarchy == 3 && e.cgroup == 12 &&
		    e.monotonic_ns == 77);
	assert_string_equal(e.path, "/a/b");
	assert_string_equal(e.word, "");
	assert_null(e.final);
	assert_true(translate(&exec, sizeof(exec), &e));
	assert_true(e.kind == KERNEL_EXEC && e.pid == 100 && e.inner_pid == 7);
	assert_string_equal(e.word, "/bin/true");
	assert_string_equal(e.path, "");
	assert_true(translate(&ended, sizeof(ended), &e));
	assert_true(e.kind == KERNEL_EXIT && e.pid == 100 && e.status == 3 << 8);
	assert_true(translate(&oom, sizeof(oom), &e));
	assert_true(e.kind == KERNEL_OOM_KILL && e.culprit == 55 && e.culprit_hierarchy == 4 &&
		    e.bytes == 3 * PAGE);
	assert_true(translate(&storm, sizeof(storm), &e));
	assert_true(e.kind == KERNEL_FORK_STORM && e.count == 1000 && e.hierarchy == 2);
}

static void what_is_no_record_is_no_event(void **state)
{
	struct told_long made = {{TOLD_MADE, TOLD_FORM_LONG, 3, {0}, 77, 12}, "/a/b"};
	struct kernel_event e;

	(void)state;
	assert_true(translate(&made, sizeof(made), &e));
	assert_false(translate(&made, sizeof(made) - 1, &e));
	assert_false(translate(&made, sizeof(made.head) - 1, &e));
	made.head.form = TOLD_FORM_STORM + 1;
	assert_false(translate(&made, sizeof(made), &e));
	made.head.form = TOLD_FORM_LONG;
	made.head.kind = TOLD_FORK_STORM + 1;
	assert_false(translate(&made, sizeof(made), &e));
	made.head.kind = TOLD_RENAMED;
	made.head.hierarchy = TOLD_HIERARCHIES;
	assert_false(translate(&made, sizeof(made), &e));
}

/* ---- last figures */

static const struct events_config fresh = {.adds_cpu = true, .adds_cpuacct = true, .adds_io = true};

static struct cgroup_layout hybrid(void)
{
	struct cgroup_layout l = {.mode = CGROUP_HYBRID, .n_hierarchies = 3};

	memset(l.home, -1, sizeof(l.home));
	l.hierarchies[0].version = 2;
	l.hierarchies[1].version = l.hierarchies[2].version = 1;
	l.home[CONTROLLER_CORE] = 0;
	l.home[CONTROLLER_MEMORY] = 1;
	l.home[CONTROLLER_CPUACCT] = 2;
	return l;
}

static struct walk_columns columns_of(const struct cgroup_layout *layout, size_t h,
				      const struct events_config *config)
{
	struct walk_facts facts = kernel_facts_of(KERNEL_6_18);
	struct walk_columns columns;

	events_last_columns(layout, h, &facts, config, &columns);
	return columns;
}

static bool has(const struct walk_columns *columns, enum metric_id id)
{
	for (size_t i = 0; i < columns->n; i++)
		if (columns->each[i].id == id)
			return true;
	return false;
}

static void counters_and_peaks_stay(void **state)
{
	struct cgroup_layout v2 = {.mode = CGROUP_V2, .n_hierarchies = 1}, mixed = hybrid();
	struct walk_columns c, none;

	(void)state;
	memset(v2.home, 0, sizeof(v2.home));
	v2.hierarchies[0].version = 2;
	c = columns_of(&v2, 0, &fresh);
	assert_true(has(&c, METRIC_CPU_USAGE) && has(&c, METRIC_MEMORY_PEAK) && has(&c, METRIC_PIDS_PEAK));
	assert_true(has(&c, METRIC_IO_READ_BYTES) && has(&c, METRIC_OOM_KILLS) &&
		    has(&c, METRIC_PRESSURE_IO_SOME));
	assert_true(has(&c, METRIC_CPU_THROTTLED_TIME) && has(&c, METRIC_CPU_QUOTA));
	assert_false(has(&c, METRIC_MEMORY_USAGE) || has(&c, METRIC_MEMORY_LIMIT) ||
		     has(&c, METRIC_PIDS_CURRENT));
	assert_false(has(&c, METRIC_MEMORY_PGFAULT) || c.tables & (1U << WALK_STAT | 1U << WALK_EVENT));
	none = columns_of(&v2, 0, &(struct events_config){0});
	assert_false(has(&none, METRIC_CPU_USAGE) || has(&none, METRIC_IO_READ_BYTES));
	assert_true(has(&none, METRIC_MEMORY_PEAK));
	c = columns_of(&mixed, 1, &fresh);
	assert_int_equal(c.tables, 1U << WALK_MEMORY);
	c = columns_of(&mixed, 2, &fresh);
	assert_int_equal(c.tables, 1U << WALK_BASE);
	assert_true(has(&c, METRIC_CPU_USAGE) && has(&c, METRIC_CPU_SYSTEM));
}

static struct snapshot *fill(const struct told_head *record, const struct walk_columns *columns,
			     const struct cputime *shown)
{
	struct identity *who = identity_new(&(struct identity){0});
	struct metric_set all = {0};
	struct snapshot *s;

	for (enum metric_group g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&all, g);
	s = snapshot_new(&all, &(struct host){.n_cpus = 1}, 1, 0, 1);
	assert_int_equal(snapshot_add(s, &(struct entity){.path = "/x", .parent = -1, .identity = who}), 0);
	identity_unref(who);
	assert_true(events_last_fill(record, columns, PAGE, shown, NULL, s, 0));
	snapshot_seal(s);
	return s;
}

static uint64_t value(const struct snapshot *s, enum metric_id id)
{
	uint64_t v = UINT64_MAX;

	(void)snapshot_get(s, 0, id, &v);
	return v;
}

static void a_record_fills_a_snapshot(void **state)
{
	static struct told_last last = {{TOLD_REMOVED, TOLD_FORM_LAST, 0, {0}, 1, 2}, .path = "/x"};
	struct cgroup_layout v2 = {.mode = CGROUP_V2, .n_hierarchies = 1};
	struct walk_columns c;
	struct kernel_event e;
	struct snapshot *s;
	uint64_t sum;

	(void)state;
	memset(v2.home, 0, sizeof(v2.home));
	v2.hierarchies[0].version = 2;
	c = columns_of(&v2, 0, &fresh);
	assert_true(translate(&last, sizeof(last), &e) && !e.final);
	last.has = 1U << WALK_BASE | 1U << WALK_MEMORY | 1U << WALK_IO;
	last.base = (struct walk_base){.total_ns = 9000000, .user_ns = 1, .system_ns = 2};
	last.memory.peak = 5;
	last.pids.peak = 6;
	last.n_io = 1;
	last.io[0] = (struct walk_io){.major = 8, .bytes = {4096, 1, 2}, .ios = {1, 1, 1}};
	assert_true(translate(&last, sizeof(last), &e) && e.final == &last);
	assert_string_equal(e.path, "/x");
	s = fill(&last.head, &c, &(struct cputime){.user_ns = 4000000});
	assert_int_equal(value(s, METRIC_CPU_USAGE), 9000000);
	/* two thirds were in the kernel, as sampled; what was shown before stays */
	assert_int_equal(value(s, METRIC_CPU_USER), 4000000);
	assert_int_equal(value(s, METRIC_CPU_SYSTEM), 5000000);
	assert_int_equal(value(s, METRIC_MEMORY_PEAK), 5 * PAGE);
	assert_int_equal(value(s, METRIC_PIDS_PEAK), UINT64_MAX);
	assert_true(snapshot_sum(s, 0, METRIC_IO_READ_BYTES, &sum) && sum == 4096);
	snapshot_unref(s);
}

static void v1_has_its_controllers(void **state)
{
	struct told_last_one last = {{TOLD_REMOVED, TOLD_FORM_LAST_ONE, 2, {0}, 1, 2},
				     .has = 1U << WALK_BASE};
	struct cgroup_layout mixed = hybrid();
	struct walk_columns c = columns_of(&mixed, 2, &fresh);
	struct snapshot *s;

	(void)state;
	last.base = (struct walk_base){.total_ns = 90000001, .user_ns = 1, .system_ns = 0};
	s = fill(&last.head, &c, &(struct cputime){0});
	assert_int_equal(value(s, METRIC_CPU_USAGE), 90000001);
	/* the file has hundredths of a second */
	assert_int_equal(value(s, METRIC_CPU_USER), 90000000);
	assert_int_equal(value(s, METRIC_CPU_SYSTEM), 0);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_has_its_figures), cmocka_unit_test(what_is_no_record_is_no_event),
		cmocka_unit_test(counters_and_peaks_stay),   cmocka_unit_test(a_record_fills_a_snapshot),
		cmocka_unit_test(v1_has_its_controllers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

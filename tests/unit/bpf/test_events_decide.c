/* SPDX-License-Identifier: Apache-2.0 */
#include "events_decide.h"

#include "base/cleanup.h"
#include "kernel_layout.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What events_facts_ask finds in the BTF of each, on 64 bits. */
enum kernel { K5_15, K5_18, K6_1, K6_12, K6_18, K7_2, KERNELS };

static struct events_facts facts_of(enum kernel k)
{
	struct events_facts f = {
		.ring_buffer = true,
		.loop = k >= K5_18,
		.cpu_lookup = k >= K6_1,
		/* carried back into Debian's 6.1 */
		.victim_is_task = k >= K6_1,
		.exit_arguments = k >= K6_18 ? 2 : 1,
		.bstat_at = 0,
		.last_bstat_at = k >= K6_12 ? 32 : 24, /* nice time is of 6.12 */
		.cpuusage_at = 232,
		.cpustat_at = 240,
		.iostat_cpu = true,
	};

	for (size_t p = 0; p < EVENTS_PROGRAM__COUNT; p++)
		f.tracepoint[p] = true;
	return f;
}

static struct events_config decide(enum kernel k)
{
	struct events_facts facts = facts_of(k);
	struct events_config c;

	assert_int_equal(events_decide(&facts, &c, NULL), 0);
	return c;
}

static void each_kernel_has_what_it_can_give(void **state)
{
	static const struct {
		bool cpu, cpuacct, io, exit_tells_last, victim_is_task;
	} rows[KERNELS] = {
		[K5_15] = {false, false, false, false, false}, [K5_18] = {false, false, false, false, false},
		[K6_1] = {true, true, true, false, true},      [K6_12] = {true, true, true, false, true},
		[K6_18] = {true, true, true, true, true},      [K7_2] = {true, true, true, true, true},
	};

	(void)state;
	for (enum kernel k = 0; k < KERNELS; k++) {
		struct events_config c = decide(k);

		assert_int_equal(c.adds_cpu, rows[k].cpu);
		assert_int_equal(c.adds_cpuacct, rows[k].cpuacct);
		assert_int_equal(c.adds_io, rows[k].io);
		assert_int_equal(c.exit_tells_last, rows[k].exit_tells_last);
		assert_int_equal(c.program[EVENTS_PROGRAM_mark_victim], rows[k].victim_is_task);
		assert_int_equal(c.program[EVENTS_PROGRAM_mark_victim_pid], !rows[k].victim_is_task);
		assert_int_equal(c.program[EVENTS_PROGRAM_signal_generate], !rows[k].victim_is_task);
		assert_true(c.program[EVENTS_PROGRAM_cgroup_mkdir] &&
			    c.program[EVENTS_PROGRAM_sched_process_exit]);
		assert_int_equal(*c.missing == '\0', rows[k].cpu);
	}
}

static void what_is_missing_costs_itself_and_is_said(void **state)
{
	struct events_facts f = facts_of(K6_12);
	struct events_config c;

	(void)state;
	f.cpuusage_at = -1;
	f.tracepoint[EVENTS_PROGRAM_cgroup_rename] = false;
	f.tracepoint[EVENTS_PROGRAM_sched_process_fork] = false;
	assert_int_equal(events_decide(&f, &c, NULL), 0);
	assert_string_equal(c.missing, "this kernel has no tracepoint for renamed cgroups, fork storms");
	assert_false(c.program[EVENTS_PROGRAM_cgroup_rename] || c.adds_cpuacct);
	assert_true(c.program[EVENTS_PROGRAM_cgroup_rmdir]);
	/* a PID alone is nobody; and it is said once, though it takes two programs */
	f = facts_of(K5_18);
	f.tracepoint[EVENTS_PROGRAM_signal_generate] = false;
	assert_int_equal(events_decide(&f, &c, NULL), 0);
	assert_false(c.program[EVENTS_PROGRAM_mark_victim_pid]);
	assert_non_null(strstr(c.missing, "no tracepoint for OOM kills; "));
	f.tracepoint[EVENTS_PROGRAM_mark_victim_pid] = false;
	assert_int_equal(events_decide(&f, &c, NULL), 0);
	assert_ptr_equal(strstr(strstr(c.missing, "OOM kills") + 1, "OOM kills"), NULL);
}

static void nothing_at_all_is_no_events(void **state)
{
	struct events_facts f = facts_of(K6_1);
	struct events_config c = {.missing = "kept"};
	struct error err;

	(void)state;
	f.ring_buffer = false;
	assert_int_equal(events_decide(&f, &c, &err), -ENOTSUP);
	assert_non_null(strstr(err.cause, "ring buffer"));
	f = (struct events_facts){.ring_buffer = true};
	assert_int_equal(events_decide(&f, &c, &err), -ENOTSUP);
	assert_string_equal(c.missing, "kept");
}

static void less_is_said_once_and_ends(void **state)
{
	struct events_config c = decide(K6_18);

	(void)state;
	assert_true(events_decide_less(&c));
	assert_false(c.adds_cpu || c.adds_cpuacct || c.adds_io);
	assert_non_null(strstr(c.missing, "CPU time"));
	assert_true(c.program[EVENTS_PROGRAM_cgroup_rmdir]);
	assert_false(events_decide_less(&c));
}

static void hierarchies_have_the_kernels_numbers(void **state)
{
	static const char text[] =
		"9:name=systemd:/a:b\n12:cpu,cpuacct:/\n4:memory:/x\n99999999999:pids:/\n0::/";
	const struct {
		struct hierarchy h;
		int id;
	} rows[] = {
		{{.version = 2, .options = (char *)(uintptr_t) ""}, 0},
		{{.version = 1, .options = (char *)(uintptr_t) "cpu,cpuacct"}, 12},
		{{.version = 1, .options = (char *)(uintptr_t) "memory"}, 4},
		{{.version = 1, .options = (char *)(uintptr_t) "name=systemd"}, 9},
		{{.version = 1, .options = (char *)(uintptr_t) "cpu"}, -1},
		{{.version = 1, .options = (char *)(uintptr_t) "pids"}, -1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(kernel_layout_id_in(text, &rows[i].h), rows[i].id);
		assert_int_equal(kernel_layout_id_in("", &rows[i].h), -1);
		assert_int_equal(kernel_layout_id_in("no line of it", &rows[i].h), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kernel_has_what_it_can_give),
		cmocka_unit_test(what_is_missing_costs_itself_and_is_said),
		cmocka_unit_test(nothing_at_all_is_no_events),
		cmocka_unit_test(less_is_said_once_and_ends),
		cmocka_unit_test(hierarchies_have_the_kernels_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "collector_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID "4444444444444444444444444444444444444444444444444444444444444444"
#define DOCKER "/docker/" ID

static struct node *node_at(struct source *s, const char *path)
{
	struct node *n = map_get(&((struct collector *)(void *)s)->tree.by_path, slice_of(path));

	assert_non_null(n);
	return n;
}

/* As the runtime's metadata would say it. */
static void set_identity(struct source *s, const char *path, const struct identity *who)
{
	struct node *n = node_at(s, path);

	identity_unref(n->identity);
	n->identity = identity_new(who);
	n->found_ns = 1; /* not young any more: metadata is not asked after again */
	assert_non_null(n->identity);
}

static void counts_below(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a/b/c");
	fake_cgroup(&f, NULL, "/a/d");
	fake_cgroup(&f, NULL, "/empty");
	fake_cgroup_write(&f, "", "/", "cgroup.procs", "1\n2\n");
	fake_cgroup_write(&f, "", "/a/b", "cgroup.procs", "10\n11\n0\n");
	fake_cgroup_write(&f, "", "/a/b/c", "cgroup.procs", "12\n");
	fake_cgroup_write(&f, "", "/a/d", "cgroup.procs", "13\njunk\n-1\n99999999999\n");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/", METRIC_PROCESSES), 7);
	assert_int_equal(fake_value(snap, "/a", METRIC_PROCESSES), 5);
	assert_int_equal(fake_value(snap, "/a/b", METRIC_PROCESSES), 4); /* one of another PID namespace */
	assert_int_equal(fake_value(snap, "/a/b/c", METRIC_PROCESSES), 1);
	assert_int_equal(fake_value(snap, "/a/d", METRIC_PROCESSES), 1);
	assert_int_equal(fake_value(snap, "/empty", METRIC_PROCESSES), 0);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Read as a whole or from one node on: the same. */
static void below_one_node(void **state)
{
	struct fake f;
	struct source *s;
	struct collector *c;
	struct node *n;
	uint32_t first;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a/b");
	fake_cgroup(&f, NULL, "/a/c/d");
	fake_cgroup_write(&f, "", "/a/b", "cgroup.procs", "10\n11\n");
	fake_cgroup_write(&f, "", "/a/c/d", "cgroup.procs", "12\n");
	s = fake_open(&f);
	c = (struct collector *)(void *)s;
	n = node_at(s, "/a");
	processes_read(c, tree_order(&c->tree), c->tree.n_nodes);
	first = n->first_pid;
	assert_int_equal(n->n_processes, 3);
	assert_int_not_equal(first, 0);
	processes_read_below(c, n);
	assert_int_equal(n->n_processes, 3);
	assert_int_equal(n->first_pid, first);
	assert_int_equal(node_at(s, "/a/c/d")->first_pid, 12);
	assert_int_equal(node_at(s, "/")->n_processes, 3); /* not added twice */
	source_close(s);
	fake_remove(&f);
}

static void first_process(void **state)
{
	struct fake f;
	struct source *s;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, DOCKER "/inner");
	fake_cgroup(&f, NULL, DOCKER "/inner/deep");
	fake_cgroup(&f, NULL, "/plain");
	fake_cgroup_write(&f, "", "/plain", "cgroup.procs", "30\n0\n31\n");
	fake_cgroup_write(&f, "", DOCKER, "cgroup.procs", "20\n21\n22\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	/* a process that cannot be named is not the first */
	assert_int_equal(node_at(s, "/plain")->first_pid, 30);
	assert_int_equal(node_at(s, DOCKER)->first_pid, 20);

	/* what the runtime wrote down decides: an exec may be listed first */
	set_identity(s, DOCKER, &(struct identity){.id = ID, .init_pid = 21});
	snapshot_unref(fake_sample(s, NULL));
	assert_int_equal(node_at(s, DOCKER)->first_pid, 21);

	/* and inside the container, too */
	fake_cgroup_write(&f, "", DOCKER, "cgroup.procs", "");
	fake_cgroup_write(&f, "", DOCKER "/inner", "cgroup.procs", "20\n22\n");
	fake_cgroup_write(&f, "", DOCKER "/inner/deep", "cgroup.procs", "19\n21\n18\n");
	snapshot_unref(fake_sample(s, NULL));
	assert_int_equal(node_at(s, DOCKER "/inner/deep")->first_pid, 21);
	assert_int_equal(node_at(s, DOCKER "/inner")->first_pid, 21);
	assert_int_equal(node_at(s, DOCKER)->first_pid, 21);

	/* it is gone: any will do */
	fake_cgroup_write(&f, "", DOCKER "/inner/deep", "cgroup.procs", "");
	snapshot_unref(fake_sample(s, NULL));
	assert_int_equal(node_at(s, DOCKER)->first_pid, 20);
	fake_cgroup_write(&f, "", DOCKER "/inner", "cgroup.procs", "");
	snapshot_unref(fake_sample(s, NULL));
	assert_int_equal(node_at(s, DOCKER)->first_pid, 0);
	source_close(s);
	fake_remove(&f);
}

/* On a hybrid host a runtime may leave the v2 cgroup empty. */
static void hybrid(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_HYBRID);
	fake_cgroup(&f, NULL, "/both");
	fake_cgroup(&f, NULL, "/v1only");
	fake_cgroup(&f, "pids", "/pids");
	fake_cgroup_write(&f, "unified", "/both", "cgroup.procs", "10\n11\n");
	fake_cgroup_write(&f, "cpu", "/both", "cgroup.procs", "10\n11\n");
	fake_cgroup_write(&f, "cpu", "/v1only", "cgroup.procs", "12\n");
	fake_cgroup_write(&f, "pids", "/pids", "cgroup.procs", "13\n");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/both", METRIC_PROCESSES), 2);
	assert_int_equal(fake_value(snap, "/v1only", METRIC_PROCESSES), 1);
	assert_int_equal(fake_value(snap, "/pids", METRIC_PROCESSES), 1);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Then the v2 cgroup's CPU time is that of nobody, and cpuacct's counts. */
static void figures_of_an_empty_v2_cgroup(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_HYBRID);
	fake_cgroup(&f, NULL, "/left");
	fake_cgroup_write(&f, "cpu", "/left", "cgroup.procs", "12\n");
	fake_cgroup_write(&f, "cpuacct", "/left", "cpuacct.usage", "7000\n");
	fake_cgroup_write(&f, "unified", "/left", "cpu.stat", "usage_usec 0\nuser_usec 0\nsystem_usec 0\n");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/left", METRIC_CPU_USAGE), 7000);
	assert_false(fake_has(snap, "/left", METRIC_PRESSURE_CPU_SOME));
	snapshot_unref(snap);
	fake_cgroup_write(&f, "unified", "/left", "cgroup.procs", "12\n");
	fake_cgroup_write(&f, "unified", "/left", "cpu.stat", "usage_usec 9\nuser_usec 0\nsystem_usec 0\n");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/left", METRIC_CPU_USAGE), 9000);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* --- sums over /proc --- */

static void make_task(const struct fake *f, unsigned pid, unsigned tid, const char *schedstat,
		      const char *stat)
{
	char path[64];

	snprintf(path, sizeof(path), "proc/%u/task/%u/schedstat", pid, tid);
	fake_write(f, path, schedstat);
	snprintf(path, sizeof(path), "proc/%u/task/%u/stat", pid, tid);
	fake_write(f, path, stat);
}

static void make_fds(const struct fake *f, unsigned pid, unsigned n_files, unsigned n_sockets)
{
	for (unsigned i = 0; i < n_files + n_sockets; i++) {
		char path[64];

		snprintf(path, sizeof(path), "proc/%u/fd/%u", pid, i);
		fake_link(f, path, i < n_files ? "/dev/null" : "socket:[12345]");
	}
}

static void make_tasks(const struct fake *f)
{
	fake_cgroup(f, NULL, "/a/b");
	fake_cgroup_write(f, f->hierarchies[0], "/a", "cgroup.procs", "10\n0\n");
	fake_cgroup_write(f, f->hierarchies[0], "/a/b", "cgroup.procs", "11\n12\n");
	make_task(f, 10, 10, "100 10 1\n", "10 (a) R 1 10\n");
	make_task(f, 10, 15, "200 20 2\n", "15 (b) S 1 10\n");
	make_task(f, 11, 11, "400 40 4\n", "11 (x) Z) D 1 10\n"); /* a name may hold anything */
	make_task(f, 11, 16, "800 80 8\n", "16 (\n) T 1\n) t 1 10\n");
	make_task(f, 11, 17, "", "");
	make_task(f, 11, 18, "junk 1 1\n", "18 (c");
	make_task(f, 11, 19, "1600 160", "19 (c) X");
	make_fds(f, 10, 3, 2);
	make_fds(f, 11, 1, 0);
	/* 12 has just ended */
}

static void check_tasks(const struct snapshot *s)
{
	assert_int_equal(fake_value(s, "/a", METRIC_SCHED_RUN), 3100);
	assert_int_equal(fake_value(s, "/a", METRIC_SCHED_RUNQUEUE), 310);
	assert_int_equal(fake_value(s, "/a", METRIC_SCHED_PERIODS), 15);
	assert_int_equal(fake_value(s, "/a/b", METRIC_SCHED_RUN), 2800);
	assert_int_equal(fake_value(s, "/a", METRIC_TASKS_RUNNING), 1);
	assert_int_equal(fake_value(s, "/a", METRIC_TASKS_SLEEPING), 1);
	assert_int_equal(fake_value(s, "/a", METRIC_TASKS_STOPPED), 1);
	assert_int_equal(fake_value(s, "/a", METRIC_TASKS_UNINTERRUPTIBLE), 1);
	assert_int_equal(fake_value(s, "/a", METRIC_TASKS_ZOMBIE), 1);
	assert_int_equal(fake_value(s, "/a/b", METRIC_TASKS_RUNNING), 0);
	assert_int_equal(fake_value(s, "/a", METRIC_FILE_DESCRIPTORS), 6);
	assert_int_equal(fake_value(s, "/a", METRIC_SOCKETS), 2);
	assert_int_equal(fake_value(s, "/a/b", METRIC_FILE_DESCRIPTORS), 1);
	assert_int_equal(fake_value(s, "/a/b", METRIC_SOCKETS), 0);
}

static void sums(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	make_tasks(&f);
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	check_tasks(snap);
	assert_true(snapshot_report(snap, GROUP_sched)->ran);
	assert_true(snapshot_report(snap, GROUP_descriptors)->ran);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Whichever row of the groups is asked for, alone. */
static void one_row_alone(void **state)
{
	static const enum metric_id rows[] = {
		METRIC_SCHED_RUN,      METRIC_SCHED_RUNQUEUE, METRIC_SCHED_PERIODS,    METRIC_TASKS_RUNNING,
		METRIC_TASKS_SLEEPING, METRIC_TASKS_ZOMBIE,   METRIC_FILE_DESCRIPTORS, METRIC_SOCKETS};
	struct fake f;
	struct source *s;
	struct snapshot *all;

	(void)state;
	fake_make(&f, FAKE_V2);
	make_tasks(&f);
	s = fake_open(&f);
	all = fake_sample(s, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct metric_set need = {0};
		struct snapshot *snap;

		metric_set_add(&need, rows[i]);
		snap = fake_sample(s, &need);
		assert_int_equal(fake_value(snap, "/a", rows[i]), fake_value(all, "/a", rows[i]));
		assert_false(fake_has(snap, "/a", METRIC_PROCESSES));
		snapshot_unref(snap);
	}
	snapshot_unref(all);
	source_close(s);
	fake_remove(&f);
}

/* Where a cgroup's processes can't be listed, nothing is known: not 0. */
static void unknown_is_not_zero(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_mkdir(&f, "sys/fs/cgroup/a");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_false(fake_has(snap, "/a", METRIC_PROCESSES));
	assert_false(fake_has(snap, "/a", METRIC_SCHED_RUN));
	assert_false(fake_has(snap, "/a", METRIC_FILE_DESCRIPTORS));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_below),
		cmocka_unit_test(below_one_node),
		cmocka_unit_test(first_process),
		cmocka_unit_test(hybrid),
		cmocka_unit_test(figures_of_an_empty_v2_cgroup),
		cmocka_unit_test(sums),
		cmocka_unit_test(one_row_alone),
		cmocka_unit_test(unknown_is_not_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

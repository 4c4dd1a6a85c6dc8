/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#define N_CGROUPS 20U

/* --- by itself --- */

struct one {
	struct fake host;
	struct cgroup_layout *layout;
	struct node *node;
	struct descriptors d;
};

static void make_one(struct one *o, size_t budget)
{
	const struct cgroup_roots roots = {o->host.procfs, o->host.sysfs, o->host.path};
	struct error err = {0};
	static char path[] = "/a";

	fake_make(&o->host, FAKE_V2);
	fake_cgroup(&o->host, NULL, "/a");
	fake_cgroup_write(&o->host, "", "/a", "first", "1\n");
	fake_cgroup_write(&o->host, "", "/a", "second", "2\n");
	assert_int_equal(cgroup_layout_open(&roots, &o->layout, &err), 0);
	o->node = calloc(1, sizeof(*o->node) + sizeof(o->node->places[0]));
	assert_non_null(o->node);
	o->node->path = path;
	descriptors_open(&o->d, budget, 4);
	assert_int_equal(o->d.budget, budget);
}

static void end_one(struct one *o)
{
	descriptors_release(&o->d, o->node);
	assert_int_equal(o->d.open, 0);
	assert_null(o->node->files);
	free(o->node);
	cgroup_layout_close(o->layout);
	fake_remove(&o->host);
}

static int get(struct one *o, uint8_t slot, const char *name, bool *transient)
{
	return descriptors_get(&o->d, o->node, &o->layout->hierarchies[0], 0, slot, name, transient);
}

static void opens_once(void **state)
{
	struct one o = {0};
	bool transient = true;
	int fd;

	(void)state;
	make_one(&o, 10);
	fd = get(&o, 1, "first", &transient);
	assert_true(fd >= 0);
	assert_false(transient);
	assert_int_equal(get(&o, 1, "first", &transient), fd);
	assert_int_equal(o.d.open, 1);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	descriptors_drop(&o.d, o.node, 1);
	assert_int_equal(o.d.open, 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(get(&o, 1, "first", &transient), -ENOENT);
	descriptors_retry(&o.d, o.node);
	assert_true(get(&o, 1, "first", &transient) >= 0);
	end_one(&o);
}

static void beyond_the_budget(void **state)
{
	struct one o = {0};
	bool transient = true;
	int first;
	int second;

	(void)state;
	make_one(&o, 1);
	first = get(&o, 0, "first", &transient);
	assert_false(transient);
	assert_false(o.d.full);
	second = get(&o, 3, "second", &transient);
	assert_true(second >= 0 && second != first);
	assert_true(transient);
	assert_true(o.d.full);
	assert_int_equal(o.d.open, 1);
	close(second);
	assert_int_equal(get(&o, 0, "first", &transient), first);
	assert_false(transient);
	end_one(&o);
}

static void absent_is_asked_once(void **state)
{
	struct one o = {0};
	bool transient;

	(void)state;
	make_one(&o, 5);
	assert_int_equal(get(&o, 2, "third", &transient), -ENOENT);
	fake_cgroup_write(&o.host, "", "/a", "third", "3\n");
	assert_int_equal(get(&o, 2, "third", &transient), -ENOENT);
	descriptors_retry(&o.d, o.node);
	assert_true(get(&o, 2, "third", &transient) >= 0);
	end_one(&o);
}

static void keeps_what_is_wanted(void **state)
{
	struct one o = {0};
	struct slot_set wanted = {.words = {1U << 1}};
	bool transient;
	int kept;

	(void)state;
	make_one(&o, 5);
	get(&o, 0, "first", &transient);
	kept = get(&o, 1, "second", &transient);
	get(&o, 2, "third", &transient);
	descriptors_keep_only(&o.d, o.node, &wanted);
	assert_int_equal(o.d.open, 1);
	assert_int_equal(o.node->files[1], kept);
	assert_int_equal(o.node->files[0], FILE_UNOPENED);
	assert_int_equal(o.node->files[2], FILE_ABSENT);
	end_one(&o);
}

static void limit_is_raised(void **state)
{
	struct rlimit before;
	struct rlimit now;
	struct rlimit low;
	struct descriptors d;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	low = (struct rlimit){before.rlim_max > 100 ? 100 : before.rlim_max, before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	descriptors_open(&d, 0, 1);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	assert_int_equal(now.rlim_cur, before.rlim_max);
	assert_true(d.budget > 0 && d.budget < now.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
}

/* --- in a whole collector --- */

static void make_many(struct fake *f)
{
	fake_make(f, FAKE_HYBRID);
	for (unsigned i = 0; i < N_CGROUPS; i++) {
		char path[32];
		char text[96];

		snprintf(path, sizeof(path), "/c%u", i);
		fake_cgroup(f, NULL, path);
		snprintf(text, sizeof(text), "%u\n", 1000 + i);
		fake_cgroup_write(f, "memory", path, "memory.usage_in_bytes", text);
		fake_cgroup_write(f, "pids", path, "pids.current", text);
		fake_cgroup_write(f, "cpuacct", path, "cpuacct.usage", text);
		snprintf(text, sizeof(text), "total_cache %u\ntotal_rss 5\n", 2000 + i);
		fake_cgroup_write(f, "memory", path, "memory.stat", text);
		snprintf(text, sizeof(text), "usage_usec %u\nuser_usec 1\nsystem_usec 1\n", 3000 + i);
		fake_cgroup_write(f, "unified", path, "cpu.stat", text);
		snprintf(text, sizeof(text), "%u\n", 500 + i);
		fake_cgroup_write(f, "cpu", path, "cgroup.procs", text);
		fake_cgroup_write(f, "unified", path, "cgroup.procs", text);
	}
}

static void check_many(const struct snapshot *s)
{
	for (unsigned i = 0; i < N_CGROUPS; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/c%u", i);
		assert_int_equal(fake_value(s, path, METRIC_MEMORY_USAGE), 1000 + i);
		assert_int_equal(fake_value(s, path, METRIC_PIDS_CURRENT), 1000 + i);
		assert_int_equal(fake_value(s, path, METRIC_MEMORY_FILE), 2000 + i);
		assert_int_equal(fake_value(s, path, METRIC_CPU_USAGE), (3000 + i) * 1000);
		assert_int_equal(fake_value(s, path, METRIC_PROCESSES), 1);
	}
}

static void any_budget_will_do(void **state)
{
	static const size_t budgets[] = {1, 2, 10, 57, 5000};
	struct fake f;

	(void)state;
	make_many(&f);
	for (size_t i = 0; i < ARRAY_SIZE(budgets); i++) {
		struct collector_options options = fake_options(&f);
		size_t before = fake_count_fds();
		struct source *s = NULL;
		size_t idle;

		options.descriptor_budget = budgets[i];
		assert_int_equal(collector_open(&options, &s, NULL), 0);
		idle = fake_count_fds();
		for (unsigned round = 0; round < 3; round++) {
			struct snapshot *snap = fake_sample(s, NULL);
			struct collector_status status;

			check_many(snap);
			snapshot_unref(snap);
			collector_status(s, &status);
			assert_int_equal(status.descriptor_budget, budgets[i]);
			assert_true(status.n_descriptors <= budgets[i]);
			assert_int_equal(fake_count_fds(), idle + status.n_descriptors);
		}
		source_close(s);
		assert_int_equal(fake_count_fds(), before);
	}
	fake_remove(&f);
}

/* What is held for one sink's figures gives way to another's, where there is not enough for both. */
static void room_for_another_need(void **state)
{
	struct metric_set memory = {0};
	struct metric_set pids = {0};
	struct collector_options options;
	struct collector_status status;
	struct fake f;
	struct source *s = NULL;

	(void)state;
	metric_set_add(&memory, METRIC_MEMORY_USAGE);
	metric_set_add(&pids, METRIC_PIDS_CURRENT);
	make_many(&f);
	options = fake_options(&f);
	options.descriptor_budget = N_CGROUPS + 5;
	assert_int_equal(collector_open(&options, &s, NULL), 0);
	snapshot_unref(fake_sample(s, &memory));
	snapshot_unref(fake_sample(s, &pids)); /* does not fit */
	snapshot_unref(fake_sample(s, &memory));
	snapshot_unref(fake_sample(s, &pids)); /* nor here */
	snapshot_unref(fake_sample(s, &pids)); /* and what is in the way is noticed */
	collector_status(s, &status);
	assert_int_equal(status.n_descriptors, N_CGROUPS);
	source_close(s);
	fake_remove(&f);
}

static void nothing_leaks_under_churn(void **state)
{
	struct fake f;
	struct source *s;
	struct collector_status status;
	size_t before;
	size_t idle;

	(void)state;
	make_many(&f);
	before = fake_count_fds();
	s = fake_open(&f);
	idle = fake_count_fds();
	for (unsigned round = 0; round < 60; round++) {
		char path[32];
		struct snapshot *snap;

		snprintf(path, sizeof(path), "/x%u", round);
		fake_cgroup(&f, NULL, path);
		fake_cgroup_write(&f, "memory", path, "memory.usage_in_bytes", "5\n");
		snap = fake_sample(s, NULL);
		check_many(snap);
		assert_int_equal(fake_value(snap, path, METRIC_MEMORY_USAGE), 5);
		snapshot_unref(snap);
		fake_cgroup_remove(&f, NULL, path);
	}
	snapshot_unref(fake_sample(s, NULL));
	collector_status(s, &status);
	assert_int_equal(status.n_cgroups, N_CGROUPS + 1);
	assert_int_equal(fake_count_fds(), idle + status.n_descriptors);
	for (unsigned i = 0; i < N_CGROUPS; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/c%u", i);
		fake_cgroup_remove(&f, NULL, path);
	}
	snapshot_unref(fake_sample(s, NULL));
	collector_status(s, &status);
	assert_int_equal(status.n_cgroups, 1);
	assert_int_equal(fake_count_fds(), idle + status.n_descriptors);
	assert_true(status.n_descriptors <= 13); /* the root's own */
	source_close(s);
	assert_int_equal(fake_count_fds(), before);
	fake_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_once),
		cmocka_unit_test(beyond_the_budget),
		cmocka_unit_test(absent_is_asked_once),
		cmocka_unit_test(keeps_what_is_wanted),
		cmocka_unit_test(limit_is_raised),
		cmocka_unit_test(any_budget_will_do),
		cmocka_unit_test(room_for_another_need),
		cmocka_unit_test(nothing_leaks_under_churn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

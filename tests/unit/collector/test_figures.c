/* SPDX-License-Identifier: Apache-2.0 */
/* A collector that has a kernel to ask: what it gives is taken from there, the rest from files, figure by
 * figure. */
#include "fake_host.h"

#include "base/cleanup.h"
#include "model/kernel.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* Says 111 of the CPU time, 222 of the memory and 444 of the limit of processes of every cgroup but the root
 * and those it has not met. */
struct fake_kernel {
	struct kernel base; /* first */
	bool fails;
	unsigned walks;
	unsigned closed;
	uint64_t unmet; /* an inode */
	struct metric_set offered;
	struct metric_set asked;
	char device[64];
	struct kernel_process processes[4]; /* the pass over them is on where there are any */
	size_t n_processes;
	struct kernel_question question;
	bool measures; /* latencies */
	unsigned latency_calls;
};

static struct fake_kernel *of(const struct kernel *k)
{
	return (struct fake_kernel *)(uintptr_t)k;
}

static void fake_offers(const struct kernel *k, size_t hierarchy, struct metric_set *out)
{
	*out = hierarchy == 0 ? of(k)->offered : (struct metric_set){0};
}

static int fake_walk(struct kernel *k, const struct metric_set *need, struct error *err)
{
	of(k)->walks++;
	of(k)->asked = *need;
	return of(k)->fails ? error_set(err, -EIO, "", "it failed") : 0;
}

static bool fake_fill(const struct kernel *k, size_t hierarchy, uint64_t inode, struct snapshot *s,
		      size_t index)
{
	if (hierarchy != 0 || index == 0 || inode == of(k)->unmet)
		return false;
	if (metric_set_has(&of(k)->asked, METRIC_CPU_USAGE))
		snapshot_set(s, index, METRIC_CPU_USAGE, 111);
	if (metric_set_has(&of(k)->asked, METRIC_MEMORY_USAGE))
		snapshot_set(s, index, METRIC_MEMORY_USAGE, 222);
	if (metric_set_has(&of(k)->asked, METRIC_PIDS_MAX))
		snapshot_set(s, index, METRIC_PIDS_MAX, 444);
	snprintf(of(k)->device, sizeof(of(k)->device), "%s", k->device_name(k->device_context, 254, 0));
	return true;
}

static int fake_processes(struct kernel *k, const struct kernel_question *question,
			  const struct kernel_process **out, size_t *n, struct error *err)
{
	of(k)->question = *question;
	*out = of(k)->processes;
	*n = of(k)->n_processes;
	return of(k)->fails ? error_set(err, -EIO, "", "it failed") : 0;
}

static int fake_latency(struct kernel *k, bool on, struct error *err)
{
	of(k)->latency_calls++;
	of(k)->measures = on && !of(k)->fails;
	return of(k)->fails ? error_set(err, -EOPNOTSUPP, "", "it is not on") : 0;
}

static bool fake_fill_latency(const struct kernel *k, size_t hierarchy, uint64_t inode, struct snapshot *s,
			      size_t index)
{
	(void)hierarchy;
	assert_true(of(k)->measures && inode > 0);
	snapshot_set(s, index, METRIC_RUNQUEUE_LATENCY_COUNT, 333);
	return true;
}

static void fake_status(const struct kernel *k, struct kernel_status *out)
{
	*out = (struct kernel_status){0};
	out->on[KERNEL_FIGURES] = true;
	out->on[KERNEL_PROCESSES] = of(k)->n_processes > 0;
}

static void fake_close(struct kernel *k)
{
	of(k)->closed++;
}

static const struct kernel_ops fake_ops = {
	.offers = fake_offers,
	.walk = fake_walk,
	.fill = fake_fill,
	.processes = fake_processes,
	.latency = fake_latency,
	.fill_latency = fake_fill_latency,
	.status = fake_status,
	.close = fake_close,
};

struct scene {
	struct fake host;
	struct fake_kernel kernel;
	struct source *source;
};

static void begin_with(struct scene *s, bool often, uint64_t rescan_ns)
{
	struct collector_options options;
	struct error err = {0};

	*s = (struct scene){.kernel.base.ops = &fake_ops};
	fake_make(&s->host, FAKE_V2);
	fake_cgroup(&s->host, NULL, "/a");
	fake_cgroup_write(&s->host, "", "/a", "cpu.stat", "usage_usec 5\nuser_usec 3\nsystem_usec 2\n");
	fake_cgroup_write(&s->host, "", "/a", "memory.current", "4096\n");
	fake_cgroup_write(&s->host, "", "/a", "cpu.pressure",
			  "some avg10=0.00 avg60=0.00 avg300=0.00 total=9\n");
	options = fake_options(&s->host);
	options.often = often;
	if (rescan_ns)
		options.rescan_interval_ns = rescan_ns;
	options.latency_hold_ns = 1; /* a later moment is too late already */
	assert_int_equal(collector_open(&options, &s->source, &err), 0);
	metric_set_add(&s->kernel.offered, METRIC_CPU_USAGE);
	metric_set_add(&s->kernel.offered, METRIC_MEMORY_USAGE);
	metric_set_add(&s->kernel.offered, METRIC_PRESSURE_CPU_SOME);
	collector_use_kernel(s->source, &s->kernel.base);
	assert_ptr_equal(collector_kernel(s->source), &s->kernel.base);
}

static void begin(struct scene *s, bool often)
{
	begin_with(s, often, 0);
}

static void end(struct scene *s)
{
	source_close(s->source);
	assert_int_equal(s->kernel.closed, 1);
	fake_remove(&s->host);
}

static uint64_t value_in(const struct snapshot *s, const char *path, enum metric_id id)
{
	uint64_t value = UINT64_MAX;

	for (size_t i = 0; i < snapshot_count(s); i++)
		if (strcmp(snapshot_entity(s, i)->path, path) == 0)
			(void)snapshot_get(s, i, id, &value);
	return value;
}

static uint64_t sampled(struct scene *s, const char *path, enum metric_id id)
{
	struct snapshot *snap = fake_sample(s->source, NULL);
	uint64_t value = value_in(snap, path, id);

	snapshot_unref(snap);
	return value;
}

static void what_it_gives_is_taken_and_the_rest_read(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USAGE), 111);
	assert_int_equal(sampled(&s, "/a", METRIC_MEMORY_USAGE), 222);
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USER), 3000);
	assert_int_equal(s.kernel.walks, 3); /* one a sample */
	assert_string_equal(s.kernel.device, "vda");
	end(&s);
}

static void what_is_not_needed_is_not_asked_for(void **state)
{
	struct metric_set need = {0};
	struct snapshot *snap;
	struct scene s;

	(void)state;
	begin(&s, false);
	metric_set_add(&need, METRIC_CPU_USER);
	snap = fake_sample(s.source, &need);
	assert_int_equal(s.kernel.walks, 0);
	snapshot_unref(snap);
	metric_set_add(&need, METRIC_CPU_USAGE);
	snap = fake_sample(s.source, &need);
	assert_int_equal(s.kernel.walks, 1);
	assert_false(metric_set_has(&s.kernel.asked, METRIC_MEMORY_USAGE));
	assert_int_equal(value_in(snap, "/a", METRIC_CPU_USAGE), 111);
	snapshot_unref(snap);
	end(&s);
}

static void a_walk_that_fails_costs_nothing(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	s.kernel.fails = true;
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USAGE), 5000);
	assert_int_equal(sampled(&s, "/a", METRIC_MEMORY_USAGE), 4096);
	s.kernel.fails = false;
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USAGE), 111);
	end(&s);
}

static void what_it_did_not_meet_is_read(void **state)
{
	struct scene s;
	struct stat st;
	char path[128];

	(void)state;
	begin(&s, false);
	snprintf(path, sizeof(path), "%s/fs/cgroup/a", s.host.sysfs);
	assert_int_equal(stat(path, &st), 0);
	s.kernel.unmet = st.st_ino;
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USAGE), 5000);
	assert_int_equal(sampled(&s, "/a", METRIC_MEMORY_USAGE), 4096);
	s.kernel.unmet = 0;
	assert_int_equal(sampled(&s, "/a", METRIC_MEMORY_USAGE), 222);
	end(&s);
}

static uint64_t inode_of(const struct scene *s, const char *cgroup)
{
	struct stat st;
	char path[160];

	snprintf(path, sizeof(path), "%s/fs/cgroup%s", s->host.sysfs, cgroup);
	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

/* cgroup.procs says otherwise, and is not asked; nor is /proc, which has nothing of these processes. */
static void processes_are_those_of_the_pass(void **state)
{
	struct metric_set need = {0};
	struct snapshot *snap;
	struct scene s;

	(void)state;
	begin(&s, false);
	fake_cgroup(&s.host, NULL, "/a/b");
	fake_cgroup_write(&s.host, "", "/a", "cgroup.procs", "1\n2\n3\n4\n5\n");
	s.kernel.processes[0] = (struct kernel_process){.pid = 700,
							.cgroups = {inode_of(&s, "/a/b")},
							.namespaces = {[3] = 99},
							.run_ns = 5,
							.states = {1, 2}};
	s.kernel.processes[1] = (struct kernel_process){
		.pid = 701, .cgroups = {inode_of(&s, "/a")}, .run_ns = 7, .wait_ns = 1, .states = {0, 1}};
	s.kernel.processes[2] = (struct kernel_process){.pid = 702, .cgroups = {12345678}};
	s.kernel.n_processes = 3;
	metric_set_add(&need, METRIC_PROCESSES);
	metric_set_add(&need, METRIC_NS_NET);
	snap = fake_sample(s.source, &need);
	assert_int_equal(value_in(snap, "/a", METRIC_PROCESSES), 2);
	assert_int_equal(value_in(snap, "/a/b", METRIC_PROCESSES), 1);
	assert_int_equal(value_in(snap, "/a/b", METRIC_NS_NET), 99);
	assert_false(s.kernel.question.threads);
	assert_int_equal(s.kernel.question.hierarchies & 1, 1);
	assert_int_equal(s.kernel.question.namespaces, 1U << 3);
	snapshot_unref(snap);
	/* a pass that fails costs nothing */
	s.kernel.fails = true;
	snap = fake_sample(s.source, &need);
	assert_int_equal(value_in(snap, "/a", METRIC_PROCESSES), 5);
	snapshot_unref(snap);
	end(&s);
}

/* The kernel adds it up every two seconds; its file has it at once. */
static void who_looks_often_has_pressure_from_files(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, true);
	assert_int_equal(sampled(&s, "/a", METRIC_PRESSURE_CPU_SOME), 9000);
	assert_false(metric_set_has(&s.kernel.asked, METRIC_PRESSURE_CPU_SOME));
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USAGE), 111);
	end(&s);
	begin(&s, false);
	/* offered, and so not read: this kernel just says nothing of it */
	assert_int_equal(sampled(&s, "/a", METRIC_PRESSURE_CPU_SOME), UINT64_MAX);
	assert_true(metric_set_has(&s.kernel.asked, METRIC_PRESSURE_CPU_SOME));
	end(&s);
}

static void offer_a_setting_alone(struct scene *s)
{
	s->kernel.offered = (struct metric_set){0};
	metric_set_add(&s->kernel.offered, METRIC_PIDS_MAX);
	fake_cgroup_write(&s->host, "", "/a", "pids.max", "8\n");
}

/* A walk for nothing but settings is for who rescans; a change is read where it happened. */
static void settings_alone_are_walked_for_at_rescans(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	offer_a_setting_alone(&s);
	assert_int_equal(sampled(&s, "/a", METRIC_PIDS_MAX), 444);
	assert_int_equal(sampled(&s, "/a", METRIC_PIDS_MAX), 444);
	assert_int_equal(s.kernel.walks, 1);
	fake_cgroup_write(&s.host, "", "/a", "pids.max", "12\n");
	assert_int_equal(source_dispatch(s.source, NULL), 0);
	assert_int_equal(sampled(&s, "/a", METRIC_PIDS_MAX), 12);
	assert_int_equal(sampled(&s, "/a", METRIC_PIDS_MAX), 12);
	assert_int_equal(s.kernel.walks, 1);
	end(&s);
	begin_with(&s, false, 1);
	offer_a_setting_alone(&s);
	for (unsigned walks = 1; walks <= 3; walks++) {
		assert_int_equal(sampled(&s, "/a", METRIC_PIDS_MAX), 444);
		assert_int_equal(s.kernel.walks, walks);
		assert_int_equal(source_dispatch(s.source, NULL), 0);
	}
	/* a figure beside it, and it comes along each time */
	metric_set_add(&s.kernel.offered, METRIC_CPU_USAGE);
	assert_int_equal(sampled(&s, "/a", METRIC_PIDS_MAX), 444);
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USAGE), 111);
	assert_int_equal(s.kernel.walks, 5);
	end(&s);
}

static void without_one_again_files_have_it_all(void **state)
{
	struct scene s;

	(void)state;
	begin(&s, false);
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USAGE), 111);
	collector_use_kernel(s.source, NULL);
	assert_int_equal(s.kernel.closed, 1);
	assert_int_equal(sampled(&s, "/a", METRIC_CPU_USAGE), 5000);
	end(&s);
}

static struct snapshot *sample_of(struct scene *s, enum metric_group group)
{
	struct metric_set need = {0};
	struct snapshot *out = NULL;

	metric_set_add_group(&need, group);
	assert_int_equal(source_sample(s->source, &need, &out, NULL), 0);
	return out;
}

/* Programs at every switch cost others something: they are there while somebody asks, and no longer. */
static void latencies_are_measured_while_asked_for(void **state)
{
	struct snapshot *taken;
	struct scene s;

	(void)state;
	begin(&s, false);
	snapshot_unref(sample_of(&s, GROUP_cpu));
	assert_int_equal(s.kernel.latency_calls, 0);

	taken = sample_of(&s, GROUP_latency);
	assert_true(s.kernel.measures);
	assert_int_equal(value_in(taken, "/a", METRIC_RUNQUEUE_LATENCY_COUNT), 333);
	assert_true(snapshot_report(taken, GROUP_latency)->ran);
	assert_false(snapshot_report(taken, GROUP_latency)->failed);
	snapshot_unref(taken);

	taken = sample_of(&s, GROUP_cpu);
	assert_false(s.kernel.measures);
	assert_int_equal(value_in(taken, "/a", METRIC_RUNQUEUE_LATENCY_COUNT), UINT64_MAX);
	snapshot_unref(taken);

	snapshot_unref(sample_of(&s, GROUP_latency));
	assert_int_equal(source_dispatch(s.source, NULL), 0);
	assert_false(s.kernel.measures);

	s.kernel.fails = true;
	taken = sample_of(&s, GROUP_latency);
	assert_true(snapshot_report(taken, GROUP_latency)->failed);
	assert_int_equal(value_in(taken, "/a", METRIC_RUNQUEUE_LATENCY_COUNT), UINT64_MAX);
	snapshot_unref(taken);
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latencies_are_measured_while_asked_for),
		cmocka_unit_test(what_it_gives_is_taken_and_the_rest_read),
		cmocka_unit_test(what_is_not_needed_is_not_asked_for),
		cmocka_unit_test(a_walk_that_fails_costs_nothing),
		cmocka_unit_test(what_it_did_not_meet_is_read),
		cmocka_unit_test(processes_are_those_of_the_pass),
		cmocka_unit_test(who_looks_often_has_pressure_from_files),
		cmocka_unit_test(settings_alone_are_walked_for_at_rescans),
		cmocka_unit_test(without_one_again_files_have_it_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A collector that hears what happens: a kernel tells a story, and the folders are as they are by then. */
#include "fake_host.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "collector_private.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ID "4f5c000000000000000000000000000000000000000000000000000000000001"
#define DOCKER "/docker/" ID
#define GONE                                                                                        \
	1000 /* inodes of folders that nobody finds any more: this one in v2, the next ones in v1's \
		hierarchies */

struct story {
	struct kernel base; /* first */
	struct kernel_event events[64];
	size_t n;
	uint64_t dropped;
	struct fake host;
	struct source *source;
	struct collector *c;
};

static struct story *of(const struct kernel *k)
{
	return (struct story *)(uintptr_t)k;
}

static void offers(const struct kernel *k, size_t hierarchy, struct metric_set *out)
{
	(void)k;
	(void)hierarchy;
	*out = (struct metric_set){0};
}

static int events(struct kernel *k, void (*tell)(void *context, const struct kernel_event *event),
		  void *context, struct error *err)
{
	struct story *s = of(k);

	(void)err;
	for (size_t i = 0; i < s->n; i++)
		tell(context, &s->events[i]);
	s->n = 0;
	return 0;
}

static int event_fd(const struct kernel *k)
{
	(void)k;
	return -1;
}

/* Each hierarchy knows something of its own. */
static bool fill_final(const struct kernel *k, const struct kernel_event *e, struct snapshot *s, size_t index)
{
	(void)k;
	if (e->hierarchy == 0) {
		snapshot_set(s, index, METRIC_CPU_USAGE, 5000);
		snapshot_set(s, index, METRIC_MEMORY_USAGE, 1);
	} else {
		/* v1 may have had a process before v2 did: it is v2's figure all the same */
		snapshot_set(s, index, METRIC_CPU_USAGE, 9000);
		snapshot_set(s, index, METRIC_MEMORY_PEAK, 7000);
	}
	return true;
}

static void status(const struct kernel *k, struct kernel_status *out)
{
	*out = (struct kernel_status){.dropped = of(k)->dropped};
	out->on[KERNEL_EVENTS] = true;
}

static int latency(struct kernel *k, bool on, struct error *err)
{
	(void)k;
	return on ? error_set(err, -EOPNOTSUPP, "", "it has none") : 0;
}

static void close_story(struct kernel *k)
{
	(void)k;
}

static const struct kernel_ops ops = {
	.offers = offers,
	.events = events,
	.event_fd = event_fd,
	.fill_final = fill_final,
	.latency = latency,
	.status = status,
	.close = close_story,
};

static void begin_as(struct story *s, enum fake_kind kind)
{
	struct collector_options options;
	struct error err = {0};

	*s = (struct story){.base.ops = &ops};
	fake_make(&s->host, kind);
	fake_cgroup(&s->host, NULL, "/docker");
	options = fake_options(&s->host);
	options.tell_events = true;
	assert_int_equal(collector_open(&options, &s->source, &err), 0);
	s->c = (struct collector *)(void *)s->source;
	collector_use_kernel(s->source, &s->base);
	snapshot_unref(fake_sample(s->source, NULL));
}

static void begin(struct story *s)
{
	begin_as(s, FAKE_V2);
}

static void end(struct story *s)
{
	source_close(s->source);
	fake_remove(&s->host);
}

static struct kernel_event *happens(struct story *s, enum kernel_event_kind kind, uint64_t cgroup,
				    const char *path)
{
	struct kernel_event *e = &s->events[s->n++];

	assert_true(s->n <= ARRAY_SIZE(s->events));
	*e = (struct kernel_event){.kind = kind,
				   .monotonic_ns = clock_monotonic_ns(),
				   .cgroup = cgroup,
				   .path = path,
				   .word = ""};
	if (kind == KERNEL_CGROUP_REMOVED)
		e->final = s;
	return e;
}

static void exits(struct story *s, uint64_t cgroup, int32_t inner_pid, int32_t status_)
{
	struct kernel_event *e = happens(s, KERNEL_EXIT, cgroup, "");

	e->pid = 77;
	e->inner_pid = inner_pid;
	e->status = status_;
	e->word = "true";
}

static uint64_t inode_of(const struct story *s, size_t hierarchy, const char *path)
{
	const struct node *n = tree_find_path(&s->c->tree, hierarchy, path);

	assert_non_null(n);
	return n->places[hierarchy].inode;
}

/* "START END …" of one entity's path, in order. */
static void assert_told(const struct snapshot *snap, const char *path, const char *expected)
{
	const struct heard *heard = snapshot_heard(snap);
	_cleanup_str_ struct str told = {0};

	assert_true(heard->hears);
	for (size_t i = 0; i < heard->n_events; i++) {
		static const char *const words[EVENT__COUNT] = {[EVENT_START] = "start ",
								[EVENT_END] = "end ",
								[EVENT_EXIT] = "exit ",
								[EVENT_OOM_KILL] = "oom ",
								[EVENT_FROZEN] = "frozen "};

		if (strcmp(heard->events[i].path, path) == 0)
			str_add(&told, words[heard->events[i].kind]);
	}
	assert_string_equal(told.data ? told.data : "", expected);
}

static const struct event *event_of(const struct snapshot *snap, enum event_kind kind)
{
	const struct heard *heard = snapshot_heard(snap);

	for (size_t i = 0; i < heard->n_events; i++)
		if (heard->events[i].kind == kind)
			return &heard->events[i];
	fail();
	return NULL;
}

static const struct ended_sum *sum_of(const struct snapshot *snap, enum entity_class class)
{
	const struct heard *heard = snapshot_heard(snap);

	for (size_t i = 0; i < heard->n_ended; i++)
		if (heard->ended[i].class == class)
			return &heard->ended[i];
	fail();
	return NULL;
}

static size_t count_ended(const struct snapshot *snap, const char *path)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot_count(snap); i++)
		n += snapshot_entity(snap, i)->ended && strcmp(snapshot_entity(snap, i)->path, path) == 0;
	return n;
}

/* It came, and is there: found at once, without inotify. */
static void comes_and_goes(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;
	uint64_t inode;

	(void)state;
	begin(&s);
	fake_cgroup(&s.host, NULL, DOCKER);
	happens(&s, KERNEL_CGROUP_MADE, GONE, DOCKER);
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "start ");
	assert_int_equal(count_ended(snap, DOCKER), 0);
	snapshot_unref(snap);

	inode = inode_of(&s, 0, DOCKER);
	fake_cgroup_remove(&s.host, NULL, DOCKER);
	exits(&s, inode, 1, 3 << 8);
	happens(&s, KERNEL_CGROUP_REMOVED, inode, DOCKER);
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "exit end ");
	assert_int_equal(event_of(snap, EVENT_END)->status, 3 << 8);
	assert_int_equal(event_of(snap, EVENT_END)->reason, ENDED_FAILED);
	assert_int_equal(count_ended(snap, DOCKER), 1);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_CPU_USAGE), 5000);
	assert_int_equal(sum_of(snap, ENTITY_CONTAINER)->ended[ENDED_FAILED], 1);
	assert_int_equal(sum_of(snap, ENTITY_CONTAINER)->figures[ENDED_CPU_USAGE], 5000);
	snapshot_unref(snap);
}

/* What the last look saw is kept where it is more, or where removal says nothing better of it. */
static void last_figures_and_last_look(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;
	uint64_t inode;

	(void)state;
	begin(&s);
	fake_cgroup(&s.host, NULL, DOCKER);
	fake_cgroup_write(&s.host, "", DOCKER, "memory.current", "8192\n");
	fake_cgroup_write(&s.host, "", DOCKER, "cpu.stat", "usage_usec 4\nuser_usec 3\nsystem_usec 1\n");
	happens(&s, KERNEL_CGROUP_MADE, GONE, DOCKER);
	snapshot_unref(fake_sample(s.source, NULL));
	inode = inode_of(&s, 0, DOCKER);
	fake_cgroup_remove(&s.host, NULL, DOCKER);
	happens(&s, KERNEL_CGROUP_REMOVED, inode, DOCKER);
	snap = fake_sample(s.source, NULL);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_CPU_USAGE), 5000);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_CPU_USER), 3000);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_MEMORY_USAGE), 8192);
	snapshot_unref(snap);
}

/* It came and went before anybody looked. */
static void brief(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;

	(void)state;
	begin(&s);
	happens(&s, KERNEL_CGROUP_MADE, GONE, DOCKER);
	exits(&s, GONE, 4, 0);
	exits(&s, GONE, 1, SIGTERM);
	exits(&s, GONE, 5, 0);
	happens(&s, KERNEL_CGROUP_REMOVED, GONE, DOCKER);
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "start exit exit exit end ");
	assert_int_equal(event_of(snap, EVENT_END)->reason, ENDED_SIGNAL);
	assert_string_equal(event_of(snap, EVENT_EXIT)->program, "true");
	assert_int_equal(count_ended(snap, DOCKER), 1);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_CPU_USAGE), 5000);
	assert_int_equal(sum_of(snap, ENTITY_CONTAINER)->ended[ENDED_SIGNAL], 1);
	snapshot_unref(snap);
	assert_int_equal(s.c->hearing.briefs.count, 0);
	assert_int_equal(s.c->hearing.briefs_by_inode.count, 0);
	snap = fake_sample(s.source, NULL);
	assert_int_equal(snapshot_heard(snap)->n_events, 0);
	assert_int_equal(sum_of(snap, ENTITY_CONTAINER)->ended[ENDED_SIGNAL], 1);
	snapshot_unref(snap);
}

/* In several hierarchies it is one container, with what each of them knew. */
static void brief_in_all_hierarchies(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;

	(void)state;
	begin_as(&s, FAKE_HYBRID);
	for (uint8_t h = 0; h < 3; h++)
		happens(&s, KERNEL_CGROUP_MADE, GONE + h, DOCKER)->hierarchy = h;
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "start ");
	assert_int_equal(count_ended(snap, DOCKER), 0);
	snapshot_unref(snap);
	for (uint8_t h = 0; h < 3; h++)
		happens(&s, KERNEL_CGROUP_REMOVED, GONE + h, DOCKER)->hierarchy = h;
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "end ");
	assert_int_equal(count_ended(snap, DOCKER), 1);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_CPU_USAGE), 5000);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_MEMORY_PEAK), 7000);
	snapshot_unref(snap);
}

/* Gone from some hierarchies already, and there in others yet. */
static void partly_there(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;
	uint64_t inode;
	size_t cpu;

	(void)state;
	begin_as(&s, FAKE_HYBRID);
	cpu = (size_t)s.c->layout->home[CONTROLLER_CPU];
	fake_cgroup(&s.host, "cpu", DOCKER);
	happens(&s, KERNEL_CGROUP_MADE, GONE, DOCKER);
	happens(&s, KERNEL_CGROUP_REMOVED, GONE, DOCKER);
	happens(&s, KERNEL_CGROUP_MADE, GONE + 1, DOCKER)->hierarchy = (uint8_t)cpu;
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "start ");
	snapshot_unref(snap);
	inode = inode_of(&s, cpu, DOCKER);
	fake_cgroup_remove(&s.host, "cpu", DOCKER);
	happens(&s, KERNEL_CGROUP_REMOVED, inode, DOCKER)->hierarchy = (uint8_t)cpu;
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "end ");
	assert_int_equal(count_ended(snap, DOCKER), 1);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_CPU_USAGE), 5000);
	assert_int_equal(sum_of(snap, ENTITY_CONTAINER)->ended[ENDED_UNKNOWN], 1);
	snapshot_unref(snap);
}

/* A thousand between two samples are a thousand. */
static void many_brief_ones(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;
	char paths[20][32];

	(void)state;
	begin(&s);
	for (unsigned round = 0; round < 50; round++) {
		for (unsigned i = 0; i < 20; i++) {
			snprintf(paths[i], sizeof(paths[i]), "/job%u", round * 20 + i);
			happens(&s, KERNEL_CGROUP_MADE, GONE + i, paths[i]);
			happens(&s, KERNEL_CGROUP_REMOVED, GONE + i, paths[i]);
		}
		assert_int_equal(source_dispatch(s.source, NULL), 0);
	}
	snap = fake_sample(s.source, NULL);
	assert_int_equal(sum_of(snap, ENTITY_GROUP)->ended[ENDED_UNKNOWN], 1000);
	assert_int_equal(sum_of(snap, ENTITY_GROUP)->figures[ENDED_CPU_USAGE], 5000000);
	assert_int_equal(snapshot_heard(snap)->counts[EVENT_START], 1000);
	assert_int_equal(snapshot_heard(snap)->counts[EVENT_END], 1000);
	snapshot_unref(snap);
}

/* A branch has its children's figures, which count by themselves. */
static void branches_do_not_count(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;

	(void)state;
	begin(&s);
	happens(&s, KERNEL_CGROUP_MADE, GONE, "/a");
	happens(&s, KERNEL_CGROUP_MADE, GONE + 1, "/a/b");
	happens(&s, KERNEL_CGROUP_REMOVED, GONE + 1, "/a/b");
	happens(&s, KERNEL_CGROUP_REMOVED, GONE, "/a");
	snap = fake_sample(s.source, NULL);
	assert_int_equal(sum_of(snap, ENTITY_GROUP)->ended[ENDED_UNKNOWN], 1);
	snapshot_unref(snap);
}

static void killed_for_memory(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;
	struct kernel_event *e;
	uint64_t inode;

	(void)state;
	begin(&s);
	fake_cgroup(&s.host, NULL, DOCKER);
	happens(&s, KERNEL_CGROUP_MADE, GONE, DOCKER);
	snapshot_unref(fake_sample(s.source, NULL));
	inode = inode_of(&s, 0, DOCKER);
	e = happens(&s, KERNEL_OOM_KILL, inode, "");
	e->pid = 99;
	e->bytes = 4096;
	e->culprit = inode_of(&s, 0, "/docker");
	exits(&s, inode, 1, SIGKILL);
	happens(&s, KERNEL_CGROUP_REMOVED, inode, DOCKER);
	fake_cgroup_remove(&s.host, NULL, DOCKER);
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "oom exit end ");
	assert_string_equal(event_of(snap, EVENT_OOM_KILL)->culprit, "/docker");
	assert_int_equal(event_of(snap, EVENT_OOM_KILL)->bytes, 4096);
	assert_int_equal(event_of(snap, EVENT_END)->reason, ENDED_OOM);
	snapshot_unref(snap);
}

/* What happens inside of a container happens to it. */
static void inner_cgroups(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;

	(void)state;
	begin(&s);
	fake_cgroup(&s.host, NULL, DOCKER "/init");
	happens(&s, KERNEL_CGROUP_MADE, GONE, DOCKER);
	snapshot_unref(fake_sample(s.source, NULL));
	happens(&s, KERNEL_CGROUP_FROZEN, inode_of(&s, 0, DOCKER), DOCKER);
	exits(&s, inode_of(&s, 0, DOCKER "/init"), 9, 0);
	snap = fake_sample(s.source, NULL);
	assert_told(snap, DOCKER, "frozen exit ");
	snapshot_unref(snap);
}

/* Something was missed: what is there is looked at instead. */
static void missed(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;

	(void)state;
	begin(&s);
	fake_cgroup(&s.host, NULL, "/never/told");
	happens(&s, KERNEL_CGROUP_MADE, GONE, "/half");
	s.dropped = 12;
	snap = fake_sample(s.source, NULL);
	assert_int_equal(snapshot_heard(snap)->dropped, 12);
	assert_non_null(tree_find_path(&s.c->tree, 0, "/never/told"));
	assert_int_equal(count_ended(snap, "/half"), 1);
	assert_int_equal(s.c->hearing.briefs.count, 0);
	snapshot_unref(snap);
}

/* Nobody asked for the events: they are counted only. */
static void counted_only(void **state)
{
	_cleanup_(end) struct story s;
	struct snapshot *snap;

	(void)state;
	begin(&s);
	s.c->options.tell_events = false;
	happens(&s, KERNEL_CGROUP_MADE, GONE, "/a");
	exits(&s, GONE, 1, 0);
	snap = fake_sample(s.source, NULL);
	assert_int_equal(snapshot_heard(snap)->n_events, 0);
	assert_int_equal(snapshot_heard(snap)->counts[EVENT_EXIT], 1);
	snapshot_unref(snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_and_goes),
		cmocka_unit_test(last_figures_and_last_look),
		cmocka_unit_test(brief),
		cmocka_unit_test(brief_in_all_hierarchies),
		cmocka_unit_test(partly_there),
		cmocka_unit_test(many_brief_ones),
		cmocka_unit_test(branches_do_not_count),
		cmocka_unit_test(killed_for_memory),
		cmocka_unit_test(inner_cgroups),
		cmocka_unit_test(missed),
		cmocka_unit_test(counted_only),
	};

	return cmocka_run_group_tests_name("hear", tests, NULL, NULL);
}

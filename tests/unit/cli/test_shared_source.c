/* SPDX-License-Identifier: Apache-2.0 */
/* Two sinks of one source: who causes a sample, with what, and who holds it. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "model/heard.h"
#include "shared_source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define MAX_AGE (3 * NSEC_PER_SEC)

/* What is behind both. */
static struct fake {
	struct source source;
	unsigned samples;
	unsigned dispatches;
	unsigned closed;
	bool fails;
	size_t tells;		 /* so many events in each sample, with its number for a pid */
	struct metric_set asked; /* last */
} fake;

static uint64_t now_ns;

static uint64_t now(void)
{
	return now_ns;
}

static void hear(struct snapshot *s)
{
	struct event *events = calloc(fake.tells + 1, sizeof(*events));
	struct heard heard = {.hears = true, .n_events = fake.tells, .events = events, .dropped = 7};

	assert_non_null(events);
	for (size_t i = 0; i < fake.tells; i++)
		events[i] = (struct event){.kind = EVENT_EXEC, .pid = (int32_t)fake.samples, .name = "web"};
	assert_int_equal(snapshot_set_heard(s, &heard), 0);
	free(events);
}

static int fake_sample(struct source *source, const struct metric_set *need, struct snapshot **out,
		       struct error *err)
{
	struct metric_set closed = *need;

	assert_ptr_equal(source, &fake.source);
	fake.asked = *need;
	if (fake.fails)
		return error_set(err, -EIO, "", "cannot");
	metric_set_close(&closed);
	*out = snapshot_new(&closed, &(struct host){.n_cpus = 1}, now_ns, now_ns, 0);
	assert_non_null(*out);
	fake.samples++;
	hear(*out);
	snapshot_seal(*out);
	return 0;
}

static int fake_event_fd(struct source *source)
{
	assert_ptr_equal(source, &fake.source);
	return 17;
}

static int fake_dispatch(struct source *source, struct error *err)
{
	assert_ptr_equal(source, &fake.source);
	fake.dispatches++;
	return fake.fails ? error_set(err, -EIO, "", "cannot follow") : 0;
}

static void fake_close(struct source *source)
{
	(void)source;
	fake.closed++;
}

static const struct source_ops fake_ops = {.name = "fake",
					   .sample = fake_sample,
					   .event_fd = fake_event_fd,
					   .dispatch = fake_dispatch,
					   .close = fake_close};

static struct metric_set set_of(enum metric_id a, enum metric_id b)
{
	struct metric_set s = {0};

	metric_set_add(&s, a);
	metric_set_add(&s, b);
	return s;
}

/* The dashboard wants CPU, the scrape the working set, which is derived from two others. */
#define FIRST_NEED set_of(METRIC_CPU_USAGE, METRIC_CPU_USAGE)
#define SECOND_NEED set_of(METRIC_MEMORY_WORKING_SET, METRIC_MEMORY_WORKING_SET)

static int open_both(void **state)
{
	static struct shared_source s;
	struct metric_set need = SECOND_NEED;

	fake = (struct fake){.source = {&fake_ops}};
	now_ns = 100 * NSEC_PER_SEC;
	shared_source_init(&s, &fake.source, &need, MAX_AGE, now);
	*state = &s;
	return 0;
}

static int close_both(void **state)
{
	struct shared_source *s = *state;

	source_close(&s->first.source);
	source_close(&s->second.source);
	shared_source_release(s);
	shared_source_release(s);
	assert_null(s->latest);
	/* the inner one is borrowed */
	assert_int_equal(fake.closed, 0);
	return 0;
}

static struct snapshot *take(struct source *face, struct metric_set need)
{
	struct snapshot *out = NULL;
	struct error err = {0};

	assert_int_equal(source_sample(face, &need, &out, &err), 0);
	assert_non_null(out);
	return out;
}

static void assert_has(const struct snapshot *s, enum metric_id id, bool has)
{
	assert_int_equal(metric_set_has(snapshot_metrics(s), id), has);
}

static void one_sample_for_both(void **state)
{
	struct shared_source *s = *state;
	struct snapshot *one = take(&s->first.source, FIRST_NEED);
	struct snapshot *two;

	assert_has(one, METRIC_CPU_USAGE, true);
	assert_has(one, METRIC_MEMORY_WORKING_SET, true);
	assert_has(one, METRIC_MEMORY_USAGE, true);
	now_ns += MAX_AGE;
	two = take(&s->second.source, SECOND_NEED);
	assert_ptr_equal(one, two);
	assert_int_equal(fake.samples, 1);
	/* less than it said at first, too, and what it is derived from */
	snapshot_unref(two);
	two = take(&s->second.source, set_of(METRIC_MEMORY_USAGE, METRIC_CPU_USAGE));
	assert_ptr_equal(one, two);
	snapshot_unref(two);
	snapshot_unref(one);
}

static void too_old(void **state)
{
	struct shared_source *s = *state;
	struct snapshot *one = take(&s->first.source, FIRST_NEED);
	struct snapshot *two;
	struct snapshot *three;

	now_ns += MAX_AGE + 1;
	two = take(&s->second.source, SECOND_NEED);
	assert_ptr_not_equal(one, two);
	assert_int_equal(fake.samples, 2);
	/* with what the first wants: it stays the one that a second scrape gets */
	assert_has(two, METRIC_CPU_USAGE, true);
	three = take(&s->second.source, SECOND_NEED);
	assert_ptr_equal(two, three);
	snapshot_unref(one);
	snapshot_unref(two);
	snapshot_unref(three);
}

static void not_enough_in_it(void **state)
{
	struct shared_source *s = *state;
	struct snapshot *one = take(&s->first.source, FIRST_NEED);
	struct snapshot *two = take(&s->second.source, set_of(METRIC_PROCESSES, METRIC_CPU_QUOTA));

	assert_ptr_not_equal(one, two);
	assert_int_equal(fake.samples, 2);
	assert_has(two, METRIC_PROCESSES, true);
	assert_has(two, METRIC_CPU_USAGE, true);
	snapshot_unref(one);
	snapshot_unref(two);
}

/* The first takes its own whenever it is asked: it is what measures time. */
static void the_first_is_always_fresh(void **state)
{
	struct shared_source *s = *state;
	struct snapshot *one = take(&s->second.source, SECOND_NEED);
	struct snapshot *two = take(&s->first.source, FIRST_NEED);
	struct snapshot *three = take(&s->first.source, set_of(METRIC_PROCESSES, METRIC_PROCESSES));
	struct snapshot *four = take(&s->second.source, SECOND_NEED);

	assert_int_equal(fake.samples, 3);
	assert_true(one != two && two != three);
	/* nothing that the second alone asked for stays in what the first asks for, nor what it asked before
	 */
	assert_has(one, METRIC_CPU_USAGE, false);
	assert_has(three, METRIC_CPU_USAGE, false);
	assert_ptr_equal(three, four);
	snapshot_unref(one);
	snapshot_unref(two);
	snapshot_unref(three);
	snapshot_unref(four);
}

static void failures(void **state)
{
	struct shared_source *s = *state;
	struct snapshot *one = take(&s->first.source, FIRST_NEED);
	struct snapshot *two = NULL;
	struct metric_set need = FIRST_NEED;
	struct error err = {0};

	fake.fails = true;
	assert_int_equal(source_sample(&s->first.source, &need, &two, &err), -EIO);
	assert_string_equal(err.cause, "cannot");
	assert_null(two);
	/* the last good one is young still */
	two = take(&s->second.source, SECOND_NEED);
	assert_ptr_equal(one, two);
	snapshot_unref(two);
	two = NULL;
	now_ns += 2 * MAX_AGE;
	assert_int_equal(source_sample(&s->second.source, &need, &two, &err), -EIO);
	assert_null(two);
	snapshot_unref(one);
}

/* One of the two follows the tree; in one loop with both, nothing is watched or dispatched twice. */
static void one_follows(void **state)
{
	struct shared_source *s = *state;
	struct error err = {0};

	assert_int_equal(source_event_fd(&s->first.source), 17);
	assert_int_equal(source_event_fd(&s->second.source), -1);
	assert_int_equal(source_dispatch(&s->second.source, &err), 0);
	assert_int_equal(fake.dispatches, 0);
	assert_int_equal(source_dispatch(&s->first.source, &err), 0);
	assert_int_equal(fake.dispatches, 1);
	fake.fails = true;
	assert_int_equal(source_dispatch(&s->first.source, &err), -EIO);
	assert_string_equal(err.cause, "cannot follow");
}

/* What is held lives on: sanitizers tell of one reference too few, or too many. */
static void what_is_held_stays(void **state)
{
	struct shared_source *s = *state;
	struct snapshot *held = take(&s->first.source, FIRST_NEED);

	for (int i = 0; i < 5; i++) {
		now_ns += NSEC_PER_SEC;
		snapshot_unref(take(&s->first.source, FIRST_NEED));
		snapshot_unref(take(&s->second.source, SECOND_NEED));
	}
	assert_int_equal(fake.samples, 6);
	shared_source_release(s);
	assert_int_equal(snapshot_monotonic_ns(held), 100 * NSEC_PER_SEC);
	snapshot_unref(held);
	/* it begins anew */
	snapshot_unref(take(&s->second.source, SECOND_NEED));
	assert_int_equal(fake.samples, 7);
}

/* The first is told all of it, also what came with a sample that only the second got. */
static void events_reach_the_first(void **state)
{
	struct shared_source *s = *state;
	const struct heard *heard;
	struct snapshot *one;

	fake.tells = 2;
	snapshot_unref(take(&s->second.source, SECOND_NEED));
	now_ns += 2 * MAX_AGE;
	snapshot_unref(take(&s->second.source, SECOND_NEED));
	one = take(&s->first.source, FIRST_NEED);
	heard = snapshot_heard(one);
	assert_true(heard->hears);
	assert_int_equal(heard->dropped, 7);
	assert_int_equal(heard->n_events, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(heard->events[i].pid, i / 2 + 1);
		assert_string_equal(heard->events[i].name, "web");
	}
	snapshot_unref(one);
	one = take(&s->first.source, FIRST_NEED);
	assert_int_equal(snapshot_heard(one)->n_events, 2); /* and once */
	snapshot_unref(one);
}

/* The oldest of very many are lost, and that is said. */
static void events_are_not_kept_for_ever(void **state)
{
	struct shared_source *s = *state;
	const struct heard *heard;
	struct snapshot *one;

	fake.tells = 1000;
	for (int i = 0; i < 10; i++) {
		now_ns += 2 * MAX_AGE;
		snapshot_unref(take(&s->second.source, SECOND_NEED));
	}
	one = take(&s->first.source, FIRST_NEED);
	heard = snapshot_heard(one);
	assert_int_equal(heard->n_events + heard->dropped, 11000 + 7);
	assert_in_range(heard->n_events, 1000, 5000);
	assert_int_equal(heard->events[0].pid, 11 - heard->n_events / 1000);
	assert_int_equal(heard->events[heard->n_events - 1].pid, 11);
	snapshot_unref(one);
}

#define ON_BOTH(test) cmocka_unit_test_setup_teardown(test, open_both, close_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_BOTH(one_sample_for_both),
		ON_BOTH(too_old),
		ON_BOTH(not_enough_in_it),
		ON_BOTH(the_first_is_always_fresh),
		ON_BOTH(failures),
		ON_BOTH(one_follows),
		ON_BOTH(what_is_held_stays),
		ON_BOTH(events_reach_the_first),
		ON_BOTH(events_are_not_kept_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

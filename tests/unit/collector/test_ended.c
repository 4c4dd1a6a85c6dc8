/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "collector_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID "5555555555555555555555555555555555555555555555555555555555555555"
#define DOCKER "/docker/" ID

static struct collector *collector_of(struct source *s)
{
	return (struct collector *)(void *)s;
}

static void make(struct fake *f, const char *cgroup, const char *memory)
{
	fake_cgroup(f, NULL, cgroup);
	fake_cgroup_write(f, "", cgroup, "memory.current", memory);
	fake_cgroup_write(f, "", cgroup, "memory.max", "max\n");
	fake_cgroup_write(f, "", cgroup, "cpuset.cpus.effective", "0-1\n");
	fake_cgroup_write(f, "", cgroup, "io.stat", "254:0 rbytes=7 wbytes=8\n");
	fake_cgroup_write(f, "", cgroup, "cgroup.events", "populated 1\nfrozen 0\n");
}

static size_t count_path(const struct snapshot *s, const char *path)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot_count(s); i++)
		n += strcmp(snapshot_entity(s, i)->path, path) == 0;
	return n;
}

static void dispatch(struct source *s)
{
	assert_int_equal(source_dispatch(s, NULL), 0);
}

/* In the very sample that finds it gone, and not only in the next. */
static void last_values_stay(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	struct snapshot *before;
	const struct entity *e;
	uint64_t id;

	(void)state;
	fake_make(&f, FAKE_V2);
	make(&f, DOCKER, "100\n");
	s = fake_open(&f);
	before = fake_sample(s, NULL);
	id = snapshot_entity(before, (size_t)fake_find(before, DOCKER))->id;
	fake_cgroup_remove(&f, NULL, DOCKER);
	for (unsigned round = 0; round < 3; round++) {
		snap = fake_sample(s, NULL);
		assert_int_equal(fake_find(snap, DOCKER), -1);
		assert_int_equal(count_path(snap, DOCKER), 1);
		e = snapshot_entity(snap, (size_t)fake_find_ended(snap, DOCKER));
		assert_int_equal(e->id, id);
		assert_int_equal(e->parent, -1);
		assert_int_equal(e->class, ENTITY_CONTAINER);
		assert_int_equal(e->monotonic_ns,
				 snapshot_entity(before, (size_t)fake_find(before, DOCKER))->monotonic_ns);
		assert_true(e->ended_ns > e->monotonic_ns);
		assert_int_equal(fake_value(snap, DOCKER, METRIC_MEMORY_USAGE), 100);
		assert_int_equal(fake_value(snap, DOCKER, METRIC_MEMORY_LIMIT), UNLIMITED);
		assert_int_equal(fake_series(snap, DOCKER, METRIC_IO_WRITE_BYTES, "vda"), 8);
		assert_string_equal(
			snapshot_text(snap, (size_t)fake_find_ended(snap, DOCKER), METRIC_CPUSET_CPUS),
			"0-1");
		assert_int_equal(fake_value(snap, DOCKER, METRIC_START_TIME),
				 fake_value(before, DOCKER, METRIC_START_TIME));
		assert_int_equal(fake_value(snap, DOCKER, METRIC_LAST_SEEN), e->seen_ns);
		snapshot_unref(snap);
	}
	snapshot_unref(before);
	source_close(s);
	fake_remove(&f);
}

/* It ran empty between two samples: what it used until then is looked at, not what the last sample saw. */
static void a_last_look(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	make(&f, DOCKER, "100\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	fake_cgroup_write(&f, "", DOCKER, "memory.current", "200\n");
	fake_cgroup_write(&f, "", DOCKER, "cgroup.events", "populated 0\nfrozen 0\n");
	dispatch(s);
	fake_cgroup_remove(&f, NULL, DOCKER);
	dispatch(s);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_MEMORY_USAGE), 200);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_POPULATED), 0);
	assert_int_equal(fake_series(snap, DOCKER, METRIC_IO_READ_BYTES, "vda"), 7);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Born and gone between two samples: seen all the same, with what the first look found, at an age at which
 * there is something to find. */
static void lived_between_two_samples(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	struct node *n;

	(void)state;
	fake_make(&f, FAKE_V2);
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	make(&f, DOCKER, "1\n");
	dispatch(s);
	n = map_get(&collector_of(s)->tree.by_path, slice_of(DOCKER));
	assert_non_null(n);
	assert_int_equal(n->look, LOOK_NONE); /* too young */
	fake_cgroup_write(&f, "", DOCKER, "memory.current", "300\n");
	n->found_ns -= NSEC_PER_SEC; /* as if a second had passed */
	n->ending = false;
	dispatch(s);
	assert_int_equal(n->look, LOOK_EXTRA);
	fake_cgroup_remove(&f, NULL, DOCKER);
	dispatch(s);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_MEMORY_USAGE), 300);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Never looked at: it is in the snapshot, with its times and no figures. */
static void never_looked_at(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	s = fake_open(&f);
	fake_cgroup(&f, NULL, DOCKER);
	fake_cgroup_write(&f, "", DOCKER, "memory.current", "1\n");
	dispatch(s);
	fake_cgroup_remove(&f, NULL, DOCKER);
	snap = fake_sample(s, NULL);
	assert_true(fake_find_ended(snap, DOCKER) >= 0);
	assert_true(fake_has(snap, DOCKER, METRIC_START_TIME));
	assert_true(fake_has(snap, DOCKER, METRIC_LAST_SEEN));
	assert_false(fake_has(snap, DOCKER, METRIC_MEMORY_USAGE));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

static void lingering_ends(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	struct collector_status status;

	(void)state;
	fake_make(&f, FAKE_V2);
	make(&f, DOCKER, "1\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	fake_cgroup_remove(&f, NULL, DOCKER);
	snap = fake_sample(s, NULL);
	assert_true(fake_find_ended(snap, DOCKER) >= 0);
	snapshot_unref(snap);
	collector_status(s, &status);
	assert_int_equal(status.n_ended, 1);
	/* it lingers from its end on: let that be over */
	collector_of(s)->options.linger_ns = 1;
	snap = fake_sample(s, NULL);
	assert_int_equal(count_path(snap, DOCKER), 0);
	snapshot_unref(snap);
	collector_status(s, &status);
	assert_int_equal(status.n_ended, 0);
	source_close(s);
	fake_remove(&f);
}

static void no_lingering(void **state)
{
	struct collector_options options;
	struct fake f;
	struct source *s = NULL;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	make(&f, DOCKER, "1\n");
	options = fake_options(&f);
	options.linger_ns = 0;
	assert_int_equal(collector_open(&options, &s, NULL), 0);
	snapshot_unref(fake_sample(s, NULL));
	fake_cgroup_remove(&f, NULL, DOCKER);
	snap = fake_sample(s, NULL);
	assert_int_equal(count_path(snap, DOCKER), 0);
	/* it counts all the same */
	assert_int_equal(snapshot_count(collector_of(s)->ended), 0);
	assert_int_equal(snapshot_heard(snap)->n_ended, 1);
	assert_int_equal(snapshot_heard(snap)->ended[0].ended[ENDED_UNKNOWN], 1);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* What is not shown while it lives is not shown when it has ended. */
static void hidden_classes(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	make(&f, DOCKER, "1\n");
	make(&f, DOCKER "/inner", "2\n");
	make(&f, "/system.slice/a.mount", "2\n");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(count_path(snap, DOCKER "/inner"), 0);
	snapshot_unref(snap);
	fake_cgroup_remove(&f, NULL, DOCKER);
	fake_cgroup_remove(&f, NULL, "/system.slice");
	snap = fake_sample(s, NULL);
	assert_true(fake_find_ended(snap, DOCKER) >= 0);
	assert_int_equal(count_path(snap, DOCKER "/inner"), 0);
	assert_int_equal(count_path(snap, "/system.slice/a.mount"), 0);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* A sink that asks for something else afterwards still gets what there is. */
static void another_need(void **state)
{
	struct metric_set usage = {0};
	struct metric_set io = {0};
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	metric_set_add(&usage, METRIC_MEMORY_USAGE);
	metric_set_add(&io, METRIC_IO_READ_BYTES);
	metric_set_add(&io, METRIC_MEMORY_USAGE);
	fake_make(&f, FAKE_V2);
	make(&f, DOCKER, "100\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, &usage));
	fake_cgroup_remove(&f, NULL, DOCKER);
	for (unsigned round = 0; round < 2; round++) {
		snap = fake_sample(s, round ? &usage : &io);
		assert_int_equal(fake_value(snap, DOCKER, METRIC_MEMORY_USAGE), 100);
		assert_false(fake_has_series(snap, DOCKER, METRIC_IO_READ_BYTES, "vda"));
		snapshot_unref(snap);
	}
	source_close(s);
	fake_remove(&f);
}

/* --- many of them: nodes are made up here, for the files are not what counts --- */

static void end_many(struct collector *c, unsigned from, unsigned to, uint64_t now_ns)
{
	struct identity *who = identity_new(&(struct identity){.id = "x"});

	for (unsigned i = from; i < to; i++) {
		char path[32];
		struct moment now = {now_ns + i, 1000 + i};
		struct departed n = {.path = path, .identity = who, .id = i, .class = ENTITY_GROUP};

		snprintf(path, sizeof(path), "/n%u", i);
		ended_keep(c, &n, &now);
	}
	identity_unref(who);
}

static void the_oldest_go_first(void **state)
{
	struct fake f;
	struct source *s;
	struct collector *c;
	struct snapshot *out;
	struct moment now = {NSEC_PER_SEC * 2, 1};
	size_t count;

	(void)state;
	fake_make(&f, FAKE_V2);
	s = fake_open(&f);
	c = collector_of(s);
	end_many(c, 0, 50000, NSEC_PER_SEC);
	count = ended_count(c, &now);
	assert_true(count <= 20000 && count >= 10000);
	out = snapshot_new(&c->need, &c->host, 0, 0, 0);
	assert_int_equal(ended_add(c, out, &now), 0);
	assert_int_equal(snapshot_count(out), ended_count(c, &now));
	/* the newest, in the order of their end, without a gap */
	for (size_t i = 0; i < snapshot_count(out); i++)
		assert_int_equal(snapshot_entity(out, i)->id, 50000 - snapshot_count(out) + i);
	snapshot_unref(out);
	source_close(s);
	fake_remove(&f);
}

static void what_expired_is_given_back(void **state)
{
	struct fake f;
	struct source *s;
	struct collector *c;
	struct moment later = {70 * NSEC_PER_SEC, 1};

	(void)state;
	fake_make(&f, FAKE_V2);
	s = fake_open(&f);
	c = collector_of(s);
	end_many(c, 0, 1000, 1);
	end_many(c, 1000, 1010, 65 * NSEC_PER_SEC);
	assert_int_equal(ended_count(c, &later), 10);
	assert_int_equal(snapshot_count(c->ended), 10);
	/* not even these, a minute later; and what ends after "now" counts */
	later.monotonic_ns = 200 * NSEC_PER_SEC;
	assert_int_equal(ended_count(c, &later), 0);
	end_many(c, 2000, 2001, 300 * NSEC_PER_SEC);
	assert_int_equal(ended_count(c, &later), 1);
	source_close(s);
	fake_remove(&f);
}

/* The same path again and again: each has its own id. */
static void restarts(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	make(&f, DOCKER, "1\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	for (unsigned round = 0; round < 3; round++) {
		fake_cgroup_remove(&f, NULL, DOCKER);
		dispatch(s);
		make(&f, DOCKER, "2\n");
		dispatch(s);
	}
	snap = fake_sample(s, NULL);
	assert_true(fake_find(snap, DOCKER) >= 0);
	assert_int_equal(fake_value(snap, DOCKER, METRIC_MEMORY_USAGE), 2);
	assert_int_equal(count_path(snap, DOCKER), 4);
	assert_int_equal(snapshot_entity(snap, (size_t)fake_find(snap, DOCKER))->ended, false);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_values_stay),
		cmocka_unit_test(a_last_look),
		cmocka_unit_test(lived_between_two_samples),
		cmocka_unit_test(never_looked_at),
		cmocka_unit_test(lingering_ends),
		cmocka_unit_test(no_lingering),
		cmocka_unit_test(hidden_classes),
		cmocka_unit_test(another_need),
		cmocka_unit_test(the_oldest_go_first),
		cmocka_unit_test(what_expired_is_given_back),
		cmocka_unit_test(restarts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

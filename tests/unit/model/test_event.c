/* SPDX-License-Identifier: Apache-2.0 */
#include "model/event.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
DEFINE_CLEANUP(struct comparison *, comparison_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)
#define _cleanup_comparison_ _cleanup_(comparison_freep)

#define REALTIME UINT64_C(1700000000000000000)
#define MIB *UINT64_C(1048576)

/* A snapshot `seconds` after the first. */
static struct snapshot *at(unsigned seconds)
{
	struct metric_set need = {0};
	struct snapshot *s;

	event_need(&need);
	metric_set_close(&need);
	s = snapshot_new(&need, &(struct host){.n_cpus = 1}, (1000 + seconds) * NSEC_PER_SEC,
			 REALTIME + seconds * NSEC_PER_SEC, 4);
	assert_non_null(s);
	return s;
}

static size_t add_entity(struct snapshot *s, uint64_t id, const char *name, enum entity_class class,
			 int32_t parent, uint64_t ended_ns)
{
	char path[64];
	struct entity e = {.path = path,
			   .id = id,
			   .parent = parent,
			   .class = class,
			   .ended = ended_ns != 0,
			   .ended_ns = ended_ns,
			   .seen_ns = snapshot_realtime_ns(s),
			   .monotonic_ns = snapshot_monotonic_ns(s)};
	ptrdiff_t index;

	snprintf(path, sizeof(path), "/docker/%s", name);
	e.identity = identity_new(&(struct identity){.name = name, .image = "nginx"});
	assert_non_null(e.identity);
	index = snapshot_add(s, &e);
	identity_unref(e.identity);
	assert_true(index >= 0);
	return (size_t)index;
}

static size_t add_as(struct snapshot *s, uint64_t id, const char *name, enum entity_class class,
		     uint64_t ended_ns)
{
	return add_entity(s, id, name, class, -1, ended_ns);
}

static size_t add_below(struct snapshot *s, uint64_t id, const char *name, enum entity_class class,
			int32_t parent)
{
	return add_entity(s, id, name, class, parent, 0);
}

static size_t add(struct snapshot *s, uint64_t id, const char *name)
{
	return add_as(s, id, name, ENTITY_CONTAINER, 0);
}

static void limit_device(struct snapshot *s, const char *device, uint64_t bytes)
{
	ptrdiff_t series = snapshot_series(s, DIMENSION_DEVICE, device, strlen(device), "254:0");

	assert_true(series >= 0);
	snapshot_series_set(s, series, METRIC_IO_WBPS_MAX, bytes);
}

/* One line an event: "+SECONDS KIND name xCOUNT detail". */
static void note(void *context, const struct event *e)
{
	assert_non_null(e->path);
	str_printf(context, "+%llu %s %s x%llu",
		   (unsigned long long)((e->realtime_ns - REALTIME) / NSEC_PER_SEC), event_kind_name(e->kind),
		   e->name, (unsigned long long)e->count);
	if (*e->detail)
		str_printf(context, " %s", e->detail);
	str_char(context, '\n');
}

static void assert_told(struct event_memory *m, struct snapshot *earlier, struct snapshot *later,
			const char *expected)
{
	_cleanup_comparison_ struct comparison *c = NULL;
	_cleanup_str_ struct str text = {0};

	if (earlier)
		snapshot_seal(earlier);
	snapshot_seal(later);
	c = comparison_new(earlier, later);
	assert_non_null(c);
	str_add(&text, "");
	if (m)
		events_following(m, c, note, &text);
	else
		events_between(c, note, &text);
	assert_string_equal(text.data, expected);
}

static void nothing_happened(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = at(0);
	_cleanup_snapshot_ struct snapshot *b = at(1);

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct snapshot *s = i ? b : a;

		add(s, 1, "web");
		snapshot_set(s, 0, METRIC_OOM_KILLS, 4);
		snapshot_set(s, 0, METRIC_MEMORY_LIMIT, 5 MIB);
		snapshot_set(s, 0, METRIC_CPU_PERIODS, 50);
		snapshot_set(s, 0, METRIC_CPU_THROTTLED_PERIODS, 50);
	}
	assert_told(NULL, a, b, "");
}

static void no_earlier_snapshot(void **state)
{
	_cleanup_snapshot_ struct snapshot *s = at(0);

	(void)state;
	add(s, 1, "web");
	snapshot_set(s, 0, METRIC_OOM_KILLS, 4);
	assert_told(NULL, NULL, s, "");
}

static void coming_and_going(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = at(0);
	_cleanup_snapshot_ struct snapshot *b = at(60);

	(void)state;
	add(a, 1, "stays");
	add(a, 2, "lingers");
	add(a, 3, "vanishes");
	add_as(a, 4, "ended before", ENTITY_CONTAINER, 999 * NSEC_PER_SEC);
	add_as(a, 5, "slice", ENTITY_SLICE, 0);
	snapshot_set(a, 2, METRIC_START_TIME, REALTIME - 3600 * NSEC_PER_SEC);
	add(b, 1, "stays");
	add_as(b, 2, "lingers", ENTITY_CONTAINER, 1050 * NSEC_PER_SEC);
	snapshot_set(b, 1, METRIC_START_TIME, REALTIME - 10 * NSEC_PER_SEC);
	add_as(b, 4, "ended before", ENTITY_CONTAINER, 999 * NSEC_PER_SEC);
	add(b, 6, "new");
	snapshot_set(b, 3, METRIC_START_TIME, REALTIME + 20 * NSEC_PER_SEC);
	add(b, 7, "found late");
	snapshot_set(b, 4, METRIC_START_TIME, REALTIME - 20 * NSEC_PER_SEC);
	add_as(b, 8, "brief", ENTITY_SERVICE, 1055 * NSEC_PER_SEC);
	snapshot_set(b, 5, METRIC_OOM_KILLS, 1);
	add_as(b, 9, "new slice", ENTITY_SLICE, 0);
	assert_told(NULL, a, b,
		    "+50 END lingers x1 after 1m\n"
		    "+20 START new x1 image nginx\n"
		    "+60 START found late x1 image nginx\n"
		    "+60 START brief x1 image nginx\n"
		    "+60 OOM-KILL brief x1\n"
		    "+55 END brief x1\n"
		    "+60 END vanishes x1 after 1h1m\n");
}

/* What is told of one counter's growth. */
static void hits(void **state)
{
	static const struct {
		enum metric_id counter;
		enum metric_id limit;
		const char *expected;
	} known[] = {
		{METRIC_OOM_KILLS, METRIC_MEMORY_LIMIT, "+1 OOM-KILL web x3 limit 160.0MiB\n"},
		{METRIC_MEMORY_FAILCNT, METRIC_MEMORY_LIMIT, "+1 MEMORY-MAX web x3 limit 160.0MiB\n"},
		{METRIC_MEMORY_EVENTS_HIGH, METRIC_MEMORY_HIGH, "+1 MEMORY-HIGH web x3 limit 160.0MiB\n"},
		{METRIC_PIDS_EVENTS_MAX, METRIC_PIDS_MAX, "+1 PIDS-MAX web x3 limit 167772160\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		_cleanup_snapshot_ struct snapshot *a = at(0);
		_cleanup_snapshot_ struct snapshot *b = at(1);
		_cleanup_snapshot_ struct snapshot *back = at(2);

		add(a, 1, "web");
		add(b, 1, "web");
		add(back, 1, "web");
		snapshot_set(a, 0, known[i].counter, 7);
		snapshot_set(b, 0, known[i].counter, 10);
		snapshot_set(back, 0, known[i].counter, 2);
		snapshot_set(a, 0, known[i].limit, 160 MIB);
		snapshot_set(b, 0, known[i].limit, 160 MIB);
		snapshot_set(back, 0, known[i].limit, 160 MIB);
		assert_told(NULL, a, b, known[i].expected);
		assert_told(NULL, b, back, "");
	}
}

static void throttled(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = at(0);
	_cleanup_snapshot_ struct snapshot *b = at(10);
	_cleanup_snapshot_ struct snapshot *c = at(20);

	(void)state;
	add(a, 1, "web");
	snapshot_set(a, 0, METRIC_CPU_PERIODS, 0);
	snapshot_set(a, 0, METRIC_CPU_THROTTLED_PERIODS, 0);
	add(b, 1, "web");
	snapshot_set(b, 0, METRIC_CPU_PERIODS, 100);
	snapshot_set(b, 0, METRIC_CPU_THROTTLED_PERIODS, 31);
	add(c, 1, "web");
	snapshot_set(c, 0, METRIC_CPU_PERIODS, 200);
	snapshot_set(c, 0, METRIC_CPU_THROTTLED_PERIODS, 35);
	assert_told(NULL, a, b, "+10 THROTTLED web x31 31% of periods\n");
	assert_told(NULL, b, c, "");
}

/* Told when it begins, not while it goes on, and again after it was quiet; kills are told each time. */
static void a_condition_that_goes_on(void **state)
{
	static const struct {
		unsigned second;
		uint64_t hits;
		uint64_t kills;
		const char *expected;
	} samples[] = {
		{1, 5, 0, "+1 MEMORY-MAX web x5\n"},
		{2, 9, 1, "+2 OOM-KILL web x1\n"},
		{3, 9, 1, ""},
		{4, 10, 2, "+4 OOM-KILL web x1\n"},
		{14, 10, 2, ""},
		{15, 12, 2, "+15 MEMORY-MAX web x2\n"},
		{16, 13, 2, ""},
		{60, 13, 2, ""},
	};
	struct event_memory memory = {0};
	struct snapshot *before = at(0);

	(void)state;
	add(before, 1, "web");
	snapshot_set(before, 0, METRIC_MEMORY_FAILCNT, 0);
	snapshot_set(before, 0, METRIC_OOM_KILLS, 0);
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		struct snapshot *now = at(samples[i].second);

		add(now, 1, "web");
		snapshot_set(now, 0, METRIC_MEMORY_FAILCNT, samples[i].hits);
		snapshot_set(now, 0, METRIC_OOM_KILLS, samples[i].kills);
		assert_told(&memory, before, now, samples[i].expected);
		snapshot_unref(before);
		before = now;
	}
	assert_int_equal(memory.conditions.count, 0); /* and nothing is kept of what is long over */
	snapshot_unref(before);
	event_memory_free(&memory);
}

static void freezing(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = at(0);
	_cleanup_snapshot_ struct snapshot *b = at(1);
	_cleanup_snapshot_ struct snapshot *c = at(2);

	(void)state;
	add(a, 1, "web");
	snapshot_set(a, 0, METRIC_FROZEN_V2, 0);
	add(b, 1, "web");
	snapshot_set(b, 0, METRIC_FROZEN_V2, 1);
	add(c, 1, "web");
	assert_told(NULL, a, b, "+1 FROZEN web x1\n");
	assert_told(NULL, b, a, "");
	assert_told(NULL, b, c, ""); /* not known any more */
}

static void limits(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = at(0);
	_cleanup_snapshot_ struct snapshot *b = at(1);

	(void)state;
	add(a, 1, "web");
	snapshot_set(a, 0, METRIC_MEMORY_LIMIT, 512 MIB);
	snapshot_set(a, 0, METRIC_MEMORY_HIGH, 100 MIB);
	snapshot_set(a, 0, METRIC_PIDS_MAX, UNLIMITED);
	snapshot_set(a, 0, METRIC_CPU_QUOTA, 50000);
	snapshot_set(a, 0, METRIC_CPU_PERIOD, 100000);
	snapshot_set(a, 0, METRIC_CPU_WEIGHT, 100);
	assert_int_equal(snapshot_set_text(a, 0, METRIC_CPUSET_CPUS, "0-3", 3), 0);
	limit_device(a, "vda", 4 MIB);
	limit_device(a, "vdb", 1 MIB);
	add(b, 1, "web");
	snapshot_set(b, 0, METRIC_MEMORY_LIMIT, 1024 MIB);
	snapshot_set(b, 0, METRIC_PIDS_MAX, 200);
	snapshot_set(b, 0, METRIC_CPU_QUOTA, 150000);
	snapshot_set(b, 0, METRIC_CPU_PERIOD, 100000);
	snapshot_set(b, 0, METRIC_CPU_WEIGHT, 50);
	assert_int_equal(snapshot_set_text(b, 0, METRIC_CPUSET_CPUS, "1", 1), 0);
	limit_device(b, "vda", UNLIMITED);
	limit_device(b, "vdc", 2 MIB);
	assert_told(NULL, a, b,
		    "+1 LIMIT web x1 cpu.max 0.5 -> 1.5 CPUs\n"
		    "+1 LIMIT web x1 memory.max 512.0MiB -> 1.0GiB\n"
		    "+1 LIMIT web x1 pids.max max -> 200\n"
		    "+1 LIMIT web x1 cpu.weight 100 -> 50\n"
		    "+1 LIMIT web x1 cpuset.cpus 0-3 -> 1\n"
		    "+1 LIMIT web x1 io.max wbps of vda 4.0MiB -> max\n"
		    "+1 LIMIT web x1 io.max wbps of vdc max -> 2.0MiB\n"
		    "+1 LIMIT web x1 io.max wbps of vdb 1.0MiB -> max\n");
}

/* --- what the source heard --- */

static void hear(struct snapshot *s, uint64_t dropped, size_t n, const struct event *events)
{
	struct heard heard = {.hears = true, .n_events = n, .events = events, .dropped = dropped};

	assert_int_equal(snapshot_set_heard(s, &heard), 0);
}

static struct event heard_event(enum event_kind kind, uint64_t entity, const char *name, unsigned second)
{
	return (struct event){.kind = kind,
			      .entity = entity,
			      .name = name,
			      .path = "/docker/web",
			      .realtime_ns = REALTIME + second * NSEC_PER_SEC,
			      .count = 1,
			      .status = STATUS_UNKNOWN};
}

static struct snapshot *with_kills(unsigned second, uint64_t kills, size_t n, const struct event *events)
{
	struct snapshot *s = at(second);

	add(s, 1, "web");
	snapshot_set(s, 0, METRIC_OOM_KILLS, kills);
	snapshot_set(s, 0, METRIC_MEMORY_LIMIT, 160 MIB);
	hear(s, 0, n, events);
	return s;
}

/* Processes and storms as they come, wherever they were; kills with the limit; figures' own behind. */
static void heard_comes_first(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = with_kills(0, 3, 0, NULL);
	struct event events[] = {
		heard_event(EVENT_EXEC, 77, "nobody knows", 2),
		heard_event(EVENT_OOM_KILL, 1, "web", 3),
		heard_event(EVENT_EXIT, 1, "web", 4),
		heard_event(EVENT_FORK_STORM, 1, "web", 5),
	};
	_cleanup_snapshot_ struct snapshot *b = NULL;

	(void)state;
	events[1].culprit = "/docker/web";
	events[2].detail = "its own words";
	events[3].count = 1500;
	b = with_kills(10, 4, ARRAY_SIZE(events), events);
	snapshot_set(a, 0, METRIC_PIDS_EVENTS_MAX, 0);
	snapshot_set(b, 0, METRIC_PIDS_EVENTS_MAX, 2);
	assert_told(NULL, a, b,
		    "+2 EXEC nobody knows x1\n"
		    "+3 OOM-KILL web x1 memory.max 160.0MiB\n"
		    "+4 EXIT web x1 its own words\n"
		    "+5 FORK-STORM web x1500\n"
		    "+10 PIDS-MAX web x2\n");
}

/* The limit that is told is the one that was hit, and none where the host ran out. */
static void whose_limit_it_was(void **state)
{
	static const struct {
		const char *culprit;
		const char *expected;
	} known[] = {
		{"/docker/web", "+1 OOM-KILL inner x1 memory.max 160.0MiB\n"},
		{"/docker/shop", "+1 OOM-KILL inner x1 memory.max 512.0MiB\n"},
		{"/docker/gone", "+1 OOM-KILL inner x1\n"},
		{"/", "+1 OOM-KILL inner x1\n"},
		{"", "+1 OOM-KILL inner x1\n"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		_cleanup_snapshot_ struct snapshot *a = at(0);
		_cleanup_snapshot_ struct snapshot *b = at(1);
		struct event kill = heard_event(EVENT_OOM_KILL, 3, "inner", 1);

		for (int later = 0; later < 2; later++) {
			struct snapshot *s = later ? b : a;
			size_t shop = add_below(s, 2, "shop", ENTITY_SLICE, -1);
			size_t web = add_below(s, 1, "web", ENTITY_CONTAINER, (int32_t)shop);

			add_below(s, 3, "web/inner", ENTITY_INNER, (int32_t)web);
			snapshot_set(s, shop, METRIC_MEMORY_LIMIT, 512 MIB);
			snapshot_set(s, web, METRIC_MEMORY_LIMIT, 160 MIB);
			/* memory.events of the container counts it too: it is told once */
			snapshot_set(s, web, METRIC_OOM_KILLS, later ? 1 : 0);
		}
		kill.culprit = known[i].culprit;
		hear(b, 0, 1, &kill);
		assert_told(NULL, a, b, known[i].expected);
	}
}

static void coming_and_going_is_the_sources(void **state)
{
	_cleanup_snapshot_ struct snapshot *a = at(0);
	_cleanup_snapshot_ struct snapshot *b = at(60);
	struct event events[] = {
		heard_event(EVENT_START, 6, "new", 20),	   heard_event(EVENT_START, 9, "a slice", 21),
		heard_event(EVENT_START, 10, "brief", 30), heard_event(EVENT_END, 10, "brief", 31),
		heard_event(EVENT_END, 2, "lingers", 50),
	};

	(void)state;
	events[3].detail = "after 1s";
	add(a, 2, "lingers");
	add(a, 3, "vanishes");
	hear(a, 5, 0, NULL);
	add_as(b, 2, "lingers", ENTITY_CONTAINER, 1050 * NSEC_PER_SEC);
	snapshot_set(b, 0, METRIC_START_TIME, REALTIME - 10 * NSEC_PER_SEC);
	add(b, 6, "new");
	add(b, 7, "will be heard of");
	add_as(b, 9, "a slice", ENTITY_SLICE, 0);
	hear(b, 5, ARRAY_SIZE(events), events);
	assert_told(NULL, a, b,
		    "+20 START new x1 image nginx\n"
		    "+30 START brief x1\n"
		    "+31 END brief x1 after 1s\n"
		    "+50 END lingers x1 after 1m\n");
}

/* Where something was lost, or was not listened to from the start, figures say what was missed. */
static void what_was_not_heard(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		_cleanup_snapshot_ struct snapshot *a = at(0);
		_cleanup_snapshot_ struct snapshot *b = at(60);
		struct event start = heard_event(EVENT_START, 6, "new", 20);

		add(a, 3, "vanishes");
		if (lost)
			hear(a, 0, 0, NULL);
		add(b, 6, "new");
		add(b, 7, "missed");
		hear(b, 1, 1, &start);
		assert_told(NULL, a, b,
			    "+20 START new x1 image nginx\n"
			    "+60 START missed x1 image nginx\n"
			    "+60 END vanishes x1\n");
	}
}

/* Either may be ahead by a sample: a kill is told once, by the source where that knows of it. */
static void figures_and_source_do_not_tell_twice(void **state)
{
	static const struct {
		uint64_t kills; /* as counted */
		bool heard;
		const char *expected;
	} samples[] = {
		{1, false, ""}, /* counted first … */
		{1, true, "+2 OOM-KILL web x1 limit 160.0MiB\n"},
		{1, false, ""},
		{1, true, "+4 OOM-KILL web x1 limit 160.0MiB\n"}, /* heard first … */
		{2, false, ""},
		{4, false, ""}, /* nobody hears of these two: told a sample later */
		{4, false, "+7 OOM-KILL web x2 limit 160.0MiB\n"},
		{4, false, ""},
	};
	struct event_memory memory = {0};
	struct snapshot *before = with_kills(0, 0, 0, NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		unsigned second = (unsigned)i + 1;
		struct event kill = heard_event(EVENT_OOM_KILL, 1, "web", second);
		struct snapshot *now = with_kills(second, samples[i].kills, samples[i].heard, &kill);

		assert_told(&memory, before, now, samples[i].expected);
		snapshot_unref(before);
		before = now;
	}
	snapshot_unref(before);
	event_memory_free(&memory);
}

static void freezing_is_told_once(void **state)
{
	struct event_memory memory = {0};
	_cleanup_snapshot_ struct snapshot *a = at(0);
	_cleanup_snapshot_ struct snapshot *b = at(1);
	_cleanup_snapshot_ struct snapshot *c = at(2);
	struct event frozen = heard_event(EVENT_FROZEN, 1, "web", 1);

	(void)state;
	add(a, 1, "web");
	snapshot_set(a, 0, METRIC_FROZEN_V2, 0);
	hear(a, 0, 0, NULL);
	add(b, 1, "web");
	snapshot_set(b, 0, METRIC_FROZEN_V2, 1);
	hear(b, 0, 1, &frozen);
	add(c, 1, "web");
	snapshot_set(c, 0, METRIC_FROZEN_V2, 1);
	hear(c, 0, 0, NULL);
	assert_told(&memory, a, b, "+1 FROZEN web x1\n");
	assert_told(&memory, b, c, "");
	event_memory_free(&memory);
}

static void kinds(void **state)
{
	(void)state;
	for (enum event_kind a = 0; a < EVENT__COUNT; a++) {
		assert_true(*event_kind_name(a));
		for (enum event_kind b = 0; b < a; b++)
			assert_string_not_equal(event_kind_name(a), event_kind_name(b));
	}
	assert_string_equal(event_kind_name(EVENT__COUNT), "");
	assert_int_equal(event_severity(EVENT_OOM_KILL), SEVERITY_ERROR);
	assert_int_equal(event_severity(EVENT_START), SEVERITY_INFO);
	assert_int_equal(event_severity(EVENT_THROTTLED), SEVERITY_WARNING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_happened),
		cmocka_unit_test(no_earlier_snapshot),
		cmocka_unit_test(coming_and_going),
		cmocka_unit_test(hits),
		cmocka_unit_test(throttled),
		cmocka_unit_test(a_condition_that_goes_on),
		cmocka_unit_test(freezing),
		cmocka_unit_test(limits),
		cmocka_unit_test(heard_comes_first),
		cmocka_unit_test(whose_limit_it_was),
		cmocka_unit_test(coming_and_going_is_the_sources),
		cmocka_unit_test(what_was_not_heard),
		cmocka_unit_test(figures_and_source_do_not_tell_twice),
		cmocka_unit_test(freezing_is_told_once),
		cmocka_unit_test(kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "model/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
DEFINE_CLEANUP(struct comparison *, comparison_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)
#define _cleanup_comparison_ _cleanup_(comparison_freep)

/* A host with a slice that holds two containers; cases are about the first one. */
enum { HOST, SLICE, WEB, OTHER, N_ENTITIES };

#define GONE (UNLIMITED - 1) /* absent on this side */
#define MIB *UINT64_C(1048576)
#define MS *UINT64_C(1000000)

struct figure {
	size_t entity;
	enum metric_id id; /* METRIC__COUNT ends the list */
	uint64_t before;
	uint64_t after;
};
#define END_OF_FIGURES                 \
	{                              \
		0, METRIC__COUNT, 0, 0 \
	}

struct fixture {
	const struct figure *figures;
	uint64_t span_ns; /* 0 = one second */
	bool is_new;	  /* WEB was not there before */
	bool ended;
	const struct metric_set *need; /* NULL = all */
};

static void add_entities(struct snapshot *s, const struct fixture *f, bool later)
{
	static const struct {
		const char *path;
		int32_t parent;
		enum entity_class class;
	} who[N_ENTITIES] = {
		{"/", -1, ENTITY_HOST},
		{"/pod", 0, ENTITY_SLICE},
		{"/pod/web", 1, ENTITY_CONTAINER},
		{"/pod/other", 1, ENTITY_CONTAINER},
	};

	for (size_t i = 0; i < N_ENTITIES; i++) {
		struct entity e = {.path = who[i].path,
				   .id = i == WEB && f->is_new && !later ? 99 : i + 1,
				   .parent = who[i].parent,
				   .class = who[i].class,
				   .ended = i == WEB && f->ended && later,
				   .monotonic_ns = snapshot_monotonic_ns(s)};

		e.identity = identity_new(&(struct identity){.name = who[i].path});
		assert_non_null(e.identity);
		assert_int_equal(snapshot_add(s, &e), i);
		identity_unref(e.identity);
		for (const struct figure *g = f->figures; g->id != METRIC__COUNT; g++) {
			uint64_t value = later ? g->after : g->before;

			if (g->entity != i || value == GONE)
				continue;
			if (metrics[g->id].dimension == DIMENSION_ONE)
				snapshot_set(s, i, g->id, value);
			else
				snapshot_series_set(s,
						    snapshot_series(s, DIMENSION_DEVICE, "vda", 3, "254:0"),
						    g->id, value);
		}
	}
}

static struct snapshot *make(const struct fixture *f, bool later)
{
	struct metric_set all = {0};
	struct host host = {.n_cpus = 4, .page_size = 4096};
	uint64_t span = f->span_ns ? f->span_ns : NSEC_PER_SEC;
	struct snapshot *s;

	for (enum metric_id id = 0; id < METRIC__COUNT; id++)
		metric_set_add(&all, id);
	host.meters = (struct host_meters){
		.cpu_known = true, .cpu_busy_ns = later ? 410 : 0, .cpu_total_ns = later ? 1000 : 0};
	s = snapshot_new(f->need ? f->need : &all, &host, later ? 5 + span : 5, 0, N_ENTITIES);
	assert_non_null(s);
	add_entities(s, f, later);
	snapshot_seal(s);
	return s;
}

static struct comparison *compare(const struct fixture *f)
{
	_cleanup_snapshot_ struct snapshot *a = make(f, false);
	_cleanup_snapshot_ struct snapshot *b = make(f, true);
	struct comparison *c = comparison_new(a, b);

	assert_non_null(c);
	return c;
}

/* --- cases --- */

struct verdict_case {
	const char *what;
	struct figure figures[16];
	enum limiter limiter;
	size_t by;
	const char *brief;
	uint64_t span_ns;
};

#define FIGURES(...)                        \
	{                                   \
		__VA_ARGS__, END_OF_FIGURES \
	}
#define QUOTA(entity)                                     \
	{entity, METRIC_CPU_QUOTA, 50000, 50000},         \
	{                                                 \
		entity, METRIC_CPU_PERIOD, 100000, 100000 \
	}
#define PERIODS(entity, n, throttled)                                      \
	{entity, METRIC_CPU_PERIODS, 100, 100 + (n)},                      \
	{                                                                  \
		entity, METRIC_CPU_THROTTLED_PERIODS, 50, 50 + (throttled) \
	}
#define PSI(entity, what, ms)                                              \
	{                                                                  \
		entity, METRIC_PRESSURE_##what##_SOME, 7 MS, (7 + (ms)) MS \
	}
#define AT_LIMIT(entity, used, limit, hits)                            \
	{entity, METRIC_MEMORY_USAGE, (used)MIB, (used)MIB},           \
		{entity, METRIC_MEMORY_LIMIT, (limit)MIB, (limit)MIB}, \
	{                                                              \
		entity, METRIC_MEMORY_FAILCNT, 10, 10 + (hits)         \
	}
#define CACHE(entity, mib)                                              \
	{                                                               \
		entity, METRIC_MEMORY_INACTIVE_FILE, (mib)MIB, (mib)MIB \
	}

static const struct verdict_case cases[] = {
	/* nothing at all */
	{"idle", FIGURES({WEB, METRIC_CPU_USAGE, 5, 5}, PSI(WEB, CPU, 0), PSI(WEB, IO, 0)), LIMITER_NONE, WEB,
	 "", 0},
	{"nothing known", {END_OF_FIGURES}, LIMITER_NONE, WEB, "", 0},
	{"busy, and unhindered",
	 FIGURES({WEB, METRIC_CPU_USAGE, 0, 4000 MS}, PSI(WEB, CPU, 190), PSI(WEB, IO, 190),
		 PSI(WEB, MEMORY, 90)),
	 LIMITER_NONE, WEB, "", 0},

	/* frozen */
	{"paused (v2)", FIGURES({WEB, METRIC_FROZEN_V2, 1, 1}), LIMITER_FROZEN, WEB, "frozen", 0},
	{"paused (v1)", FIGURES({WEB, METRIC_FROZEN_V1, 0, 1}), LIMITER_FROZEN, WEB, "frozen", 0},
	{"paused beats all", FIGURES({WEB, METRIC_FROZEN_V1, 0, 1}, {WEB, METRIC_OOM_KILLS, 0, 1}),
	 LIMITER_FROZEN, WEB, "frozen", 0},
	{"thawed", FIGURES({WEB, METRIC_FROZEN_V2, 1, 0}), LIMITER_NONE, WEB, "", 0},
	{"its pod is paused", FIGURES({WEB, METRIC_FROZEN_V2, 0, 1}, {SLICE, METRIC_FROZEN_V2, 0, 1}),
	 LIMITER_FROZEN, SLICE, "frozen^", 0},

	/* OOM */
	{"killed at its limit", FIGURES(AT_LIMIT(WEB, 10, 160, 3), {WEB, METRIC_OOM_KILLS, 1, 3}),
	 LIMITER_OOM, WEB, "oom 2/s", 0},
	{"killed long ago", FIGURES(AT_LIMIT(WEB, 10, 160, 0), {WEB, METRIC_OOM_KILLS, 3, 3}), LIMITER_NONE,
	 WEB, "", 0},
	{"killed at the pod's limit",
	 FIGURES({WEB, METRIC_MEMORY_LIMIT, UNLIMITED, UNLIMITED}, AT_LIMIT(SLICE, 159, 160, 3),
		 {WEB, METRIC_OOM_KILLS, 0, 1}),
	 LIMITER_OOM, SLICE, "oom^ 1/s", 0},
	{"the host ran out", FIGURES({WEB, METRIC_OOM_KILLS, 0, 1}), LIMITER_OOM, HOST, "oom^ 0.1/s",
	 10 * NSEC_PER_SEC},
	{"the counter went back", FIGURES({WEB, METRIC_OOM_KILLS, 5, 1}), LIMITER_NONE, WEB, "", 0},
	{"the counter appeared", FIGURES({WEB, METRIC_OOM_KILLS, GONE, 4}), LIMITER_NONE, WEB, "", 0},

	/* memory.max with PSI */
	{"beats its limit", FIGURES(AT_LIMIT(WEB, 159, 160, 38), PSI(WEB, MEMORY, 380)), LIMITER_MEMORY_MAX,
	 WEB, "memory.max 38%", 0},
	{"was at it a moment ago",
	 FIGURES({WEB, METRIC_MEMORY_USAGE, 159 MIB, 20 MIB}, {WEB, METRIC_MEMORY_LIMIT, 160 MIB, 160 MIB},
		 {WEB, METRIC_MEMORY_FAILCNT, 1, 9}, PSI(WEB, MEMORY, 60)),
	 LIMITER_MEMORY_MAX, WEB, "memory.max 6%", 0},
	{"page cache at the limit costs nothing",
	 FIGURES(AT_LIMIT(WEB, 160, 160, 5000), CACHE(WEB, 150), PSI(WEB, MEMORY, 19)), LIMITER_NONE, WEB, "",
	 0},
	{"page cache that costs a little",
	 FIGURES(AT_LIMIT(WEB, 160, 160, 5000), CACHE(WEB, 150), PSI(WEB, MEMORY, 49)), LIMITER_NONE, WEB, "",
	 0},
	{"pages read again, with few stalls",
	 FIGURES(AT_LIMIT(WEB, 160, 160, 5000), PSI(WEB, MEMORY, 20),
		 {WEB, METRIC_MEMORY_REFAULT_FILE, 0, 60}, {WEB, METRIC_MEMORY_REFAULT_ANON, 0, 40}),
	 LIMITER_MEMORY_MAX, WEB, "memory.max 2%", 0},
	{"stalls, but never hit it", FIGURES(AT_LIMIT(WEB, 159, 160, 0), PSI(WEB, MEMORY, 90)), LIMITER_NONE,
	 WEB, "", 0},
	{"a child of it hit its own", FIGURES(AT_LIMIT(WEB, 20, 160, 9), PSI(WEB, MEMORY, 60)), LIMITER_NONE,
	 WEB, "", 0},
	{"no limit",
	 FIGURES({WEB, METRIC_MEMORY_USAGE, 1 MIB, 1 MIB}, {WEB, METRIC_MEMORY_LIMIT, UNLIMITED, UNLIMITED},
		 {WEB, METRIC_MEMORY_FAILCNT, 0, 9}, PSI(WEB, MEMORY, 60)),
	 LIMITER_NONE, WEB, "", 0},
	{"the pod's limit", FIGURES(AT_LIMIT(SLICE, 159, 160, 38), PSI(WEB, MEMORY, 70)), LIMITER_MEMORY_MAX,
	 SLICE, "memory.max^ 7%", 0},
	{"the pod's limit hurts another",
	 FIGURES(AT_LIMIT(SLICE, 159, 160, 38), PSI(WEB, MEMORY, 0), PSI(OTHER, MEMORY, 900)), LIMITER_NONE,
	 WEB, "", 0},

	/* memory.max without PSI, as on v1 */
	{"v1: use is no cache", FIGURES(AT_LIMIT(WEB, 159, 160, 38), CACHE(WEB, 1)), LIMITER_MEMORY_MAX, WEB,
	 "memory.max", 0},
	{"v1: all of it is cache", FIGURES(AT_LIMIT(WEB, 160, 160, 5000), CACHE(WEB, 150)), LIMITER_NONE, WEB,
	 "", 0},
	{"v1: cache that is read again",
	 FIGURES(AT_LIMIT(WEB, 160, 160, 5000), CACHE(WEB, 150), {WEB, METRIC_MEMORY_REFAULT_FILE, 0, 100}),
	 LIMITER_MEMORY_MAX, WEB, "memory.max", 0},
	{"v1: swaps",
	 FIGURES(AT_LIMIT(WEB, 160, 160, 50), CACHE(WEB, 80), {WEB, METRIC_MEMORY_SWAP, 1 MIB, 2 MIB}),
	 LIMITER_MEMORY_MAX, WEB, "memory.max", 0},
	{"v1: cache is not known", FIGURES(AT_LIMIT(WEB, 160, 160, 50)), LIMITER_MEMORY_MAX, WEB,
	 "memory.max", 0},
	{"v1: nobody knows who pays", FIGURES(AT_LIMIT(SLICE, 160, 160, 50)), LIMITER_NONE, WEB, "", 0},

	/* memory.high */
	{"above memory.high",
	 FIGURES({WEB, METRIC_MEMORY_USAGE, 33 MIB, 33 MIB}, {WEB, METRIC_MEMORY_HIGH, 32 MIB, 32 MIB},
		 {WEB, METRIC_MEMORY_EVENTS_HIGH, 0, 20}, {WEB, METRIC_MEMORY_LIMIT, 64 MIB, 64 MIB},
		 {WEB, METRIC_MEMORY_FAILCNT, 0, 0}, PSI(WEB, MEMORY, 500)),
	 LIMITER_MEMORY_HIGH, WEB, "memory.high 50%", 0},
	{"asleep above memory.high",
	 FIGURES({WEB, METRIC_MEMORY_USAGE, 33 MIB, 33 MIB}, {WEB, METRIC_MEMORY_HIGH, 32 MIB, 32 MIB},
		 {WEB, METRIC_MEMORY_EVENTS_HIGH, 20, 20}, PSI(WEB, MEMORY, 900)),
	 LIMITER_MEMORY_HIGH, WEB, "memory.high 90%", 0},
	{"waits for memory below memory.high",
	 FIGURES({WEB, METRIC_MEMORY_USAGE, 32 MIB, 32 MIB}, {WEB, METRIC_MEMORY_HIGH, 32 MIB, 32 MIB},
		 {WEB, METRIC_MEMORY_EVENTS_HIGH, 20, 20}, PSI(WEB, MEMORY, 900)),
	 LIMITER_MEMORY_CONTENTION, WEB, "memory contention 90%", 0},
	{"above memory.high for nothing",
	 FIGURES({WEB, METRIC_MEMORY_USAGE, 33 MIB, 33 MIB}, {WEB, METRIC_MEMORY_HIGH, 32 MIB, 32 MIB},
		 {WEB, METRIC_MEMORY_EVENTS_HIGH, 0, 20}, PSI(WEB, MEMORY, 10)),
	 LIMITER_NONE, WEB, "", 0},

	/* cpu.max */
	{"throttled", FIGURES(QUOTA(WEB), PERIODS(WEB, 10, 3), PSI(WEB, CPU, 900)), LIMITER_CPU_MAX, WEB,
	 "cpu.max 30%", 0},
	{"v1: throttled", FIGURES(PERIODS(WEB, 10, 10)), LIMITER_CPU_MAX, WEB, "cpu.max 100%", 0},
	{"hardly throttled", FIGURES(QUOTA(WEB), PERIODS(WEB, 100, 4)), LIMITER_NONE, WEB, "",
	 10 * NSEC_PER_SEC},
	{"one burst in a quarter of a minute", FIGURES(QUOTA(WEB), PERIODS(WEB, 1, 1)), LIMITER_NONE, WEB, "",
	 15 * NSEC_PER_SEC},
	{"short periods", FIGURES({WEB, METRIC_CPU_PERIOD, 1000, 1000}, PERIODS(WEB, 900, 60)),
	 LIMITER_CPU_MAX, WEB, "cpu.max 7%", 0},
	{"did not run", FIGURES(QUOTA(WEB), PERIODS(WEB, 0, 0)), LIMITER_NONE, WEB, "", 0},
	{"more throttled than periods", FIGURES(QUOTA(WEB), PERIODS(WEB, 9, 10)), LIMITER_CPU_MAX, WEB,
	 "cpu.max 100%", 0},
	{"counters went back",
	 FIGURES({WEB, METRIC_CPU_PERIODS, 100, 10}, {WEB, METRIC_CPU_THROTTLED_PERIODS, 90, 9}),
	 LIMITER_NONE, WEB, "", 0},
	{"the pod's quota", FIGURES(PERIODS(SLICE, 10, 5), PSI(WEB, CPU, 50)), LIMITER_CPU_MAX, SLICE,
	 "cpu.max^ 50%", 0},
	{"the pod's quota, but it wants nothing", FIGURES(PERIODS(SLICE, 10, 5), PSI(WEB, CPU, 49)),
	 LIMITER_NONE, WEB, "", 0},
	{"v1: the pod's quota, of which it has a part",
	 FIGURES(PERIODS(SLICE, 10, 5), {SLICE, METRIC_CPU_USAGE, 0, 500 MS},
		 {WEB, METRIC_CPU_USAGE, 0, 50 MS}),
	 LIMITER_CPU_MAX, SLICE, "cpu.max^ 50%", 0},
	{"v1: the pod's quota, which another uses up",
	 FIGURES(PERIODS(SLICE, 10, 5), {SLICE, METRIC_CPU_USAGE, 0, 500 MS},
		 {WEB, METRIC_CPU_USAGE, 0, 49 MS}),
	 LIMITER_NONE, WEB, "", 0},
	{"its own before the pod's", FIGURES(PERIODS(WEB, 10, 1), PERIODS(SLICE, 10, 9), PSI(WEB, CPU, 800)),
	 LIMITER_CPU_MAX, WEB, "cpu.max 10%", 0},
	{"memory before CPU",
	 FIGURES(AT_LIMIT(WEB, 159, 160, 38), PSI(WEB, MEMORY, 380), PERIODS(WEB, 10, 3)), LIMITER_MEMORY_MAX,
	 WEB, "memory.max 38%", 0},

	/* pids.max */
	{"forks refused",
	 FIGURES({WEB, METRIC_PIDS_EVENTS_MAX, 0, 30}, {WEB, METRIC_PIDS_CURRENT, 90, 100},
		 {WEB, METRIC_PIDS_MAX, 100, 100}),
	 LIMITER_PIDS_MAX, WEB, "pids.max 30/s", 0},
	{"forks refused by the pod",
	 FIGURES({WEB, METRIC_PIDS_EVENTS_MAX, 0, 3}, {WEB, METRIC_PIDS_CURRENT, 5, 5},
		 {WEB, METRIC_PIDS_MAX, 100, 100}, {SLICE, METRIC_PIDS_CURRENT, 50, 40},
		 {SLICE, METRIC_PIDS_MAX, 50, 50}),
	 LIMITER_PIDS_MAX, SLICE, "pids.max^ 3/s", 0},
	{"many, but none refused",
	 FIGURES({WEB, METRIC_PIDS_EVENTS_MAX, 9, 9}, {WEB, METRIC_PIDS_CURRENT, 100, 100},
		 {WEB, METRIC_PIDS_MAX, 100, 100}),
	 LIMITER_NONE, WEB, "", 0},

	/* io.max */
	{"held at bytes written",
	 FIGURES({WEB, METRIC_IO_WBPS_MAX, 4 MIB, 4 MIB}, {WEB, METRIC_IO_WRITE_BYTES, 0, 4 MIB}),
	 LIMITER_IO_MAX, WEB, "io.max", 0},
	{"held, and stalls",
	 FIGURES({WEB, METRIC_IO_RIOPS_MAX, 100, 100}, {WEB, METRIC_IO_READS, 0, 50}, PSI(WEB, IO, 840)),
	 LIMITER_IO_MAX, WEB, "io.max 84%", 0},
	{"below, without stalls",
	 FIGURES({WEB, METRIC_IO_RBPS_MAX, 4 MIB, 4 MIB}, {WEB, METRIC_IO_READ_BYTES, 0, 3 MIB}),
	 LIMITER_NONE, WEB, "", 0},
	{"no limit but for reads",
	 FIGURES({WEB, METRIC_IO_RBPS_MAX, 1, 1}, {WEB, METRIC_IO_WBPS_MAX, UNLIMITED, UNLIMITED},
		 {WEB, METRIC_IO_WRITE_BYTES, 0, 900 MIB}),
	 LIMITER_NONE, WEB, "", 0},
	{"a first write",
	 FIGURES({WEB, METRIC_IO_WBPS_MAX, 1 MIB, 1 MIB}, {WEB, METRIC_IO_WRITE_BYTES, GONE, 9 MIB}),
	 LIMITER_NONE, WEB, "", 0},
	{"the pod's",
	 FIGURES({SLICE, METRIC_IO_WBPS_MAX, 4 MIB, 4 MIB}, {SLICE, METRIC_IO_WRITE_BYTES, 0, 4 MIB},
		 {WEB, METRIC_IO_WRITE_BYTES, 0, 1 MIB}),
	 LIMITER_IO_MAX, SLICE, "io.max^", 0},
	{"the pod's, but another writes",
	 FIGURES({SLICE, METRIC_IO_WBPS_MAX, 4 MIB, 4 MIB}, {SLICE, METRIC_IO_WRITE_BYTES, 0, 4 MIB},
		 {WEB, METRIC_IO_WRITE_BYTES, 0, 4096}),
	 LIMITER_NONE, WEB, "", 0},

	/* contention */
	{"waits for a CPU", FIGURES(PSI(WEB, CPU, 200)), LIMITER_CPU_CONTENTION, WEB, "cpu contention 20%",
	 0},
	{"waits for a CPU below its quota",
	 FIGURES(QUOTA(WEB), PERIODS(WEB, 10, 0), {WEB, METRIC_CPU_USAGE, 0, 200 MS}, PSI(WEB, CPU, 300)),
	 LIMITER_CPU_CONTENTION, WEB, "cpu contention 30%", 0},
	{"has all of its quota",
	 FIGURES(QUOTA(WEB), PERIODS(WEB, 10, 0), {WEB, METRIC_CPU_USAGE, 0, 500 MS}, PSI(WEB, CPU, 300)),
	 LIMITER_NONE, WEB, "", 0},
	{"no PSI: the run queue",
	 FIGURES({WEB, METRIC_SCHED_RUN, 0, 600 MS}, {WEB, METRIC_SCHED_RUNQUEUE, 0, 400 MS}),
	 LIMITER_CPU_CONTENTION, WEB, "cpu contention 40%", 0},
	{"no PSI: nearly nothing",
	 FIGURES({WEB, METRIC_SCHED_RUN, 0, 1 MS}, {WEB, METRIC_SCHED_RUNQUEUE, 0, 99 MS}), LIMITER_NONE, WEB,
	 "", 0},
	{"PSI before the run queue",
	 FIGURES(PSI(WEB, CPU, 10), {WEB, METRIC_SCHED_RUN, 0, 600 MS},
		 {WEB, METRIC_SCHED_RUNQUEUE, 0, 400 MS}),
	 LIMITER_NONE, WEB, "", 0},
	{"stalls on memory", FIGURES(PSI(WEB, MEMORY, 100)), LIMITER_MEMORY_CONTENTION, WEB,
	 "memory contention 10%", 0},
	{"waits for I/O", FIGURES(PSI(WEB, IO, 200)), LIMITER_IO_CONTENTION, WEB, "io contention 20%", 0},
	{"waits for more than all the time", FIGURES(PSI(WEB, IO, 1002)), LIMITER_IO_CONTENTION, WEB,
	 "io contention 100%", 0},
	{"pressure went back", FIGURES({WEB, METRIC_PRESSURE_IO_SOME, 900 MS, 1 MS}), LIMITER_NONE, WEB, "",
	 0},
};

static void check(const struct verdict_case *t)
{
	const struct fixture f = {.figures = t->figures, .span_ns = t->span_ns};
	_cleanup_comparison_ struct comparison *c = compare(&f);
	_cleanup_str_ struct str brief = {0};
	_cleanup_str_ struct str words = {0};
	struct verdict v;

	verdict_of(c, WEB, &v);
	str_add(&brief, "");
	verdict_brief(&v, &brief);
	str_add(&words, "");
	verdict_explain(&v, c, WEB, &words);
	if (v.limiter != t->limiter || v.by != t->by || strcmp(brief.data, t->brief) != 0)
		fail_msg("%s: \"%s\" by %zu, not \"%s\" by %zu", t->what, brief.data, v.by, t->brief, t->by);
	assert_int_equal(v.inherited, t->by != WEB);
	assert_int_equal(words.len > 0, t->limiter != LIMITER_NONE);
	assert_null(strstr(words.data, "nan"));
	assert_int_equal(verdict_severity(&v) > 0, t->limiter != LIMITER_NONE);
}

static void every_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check(&cases[i]);
}

/* No earlier snapshot, a new entity, no time in between, an ended one: only what one look tells. */
static void nothing_to_compare(void **state)
{
	static const struct figure figures[] = {PERIODS(WEB, 10, 10),	       AT_LIMIT(WEB, 160, 160, 90),
						PSI(WEB, MEMORY, 900),	       PSI(WEB, CPU, 900),
						{WEB, METRIC_OOM_KILLS, 0, 9}, END_OF_FIGURES};
	static const struct figure frozen[] = {{WEB, METRIC_FROZEN_V2, 1, 1}, END_OF_FIGURES};
	const struct fixture all[] = {{.figures = figures, .is_new = true},
				      {.figures = figures, .ended = true}};
	_cleanup_snapshot_ struct snapshot *s = make(&(struct fixture){.figures = figures}, true);
	_cleanup_snapshot_ struct snapshot *paused = make(&(struct fixture){.figures = frozen}, true);
	_cleanup_comparison_ struct comparison *first = comparison_new(NULL, s);
	_cleanup_comparison_ struct comparison *same = comparison_new(s, s);
	_cleanup_comparison_ struct comparison *alone = comparison_new(NULL, paused);
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		_cleanup_comparison_ struct comparison *c = compare(&all[i]);

		verdict_of(c, WEB, &v);
		assert_int_equal(v.limiter, LIMITER_NONE);
	}
	verdict_of(first, WEB, &v);
	assert_int_equal(v.limiter, LIMITER_NONE);
	verdict_of(same, WEB, &v);
	assert_int_equal(v.limiter, LIMITER_NONE);
	verdict_of(alone, WEB, &v);
	assert_int_equal(v.limiter, LIMITER_FROZEN);
}

static void assert_words(const struct figure *figures, const char *expected)
{
	_cleanup_comparison_ struct comparison *c = compare(&(struct fixture){.figures = figures});
	_cleanup_str_ struct str words = {0};
	struct verdict v;

	verdict_of(c, WEB, &v);
	verdict_explain(&v, c, WEB, &words);
	assert_string_equal(words.data, expected);
}

static void sentences(void **state)
{
	static const struct figure cpu[] = {QUOTA(WEB), PERIODS(WEB, 10, 3), END_OF_FIGURES};
	static const struct figure pod[] = {PERIODS(SLICE, 10, 5), QUOTA(SLICE), PSI(WEB, CPU, 500),
					    END_OF_FIGURES};
	static const struct figure memory[] = {AT_LIMIT(WEB, 159, 160, 38), PSI(WEB, MEMORY, 380),
					       END_OF_FIGURES};
	static const struct figure oom[] = {{WEB, METRIC_OOM_KILLS, 0, 2}, END_OF_FIGURES};
	static const struct figure disk[] = {{WEB, METRIC_IO_WBPS_MAX, 4 MIB, 4 MIB},
					     {WEB, METRIC_IO_WRITE_BYTES, 0, 4 MIB},
					     PSI(WEB, IO, 840),
					     END_OF_FIGURES};
	static const struct figure pids[] = {{WEB, METRIC_PIDS_EVENTS_MAX, 0, 30},
					     {WEB, METRIC_PIDS_CURRENT, 100, 100},
					     {WEB, METRIC_PIDS_MAX, 100, 100},
					     END_OF_FIGURES};
	static const struct figure paused[] = {
		{WEB, METRIC_FROZEN_V2, 1, 1}, {SLICE, METRIC_FROZEN_V2, 1, 1}, END_OF_FIGURES};
	static const struct figure crowded[] = {PSI(WEB, CPU, 500), END_OF_FIGURES};

	(void)state;
	assert_words(cpu, "throttled in 30% of periods by the quota of 0.5 CPUs, while the host is 59% idle: "
			  "raise --cpus");
	assert_words(pod, "throttled in 50% of periods by the quota of 0.5 CPUs of /pod, while the host is "
			  "59% idle: raise --cpus");
	assert_words(memory, "hits memory.max 160.0MiB 38 times a second and stalls 38% of the time: raise "
			     "--memory, or use less");
	assert_words(oom,
		     "processes are killed for want of memory, 2 a second, although it has no limit: the "
		     "host's memory ran out");
	assert_words(disk, "writes 4.0MiB a second on vda, where io.max allows 4.0MiB, and waits 84% of the "
			   "time: raise --device-write-bps");
	assert_words(pids, "30 forks a second are refused by pids.max 100: raise --pids-limit, or find out "
			   "what forks");
	assert_words(paused, "paused, as all of /pod is: nothing in it runs until it is thawed");
	assert_words(crowded, "waits for a CPU 50% of the time, below its own limit, while the host is 59% "
			      "idle: raise --cpu-shares, or move others away");
}

static void the_device(void **state)
{
	static const struct figure figures[] = {{WEB, METRIC_IO_RBPS_MAX, 100, 100},
						{WEB, METRIC_IO_READ_BYTES, 0, 90},
						{WEB, METRIC_IO_WIOPS_MAX, 10, 10},
						{WEB, METRIC_IO_WRITES, 0, 10},
						END_OF_FIGURES};
	_cleanup_comparison_ struct comparison *c = compare(&(struct fixture){.figures = figures});
	struct verdict v;

	(void)state;
	verdict_of(c, WEB, &v);
	assert_int_equal(v.limiter, LIMITER_IO_MAX);
	assert_int_equal(v.limit, METRIC_IO_WIOPS_MAX); /* used up most */
	assert_true(v.rate > 9.99 && v.rate < 10.01);
	assert_true(isnan(v.share));
	assert_string_equal(v.device, "vda");
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(limiter_name(LIMITER_NONE), "");
	assert_string_equal(limiter_name(LIMITER__COUNT), "");
	for (enum limiter a = LIMITER_NONE + 1; a < LIMITER__COUNT; a++) {
		assert_true(*limiter_name(a));
		for (enum limiter b = LIMITER_NONE; b < a; b++)
			assert_string_not_equal(limiter_name(a), limiter_name(b));
	}
}

/* What is asked for is read by default, and enough; the dear run queue is not asked for. */
static void needs(void **state)
{
	struct metric_set need = {0};
	struct metric_set defaults = {0};
	struct metric_set little = {0};

	(void)state;
	verdict_need(&need);
	metric_set_defaults(&defaults);
	assert_true(metric_set_contains(&defaults, &need));
	assert_true(verdict_possible(&need));
	assert_false(verdict_possible(&little));
	assert_false(metric_set_has_group(&need, GROUP_sched));
	metric_set_foreach (id, &need) {
		assert_int_not_equal(metrics[id].cost, COST_DEAR);
	}
}

/* Every case holds with just what verdict_need asks for, but for those of the run queue. */
static void needs_are_enough(void **state)
{
	struct metric_set need = {0};

	(void)state;
	verdict_need(&need);
	metric_set_close(&need);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct fixture f = {
			.figures = cases[i].figures, .span_ns = cases[i].span_ns, .need = &need};
		_cleanup_comparison_ struct comparison *c = compare(&f);
		struct verdict v;

		if (cases[i].figures[0].id == METRIC_SCHED_RUN)
			continue;
		verdict_of(c, WEB, &v);
		if (v.limiter != cases[i].limiter)
			fail_msg("%s: %s", cases[i].what, limiter_name(v.limiter));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_case),
		cmocka_unit_test(nothing_to_compare),
		cmocka_unit_test(sentences),
		cmocka_unit_test(the_device),
		cmocka_unit_test(names),
		cmocka_unit_test(needs),
		cmocka_unit_test(needs_are_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

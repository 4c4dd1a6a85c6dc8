/* SPDX-License-Identifier: Apache-2.0 */
#include "model/event.h"

#include "base/clock.h"
#include "event_heard.h"
#include "model/number.h"

#include <stdlib.h>
#include <string.h>

/* A share of periods below this is a burst that went by. The verdict has the same threshold. */
#define THROTTLED_SHARE 0.05

/* A condition that was quiet for this long begins anew. */
#define QUIET_NS (10 * NSEC_PER_SEC)

/* Limits whose change is told, by the kernel's names. io.max has four a device. */
static const struct {
	enum metric_id id;
	const char *name;
} limits[] = {
	{METRIC_MEMORY_LIMIT, "memory.max"},
	{METRIC_MEMORY_HIGH, "memory.high"},
	{METRIC_MEMORY_SWAP_LIMIT, "memory and swap"},
	{METRIC_PIDS_MAX, "pids.max"},
	{METRIC_CPU_WEIGHT, "cpu.weight"},
	{METRIC_IO_WEIGHT, "io.weight"},
	{METRIC_CPUSET_CPUS, "cpuset.cpus"},
	{METRIC_IO_RBPS_MAX, "rbps"},
	{METRIC_IO_WBPS_MAX, "wbps"},
	{METRIC_IO_RIOPS_MAX, "riops"},
	{METRIC_IO_WIOPS_MAX, "wiops"},
};

static const enum metric_id looked_at[] = {
	METRIC_START_TIME,	   METRIC_OOM_KILLS,   METRIC_MEMORY_FAILCNT,
	METRIC_MEMORY_EVENTS_HIGH, METRIC_CPU_PERIODS, METRIC_CPU_THROTTLED_PERIODS,
	METRIC_PIDS_EVENTS_MAX,	   METRIC_FROZEN,      METRIC_CPU_QUOTA,
	METRIC_CPU_PERIOD,
};

void event_need(struct metric_set *set)
{
	for (size_t i = 0; i < ARRAY_SIZE(looked_at); i++)
		metric_set_add(set, looked_at[i]);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		metric_set_add(set, limits[i].id);
}

/* --- telling --- */

struct teller {
	const struct comparison *c;
	const struct snapshot *now;
	struct event_memory *memory; /* or NULL */
	struct map told;	     /* heard of by the source: see event_heard.h */
	bool all_heard;		     /* that anything came or went, if it did */
	void (*tell)(void *context, const struct event *event);
	void *context;
	struct str detail;
};

static bool is_told_of(const struct entity *e)
{
	return e->class == ENTITY_CONTAINER || e->class == ENTITY_SERVICE;
}

static const char *name_of(const struct entity *e)
{
	return *e->identity->name ? e->identity->name : *e->identity->id ? e->identity->id : e->path;
}

/* What is in t->detail goes with it. */
static void say(struct teller *t, const struct entity *e, enum event_kind kind, uint64_t realtime_ns,
		uint64_t count)
{
	t->tell(t->context, &(struct event){
				    .kind = kind,
				    .status = STATUS_UNKNOWN,
				    .program = "",
				    .culprit = "",
				    .realtime_ns = realtime_ns,
				    .entity = e->id,
				    .class = e->class,
				    .name = name_of(e),
				    .path = e->path,
				    .count = count,
				    .detail = t->detail.data ? t->detail.data : "",
			    });
	str_clear(&t->detail);
}

static void say_now(struct teller *t, const struct entity *e, enum event_kind kind, uint64_t count)
{
	say(t, e, kind, e->seen_ns ? e->seen_ns : snapshot_realtime_ns(t->now), count);
}

/* --- coming and going --- */

/* Whether that it came or went is the source's to tell, which may have done so in an earlier sample. */
static bool is_the_sources(const struct teller *t, const struct entity *e, enum event_kind kind)
{
	return t->all_heard || heard_of(&t->told, e->id, kind);
}

static void tell_start(struct teller *t, size_t index)
{
	const struct entity *e = snapshot_entity(t->now, index);
	uint64_t now = snapshot_realtime_ns(t->now);
	uint64_t at;

	if (is_the_sources(t, e, EVENT_START))
		return;
	/* Some runtimes write down when it was made, which may have been long ago. */
	if (!snapshot_get(t->now, index, METRIC_START_TIME, &at) || at > now ||
	    at < snapshot_realtime_ns(comparison_earlier(t->c)))
		at = now;
	if (*e->identity->image)
		str_printf(&t->detail, "image %s", e->identity->image);
	say(t, e, EVENT_START, at, 1);
}

static void tell_end(struct teller *t, size_t index)
{
	const struct entity *e = snapshot_entity(t->now, index);
	uint64_t ago = snapshot_monotonic_ns(t->now) > e->ended_ns && e->ended_ns
			       ? snapshot_monotonic_ns(t->now) - e->ended_ns
			       : 0;
	uint64_t at = snapshot_realtime_ns(t->now) - ago;

	if (is_the_sources(t, e, EVENT_END))
		return;
	event_put_lifetime(&t->detail, t->now, index, at);
	say(t, e, EVENT_END, at, 1);
}

/* --- conditions that may go on --- */

/* What is remembered of one entity. */
struct condition {
	uint64_t seen_ns[EVENT__COUNT];	 /* when it held last, CLOCK_MONOTONIC; 0 = never */
	uint64_t heard_ns[EVENT__COUNT]; /* the sample in which the source told of it; 0 = never */
	uint64_t owed[EVENT__COUNT];	 /* seen in figures in the last sample, not heard of yet */
	uint64_t kept_ns;
	uint64_t id;
};

/* NULL without a memory, and where there is no room for it: then things may be told again. */
static struct condition *condition_of(struct teller *t, uint64_t entity)
{
	struct condition *known = t->memory ? map_get_u64(&t->memory->conditions, entity) : NULL;

	if (t->memory && !known) {
		known = calloc(1, sizeof(*known));
		if (!known || map_put_u64(&t->memory->conditions, entity, known) < 0) {
			free(known);
			return NULL;
		}
		known->id = entity;
	}
	if (known)
		known->kept_ns = snapshot_monotonic_ns(t->now);
	return known;
}

/* Whether it goes on, so that it was told already. */
static bool goes_on(struct teller *t, const struct entity *e, enum event_kind kind)
{
	uint64_t now = snapshot_monotonic_ns(t->now);
	struct condition *known = condition_of(t, e->id);
	bool on;

	if (!known)
		return false;
	on = known->seen_ns[kind] && now < known->seen_ns[kind] + QUIET_NS;
	known->seen_ns[kind] = now;
	return on;
}

static void forget_old(struct event_memory *m, uint64_t now)
{
	struct condition *known;
	size_t at = 0;

	while ((known = map_next(&m->conditions, &at))) {
		if (now < known->kept_ns + 2 * QUIET_NS)
			continue;
		map_remove_u64(&m->conditions, known->id);
		free(known);
	}
}

void event_memory_free(struct event_memory *m)
{
	void *known;
	size_t at = 0;

	while ((known = map_next(&m->conditions, &at)))
		free(known);
	map_free(&m->conditions);
	*m = (struct event_memory){0};
}

/* --- limits that were hit --- */

static void put_bytes(struct str *out, uint64_t bytes)
{
	if (bytes == UNLIMITED)
		str_add(out, "max");
	else
		format_bytes(out, (double)bytes);
}

/* "limit 160.0MiB" */
static void put_limit(struct teller *t, size_t index, enum metric_id id)
{
	uint64_t limit;

	if (!snapshot_get(t->now, index, id, &limit) || limit == UNLIMITED)
		return;
	str_add(&t->detail, "limit ");
	if (metrics[id].unit == UNIT_BYTES)
		put_bytes(&t->detail, limit);
	else
		str_u64(&t->detail, limit);
}

/* Growth in between. All that one which is new has counted was in between as well. */
static bool grew(const struct teller *t, size_t index, enum metric_id id, uint64_t *out)
{
	if (comparison_before(t->c, index) < 0)
		return snapshot_get(t->now, index, id, out) && *out > 0;
	return comparison_growth(t->c, index, id, out) && *out > 0;
}

static void tell_growth(struct teller *t, size_t index, enum event_kind kind, enum metric_id counter,
			enum metric_id limit)
{
	const struct entity *e = snapshot_entity(t->now, index);
	uint64_t n;

	if (!grew(t, index, counter, &n) || goes_on(t, e, kind))
		return;
	put_limit(t, index, limit);
	say_now(t, e, kind, n);
}

static void tell_throttled(struct teller *t, size_t index)
{
	const struct entity *e = snapshot_entity(t->now, index);
	uint64_t periods;
	uint64_t throttled;
	double share;

	if (!grew(t, index, METRIC_CPU_PERIODS, &periods) ||
	    !grew(t, index, METRIC_CPU_THROTTLED_PERIODS, &throttled))
		return;
	share = throttled < periods ? (double)throttled / (double)periods : 1;
	if (share < THROTTLED_SHARE || goes_on(t, e, EVENT_THROTTLED))
		return;
	number_rounded(&t->detail, share * 100, 0);
	str_add(&t->detail, "% of periods");
	say_now(t, e, EVENT_THROTTLED, throttled);
}

/* --- what figures say and the source may tell --- */

static void say_counted(struct teller *t, size_t index, enum event_kind kind, uint64_t n)
{
	if (kind == EVENT_OOM_KILL)
		put_limit(t, index, METRIC_MEMORY_LIMIT);
	say_now(t, snapshot_entity(t->now, index), kind, n);
}

/*
 * Figures are read some time after the source's events were, so that one may be ahead of the other: what is
 * seen in figures and not heard of waits for a sample, and what was heard of a sample ago is not told again.
 */
static void counted(struct teller *t, size_t index, enum event_kind kind, uint64_t n)
{
	const struct entity *e = snapshot_entity(t->now, index);
	bool hears = snapshot_heard(t->now)->hears;
	struct condition *known = hears ? condition_of(t, e->id) : NULL;
	uint64_t heard = known ? known->heard_ns[kind] : 0;

	if (heard_of(&t->told, e->id, kind) ||
	    (heard && heard >= snapshot_monotonic_ns(comparison_earlier(t->c))))
		return;
	if (known)
		known->owed[kind] += n;
	else
		say_counted(t, index, kind, n);
}

/* What waited has been heard of by now, or else nobody will tell. */
static void settle(struct teller *t, size_t index)
{
	static const enum event_kind kinds[] = {EVENT_OOM_KILL, EVENT_FROZEN, EVENT_THAWED};
	uint64_t id = snapshot_entity(t->now, index)->id;
	bool any = map_get_u64(&t->told, id) != NULL;
	struct condition *known = any	      ? condition_of(t, id)
				  : t->memory ? map_get_u64(&t->memory->conditions, id)
					      : NULL;

	for (size_t i = 0; known && i < ARRAY_SIZE(kinds); i++) {
		uint64_t owed = known->owed[kinds[i]];

		known->owed[kinds[i]] = 0;
		if (heard_of(&t->told, id, kinds[i]))
			known->heard_ns[kinds[i]] = snapshot_monotonic_ns(t->now);
		else if (owed)
			say_counted(t, index, kinds[i], owed);
	}
}

static void tell_kills(struct teller *t, size_t index)
{
	uint64_t n;

	if (grew(t, index, METRIC_OOM_KILLS, &n))
		counted(t, index, EVENT_OOM_KILL, n);
}

/* None begins its life frozen. */
static void tell_freezing(struct teller *t, size_t index, ptrdiff_t before)
{
	uint64_t now;
	uint64_t then = 0;

	if (snapshot_get(t->now, index, METRIC_FROZEN, &now) &&
	    (before < 0 || snapshot_get(comparison_earlier(t->c), (size_t)before, METRIC_FROZEN, &then)) &&
	    now != then)
		counted(t, index, now ? EVENT_FROZEN : EVENT_THAWED, 1);
}

/* --- limits that were changed --- */

static void put_value(struct str *out, const struct metric *m, bool there, uint64_t value)
{
	/* v1 has no line for a device without a limit. */
	if (!there || ((m->kind == KIND_LIMIT || m->kind == KIND_CEILING) && value == UNLIMITED))
		str_add(out, "max");
	else if (m->unit == UNIT_BYTES)
		format_bytes(out, (double)value);
	else
		str_u64(out, value);
}

static void tell_setting(struct teller *t, size_t index, size_t before, const struct metric *m,
			 const char *name)
{
	uint64_t now;
	uint64_t then;

	if (!snapshot_get(t->now, index, m->id, &now) ||
	    !snapshot_get(comparison_earlier(t->c), before, m->id, &then) || now == then)
		return;
	str_printf(&t->detail, "%s ", name);
	put_value(&t->detail, m, true, then);
	str_add(&t->detail, " -> ");
	put_value(&t->detail, m, true, now);
	say_now(t, snapshot_entity(t->now, index), EVENT_LIMIT, 1);
}

static void tell_text(struct teller *t, size_t index, size_t before, const struct metric *m, const char *name)
{
	const char *now = snapshot_text(t->now, index, m->id);
	const char *then = snapshot_text(comparison_earlier(t->c), before, m->id);

	if (!now || !then || strcmp(now, then) == 0)
		return;
	str_printf(&t->detail, "%s %s -> %s", name, then, now);
	say_now(t, snapshot_entity(t->now, index), EVENT_LIMIT, 1);
}

static bool series_value(const struct snapshot *s, size_t index, const struct metric *m, const char *instance,
			 uint64_t *out)
{
	uint32_t n = snapshot_entity(s, index)->n_series;

	for (uint32_t i = 0; i < n; i++) {
		const struct series *series = snapshot_series_at(s, index, i);

		if (series->dimension == m->dimension && strcmp(series->instance, instance) == 0)
			return series_get(series, m->id, out);
	}
	return false;
}

/* "io.max wbps of vda 4.0MiB -> max" */
static void tell_device(struct teller *t, size_t index, size_t before, const struct metric *m,
			const char *name, const char *device)
{
	uint64_t now = UNLIMITED;
	uint64_t then = UNLIMITED;
	bool is_there = series_value(t->now, index, m, device, &now);
	bool was_there = series_value(comparison_earlier(t->c), before, m, device, &then);

	if (now == then)
		return;
	str_printf(&t->detail, "io.max %s of %s ", name, device);
	put_value(&t->detail, m, was_there, then);
	str_add(&t->detail, " -> ");
	put_value(&t->detail, m, is_there, now);
	say_now(t, snapshot_entity(t->now, index), EVENT_LIMIT, 1);
}

/* The devices of both: a limit that is taken away may take its line along. */
static void tell_devices(struct teller *t, size_t index, size_t before, const struct metric *m,
			 const char *name)
{
	const struct snapshot *earlier = comparison_earlier(t->c);
	uint32_t n = snapshot_entity(t->now, index)->n_series;
	uint32_t n_before = snapshot_entity(earlier, before)->n_series;
	uint64_t value;

	for (uint32_t i = 0; i < n; i++) {
		const struct series *series = snapshot_series_at(t->now, index, i);

		if (series->dimension == m->dimension)
			tell_device(t, index, before, m, name, series->instance);
	}
	for (uint32_t i = 0; i < n_before; i++) {
		const struct series *series = snapshot_series_at(earlier, before, i);

		if (series_get(series, m->id, &value) &&
		    !series_value(t->now, index, m, series->instance, &value))
			tell_device(t, index, before, m, name, series->instance);
	}
}

static bool quota_of(const struct snapshot *s, size_t index, double *cpus)
{
	uint64_t quota;
	uint64_t period;

	if (!snapshot_get(s, index, METRIC_CPU_QUOTA, &quota) ||
	    !snapshot_get(s, index, METRIC_CPU_PERIOD, &period) || !period)
		return false;
	*cpus = quota == UNLIMITED ? 0 : (double)quota / (double)period;
	return true;
}

static void put_cpus(struct str *out, double cpus)
{
	if (cpus > 0)
		number_trimmed(out, cpus, 3);
	else
		str_add(out, "max");
}

/* "cpu.max 0.5 -> 1 CPUs" */
static void tell_quota(struct teller *t, size_t index, size_t before)
{
	double now;
	double then;

	if (!quota_of(t->now, index, &now) || !quota_of(comparison_earlier(t->c), before, &then) ||
	    (now <= then && then <= now))
		return;
	str_add(&t->detail, "cpu.max ");
	put_cpus(&t->detail, then);
	str_add(&t->detail, " -> ");
	put_cpus(&t->detail, now);
	str_add(&t->detail, now > 0 ? " CPUs" : "");
	say_now(t, snapshot_entity(t->now, index), EVENT_LIMIT, 1);
}

static void tell_limits(struct teller *t, size_t index, size_t before)
{
	tell_quota(t, index, before);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		const struct metric *m = &metrics[limits[i].id];

		if (m->kind == KIND_TEXT)
			tell_text(t, index, before, m, limits[i].name);
		else if (m->dimension == DIMENSION_ONE)
			tell_setting(t, index, before, m, limits[i].name);
		else
			tell_devices(t, index, before, m, limits[i].name);
	}
}

/* --- the whole --- */

static void tell_entity(struct teller *t, size_t index)
{
	const struct entity *e = snapshot_entity(t->now, index);
	ptrdiff_t before = comparison_before(t->c, index);

	settle(t, index);
	/* Its last values were told already. */
	if (before >= 0 && snapshot_entity(comparison_earlier(t->c), (size_t)before)->ended)
		return;
	if (before < 0)
		tell_start(t, index);
	tell_throttled(t, index);
	tell_growth(t, index, EVENT_MEMORY_HIGH, METRIC_MEMORY_EVENTS_HIGH, METRIC_MEMORY_HIGH);
	tell_growth(t, index, EVENT_MEMORY_MAX, METRIC_MEMORY_FAILCNT, METRIC_MEMORY_LIMIT);
	tell_kills(t, index);
	tell_growth(t, index, EVENT_PIDS_MAX, METRIC_PIDS_EVENTS_MAX, METRIC_PIDS_MAX);
	tell_freezing(t, index, before);
	if (before >= 0)
		tell_limits(t, index, (size_t)before);
	if (e->ended)
		tell_end(t, index);
}

/* A source that lets nothing linger just leaves out what has ended. */
static void tell_gone(struct teller *t)
{
	const struct snapshot *earlier = comparison_earlier(t->c);
	uint64_t now = snapshot_realtime_ns(t->now);
	struct map alive = {0};
	bool known = true;

	for (size_t i = 0; i < snapshot_count(t->now) && known; i++)
		known = map_put_u64(&alive, snapshot_entity(t->now, i)->id, &alive) == 0;
	for (size_t i = 0; i < snapshot_count(earlier) && known; i++) {
		const struct entity *e = snapshot_entity(earlier, i);

		if (!is_told_of(e) || e->ended || map_get_u64(&alive, e->id) ||
		    is_the_sources(t, e, EVENT_END))
			continue;
		event_put_lifetime(&t->detail, earlier, i, now);
		say(t, e, EVENT_END, now, 1);
	}
	map_free(&alive);
}

void events_following(struct event_memory *m, const struct comparison *c,
		      void (*tell)(void *context, const struct event *event), void *context)
{
	struct teller t = {.c = c, .now = comparison_later(c), .memory = m, .tell = tell, .context = context};

	/* A replay may step back: that is nothing that happened. */
	if (!comparison_earlier(c) ||
	    snapshot_monotonic_ns(t.now) <= snapshot_monotonic_ns(comparison_earlier(c)))
		return;
	heard_tell(c, &t.told, tell, context);
	t.all_heard = heard_all(c);
	for (size_t i = 0; i < snapshot_count(t.now); i++)
		if (is_told_of(snapshot_entity(t.now, i)))
			tell_entity(&t, i);
	tell_gone(&t);
	if (m)
		forget_old(m, snapshot_monotonic_ns(t.now));
	map_free(&t.told);
	str_free(&t.detail);
}

void events_between(const struct comparison *c, void (*tell)(void *context, const struct event *event),
		    void *context)
{
	events_following(NULL, c, tell, context);
}

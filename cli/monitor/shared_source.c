/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_source.h"

#include "base/cleanup.h"
#include "model/heard.h"

#include <errno.h>
#include <stdlib.h>

static struct shared_source *owner(struct source *face)
{
	return ((struct shared_face *)(void *)face)->owner;
}

static int take(struct shared_source *s, const struct metric_set *need, struct snapshot **out,
		struct error *err)
{
	struct snapshot *fresh;
	int r = source_sample(s->inner, need, &fresh, err);

	if (r < 0)
		return r;
	snapshot_unref(s->latest);
	s->latest = fresh;
	*out = snapshot_ref(fresh);
	return 0;
}

/* As many as fit, the newest: somebody may scrape for long while the first looks seldom. */
#define MISSED_MAX 4096

/* The events of both, oldest first, in *into; 0 or -ENOMEM. `into` is nobody else's yet, sealed or not. */
static int join_events(struct shared_source *s, const struct heard *before, struct snapshot *into,
		       const struct heard *now)
{
	size_t n = before->n_events + now->n_events;
	size_t skipped = n > MISSED_MAX && n - MISSED_MAX < before->n_events ? n - MISSED_MAX : 0;
	_cleanup_free_ struct event *all = calloc(n ? n : 1, sizeof(*all));
	struct heard joined = *now;

	if (!all)
		return -ENOMEM;
	s->lost += skipped;
	for (size_t i = skipped; i < before->n_events; i++)
		all[i - skipped] = before->events[i];
	for (size_t i = 0; i < now->n_events; i++)
		all[before->n_events - skipped + i] = now->events[i];
	joined.events = all;
	joined.n_events = n - skipped;
	joined.dropped += s->lost;
	return snapshot_set_heard(into, &joined);
}

/* What the second's sample heard waits for the first. Where there is no memory for it, it counts as lost. */
static void keep_missed(struct shared_source *s, struct snapshot *fresh)
{
	static const struct heard nothing;
	const struct heard *before = s->missed ? snapshot_heard(s->missed) : &nothing;
	struct heard now = {.events = snapshot_heard(fresh)->events,
			    .n_events = snapshot_heard(fresh)->n_events};
	struct snapshot *kept;

	if (!now.n_events)
		return;
	kept = snapshot_new(&(struct metric_set){0}, snapshot_host(fresh), snapshot_monotonic_ns(fresh),
			    snapshot_realtime_ns(fresh), 0);
	if (!kept || join_events(s, before, kept, &now) < 0) {
		s->lost += now.n_events;
		snapshot_unref(kept);
		return;
	}
	snapshot_unref(s->missed);
	s->missed = kept;
}

static void give_missed(struct shared_source *s, struct snapshot *fresh)
{
	static const struct heard nothing;
	const struct heard *before = s->missed ? snapshot_heard(s->missed) : &nothing;

	if (!before->n_events && !s->lost)
		return;
	if (join_events(s, before, fresh, snapshot_heard(fresh)) < 0)
		s->lost += before->n_events;
	snapshot_unref(s->missed);
	s->missed = NULL;
}

static int sample_first(struct source *face, const struct metric_set *need, struct snapshot **out,
			struct error *err)
{
	struct shared_source *s = owner(face);
	struct metric_set all = *need;
	int r;

	s->wanted = *need;
	metric_set_unite(&all, &s->extra);
	r = take(s, &all, out, err);
	if (r == 0)
		give_missed(s, *out);
	return r;
}

static bool serves(const struct shared_source *s, const struct metric_set *need)
{
	struct metric_set closed = *need;

	if (!s->latest || s->now() - snapshot_monotonic_ns(s->latest) > s->max_age_ns)
		return false;
	metric_set_close(&closed);
	return metric_set_contains(snapshot_metrics(s->latest), &closed);
}

static int sample_second(struct source *face, const struct metric_set *need, struct snapshot **out,
			 struct error *err)
{
	struct shared_source *s = owner(face);
	struct metric_set all = *need;
	int r;

	if (serves(s, need)) {
		*out = snapshot_ref(s->latest);
		return 0;
	}
	metric_set_unite(&all, &s->wanted);
	r = take(s, &all, out, err);
	if (r == 0)
		keep_missed(s, *out);
	return r;
}

static int event_fd(struct source *face)
{
	return source_event_fd(owner(face)->inner);
}

static int dispatch(struct source *face, struct error *err)
{
	return source_dispatch(owner(face)->inner, err);
}

/* The first face follows the tree for both. */
static int no_event_fd(struct source *face)
{
	(void)face;
	return -1;
}

static int no_dispatch(struct source *face, struct error *err)
{
	(void)face;
	(void)err;
	return 0;
}

static void close_face(struct source *face)
{
	(void)face;
}

static const struct source_ops first_ops = {
	.name = "shared",
	.sample = sample_first,
	.event_fd = event_fd,
	.dispatch = dispatch,
	.close = close_face,
};

static const struct source_ops second_ops = {
	.name = "shared",
	.sample = sample_second,
	.event_fd = no_event_fd,
	.dispatch = no_dispatch,
	.close = close_face,
};

void shared_source_init(struct shared_source *s, struct source *inner, const struct metric_set *second_need,
			uint64_t max_age_ns, uint64_t (*now)(void))
{
	*s = (struct shared_source){
		.inner = inner, .extra = *second_need, .max_age_ns = max_age_ns, .now = now};
	metric_set_close(&s->extra);
	s->first = (struct shared_face){{&first_ops}, s};
	s->second = (struct shared_face){{&second_ops}, s};
}

void shared_source_release(struct shared_source *s)
{
	snapshot_unref(s->latest);
	snapshot_unref(s->missed);
	s->latest = NULL;
	s->missed = NULL;
}

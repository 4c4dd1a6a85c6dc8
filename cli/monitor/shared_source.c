/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_source.h"

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

static int sample_first(struct source *face, const struct metric_set *need, struct snapshot **out,
			struct error *err)
{
	struct shared_source *s = owner(face);
	struct metric_set all = *need;

	s->wanted = *need;
	metric_set_unite(&all, &s->extra);
	return take(s, &all, out, err);
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

	if (serves(s, need)) {
		*out = snapshot_ref(s->latest);
		return 0;
	}
	metric_set_unite(&all, &s->wanted);
	return take(s, &all, out, err);
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
	s->latest = NULL;
}

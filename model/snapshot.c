/* SPDX-License-Identifier: Apache-2.0 */
#include "model/snapshot.h"

#include "model/derive.h"
#include "model/heard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NO_SLOT UINT16_MAX

struct snapshot {
	unsigned references;
	struct metric_set metrics;
	struct host host;
	uint64_t monotonic_ns;
	uint64_t realtime_ns;
	struct group_report reports[GROUP__COUNT];
	struct arena texts;

	/* DIMENSION_ONE: a row of `width` values an entity, with `valid_words` words of valid bits. */
	uint16_t slot[METRIC__COUNT];
	size_t width;
	size_t valid_words;
	struct entity *entities;
	uint64_t *values;
	uint64_t *valid;
	size_t count;
	size_t cap;

	struct series *series;
	size_t n_series;
	size_t series_cap;
	size_t series_hint; /* where the last one was found */

	struct heard heard;
};

static void number_columns(struct snapshot *s)
{
	memset(s->slot, 0xFF, sizeof(s->slot));
	metric_set_foreach (id, &s->metrics) {
		if (metrics[id].dimension == DIMENSION_ONE && metric_origin(id) == id)
			s->slot[id] = (uint16_t)s->width++;
	}
	metric_set_foreach (id, &s->metrics) {
		if (metrics[id].dimension == DIMENSION_ONE)
			s->slot[id] = s->slot[metric_origin(id)];
	}
	s->valid_words = (s->width + 63) / 64;
}

/* Grows *array from cap to want elements; false where memory is short. */
static bool grow(void *array, size_t want, size_t size)
{
	void **at = array;
	void *bigger = reallocarray(*at, want ? want : 1, size ? size : 1);

	if (!bigger)
		return false;
	*at = bigger;
	return true;
}

static int reserve_entities(struct snapshot *s, size_t want)
{
	if (want <= s->cap)
		return 0;
	if (!grow(&s->entities, want, sizeof(*s->entities)) ||
	    !grow(&s->values, want, s->width * sizeof(*s->values)) ||
	    !grow(&s->valid, want, s->valid_words * sizeof(*s->valid)))
		return -ENOMEM;
	s->cap = want;
	return 0;
}

struct snapshot *snapshot_new(const struct metric_set *need, const struct host *host, uint64_t monotonic_ns,
			      uint64_t realtime_ns, size_t expected)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->references = 1;
	s->metrics = *need;
	s->host = *host;
	s->host.hostname = arena_text(&s->texts, slice_of(host->hostname ? host->hostname : ""));
	s->host.kernel = arena_text(&s->texts, slice_of(host->kernel ? host->kernel : ""));
	s->monotonic_ns = monotonic_ns;
	s->realtime_ns = realtime_ns;
	number_columns(s);
	if (!s->host.hostname || !s->host.kernel || reserve_entities(s, expected) < 0) {
		snapshot_unref(s);
		return NULL;
	}
	return s;
}

ptrdiff_t snapshot_add(struct snapshot *s, const struct entity *e)
{
	struct entity *added;
	const char *path;

	if (s->count == s->cap && reserve_entities(s, s->cap < 16 ? 16 : s->cap * 2) < 0)
		return -ENOMEM;
	path = arena_text(&s->texts, slice_of(e->path));
	if (!path)
		return -ENOMEM;
	added = &s->entities[s->count];
	*added = *e;
	added->path = path;
	added->identity = identity_ref(e->identity);
	added->first_series = (uint32_t)s->n_series;
	added->n_series = 0;
	added->dimensions = 0;
	memset(&s->valid[s->count * s->valid_words], 0, s->valid_words * sizeof(*s->valid));
	return (ptrdiff_t)s->count++;
}

void snapshot_pop(struct snapshot *s)
{
	const struct entity *last = &s->entities[--s->count];

	identity_unref(last->identity);
	s->n_series = last->first_series;
}

static void set_slot(struct snapshot *s, size_t index, uint16_t slot, uint64_t value)
{
	s->values[index * s->width + slot] = value;
	s->valid[index * s->valid_words + slot / 64] |= UINT64_C(1) << (slot % 64);
}

void snapshot_set(struct snapshot *s, size_t index, enum metric_id id, uint64_t value)
{
	if (s->slot[id] != NO_SLOT)
		set_slot(s, index, s->slot[id], value);
}

void snapshot_clear(struct snapshot *s, size_t index, enum metric_id id)
{
	uint16_t slot = s->slot[id];

	if (slot != NO_SLOT)
		s->valid[index * s->valid_words + slot / 64] &= ~(UINT64_C(1) << (slot % 64));
}

int snapshot_set_text(struct snapshot *s, size_t index, enum metric_id id, const char *text, size_t len)
{
	const char *copy;

	if (s->slot[id] == NO_SLOT)
		return 0;
	copy = arena_text(&s->texts, (struct slice){text, len});
	if (!copy)
		return -ENOMEM;
	set_slot(s, index, s->slot[id], (uint64_t)(uintptr_t)copy);
	return 0;
}

static bool is_series(const struct series *series, enum dimension dimension, struct slice instance)
{
	return series->dimension == dimension && slice_is(instance, series->instance);
}

static ptrdiff_t find_series(const struct snapshot *s, const struct entity *e, enum dimension dimension,
			     struct slice instance)
{
	/* The figures of one instance come in a row, and the next file has the instances in the same order.
	 */
	for (size_t i = s->series_hint; i < s->n_series && i < s->series_hint + 2; i++)
		if (i >= e->first_series && is_series(&s->series[i], dimension, instance))
			return (ptrdiff_t)i;
	for (size_t i = e->first_series; i < s->n_series; i++)
		if (is_series(&s->series[i], dimension, instance))
			return (ptrdiff_t)i;
	return -1;
}

ptrdiff_t snapshot_series(struct snapshot *s, enum dimension dimension, const char *instance,
			  size_t instance_len, const char *detail)
{
	struct entity *e = &s->entities[s->count - 1];
	struct slice name = {instance, instance_len};
	ptrdiff_t found = find_series(s, e, dimension, name);
	struct series *added;

	if (found >= 0) {
		s->series_hint = (size_t)found;
		return found;
	}
	if (s->n_series == s->series_cap) {
		size_t cap = s->series_cap ? s->series_cap * 2 : 32;

		if (!grow(&s->series, cap, sizeof(*s->series)))
			return -ENOMEM;
		s->series_cap = cap;
	}
	added = &s->series[s->n_series];
	*added = (struct series){
		.dimension = dimension,
		.instance = arena_text(&s->texts, name),
		.detail = detail && *detail ? arena_text(&s->texts, slice_of(detail)) : "",
		.values = arena_alloc(&s->texts, dimension_width(dimension) * sizeof(uint64_t)),
	};
	if (!added->instance || !added->detail || !added->values)
		return -ENOMEM;
	e->n_series++;
	s->series_hint = s->n_series;
	return (ptrdiff_t)s->n_series++;
}

void snapshot_looked_for(struct snapshot *s, enum dimension dimension)
{
	s->entities[s->count - 1].dimensions |= (uint16_t)(1U << dimension);
}

void snapshot_series_set(struct snapshot *s, ptrdiff_t series, enum metric_id id, uint64_t value)
{
	struct series *at = &s->series[series];
	unsigned slot = metric_slot(id);
	uint64_t *values;

	/* The values are ours until the snapshot is sealed; readers see them as const. */
	memcpy(&values, &at->values, sizeof(values));
	values[slot] = value;
	at->valid |= UINT64_C(1) << slot;
}

bool snapshot_series_value(const struct snapshot *s, ptrdiff_t series, enum metric_id id, uint64_t *out)
{
	return series_get(&s->series[series], id, out);
}

static int copy_series(struct snapshot *s, const struct series *from)
{
	ptrdiff_t to =
		snapshot_series(s, from->dimension, from->instance, strlen(from->instance), from->detail);
	uint64_t *values;

	if (to < 0)
		return (int)to;
	memcpy(&values, &s->series[to].values, sizeof(values));
	memcpy(values, from->values, dimension_width(from->dimension) * sizeof(*values));
	s->series[to].valid = from->valid;
	return 0;
}

int snapshot_copy_values(struct snapshot *s, size_t index, const struct snapshot *from, size_t from_index)
{
	const struct entity *source = &from->entities[from_index];

	metric_set_foreach (id, &s->metrics) {
		uint64_t value;
		const char *text = snapshot_text(from, from_index, id);

		if (text && snapshot_set_text(s, index, id, text, strlen(text)) < 0)
			return -ENOMEM;
		if (!text && metrics[id].dimension == DIMENSION_ONE &&
		    snapshot_get(from, from_index, id, &value))
			snapshot_set(s, index, id, value);
	}
	s->entities[index].dimensions = source->dimensions;
	for (uint32_t i = 0; i < source->n_series; i++) {
		int r = copy_series(s, &from->series[source->first_series + i]);

		if (r < 0)
			return r;
	}
	return 0;
}

void snapshot_set_report(struct snapshot *s, enum metric_group group, const struct group_report *report)
{
	s->reports[group] = *report;
}

/* False where memory is short. */
static bool copy_text(struct arena *texts, const char **text)
{
	*text = *text && **text ? arena_text(texts, slice_of(*text)) : "";
	return *text != NULL;
}

static bool copy_events(struct snapshot *s, const struct heard *heard)
{
	size_t bytes = heard->n_events * sizeof(struct event);
	struct event *events = arena_alloc(&s->texts, bytes ? bytes : 1);
	bool ok = events != NULL;

	for (size_t i = 0; ok && i < heard->n_events; i++) {
		struct event *e = &events[i];

		*e = heard->events[i];
		ok = copy_text(&s->texts, &e->name) && copy_text(&s->texts, &e->path) &&
		     copy_text(&s->texts, &e->detail) && copy_text(&s->texts, &e->program) &&
		     copy_text(&s->texts, &e->culprit);
	}
	s->heard.events = events;
	return ok;
}

static bool copy_ended(struct snapshot *s, const struct heard *heard)
{
	size_t bytes = heard->n_ended * sizeof(struct ended_sum);
	struct ended_sum *ended = arena_alloc(&s->texts, bytes ? bytes : 1);
	bool ok = ended != NULL;

	for (size_t i = 0; ok && i < heard->n_ended; i++) {
		ended[i] = heard->ended[i];
		ok = copy_text(&s->texts, &ended[i].name) && copy_text(&s->texts, &ended[i].image);
	}
	s->heard.ended = ended;
	return ok;
}

int snapshot_set_heard(struct snapshot *s, const struct heard *heard)
{
	s->heard = *heard;
	if (copy_events(s, heard) && copy_ended(s, heard))
		return 0;
	s->heard = (struct heard){0};
	return -ENOMEM;
}

static int compare_series(const void *a, const void *b)
{
	const struct series *x = a;
	const struct series *y = b;

	if (x->dimension != y->dimension)
		return x->dimension < y->dimension ? -1 : 1;
	return strcmp(x->instance, y->instance);
}

void snapshot_seal(struct snapshot *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct entity *e = &s->entities[i];

		derive_entity(s, i);
		if (e->n_series > 1)
			qsort(&s->series[e->first_series], e->n_series, sizeof(*s->series), compare_series);
	}
}

size_t snapshot_count(const struct snapshot *s)
{
	return s->count;
}

const struct entity *snapshot_entity(const struct snapshot *s, size_t index)
{
	return &s->entities[index];
}

const struct host *snapshot_host(const struct snapshot *s)
{
	return &s->host;
}

const struct metric_set *snapshot_metrics(const struct snapshot *s)
{
	return &s->metrics;
}

uint64_t snapshot_monotonic_ns(const struct snapshot *s)
{
	return s->monotonic_ns;
}

uint64_t snapshot_realtime_ns(const struct snapshot *s)
{
	return s->realtime_ns;
}

const struct group_report *snapshot_report(const struct snapshot *s, enum metric_group group)
{
	return &s->reports[group];
}

const struct heard *snapshot_heard(const struct snapshot *s)
{
	return &s->heard;
}

bool snapshot_get(const struct snapshot *s, size_t index, enum metric_id id, uint64_t *out)
{
	uint16_t slot = s->slot[id];

	if (slot == NO_SLOT || !(s->valid[index * s->valid_words + slot / 64] >> (slot % 64) & 1))
		return false;
	*out = s->values[index * s->width + slot];
	return true;
}

const char *snapshot_text(const struct snapshot *s, size_t index, enum metric_id id)
{
	uint64_t value;

	if (metrics[id].kind != KIND_TEXT || !snapshot_get(s, index, id, &value))
		return NULL;
	return (const char *)(uintptr_t)value;
}

const struct series *snapshot_series_at(const struct snapshot *s, size_t index, size_t n)
{
	return &s->series[s->entities[index].first_series + n];
}

bool series_get(const struct series *series, enum metric_id id, uint64_t *out)
{
	unsigned slot = metric_slot(id);

	if (series->dimension != metrics[id].dimension || !(series->valid >> slot & 1))
		return false;
	*out = series->values[slot];
	return true;
}

static bool is_loopback(const struct series *series)
{
	return series->dimension == DIMENSION_INTERFACE && strcmp(series->instance, "lo") == 0;
}

static bool is_limit(enum metric_id id)
{
	return metrics[id].kind == KIND_LIMIT || metrics[id].kind == KIND_CEILING;
}

bool snapshot_sum(const struct snapshot *s, size_t index, enum metric_id id, uint64_t *out)
{
	const struct entity *e = &s->entities[index];
	enum dimension dimension = metrics[id].dimension;
	bool known = e->dimensions >> dimension & 1 && metric_set_has(&s->metrics, id);
	uint64_t limits = dimension_limits(dimension);
	size_t n_instances = 0;
	size_t n_values = 0;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < e->n_series; i++) {
		const struct series *series = &s->series[e->first_series + i];
		uint64_t value;

		if (series->dimension != dimension || is_loopback(series))
			continue;
		/* A device that is limited and was not used has no figures to be missed. */
		n_instances += (series->valid & ~limits) != 0;
		if (!series_get(series, id, &value))
			continue;
		n_values++;
		if (__builtin_add_overflow(sum, value, &sum))
			sum = UNLIMITED;
	}
	/* A sum of no limits is not a limit of 0. */
	if (n_values == 0 && (n_instances > 0 || !known || is_limit(id)))
		return false;
	*out = sum;
	return true;
}

ptrdiff_t snapshot_find(const struct snapshot *s, uint64_t id)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->entities[i].id == id)
			return (ptrdiff_t)i;
	return -1;
}

size_t snapshot_bytes(const struct snapshot *s)
{
	size_t entity =
		sizeof(*s->entities) + s->width * sizeof(*s->values) + s->valid_words * sizeof(*s->valid);

	return sizeof(*s) + s->cap * entity + s->series_cap * sizeof(*s->series) + s->texts.used;
}

struct snapshot *snapshot_ref(struct snapshot *s)
{
	s->references++;
	return s;
}

void snapshot_unref(struct snapshot *s)
{
	if (!s || --s->references)
		return;
	for (size_t i = 0; i < s->count; i++)
		identity_unref(s->entities[i].identity);
	free(s->entities);
	free(s->values);
	free(s->valid);
	free(s->series);
	arena_free(&s->texts);
	free(s);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "history.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "model/column.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define FIRST_CAP 32

/* The columns that the figures are. */
static const char *const keys[FIGURE__COUNT] = {
	[FIGURE_CPU] = "cpu",
	[FIGURE_THROTTLED] = "throttled",
	[FIGURE_MEMORY] = "memory_working_set_bytes",
	[FIGURE_NET_RX] = "net_rx",
	[FIGURE_NET_TX] = "net_tx",
	[FIGURE_IO_READ] = "io_read",
	[FIGURE_IO_WRITE] = "io_write",
	[FIGURE_PSI_CPU] = "psi_cpu",
	[FIGURE_PSI_MEMORY] = "psi_mem",
	[FIGURE_PSI_IO] = "psi_io",
	[FIGURE_PIDS] = "pids",
};

/* An entity's figures of the ticks from `first` to `last`: that of tick t is at t % cap. What lives briefly
 * takes little: cap grows with age. */
struct figures {
	uint64_t entity;
	uint64_t first;
	uint64_t last;
	size_t cap;
	float (*values)[FIGURE__COUNT];
};

struct picture {
	struct comparison *comparison;
	size_t bytes;
};

struct history {
	const struct column *columns[FIGURE__COUNT];
	struct map rows;	  /* entity → figures */
	uint64_t tick;		  /* of the newest picture; the first is 1 */
	struct picture *pictures; /* a ring: that of tick t is at t % cap */
	size_t cap;
	size_t n;
	size_t bytes;
	size_t budget;
};

struct history *history_new(size_t bytes)
{
	struct history *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->budget = bytes;
	for (size_t i = 0; i < FIGURE__COUNT; i++)
		h->columns[i] = column_find(keys[i]);
	return h;
}

static void free_figures(struct figures *row)
{
	free(row->values);
	free(row);
}

void history_free(struct history *h)
{
	struct figures *row;
	size_t at = 0;

	if (!h)
		return;
	while ((row = map_next(&h->rows, &at)))
		free_figures(row);
	map_free(&h->rows);
	for (size_t i = 0; i < h->n; i++)
		comparison_free(history_picture(h, i));
	free(h->pictures);
	free(h);
}

void history_need(struct metric_set *need)
{
	for (size_t i = 0; i < FIGURE__COUNT; i++) {
		const struct column *column = column_find(keys[i]);

		column->need(column, need);
	}
}

/* --- pictures --- */

static struct picture *picture_at(const struct history *h, uint64_t tick)
{
	return &h->pictures[tick % h->cap];
}

static void drop_oldest(struct history *h)
{
	struct picture *oldest = picture_at(h, h->tick - (h->n - 1));

	h->bytes -= oldest->bytes;
	comparison_free(oldest->comparison);
	*oldest = (struct picture){0};
	h->n--;
}

static int grow_ring(struct history *h)
{
	size_t cap = h->cap ? h->cap * 2 : 64;
	struct picture *bigger = calloc(cap, sizeof(*bigger));

	if (!bigger)
		return -ENOMEM;
	for (size_t i = 0; i < h->n; i++)
		bigger[(h->tick - i) % cap] = *picture_at(h, h->tick - i);
	free(h->pictures);
	h->pictures = bigger;
	h->cap = cap;
	return 0;
}

/* The earlier snapshot is the later one of the picture before, so that each is counted once. The index of ids
 * takes about two map entries an entity. */
static size_t picture_bytes(const struct comparison *c)
{
	const struct snapshot *later = comparison_later(c);

	return snapshot_bytes(later) + 2 * snapshot_count(later) * sizeof(struct map_entry);
}

static int add_picture(struct history *h, const struct comparison *c)
{
	struct picture picture = {.bytes = picture_bytes(c)};

	if (h->n == h->cap && grow_ring(h) < 0)
		return -ENOMEM;
	picture.comparison = comparison_new(comparison_earlier(c), comparison_later(c));
	if (!picture.comparison)
		return -ENOMEM;
	h->tick++;
	h->n++;
	h->bytes += picture.bytes;
	*picture_at(h, h->tick) = picture;
	while (h->n > 1 && h->bytes > h->budget)
		drop_oldest(h);
	return 0;
}

size_t history_pictures(const struct history *h)
{
	return h->n;
}

struct comparison *history_picture(const struct history *h, size_t back)
{
	return back < h->n ? picture_at(h, h->tick - back)->comparison : NULL;
}

size_t history_at(const struct history *h, uint64_t realtime_ns)
{
	for (size_t back = 0; back < h->n; back++)
		if (snapshot_realtime_ns(comparison_later(history_picture(h, back))) <= realtime_ns)
			return back;
	return h->n ? h->n - 1 : 0;
}

/* --- figures --- */

static struct figures *row_of(struct history *h, uint64_t entity)
{
	struct figures *row = map_get_u64(&h->rows, entity);

	if (row)
		return row;
	row = calloc(1, sizeof(*row));
	if (!row)
		return NULL;
	row->entity = entity;
	row->first = h->tick;
	row->last = h->tick - 1;
	if (map_put_u64(&h->rows, entity, row) < 0) {
		free(row);
		return NULL;
	}
	return row;
}

static int grow_row(struct figures *row)
{
	size_t cap = row->cap ? row->cap * 2 : FIRST_CAP;
	float(*bigger)[FIGURE__COUNT];

	if (cap > HISTORY_SAMPLES)
		cap = HISTORY_SAMPLES;
	bigger = calloc(cap, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	for (uint64_t t = row->first; row->values && row->cap && t <= row->last; t++)
		memcpy(bigger[t % cap], row->values[t % row->cap], sizeof(*bigger));
	free(row->values);
	row->values = bigger;
	row->cap = cap;
	return 0;
}

/* The place for the figures of this tick; ticks in between are gaps. NULL where memory is short. */
static float *place_for(struct figures *row, uint64_t tick)
{
	if (tick - row->last > HISTORY_SAMPLES)
		row->first = row->last = tick - 1;
	while (row->cap < HISTORY_SAMPLES && tick - row->first >= row->cap)
		if (grow_row(row) < 0)
			return NULL;
	for (uint64_t t = row->last + 1; t <= tick; t++)
		for (size_t i = 0; i < FIGURE__COUNT; i++)
			row->values[t % row->cap][i] = NAN;
	row->last = tick;
	if (tick - row->first >= HISTORY_SAMPLES)
		row->first = tick - HISTORY_SAMPLES + 1;
	return row->values[tick % row->cap];
}

static int add_figures(struct history *h, const struct comparison *c, size_t index)
{
	struct figures *row = row_of(h, snapshot_entity(comparison_later(c), index)->id);
	float *values = row ? place_for(row, h->tick) : NULL;

	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < FIGURE__COUNT; i++) {
		double value;

		if (h->columns[i]->number(h->columns[i], c, index, &value))
			values[i] = (float)value;
	}
	return 0;
}

static void forget(struct history *h)
{
	struct figures *row;
	size_t at = 0;

	while ((row = map_next(&h->rows, &at))) {
		if (h->tick - row->last < HISTORY_SAMPLES)
			continue;
		map_remove_u64(&h->rows, row->entity);
		free_figures(row);
	}
}

int history_add(struct history *h, struct comparison *c)
{
	const struct snapshot *s = comparison_later(c);
	int r = add_picture(h, c);

	if (r < 0)
		return r;
	for (size_t i = 0; i < snapshot_count(s); i++)
		if (!snapshot_entity(s, i)->ended && add_figures(h, c, i) < 0)
			r = -ENOMEM;
	forget(h);
	return r;
}

size_t history_values(const struct history *h, uint64_t entity, enum figure figure, size_t back, float *out,
		      size_t max)
{
	const struct figures *row = map_get_u64(&h->rows, entity);
	uint64_t newest;
	uint64_t t;
	size_t n = 0;

	if (!row || !row->values || back >= h->tick || max == 0)
		return 0;
	newest = h->tick - back;
	t = newest >= max ? newest - max + 1 : 1;
	if (t < row->first)
		t = row->first;
	for (; t <= newest; t++)
		out[n++] = t <= row->last ? row->values[t % row->cap][figure] : NAN;
	return n;
}

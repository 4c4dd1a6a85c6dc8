/* SPDX-License-Identifier: Apache-2.0 */
#include "model/metric.h"

#include "model/derive.h"

#include <string.h>
#include <strings.h>

/* Places travel as parenthesised tuples, so that a row may pass through a helper macro of metrics.def
 * unharmed. */
#define V2(controller, file, key, scale) (PLACE_CGROUP, CONTROLLER_##controller, file, key, SCALE_##scale)
#define V1(controller, file, key, scale) V2(controller, file, key, scale)
#define PID(file, key, scale) (PLACE_PID, CONTROLLER_CORE, file, key, SCALE_##scale)
#define SAME_AS(id) (PLACE_SAME_AS, CONTROLLER_CORE, "", "", SCALE_NONE, METRIC_##id)
#define CODE (PLACE_CODE)
#define DERIVED (PLACE_DERIVED)
#define NOWHERE (PLACE_NOWHERE)
#define UNWRAP(...)         \
	{                   \
		__VA_ARGS__ \
	}

const struct metric metrics[METRIC__COUNT] = {
#define METRIC(id, group, dimension, kind, unit, cost, v2, v1, prometheus, labels, help, json, header, \
	       format)                                                                                 \
	[METRIC_##id] = {METRIC_##id, #id,	   GROUP_##group,  DIMENSION_##dimension,              \
			 KIND_##kind, UNIT_##unit, COST_##cost,	   UNWRAP v2,                          \
			 UNWRAP v1,   prometheus,  labels,	   help,                               \
			 json,	      header,	   FORMAT_##format},
#include "model/metrics.def"
};

const struct metric_group_info metric_groups[GROUP__COUNT] = {
#define GROUP(id, on_by_default, help) [GROUP_##id] = {#id, on_by_default, help},
#include "model/metrics.def"
};

static uint16_t slots[METRIC__COUNT];
static uint16_t widths[DIMENSION__COUNT];
static uint64_t limits[DIMENSION__COUNT];

/* Slots are fixed by the table alone; computing them before main keeps every reader free of a "ready yet?"
 * test. */
__attribute__((constructor)) static void number_slots(void)
{
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		if (metrics[id].v2.kind != PLACE_SAME_AS)
			slots[id] = widths[metrics[id].dimension]++;
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		slots[id] = slots[metric_origin(id)];
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		if (metrics[id].dimension != DIMENSION_ONE &&
		    (metrics[id].kind == KIND_LIMIT || metrics[id].kind == KIND_CEILING))
			limits[metrics[id].dimension] |= UINT64_C(1) << slots[id];
}

enum metric_id metric_origin(enum metric_id id)
{
	return metrics[id].v2.kind == PLACE_SAME_AS ? metrics[id].v2.same_as : id;
}

unsigned metric_slot(enum metric_id id)
{
	return slots[id];
}

unsigned dimension_width(enum dimension d)
{
	return widths[d];
}

uint64_t dimension_limits(enum dimension d)
{
	return limits[d];
}

enum metric_group metric_group_find(const char *name)
{
	for (unsigned g = 0; g < GROUP__COUNT; g++)
		if (strcmp(metric_groups[g].name, name) == 0)
			return g;
	return GROUP__COUNT;
}

enum metric_id metric_find(const char *name)
{
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		if (*metrics[id].json &&
		    (strcasecmp(metrics[id].json, name) == 0 || strcasecmp(metrics[id].header, name) == 0))
			return id;
	return METRIC__COUNT;
}

bool metric_set_equal(const struct metric_set *a, const struct metric_set *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

bool metric_set_contains(const struct metric_set *whole, const struct metric_set *part)
{
	for (size_t i = 0; i < METRIC_WORDS; i++)
		if (part->words[i] & ~whole->words[i])
			return false;
	return true;
}

void metric_set_unite(struct metric_set *into, const struct metric_set *other)
{
	for (size_t i = 0; i < METRIC_WORDS; i++)
		into->words[i] |= other->words[i];
}

void metric_set_add_group(struct metric_set *s, enum metric_group group)
{
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		if (metrics[id].group == group)
			metric_set_add(s, id);
}

bool metric_set_has_group(const struct metric_set *s, enum metric_group group)
{
	metric_set_foreach (id, s) {
		if (metrics[id].group == group)
			return true;
	}
	return false;
}

void metric_set_defaults(struct metric_set *s)
{
	for (unsigned g = 0; g < GROUP__COUNT; g++)
		if (metric_groups[g].on_by_default)
			metric_set_add_group(s, g);
}

static void close_once(struct metric_set *s)
{
	metric_set_foreach (id, s) {
		enum metric_id from[8];
		size_t n = derive_inputs(id, from, 8);

		for (size_t i = 0; i < n; i++)
			metric_set_add(s, from[i]);
		metric_set_add(s, metric_origin(id));
	}
}

void metric_set_close(struct metric_set *s)
{
	struct metric_set before;

	do {
		before = *s;
		close_once(s);
	} while (!metric_set_equal(&before, s));
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Figures that the kernel is asked for directly (model/kernel.h): one walk a sample, instead of files of each
 * cgroup. */
#include "collector_private.h"

#include "base/clock.h"

#include <stdio.h>

/* What would come in steps of two seconds for who looks often (collector/options.h). */
static void leave_out_lagging(const struct collector *c, struct metric_set *offered)
{
	if (!c->options.often)
		return;
	metric_set_foreach (id, offered)
		if (metrics[id].group == GROUP_pressure || metrics[id].group == GROUP_pressure_avg)
			metric_set_remove(offered, id);
}

static bool is_needed(const struct metric_set *offered, const struct metric_set *need)
{
	for (size_t i = 0; i < METRIC_WORDS; i++)
		if (offered->words[i] & need->words[i])
			return true;
	return false;
}

static bool is_all_settings(const struct metric_set *offered, const struct metric_set *need)
{
	metric_set_foreach (id, offered)
		if (metric_set_has(need, id) && metrics[id].cost != COST_SETTING)
			return false;
	return true;
}

/*
 * A hierarchy that has nothing but settings (v1's cpuset) is walked at rescans only: between them its
 * settings are copied, and read from their files where inotify tells of a change.
 */
static bool may_stand(const struct collector *c, const struct metric_set *offered)
{
	return !c->settings_due && is_all_settings(offered, &c->need);
}

static void take_offers(struct collector *c)
{
	struct metric_set all = {0};

	c->offering = 0;
	c->n_rests = 0;
	for (size_t h = 0; h < c->layout->n_hierarchies; h++) {
		kernel_offers(c->kernel, h, &c->offers[h]);
		leave_out_lagging(c, &c->offers[h]);
		if (may_stand(c, &c->offers[h]))
			c->offers[h] = (struct metric_set){0};
		if (is_needed(&c->offers[h], &c->need))
			c->offering |= 1U << h;
		metric_set_unite(&all, &c->offers[h]);
	}
	for (size_t i = 0; i < METRIC_WORDS; i++)
		c->walk_need.words[i] = c->need.words[i] & all.words[i];
}

/* What the walk took is shared out: nobody can say which figure it was spent on. */
static void report(struct collector *c, uint64_t spent_ns)
{
	uint64_t n = 0;

	for (enum metric_group g = 0; g < GROUP__COUNT; g++)
		n += metric_set_has_group(&c->walk_need, g);
	for (enum metric_group g = 0; n && g < GROUP__COUNT; g++) {
		if (!metric_set_has_group(&c->walk_need, g))
			continue;
		c->reader.reports[g].ran = true;
		c->reader.reports[g].spent_ns += spent_ns / n;
	}
}

void figures_walk(struct collector *c)
{
	uint64_t start = clock_monotonic_ns();

	c->offering = 0;
	if (!c->kernel)
		return;
	take_offers(c);
	if (!c->offering)
		return;
	if (kernel_walk(c->kernel, &c->walk_need, &c->kernel_error) < 0) {
		c->offering = 0;
		return;
	}
	take_offers(c);
	c->settings_due = false;
	report(c, clock_monotonic_ns() - start);
}

void figures_end(struct collector *c)
{
	c->offering = 0;
	c->n_passed = 0;
}

uint32_t figures_fill(struct collector *c, const struct node *n, uint32_t presence, struct snapshot *s,
		      size_t index)
{
	uint32_t filled = 0;

	for (uint32_t left = presence & c->offering; left; left &= left - 1) {
		size_t h = (size_t)__builtin_ctz(left);

		if (kernel_fill(c->kernel, h, n->places[h].inode, s, index))
			filled |= 1U << h;
	}
	return filled;
}

/* Needed, and not one that a hierarchy of `filled` has given from the place where it is looked for. */
static void make_rest(const struct collector *c, struct figures_rest *rest)
{
	rest->need = c->need;
	metric_set_foreach (id, &c->need) {
		const struct metric_place *place = plan_place(c->layout, rest->presence, id);
		int home = place && place->kind == PLACE_CGROUP ? c->layout->home[place->controller] : -1;

		if (home >= 0 && rest->filled >> home & 1 && metric_set_has(&c->offers[home], id))
			metric_set_remove(&rest->need, id);
	}
}

const struct metric_set *figures_rest(struct collector *c, uint32_t presence, uint32_t filled)
{
	struct figures_rest *rest;

	if (!filled)
		return &c->need;
	for (size_t i = 0; i < c->n_rests; i++)
		if (c->rests[i].presence == presence && c->rests[i].filled == filled)
			return &c->rests[i].need;
	rest = &c->rests[c->n_rests < FIGURES_RESTS ? c->n_rests++ : FIGURES_RESTS - 1];
	*rest = (struct figures_rest){.presence = presence, .filled = filled};
	make_rest(c, rest);
	return &rest->need;
}

static const char *name_of(void *context, uint32_t major, uint32_t minor)
{
	struct devices *devices = context;
	char number[32];

	snprintf(number, sizeof(number), "%u:%u", major, minor);
	return device_name(devices, slice_of(number));
}

void collector_use_kernel(struct source *source, struct kernel *kernel)
{
	struct collector *c = (struct collector *)(void *)source;

	kernel_close(c->kernel);
	c->kernel = kernel;
	c->settings_due = true;
	if (!kernel)
		return;
	kernel->device_name = name_of;
	kernel->device_context = &c->devices;
	hear_begin(c);
}

struct kernel *collector_kernel(struct source *source)
{
	return ((struct collector *)(void *)source)->kernel;
}

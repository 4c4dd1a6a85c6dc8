/* SPDX-License-Identifier: Apache-2.0 */
#include "plan.h"

#include "base/cleanup.h"
#include "model/derive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More plans than this come from callers that ask for ever different sets; the oldest goes then. */
#define PLANS_MAX 64

static bool is_at(const struct cgroup_layout *layout, uint32_t presence, const struct metric_place *place,
		  int version)
{
	int home = place->kind == PLACE_CGROUP ? layout->home[place->controller] : -1;

	return home >= 0 && layout->hierarchies[home].version == version && presence >> home & 1;
}

const struct metric_place *plan_place(const struct cgroup_layout *layout, uint32_t presence,
				      enum metric_id id)
{
	const struct metric *m = &metrics[id];

	if (m->v2.kind == PLACE_PID)
		return &m->v2;
	if (is_at(layout, presence, &m->v2, 2))
		return &m->v2;
	if (is_at(layout, presence, &m->v1, 1))
		return &m->v1;
	return NULL;
}

static void expand_name(char *out, size_t size, const char *pattern, const char *instance)
{
	const char *star = strchr(pattern, '*');

	if (star && instance)
		snprintf(out, size, "%.*s%s%s", (int)(star - pattern), pattern, instance, star + 1);
	else
		snprintf(out, size, "%s", pattern);
}

static bool is_setting(const struct metric *m)
{
	return m->cost == COST_SETTING;
}

static bool wants_quota(enum metric_id id)
{
	enum metric_id from[8];
	size_t n = derive_inputs(id, from, 8);

	return n == 1 && from[0] == METRIC_CPU_QUOTA;
}

static struct plan_file *find_file(struct plan_file *files, size_t n, size_t hierarchy, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (files[i].hierarchy == hierarchy && strcmp(files[i].name, name) == 0)
			return &files[i];
	return NULL;
}

static struct plan_file *add_file(struct plan_file **files, size_t *n, const struct plan_file *file)
{
	struct plan_file *found = find_file(*files, *n, file->hierarchy, file->name);
	struct plan_file *bigger;

	if (found)
		return found;
	bigger = reallocarray(*files, *n + 1, sizeof(**files));
	if (!bigger)
		return NULL;
	*files = bigger;
	bigger[*n] = *file;
	return &bigger[(*n)++];
}

static int add_key(struct plan_file *f, const struct metric *m, const struct metric_place *place)
{
	struct plan_key *keys = reallocarray(f->keys, f->n_keys + 1, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	f->keys = keys;
	keys[f->n_keys++] = (struct plan_key){place->key, strlen(place->key), m->id, place->scale};
	f->setting &= is_setting(m);
	f->only_tasks &= m->cost == COST_TASKS && m->dimension == DIMENSION_ONE;
	f->cpu_usage |= m->id == METRIC_CPU_USAGE;
	f->only_with_quota &= wants_quota(m->id);
	return 0;
}

static int plan_metric(const struct planner *p, struct plan *plan, const struct metric *m,
		       const struct metric_place *place, const char *instance)
{
	bool in_cgroup = place->kind == PLACE_CGROUP;
	size_t hierarchy = in_cgroup ? (size_t)p->layout->home[place->controller] : 0;
	int version = in_cgroup ? p->layout->hierarchies[hierarchy].version : 2;
	struct plan_file file = {
		.instance = instance,
		.group = m->group,
		.hierarchy = (uint8_t)hierarchy,
		.setting = true,
		.only_tasks = true,
		.only_with_quota = true,
	};
	struct plan_file *f;

	expand_name(file.name, sizeof(file.name), place->file, instance);
	file.format = file_format_of(version, file.name);
	file.slot = in_cgroup ? planner_slot(p, hierarchy, file.name) : NO_SLOT;
	f = in_cgroup ? add_file(&plan->files, &plan->n_files, &file)
		      : add_file(&plan->pid_files, &plan->n_pid_files, &file);
	return f ? add_key(f, m, place) : -ENOMEM;
}

/* One metric: a file, or one a page size where its name has a '*'. */
static int plan_each(const struct planner *p, struct plan *plan, enum metric_id id)
{
	const struct metric_place *place = plan_place(p->layout, plan->presence, id);
	int r = 0;

	if (!place)
		return 0;
	if (!strchr(place->file, '*'))
		return plan_metric(p, plan, &metrics[id], place, NULL);
	for (size_t i = 0; r == 0 && i < p->layout->n_pagesizes; i++)
		r = plan_metric(p, plan, &metrics[id], place, p->layout->pagesizes[i]);
	return r;
}

static int compare_files(const void *a, const void *b)
{
	const struct plan_file *x = a;
	const struct plan_file *y = b;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (x->setting != y->setting)
		return x->setting ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void free_files(struct plan_file *files, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(files[i].keys);
	free(files);
}

static void plan_free(struct plan *plan)
{
	free_files(plan->files, plan->n_files);
	free_files(plan->pid_files, plan->n_pid_files);
	free(plan);
}
DEFINE_CLEANUP(struct plan *, plan_free)

static struct plan *make_plan(const struct planner *p, const struct metric_set *need, uint32_t presence)
{
	_cleanup_(plan_freep) struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		return NULL;
	plan->need = *need;
	plan->presence = presence;
	metric_set_foreach (id, need) {
		if (plan_each(p, plan, id) < 0)
			return NULL;
	}
	if (plan->n_files)
		qsort(plan->files, plan->n_files, sizeof(*plan->files), compare_files);
	return TAKE_PTR(plan);
}

struct plan *planner_get(struct planner *p, const struct metric_set *need, uint32_t presence)
{
	struct plan *plan;
	struct plan **bigger;

	for (size_t i = 0; i < p->n_plans; i++)
		if (p->plans[i]->presence == presence && metric_set_equal(&p->plans[i]->need, need))
			return p->plans[i];
	if (p->n_plans == PLANS_MAX) {
		plan_free(p->plans[0]);
		memmove(p->plans, p->plans + 1, --p->n_plans * sizeof(struct plan *));
	}
	bigger = reallocarray(p->plans, p->n_plans + 1, sizeof(struct plan *));
	if (!bigger)
		return NULL;
	p->plans = bigger;
	plan = make_plan(p, need, presence);
	if (plan)
		p->plans[p->n_plans++] = plan;
	return plan;
}

uint8_t planner_slot(const struct planner *p, size_t hierarchy, const char *name)
{
	for (size_t i = 0; i < p->n_slots; i++)
		if (p->slots[i].hierarchy == hierarchy && strcmp(p->slots[i].name, name) == 0)
			return (uint8_t)i;
	return NO_SLOT;
}

void planner_slots(const struct planner *p, const struct plan *plan, struct slot_set *out)
{
	*out = (struct slot_set){0};
	for (size_t i = 0; i < p->n_slots; i++)
		if (strcmp(p->slots[i].name, "cgroup.procs") == 0)
			out->words[i / 64] |= UINT64_C(1) << (i % 64);
	for (size_t i = 0; i < plan->n_files; i++) {
		uint8_t slot = plan->files[i].slot;

		if (slot != NO_SLOT)
			out->words[slot / 64] |= UINT64_C(1) << (slot % 64);
	}
}

static int add_slot(struct planner *p, size_t hierarchy, const char *name)
{
	struct slot *bigger;

	if (planner_slot(p, hierarchy, name) != NO_SLOT || p->n_slots == NO_SLOT)
		return 0;
	bigger = reallocarray(p->slots, p->n_slots + 1, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	p->slots = bigger;
	bigger[p->n_slots].hierarchy = (uint8_t)hierarchy;
	snprintf(bigger[p->n_slots].name, sizeof(bigger->name), "%s", name);
	p->n_slots++;
	return 0;
}

/*
 * Files of figures are kept open: they are read at every sample. Files of settings are not: descriptors are
 * what there is least of, and a setting is read when it changes.
 */
static int add_slots_of(struct planner *p, const struct metric *m, const struct metric_place *place,
			int version)
{
	int home = place->kind == PLACE_CGROUP ? p->layout->home[place->controller] : -1;
	int r = 0;

	if (home < 0 || p->layout->hierarchies[home].version != version || is_setting(m))
		return 0;
	if (!strchr(place->file, '*'))
		return add_slot(p, (size_t)home, place->file);
	for (size_t i = 0; r == 0 && i < p->layout->n_pagesizes; i++) {
		char name[64];

		expand_name(name, sizeof(name), place->file, p->layout->pagesizes[i]);
		r = add_slot(p, (size_t)home, name);
	}
	return r;
}

/* cgroup.procs is read in whichever hierarchy has the cgroup. */
static int add_process_slots(struct planner *p)
{
	int r = 0;

	for (size_t h = 0; r == 0 && h < p->layout->n_hierarchies; h++)
		r = add_slot(p, h, "cgroup.procs");
	return r;
}

int planner_open(struct planner *p, const struct cgroup_layout *layout)
{
	int r;

	*p = (struct planner){.layout = layout};
	r = add_process_slots(p);
	for (unsigned id = 0; r == 0 && id < METRIC__COUNT; id++) {
		r = add_slots_of(p, &metrics[id], &metrics[id].v2, 2);
		if (r == 0)
			r = add_slots_of(p, &metrics[id], &metrics[id].v1, 1);
	}
	if (r < 0)
		planner_close(p);
	return r;
}

void planner_close(struct planner *p)
{
	for (size_t i = 0; i < p->n_plans; i++)
		plan_free(p->plans[i]);
	free(p->plans);
	free(p->slots);
	*p = (struct planner){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "events_last.h"

#include "events.h"

#include <string.h>

/* What a cgroup leaves behind, rather than what it was set to and held just then; but throttling means
 * nothing without a quota. */
static bool stays(enum metric_id id)
{
	return metrics[id].kind == KIND_COUNTER || id == METRIC_MEMORY_PEAK ||
	       id == METRIC_MEMORY_SWAP_PEAK || id == METRIC_PIDS_PEAK || id == METRIC_CPU_QUOTA;
}

void events_last_columns(const struct cgroup_layout *layout, size_t hierarchy, const struct walk_facts *facts,
			 const struct events_config *config, struct walk_columns *out)
{
	/* memory.stat's figures are no part of a record */
	const struct walk_config fresh = {
		.fresh_cpu = config->adds_cpu,
		.fresh_io = config->adds_io,
		.cpuacct = config->adds_cpuacct,
	};
	struct walk_columns all;

	walk_columns_make(layout, hierarchy, facts, &fresh, -1, &all);
	*out = (struct walk_columns){0};
	for (size_t i = 0; i < all.n; i++)
		if (stays(all.each[i].id))
			walk_columns_add(out, &all.each[i]);
}

/* User and system time as sampled become parts of the exact total, which none of them goes back behind. */
static void adjust(struct walk_base *b, const struct cputime *shown)
{
	struct cputime t =
		walk_adjust_cputime(b->total_ns, &(struct cputime){b->user_ns, b->system_ns},
				    &(struct cputime){b->shown_user_ns, b->shown_system_ns}, shown);

	b->user_ns = t.user_ns;
	b->system_ns = t.system_ns;
}

static void rows_of_last(const struct told_last *e, struct walk_rows *rows)
{
	rows->of[WALK_PRESSURE] = e->has >> WALK_PRESSURE & 1 ? &e->pressure : NULL;
	rows->of[WALK_CPU] = e->has >> WALK_CPU & 1 ? &e->cpu : NULL;
	rows->of[WALK_MEMORY] = e->has >> WALK_MEMORY & 1 ? &e->memory : NULL;
	rows->of[WALK_PIDS] = e->has >> WALK_PIDS & 1 ? &e->pids : NULL;
	rows->has_io = e->has >> WALK_IO & 1;
	rows->io = e->io;
	rows->n_io = e->n_io < TOLD_DEVICES ? e->n_io : TOLD_DEVICES;
}

static void rows_of_last_one(const struct told_last_one *e, struct walk_rows *rows)
{
	rows->of[WALK_CPU] = e->has >> WALK_CPU & 1 ? &e->cpu : NULL;
	rows->of[WALK_MEMORY] = e->has >> WALK_MEMORY & 1 ? &e->memory : NULL;
	rows->of[WALK_PIDS] = e->has >> WALK_PIDS & 1 ? &e->pids : NULL;
}

static uint32_t tables_in(const struct told_head *record)
{
	if (record->form == TOLD_FORM_LAST)
		return ((const struct told_last *)(const void *)record)->has;
	if (record->form == TOLD_FORM_LAST_ONE)
		return ((const struct told_last_one *)(const void *)record)->has;
	return 0;
}

bool events_last_has(const struct told_head *record)
{
	return tables_in(record) != 0;
}

bool events_last_fill(const struct told_head *record, const struct walk_columns *columns, uint64_t page_size,
		      const struct cputime *shown, const struct walk_names *names, struct snapshot *s,
		      size_t index)
{
	const void *at = record;
	struct walk_rows rows = {0};
	struct walk_base base;

	if (!tables_in(record))
		return false;
	if (record->form == TOLD_FORM_LAST) {
		const struct told_last *e = at;

		base = e->base;
		rows_of_last(e, &rows);
	} else {
		const struct told_last_one *e = at;

		base = e->base;
		rows_of_last_one(e, &rows);
	}
	if (tables_in(record) >> WALK_BASE & 1) {
		adjust(&base, shown);
		rows.of[WALK_BASE] = &base;
	}
	walk_rows_set(&rows, columns, page_size, names, s, index);
	return true;
}

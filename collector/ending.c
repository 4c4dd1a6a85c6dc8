/* SPDX-License-Identifier: Apache-2.0 */
#include "ending.h"

#include "base/cleanup.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

void ending_exit(struct ending *end, const struct kernel_event *e)
{
	bool is_init = e->inner_pid == 1;

	if (end->of_init && !is_init)
		return;
	end->status = e->status;
	end->of_init = is_init;
}

/* A shell whose child was killed says so by its exit code. */
static bool was_killed(int32_t status)
{
	return status == STATUS_UNKNOWN || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
	       (WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGKILL);
}

enum ended_reason ending_reason(const struct ending *end)
{
	if (!end)
		return ENDED_UNKNOWN;
	return ended_reason_of(end->status, end->oom_killed && was_killed(end->status));
}

static void fill_from(const struct snapshot *last, const struct snapshot *better, struct snapshot *s,
		      size_t index);

void ending_take(struct ending *end, struct kernel *k, const struct kernel_event *e, int version,
		 const struct metric_set *need, const struct host *host, const struct entity *like)
{
	struct snapshot **last = &end->last[version == 1];
	struct snapshot *fresh;
	ptrdiff_t index;

	if (!e->final)
		return;
	fresh = snapshot_new(need, host, e->monotonic_ns, 0, 1);
	index = fresh ? snapshot_add(fresh, like) : -1;
	if (index < 0 || !kernel_fill_final(k, e, fresh, (size_t)index)) {
		snapshot_unref(fresh);
		return;
	}
	if (*last)
		fill_from(*last, NULL, fresh, (size_t)index);
	snapshot_unref(*last);
	*last = fresh;
}

static bool only_grows(enum metric_id id)
{
	return metrics[id].kind == KIND_COUNTER || id == METRIC_MEMORY_PEAK ||
	       id == METRIC_MEMORY_SWAP_PEAK || id == METRIC_PIDS_PEAK;
}

static bool is_later(enum metric_id id, bool known, uint64_t now, uint64_t last)
{
	return !known || (only_grows(id) && last > now);
}

static void fill_series(const struct series *from, struct snapshot *s)
{
	ptrdiff_t to =
		snapshot_series(s, from->dimension, from->instance, strlen(from->instance), from->detail);

	for (enum metric_id id = 0; to >= 0 && id < METRIC__COUNT; id++) {
		uint64_t last, now = 0;
		bool known;

		if (metrics[id].dimension != from->dimension || !series_get(from, id, &last))
			continue;
		known = snapshot_series_value(s, to, id, &now);
		if (is_later(id, known, now, last))
			snapshot_series_set(s, to, id, last);
	}
}

static bool knows_better(const struct snapshot *better, enum metric_id id)
{
	uint64_t value;

	return better && snapshot_get(better, 0, id, &value) && value > 0;
}

/* What `better` (may be NULL) knows is left to it. */
static void fill_from(const struct snapshot *last, const struct snapshot *better, struct snapshot *s,
		      size_t index)
{
	const struct entity *e = snapshot_entity(last, 0);

	metric_set_foreach (id, snapshot_metrics(s)) {
		uint64_t value, now = 0;
		bool known;

		if (metrics[id].kind == KIND_TEXT || metrics[id].dimension != DIMENSION_ONE ||
		    !snapshot_get(last, 0, id, &value) || knows_better(better, id))
			continue;
		known = snapshot_get(s, index, id, &now);
		if (is_later(id, known, now, value))
			snapshot_set(s, index, id, value);
	}
	for (uint32_t i = 0; i < e->n_series; i++) {
		const struct series *from = snapshot_series_at(last, 0, i);

		snapshot_looked_for(s, from->dimension);
		fill_series(from, s);
	}
}

void ending_fill(const struct ending *end, struct snapshot *s, size_t index)
{
	for (size_t i = 0; end && i < ARRAY_SIZE(end->last); i++)
		if (end->last[i])
			fill_from(end->last[i], i ? end->last[0] : NULL, s, index);
}

void ending_release(struct ending *end)
{
	snapshot_unref(end->last[0]);
	snapshot_unref(end->last[1]);
	*end = ENDING_NOTHING;
}

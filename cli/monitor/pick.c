/* SPDX-License-Identifier: Apache-2.0 */
#include "pick.h"

#include "base/cleanup.h"

static int pick_one(struct snapshot *s, const struct snapshot *from, size_t index)
{
	struct entity e = *snapshot_entity(from, index);
	ptrdiff_t added;

	e.parent = -1; /* it may be left out, and no sink of a pick looks at it */
	added = snapshot_add(s, &e);
	return added < 0 ? (int)added : snapshot_copy_values(s, (size_t)added, from, index);
}

struct snapshot *snapshot_pick(const struct snapshot *from, const size_t *rows, size_t n)
{
	size_t count = snapshot_count(from);
	_cleanup_free_ bool *wanted = calloc(count + 1, sizeof(*wanted));
	struct snapshot *s = snapshot_new(snapshot_metrics(from), snapshot_host(from),
					  snapshot_monotonic_ns(from), snapshot_realtime_ns(from), n);

	for (size_t i = 0; wanted && i < n; i++)
		wanted[rows[i]] = true;
	for (size_t i = 0; s && i < count; i++) {
		if (!wanted || (wanted[i] && pick_one(s, from, i) < 0)) {
			snapshot_unref(s);
			return NULL;
		}
	}
	if (s)
		snapshot_seal(s);
	return s;
}

/* Marks them and what is above them: parents stand in front. */
static void mark(const struct snapshot *from, const size_t *rows, size_t n, bool *wanted)
{
	for (size_t i = 0; i < n; i++)
		wanted[rows[i]] = true;
	for (size_t i = snapshot_count(from); i > 0; i--) {
		int32_t parent = snapshot_entity(from, i - 1)->parent;

		if (wanted[i - 1] && parent >= 0)
			wanted[parent] = true;
	}
}

static int prune_into(struct snapshot *s, const struct snapshot *from, const bool *wanted, int32_t *index)
{
	for (size_t i = 0; i < snapshot_count(from); i++) {
		struct entity e = *snapshot_entity(from, i);
		ptrdiff_t added;

		if (!wanted[i])
			continue;
		e.parent = e.parent < 0 ? -1 : index[e.parent];
		added = snapshot_add(s, &e);
		if (added < 0 || snapshot_copy_values(s, (size_t)added, from, i) < 0)
			return -1;
		index[i] = (int32_t)added;
	}
	for (unsigned g = 0; g < GROUP__COUNT; g++)
		snapshot_set_report(s, g, snapshot_report(from, g));
	return 0;
}

struct snapshot *snapshot_prune(const struct snapshot *from, const size_t *rows, size_t n)
{
	size_t count = snapshot_count(from);
	_cleanup_free_ bool *wanted = calloc(count + 1, sizeof(*wanted));
	_cleanup_free_ int32_t *index = calloc(count + 1, sizeof(*index));
	struct snapshot *s = snapshot_new(snapshot_metrics(from), snapshot_host(from),
					  snapshot_monotonic_ns(from), snapshot_realtime_ns(from), n);

	if (wanted && index && s) {
		mark(from, rows, n, wanted);
		if (prune_into(s, from, wanted, index) == 0) {
			snapshot_seal(s);
			return s;
		}
	}
	snapshot_unref(s);
	return NULL;
}

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

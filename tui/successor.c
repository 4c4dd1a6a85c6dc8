/* SPDX-License-Identifier: Apache-2.0 */
#include "successor.h"

#include "base/cleanup.h"
#include "base/map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_newer(const struct entity *a, const struct entity *b)
{
	return a->ended != b->ended ? b->ended : a->ended_ns > b->ended_ns;
}

ptrdiff_t successor_of(const struct snapshot *s, size_t index)
{
	const struct entity *newest = snapshot_entity(s, index);
	ptrdiff_t found = -1;

	if (!newest->ended)
		return -1;
	for (size_t i = 0; i < snapshot_count(s); i++) {
		const struct entity *other = snapshot_entity(s, i);

		if (!is_newer(other, newest) || strcmp(other->path, newest->path) != 0)
			continue;
		newest = other;
		found = (ptrdiff_t)i;
	}
	return found;
}

/* Index + 1 of the newest at each path where one has ended. */
static int map_newest(const struct snapshot *s, struct map *newest)
{
	for (size_t i = 0; i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);
		uintptr_t before = e->ended ? (uintptr_t)map_get(newest, slice_of(e->path)) : 0;

		if (!e->ended || (before && !is_newer(e, snapshot_entity(s, before - 1))))
			continue;
		if (map_put(newest, slice_of(e->path), (void *)(uintptr_t)(i + 1)) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; newest->count && i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);

		if (!e->ended && map_get(newest, slice_of(e->path)) &&
		    map_put(newest, slice_of(e->path), (void *)(uintptr_t)(i + 1)) < 0)
			return -ENOMEM;
	}
	return 0;
}

int successors(const struct snapshot *s, ptrdiff_t **out)
{
	_cleanup_free_ ptrdiff_t *found = NULL;
	struct map newest = {0};
	int r = map_newest(s, &newest);

	if (r == 0 && newest.count) {
		found = calloc(snapshot_count(s), sizeof(*found));
		r = found ? 0 : -ENOMEM;
	}
	for (size_t i = 0; found && i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);
		ptrdiff_t at = e->ended ? (ptrdiff_t)(uintptr_t)map_get(&newest, slice_of(e->path)) - 1 : -1;

		found[i] = at == (ptrdiff_t)i ? -1 : at;
	}
	map_free(&newest);
	if (r == 0)
		*out = TAKE_PTR(found);
	return r;
}

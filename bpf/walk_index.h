/* SPDX-License-Identifier: Apache-2.0 */
/* Where a cgroup of a hierarchy is, by its inode: an open-addressing table that is filled at once. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define WALK_NO_ROW UINT32_MAX

struct walk_index {
	struct walk_index_entry *entries;
	size_t cap; /* a power of two, or 0 */
	size_t count;
};

/* Empties it, with room for n. 0 or -ENOMEM. */
int walk_index_clear(struct walk_index *x, size_t n);
/* At most as many as there is room for. One that is there already gets the new row. */
void walk_index_put(struct walk_index *x, uint64_t inode, uint32_t row);
/* The row, or WALK_NO_ROW. */
uint32_t walk_index_get(const struct walk_index *x, uint64_t inode);
void walk_index_free(struct walk_index *x);

/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct walk_index_entry {
	uint64_t inode;
	uint32_t row; /* WALK_NO_ROW: empty */
};

int walk_index_clear(struct walk_index *x, size_t n)
{
	size_t cap = 64;

	while (cap < 2 * n)
		cap *= 2;
	/* a crowd that is gone shall not be cleared away for ever */
	if (cap > x->cap || cap < x->cap / 8) {
		struct walk_index_entry *entries = malloc(cap * sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		free(x->entries);
		x->entries = entries;
		x->cap = cap;
	}
	memset(x->entries, 0xff, x->cap * sizeof(*x->entries));
	x->count = 0;
	return 0;
}

/* The entry that has it, or the free one where it would be. */
static struct walk_index_entry *find(const struct walk_index *x, uint64_t inode)
{
	size_t at = (size_t)(inode * UINT64_C(0x9e3779b97f4a7c15) >> 20);

	for (;; at++) {
		struct walk_index_entry *e = &x->entries[at & (x->cap - 1)];

		if (e->row == WALK_NO_ROW || e->inode == inode)
			return e;
	}
}

void walk_index_put(struct walk_index *x, uint64_t inode, uint32_t row)
{
	struct walk_index_entry *e;

	if (x->count >= x->cap / 2)
		return;
	e = find(x, inode);
	x->count += e->row == WALK_NO_ROW;
	*e = (struct walk_index_entry){inode, row};
}

uint32_t walk_index_get(const struct walk_index *x, uint64_t inode)
{
	return x->cap ? find(x, inode)->row : WALK_NO_ROW;
}

void walk_index_free(struct walk_index *x)
{
	free(x->entries);
	*x = (struct walk_index){0};
}

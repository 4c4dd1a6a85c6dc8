/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SMALLEST_BLOCK ((size_t)4096)
#define LARGEST_STEP ((size_t)256 * 1024)

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t cap;
	alignas(max_align_t) unsigned char data[];
};

static struct arena_block *add_block(struct arena *a, size_t size)
{
	size_t cap = a->first ? a->first->cap * 2 : SMALLEST_BLOCK;
	struct arena_block *b;

	if (cap > LARGEST_STEP)
		cap = LARGEST_STEP;
	if (cap < size)
		cap = size;
	b = malloc(sizeof(*b) + cap);
	if (!b)
		return NULL;
	*b = (struct arena_block){.next = a->first, .cap = cap};
	a->first = b;
	return b;
}

static void *take(struct arena *a, size_t size, size_t align)
{
	struct arena_block *b = a->first;
	size_t start = b ? (b->used + align - 1) & ~(align - 1) : 0;

	if (size > SIZE_MAX / 2)
		return NULL;
	if (!b || start > b->cap || b->cap - start < size) {
		b = add_block(a, size);
		if (!b)
			return NULL;
		start = 0;
	}
	b->used = start + size;
	a->used += size;
	return b->data + start;
}

void *arena_alloc(struct arena *a, size_t size)
{
	void *p = take(a, size, alignof(max_align_t));

	if (p)
		memset(p, 0, size);
	return p;
}

char *arena_text(struct arena *a, struct slice text)
{
	char *p = take(a, text.len + 1, 1);

	if (p) {
		if (text.len)
			memcpy(p, text.at, text.len);
		p[text.len] = '\0';
	}
	return p;
}

void arena_reset(struct arena *a)
{
	struct arena_block *keep = a->first;

	if (!keep)
		return;
	while (keep->next) {
		struct arena_block *old = keep->next;

		keep->next = old->next;
		free(old);
	}
	keep->used = 0;
	a->used = 0;
}

void arena_free(struct arena *a)
{
	while (a->first) {
		struct arena_block *old = a->first;

		a->first = old->next;
		free(old);
	}
	a->used = 0;
}

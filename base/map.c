/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

enum { EMPTY, USED, DELETED };

struct needle {
	const char *key;
	uint32_t len;
	uint64_t hash;
};

/* The finalizer of MurmurHash3's 64-bit family: cgroup ids are small consecutive integers and need spreading.
 */
static uint64_t spread(uint64_t h)
{
	h ^= h >> 33;
	h *= UINT64_C(0xFF51AFD7ED558CCD);
	h ^= h >> 33;
	h *= UINT64_C(0xC4CEB9FE1A85EC53);
	return h ^ h >> 33;
}

/* FNV-1a from a start that differs in every process: whoever names cgroups can't choose names that collide.
 */
static uint64_t start;

__attribute__((constructor)) static void choose_start(void)
{
	const void *random = (const void *)(uintptr_t)getauxval(AT_RANDOM);

	start = UINT64_C(0xCBF29CE484222325);
	if (random)
		memcpy(&start, random, sizeof(start));
}

static struct needle needle_of(struct slice key)
{
	uint64_t h = start;

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ (unsigned char)key.at[i]) * UINT64_C(0x100000001B3);
	/* NULL is what tells integer maps: an empty slice is a key too */
	return (struct needle){key.at ? key.at : "", (uint32_t)key.len, h};
}

static bool matches(const struct map_entry *e, const struct needle *n)
{
	if (e->hash != n->hash || (e->key == NULL) != (n->key == NULL))
		return false;
	return !n->key || (e->len == n->len && memcmp(e->key, n->key, n->len) == 0);
}

static struct map_entry *find(const struct map *m, const struct needle *n)
{
	if (m->cap == 0)
		return NULL;
	for (size_t i = spread(n->hash);; i++) {
		struct map_entry *e = &m->entries[i & (m->cap - 1)];

		if (e->state == EMPTY)
			return NULL;
		if (e->state == USED && matches(e, n))
			return e;
	}
}

static void insert(struct map *m, const struct needle *n, void *value)
{
	size_t i = spread(n->hash);

	while (m->entries[i & (m->cap - 1)].state == USED)
		i++;
	struct map_entry *e = &m->entries[i & (m->cap - 1)];
	m->fill += e->state == EMPTY;
	m->count++;
	*e = (struct map_entry){n->key, n->hash, n->len, USED, value};
}

static int make_room(struct map *m)
{
	struct map fresh = {0};

	if (m->cap && (m->fill + 1) * 4 <= m->cap * 3)
		return 0;
	/* By what is in use now: a table that a crowd went through shrinks again. */
	fresh.cap = 16;
	while ((m->count + 1) * 2 > fresh.cap)
		fresh.cap *= 2;
	fresh.entries = calloc(fresh.cap, sizeof(*fresh.entries));
	if (!fresh.entries)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++) {
		const struct map_entry *e = &m->entries[i];

		if (e->state == USED)
			insert(&fresh, &(struct needle){e->key, e->len, e->hash}, e->value);
	}
	free(m->entries);
	*m = fresh;
	return 0;
}

static int put(struct map *m, struct needle n, void *value)
{
	struct map_entry *e = find(m, &n);
	int r;

	if (e) {
		e->key = n.key;
		e->value = value;
		return 0;
	}
	r = make_room(m);
	if (r < 0)
		return r;
	insert(m, &n, value);
	return 0;
}

static void *take(struct map *m, struct needle n)
{
	struct map_entry *e = find(m, &n);

	if (!e)
		return NULL;
	e->state = DELETED;
	m->count--;
	return e->value;
}

void *map_get(const struct map *m, struct slice key)
{
	struct needle n = needle_of(key);
	struct map_entry *e = find(m, &n);

	return e ? e->value : NULL;
}

void *map_get_u64(const struct map *m, uint64_t key)
{
	struct map_entry *e = find(m, &(struct needle){.hash = key});

	return e ? e->value : NULL;
}

int map_put(struct map *m, struct slice key, void *value)
{
	return put(m, needle_of(key), value);
}

int map_put_u64(struct map *m, uint64_t key, void *value)
{
	return put(m, (struct needle){.hash = key}, value);
}

void *map_remove(struct map *m, struct slice key)
{
	return take(m, needle_of(key));
}

void *map_remove_u64(struct map *m, uint64_t key)
{
	return take(m, (struct needle){.hash = key});
}

void *map_next(const struct map *m, size_t *at)
{
	while (*at < m->cap) {
		const struct map_entry *e = &m->entries[(*at)++];

		if (e->state == USED)
			return e->value;
	}
	return NULL;
}

void map_free(struct map *m)
{
	free(m->entries);
	*m = (struct map){0};
}

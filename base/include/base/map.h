/* SPDX-License-Identifier: Apache-2.0 */
/* A hash map from bytes or integers to pointers. It owns neither keys nor values; a key lives as long as its
 * entry. */
#pragma once

#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct map_entry {
	const char *key; /* NULL in integer maps */
	uint64_t hash;	 /* the integer itself in integer maps */
	uint32_t len;
	uint32_t state; /* empty, used or deleted */
	void *value;
};

struct map {
	struct map_entry *entries;
	size_t cap;   /* a power of two, or 0 */
	size_t count; /* entries that are used */
	size_t fill;  /* used or deleted */
};

/* The value at key, or NULL. */
void *map_get(const struct map *m, struct slice key);
void *map_get_u64(const struct map *m, uint64_t key);

/* Sets or replaces. 0 or -ENOMEM. value may not be NULL. */
int map_put(struct map *m, struct slice key, void *value);
int map_put_u64(struct map *m, uint64_t key, void *value);

/* Removes and returns the value; NULL where there was none. */
void *map_remove(struct map *m, struct slice key);
void *map_remove_u64(struct map *m, uint64_t key);

/* Walks: start with *at = 0; the next value, or NULL at the end. Removing the entry just returned is allowed.
 */
void *map_next(const struct map *m, size_t *at);

/* Frees the table; keys and values stay the owner's. */
void map_free(struct map *m);

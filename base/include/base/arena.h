/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is given out piece by piece and freed as a whole: what a snapshot's strings live in. */
#pragma once

#include "base/slice.h"

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *first; /* the newest block */
	size_t used;		   /* bytes given out, all blocks together */
};

/* size bytes, zeroed, aligned for any type; NULL where memory is short. */
void *arena_alloc(struct arena *a, size_t size);

/* A NUL-terminated copy; NULL where memory is short. */
char *arena_text(struct arena *a, struct slice text);

/* Gives everything back but the newest block, which is kept for reuse. */
void arena_reset(struct arena *a);
void arena_free(struct arena *a);

/* SPDX-License-Identifier: Apache-2.0 */
/* The texts of a section by number: each is written once, where it is first used. */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "wire.h"

struct texts {
	struct arena bytes;
	struct slice *items; /* each NUL-terminated, too */
	size_t n;
	size_t cap;
	size_t total;	    /* bytes of all of them */
	size_t n_written;   /* the writer's: how many the file has already */
	struct map by_text; /* the writer's: text → number + 1 */
};

/* Writer: the number of a text, which is added where it is new. `hint` is tried first. 0, -ENOMEM or -EFBIG.
 */
int texts_number(struct texts *t, struct slice text, uint64_t hint, uint64_t *number);

/* Writes those that are new since the last call. */
void texts_write(struct texts *t, struct str *out);

/* Reader: takes in what texts_write wrote. 0, -EBADMSG or -ENOMEM. */
int texts_read(struct texts *t, struct wire *from);

/* The text of a number; NULL where there is none. */
static inline const struct slice *texts_at(const struct texts *t, uint64_t number)
{
	return number < t->n ? &t->items[number] : NULL;
}

void texts_reset(struct texts *t); /* for the next section */
void texts_free(struct texts *t);

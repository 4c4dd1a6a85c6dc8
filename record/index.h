/* SPDX-License-Identifier: Apache-2.0 */
/* Where each snapshot of a recording is, its rotated files included: made from the headers of the blocks. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_entry {
	uint64_t place; /* file, whole, offset: by the functions below */
	uint64_t realtime_ns;
};

struct index {
	struct index_entry *entries; /* oldest first; behind each whole one those that go on from it */
	size_t n;
	size_t cap;
	int *fds;
	size_t n_files;
	uint64_t damaged; /* blocks that lost what they go on from, and gaps between blocks */
};

static inline size_t index_file(const struct index_entry *e)
{
	return e->place >> 56;
}
static inline bool index_whole(const struct index_entry *e)
{
	return e->place >> 55 & 1;
}
static inline uint64_t index_offset(const struct index_entry *e)
{
	return e->place & ((UINT64_C(1) << 55) - 1);
}

/* 0; -ENODATA: nothing is in it yet; -EBADMSG: no recording; -EFBIG: too many snapshots; another -errno. */
int index_open(struct index *x, const char *path, struct error *err);
void index_close(struct index *x);

/* Takes out an entry that can't be read, and those that go on from it. */
void index_drop(struct index *x, size_t at);

/* The whole block that the entry's section begins with. */
size_t index_section(const struct index *x, size_t at);

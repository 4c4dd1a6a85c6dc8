/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a walk found in one hierarchy, in our own memory: the metrics' values by cgroup, taken out of the
 * tables that the kernel fills after each pass. Most walks meet the same cgroups in the same order as the one
 * before; then nothing is looked up and no index is made. Pure.
 */
#pragma once

#include "walk_column.h"
#include "walk_index.h"
#include "walk_rows.h"
#include "walk_sets.h"

struct walk_met {
	uint64_t inode;
	uint32_t has; /* bit (1U << enum walk_table) */
	uint32_t level;
	uint32_t parent; /* in the same array; of level 1: itself */
	uint32_t first_io;
	uint32_t n_io;
	uint32_t first_limit;
	uint32_t n_limits;
	uint32_t then; /* the row that was asked for behind it the last time: a guess */
	bool by_files; /* what it has there can't be told from here */
	struct cputime shown;
};

struct walk_store {
	struct walk_columns columns;
	struct walk_met *met;
	size_t n, cap;
	uint64_t last;		 /* serial of the last one */
	struct walk_met *before; /* of the walk before */
	size_t n_before, before_cap;
	uint64_t *values; /* columns.n a cgroup; of a set its number */
	size_t values_cap;
	struct walk_io *io;
	size_t n_io, io_cap;
	struct walk_limit *limits;
	size_t n_limits, limits_cap;
	struct walk_sets sets;
	uint32_t asked;		 /* the row that was asked for last */
	struct walk_index index; /* of `before` while there is a walk, of `met` behind it */
	bool same;		 /* so far: `met` is as `before` */
};

/* A walk that is for these columns begins. */
void walk_store_begin(struct walk_store *s, const struct walk_columns *columns);
/* Takes the first n rows of the tables (by enum walk_table), behind those of earlier passes. 0 or -ENOMEM. */
int walk_store_take(struct walk_store *s, const void *const tables[WALK_TABLES], uint32_t n,
		    uint64_t page_size);
/* The walk is over. 0 or -ENOMEM. */
int walk_store_end(struct walk_store *s);
/* It failed: no cgroup is known. */
void walk_store_drop(struct walk_store *s);

/* Sets what was found of a cgroup into the entity that was added last. False where its files are to be asked.
 */
bool walk_store_fill(struct walk_store *s, uint64_t inode, const struct walk_names *names,
		     struct snapshot *out, size_t index);

/* The user and system time that it was last said to have; *out is left alone where it was not met. */
void walk_store_shown(const struct walk_store *s, uint64_t inode, struct cputime *out);

size_t walk_store_bytes(const struct walk_store *s);
void walk_store_free(struct walk_store *s);

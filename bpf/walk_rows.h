/* SPDX-License-Identifier: Apache-2.0 */
/* A cgroup's rows into a snapshot, wherever they were read: by the walk, or when the cgroup was removed. */
#pragma once

#include "model/snapshot.h"
#include "walk.h"
#include "walk_column.h"

/* How a device is called to whom it may concern; the text lives until the next call. */
struct walk_names {
	const char *(*device)(void *context, uint32_t major, uint32_t minor);
	void *context;
};

struct walk_rows {
	const void *of[WALK_TABLES]; /* by enum walk_table, NULL = the cgroup has none; not of WALK_IO */
	bool has_io;
	const struct walk_io *io; /* n_io in a row */
	size_t n_io;
};

/* Sets what the columns say of these rows into the entity that the snapshot added last. */
void walk_rows_set(const struct walk_rows *rows, const struct walk_columns *columns, uint64_t page_size,
		   const struct walk_names *names, struct snapshot *s, size_t index);

/* The same of its devices' transfers alone, */
void walk_rows_set_devices(const struct walk_columns *columns, const struct walk_io *io, size_t n,
			   const struct walk_names *names, struct snapshot *s);
/* and of their limits. */
void walk_rows_set_limits(const struct walk_columns *columns, const struct walk_limit *limits, size_t n,
			  const struct walk_names *names, struct snapshot *s);

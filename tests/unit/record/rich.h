/* SPDX-License-Identifier: Apache-2.0 */
/* A made-up host with something of everything that a snapshot can hold, and whether two snapshots are the
 * same. */
#pragma once

#include "model/snapshot.h"

#define RICH_START UINT64_C(1700000000000000000)

/* A world: entities come, go, change places and identities with its time. */
struct rich {
	uint64_t seed;
	unsigned n_entities; /* about so many */
	bool all_metrics;    /* else the default ones */
	bool calm;	     /* nobody comes or goes */
};

/* The snapshot of second `time`: the same each time it is asked for. */
struct snapshot *rich_at(const struct rich *world, unsigned time);

/* Fails the test where any two figures differ. */
void assert_same_snapshot(const struct snapshot *got, const struct snapshot *wanted);

/* A folder that is empty, and gone at the end of the process; static. */
const char *rich_folder(void);

/* A path in it; static, overwritten by the fourth call after it. */
const char *rich_path(const char *name);

/* Writes the snapshots of [from, to) into it; the file's size. */
uint64_t rich_record(const char *path, const struct rich *world, unsigned from, unsigned to);

/* Reads a whole file, and writes one. */
char *rich_read(const char *path, size_t *len);
void rich_write(const char *path, const char *data, size_t len);

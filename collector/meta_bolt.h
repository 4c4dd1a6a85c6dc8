/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a bolt database (go.etcd.io/bbolt: page.go, bucket.go, db.go): containerd and podman up to 4 keep
 * labels and pods only there. It takes no lock, so as never to keep a runtime waiting; a page that was reused
 * under way shows as a broken or missing entry, and every offset is checked.
 */
#pragma once

#include "base/cleanup.h"
#include "base/slice.h"

#include <stdint.h>

struct bolt {
	int fd;		     /* -1 = the database is in memory */
	struct slice memory; /* where fd is -1 */
	uint64_t page_size;
	uint64_t root; /* the root bucket's page */
};

/* Opens path inside root (as fs_open_in_root does). 0, -EINVAL where it is no bolt database, or -errno. */
int bolt_open(struct bolt *db, int rootfd, const char *path);

/* The same of a database in memory, which has to stay. */
int bolt_open_memory(struct bolt *db, struct slice memory);
void bolt_close(struct bolt *db);
#define BOLT_CLOSED      \
	{                \
		.fd = -1 \
	}
#define _cleanup_bolt_ _cleanup_(bolt_close)

/*
 * The value at path: names of n - 1 nested buckets and a key. *value is terminated, and the caller frees it.
 * 0, -ENOENT, -EINVAL (broken) or -errno.
 */
int bolt_get(const struct bolt *db, const struct slice *path, size_t n, char **value, size_t *len);

/* Calls each for the pairs of a bucket (not for buckets within), in the order of keys. 0 or as bolt_get. */
int bolt_each(const struct bolt *db, const struct slice *path, size_t n,
	      void (*each)(void *context, struct slice key, struct slice value), void *context);

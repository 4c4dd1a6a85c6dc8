/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Snapshots in a file, and back. A recording is a run of blocks: each has its length, a checksum and its time
 * in front, so that one which was cut off in the middle of a write is good up to there. The first block of a
 * file, and one at least every 60 snapshots, stands by itself; the others hold what has changed since the one
 * before. Metrics are named in the file, so that a table with more or fewer rows reads it too.
 * record/format.md describes the bytes.
 */
#pragma once

#include "base/error.h"
#include "model/snapshot.h"
#include "model/source.h"

#include <stdbool.h>
#include <stdint.h>

#define RECORDER_KEEP_MAX 250

struct recorder_options {
	uint64_t max_size;   /* bytes of a file before it is rotated; 0 = never */
	uint64_t max_age_ns; /* from a file's first snapshot; 0 = never */
	unsigned keep; /* rotated files FILE.1 (the newest) to FILE.keep, at most RECORDER_KEEP_MAX; 0 = 5 */
	int level;     /* zstd's; 0 = 3 */
};

struct recorder;

/* Opens FILE for appending, or makes it (mode 0640); a block that was cut off at its end is taken off first.
 * A file that is no recording is refused (-EBADMSG), and so is one that somebody else records into (-EBUSY).
 * The file's section begins anew. 0 or -errno. */
int recorder_open(const char *path, const struct recorder_options *options, struct recorder **out,
		  struct error *err);

/* Appends a snapshot, after rotating where it is due. 0, or -errno (-ENOSPC; -EFBIG beyond what a recording
 * may hold): the file is good up to the last whole block, and may be written on. */
int recorder_write(struct recorder *r, const struct snapshot *s, struct error *err);

/* Written by this recorder so far, compressed, rotated files included. */
uint64_t recorder_bytes(const struct recorder *r);
void recorder_close(struct recorder *r);

/*
 * A source that gives the snapshots of FILE (and of its rotated ones, oldest first) one after the other: each
 * source_sample is the next, -ENODATA at the end. `need` is ignored: it has what was recorded. What is
 * damaged is passed by, up to the next snapshot that stands by itself. -ENODATA too where there is none in
 * the file; -EBADMSG: it is no recording; -EPROTONOSUPPORT: one of a later format.
 */
int replay_open(const char *path, struct source **out, struct error *err);

bool source_is_replay(const struct source *s);

/* The functions below are for such a source only. How many snapshots turned out to be damaged until now. */
uint64_t replay_damaged(const struct source *s);

/* The times (CLOCK_REALTIME) of the first and the last snapshot. */
void replay_span(const struct source *s, uint64_t *first_ns, uint64_t *last_ns);

/* The next sample is the last one at or before this time, or the first. */
int replay_seek(struct source *s, uint64_t realtime_ns, struct error *err);

/* The next sample is `n` snapshots behind the last given one (negative: before; 0: the same once more), or at
 * the end where there are not so many. */
int replay_step(struct source *s, int64_t n, struct error *err);

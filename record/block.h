/* SPDX-License-Identifier: Apache-2.0 */
/* A recording's file as a run of blocks (format.md): headers, and finding them again behind damage. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_HEADER_SIZE 16
#define BLOCK_HEADER_SIZE 36

struct block {
	bool whole;	 /* stands by itself: a section's first */
	uint32_t stored; /* bytes behind the header */
	uint32_t raw;	 /* bytes once they are decompressed */
	uint64_t realtime_ns;
	uint32_t checksum; /* CRC-32C of what is stored */
	uint32_t previous; /* checksum of the block before in its section; 0 in a whole one */
};

void file_header_put(char out[FILE_HEADER_SIZE]);
void block_put(const struct block *b, char out[BLOCK_HEADER_SIZE]);

/* False where it is no block's header, or breaks a limit. */
bool block_get(struct block *b, const char from[BLOCK_HEADER_SIZE]);

/*
 * Looks at the start of a file. *is_new: it is empty, or its header was cut off while it was written. 0;
 * -EBADMSG: no recording; -EPROTONOSUPPORT: of a later version; another -errno.
 */
int file_header_check(int fd, const char *path, bool *is_new, struct error *err);

/* A walk over the headers of a file; nothing is decompressed. */
struct block_walk {
	int fd;
	uint64_t size;	  /* of the file */
	uint64_t at;	  /* where to go on */
	uint64_t skipped; /* bytes that were no block */
};

int block_walk_start(struct block_walk *w, int fd);

/* The next block and the offset of its header. 1, 0 behind the last whole one, or -errno. */
int block_walk_next(struct block_walk *w, struct block *b, uint64_t *offset);

/* Reads all of it from an offset. 0, -EBADMSG where the file ends before, or -errno. */
int block_read(int fd, uint64_t offset, void *out, size_t len);

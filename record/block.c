/* SPDX-License-Identifier: Apache-2.0 */
#include "block.h"

#include "base/cleanup.h"
#include "crc32c.h"
#include "limits.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define FILE_MAGIC "\x89PLIMREC"
#define FILE_VERSION 1U
#define BLOCK_MAGIC "PLBK"
#define MAGIC_LEN 4
#define WINDOW 65536

enum { BLOCK_WHOLE = 1, BLOCK_CHANGES = 2 };

static void put_u32(char *out, uint32_t value)
{
	value = htole32(value);
	memcpy(out, &value, sizeof(value));
}

static void put_u64(char *out, uint64_t value)
{
	value = htole64(value);
	memcpy(out, &value, sizeof(value));
}

static uint32_t get_u32(const char *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return le32toh(value);
}

static uint64_t get_u64(const char *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return le64toh(value);
}

void file_header_put(char out[FILE_HEADER_SIZE])
{
	memcpy(out, FILE_MAGIC, 8);
	put_u32(out + 8, FILE_VERSION);
	put_u32(out + 12, crc32c(out, 12));
}

void block_put(const struct block *b, char out[BLOCK_HEADER_SIZE])
{
	memcpy(out, BLOCK_MAGIC, MAGIC_LEN);
	put_u32(out + 4, b->whole ? BLOCK_WHOLE : BLOCK_CHANGES);
	put_u32(out + 8, b->stored);
	put_u32(out + 12, b->raw);
	put_u64(out + 16, b->realtime_ns);
	put_u32(out + 24, b->checksum);
	put_u32(out + 28, b->previous);
	put_u32(out + 32, crc32c(out, 32));
}

bool block_get(struct block *b, const char from[BLOCK_HEADER_SIZE])
{
	uint32_t kind = get_u32(from + 4);

	if (memcmp(from, BLOCK_MAGIC, MAGIC_LEN) != 0 || get_u32(from + 32) != crc32c(from, 32) ||
	    (kind != BLOCK_WHOLE && kind != BLOCK_CHANGES))
		return false;
	*b = (struct block){
		.whole = kind == BLOCK_WHOLE,
		.stored = get_u32(from + 8),
		.raw = get_u32(from + 12),
		.realtime_ns = get_u64(from + 16),
		.checksum = get_u32(from + 24),
		.previous = get_u32(from + 28),
	};
	return b->stored <= LIMIT_STORED && b->raw <= LIMIT_RAW;
}

int block_read(int fd, uint64_t offset, void *out, size_t len)
{
	char *at = out;

	while (len) {
		ssize_t n = pread(fd, at, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EBADMSG;
		at += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

int file_header_check(int fd, const char *path, bool *is_new, struct error *err)
{
	char wanted[FILE_HEADER_SIZE];
	char found[FILE_HEADER_SIZE];
	struct stat st;
	size_t len;
	int r;

	if (fstat(fd, &st) < 0)
		return error_errno(err, -errno, "", "cannot look at '%s'", path);
	if (!S_ISREG(st.st_mode))
		return error_set(err, -EBADMSG, "a recording is a regular file", "'%s' is no recording",
				 path);
	len = st.st_size < FILE_HEADER_SIZE ? (size_t)st.st_size : FILE_HEADER_SIZE;
	r = block_read(fd, 0, found, len);
	if (r < 0)
		return error_errno(err, r, "", "cannot read '%s'", path);
	file_header_put(wanted);
	*is_new = len < FILE_HEADER_SIZE;
	if (memcmp(found, wanted, len) == 0)
		return 0;
	if (len < FILE_HEADER_SIZE || memcmp(found, wanted, 8) != 0)
		return error_set(err, -EBADMSG, "'plimsoll record FILE' makes one", "'%s' is no recording",
				 path);
	if (get_u32(found + 12) != crc32c(found, 12))
		return error_set(err, -EBADMSG, "", "the start of '%s' is damaged", path);
	return error_set(err, -EPROTONOSUPPORT, "read it with the plimsoll that wrote it",
			 "'%s' is a recording of format %u, and this plimsoll reads format %u", path,
			 get_u32(found + 8), FILE_VERSION);
}

int block_walk_start(struct block_walk *w, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*w = (struct block_walk){.fd = fd, .size = (uint64_t)st.st_size, .at = FILE_HEADER_SIZE};
	return 0;
}

static int look(const struct block_walk *w, uint64_t offset, struct block *b)
{
	char header[BLOCK_HEADER_SIZE];
	int r;

	if (offset > w->size || w->size - offset < BLOCK_HEADER_SIZE)
		return 0;
	r = block_read(w->fd, offset, header, sizeof(header));
	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	return block_get(b, header) && b->stored <= w->size - offset - BLOCK_HEADER_SIZE;
}

/* The next place from `from` on that begins like a block; the file's size where there is none. */
static int find_magic(const struct block_walk *w, uint64_t from, uint64_t *found)
{
	char window[WINDOW];

	while (from < w->size && w->size - from >= BLOCK_HEADER_SIZE) {
		size_t len = w->size - from < WINDOW ? (size_t)(w->size - from) : WINDOW;
		int r = block_read(w->fd, from, window, len);
		const char *at;

		if (r < 0 && r != -EBADMSG)
			return r;
		at = r < 0 ? NULL : memmem(window, len, BLOCK_MAGIC, MAGIC_LEN);
		if (at) {
			*found = from + (uint64_t)(at - window);
			return 0;
		}
		/* one may lie across two windows */
		from += len - (MAGIC_LEN - 1);
	}
	*found = w->size;
	return 0;
}

int block_walk_next(struct block_walk *w, struct block *b, uint64_t *offset)
{
	uint64_t start = w->at;
	uint64_t at = w->at;

	while (at < w->size) {
		int r = look(w, at, b);

		if (r < 0)
			return r;
		if (r > 0) {
			w->skipped += at - start;
			w->at = at + BLOCK_HEADER_SIZE + b->stored;
			*offset = at;
			return 1;
		}
		r = find_magic(w, at + 1, &at);
		if (r < 0)
			return r;
	}
	w->skipped += w->size > start ? w->size - start : 0;
	w->at = w->size;
	return 0;
}

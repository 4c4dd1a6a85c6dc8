/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"

#include "base/cleanup.h"
#include "block.h"
#include "crc32c.h"
#include "limits.h"
#include "pack.h"
#include "rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <zstd.h>

#define SECTION_LENGTH 60 /* snapshots from one whole block to the next */
#define DEFAULT_KEEP 5
#define DEFAULT_LEVEL 3
#define OPEN_TRIES 10

struct recorder {
	char *path;
	struct recorder_options options;
	int fd;
	uint64_t size;	     /* of the file */
	uint64_t first_ns;   /* CLOCK_REALTIME of its first snapshot; 0 = it has none yet */
	uint64_t bytes;	     /* written by this recorder */
	unsigned in_section; /* blocks since the last whole one; 0: the next is a whole one */
	uint32_t previous;   /* checksum of the block before */
	struct packer *packer;
	ZSTD_CCtx *zstd;
	struct str raw;
	struct str block;
};

void recorder_close(struct recorder *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	packer_free(r->packer);
	ZSTD_freeCCtx(r->zstd);
	str_free(&r->raw);
	str_free(&r->block);
	free(r->path);
	free(r);
}
DEFINE_CLEANUP(struct recorder *, recorder_close)

static int lock(int fd, const char *path, struct error *err)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return error_set(err, -EBUSY, "end the other one, or choose another file",
				 "somebody else is recording into '%s'", path);
	return error_errno(err, -errno, "", "cannot lock '%s'", path);
}

/* Whether the path still leads to the open file: another recorder may have rotated it since. */
static bool is_current(int fd, const char *path)
{
	struct stat opened;
	struct stat there;

	return fstat(fd, &opened) == 0 && stat(path, &there) == 0 && opened.st_dev == there.st_dev &&
	       opened.st_ino == there.st_ino;
}

static int open_locked(const char *path, int flags, struct error *err)
{
	for (unsigned i = 0; i < OPEN_TRIES; i++) {
		_cleanup_close_ int fd = open(
			path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags, 0640);
		int r;

		if (fd < 0)
			return error_errno(err, -errno, "", "cannot open '%s'", path);
		r = lock(fd, path, err);
		if (r < 0)
			return r;
		if (is_current(fd, path))
			return TAKE_FD(fd);
	}
	return error_set(err, -EBUSY, "", "'%s' is being replaced again and again", path);
}

/* Whether what the block holds is what was written. */
static int check_block(struct recorder *r, uint64_t offset, const struct block *b)
{
	int result;

	str_clear(&r->block);
	if (!str_reserve(&r->block, b->stored + 1U))
		return -ENOMEM;
	result = block_read(r->fd, offset + BLOCK_HEADER_SIZE, r->block.data, b->stored);
	if (result < 0)
		return result == -EBADMSG ? 0 : result;
	return crc32c(r->block.data, b->stored) == b->checksum;
}

/* Where the last good block ends. */
static int find_end(struct recorder *r, uint64_t *end)
{
	struct block_walk walk;
	struct block b;
	struct block last;
	uint64_t offset;
	uint64_t last_offset = 0;
	int result = block_walk_start(&walk, r->fd);

	if (result < 0)
		return result;
	while ((result = block_walk_next(&walk, &b, &offset)) > 0) {
		if (r->first_ns == 0)
			r->first_ns = b.realtime_ns;
		last = b;
		last_offset = offset;
	}
	*end = FILE_HEADER_SIZE;
	if (result == 0 && last_offset) {
		result = check_block(r, last_offset, &last);
		*end = result > 0 ? last_offset + BLOCK_HEADER_SIZE + last.stored : last_offset;
	}
	return result < 0 ? result : 0;
}

/* Takes off what was cut off at the end of the file. */
static int repair(struct recorder *r, struct error *err)
{
	bool is_new;
	uint64_t end = 0;
	struct stat st;
	int result = file_header_check(r->fd, r->path, &is_new, err);

	if (result < 0)
		return result;
	if (!is_new)
		result = find_end(r, &end);
	if (result == 0 && fstat(r->fd, &st) < 0)
		result = -errno;
	if (result == 0 && (uint64_t)st.st_size > end && ftruncate(r->fd, (off_t)end) < 0)
		result = -errno;
	if (result < 0)
		return error_errno(err, result, "", "cannot read '%s'", r->path);
	r->size = end;
	return 0;
}

static struct recorder *recorder_new(const char *path, const struct recorder_options *options)
{
	_cleanup_(recorder_closep) struct recorder *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->fd = -1;
	r->options = *options;
	if (!r->options.keep)
		r->options.keep = DEFAULT_KEEP;
	if (!r->options.level)
		r->options.level = DEFAULT_LEVEL;
	r->path = strdup(path);
	r->packer = packer_new();
	r->zstd = ZSTD_createCCtx();
	if (!r->path || !r->packer || !r->zstd)
		return NULL;
	if (ZSTD_isError(ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_compressionLevel, r->options.level)) ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(r->zstd, ZSTD_c_contentSizeFlag, 0)))
		return NULL;
	return TAKE_PTR(r);
}

int recorder_open(const char *path, const struct recorder_options *options, struct recorder **out,
		  struct error *err)
{
	_cleanup_(recorder_closep) struct recorder *r = NULL;
	int result;

	if (options->keep > RECORDER_KEEP_MAX)
		return error_set(err, -EINVAL, "", "at most %u rotated files can be kept", RECORDER_KEEP_MAX);
	r = recorder_new(path, options);
	if (!r)
		return error_errno(err, -ENOMEM, "", "cannot record");
	r->fd = open_locked(path, 0, err);
	if (r->fd < 0)
		return r->fd;
	result = repair(r, err);
	if (result < 0)
		return result;
	*out = TAKE_PTR(r);
	return 0;
}

uint64_t recorder_bytes(const struct recorder *r)
{
	return r->bytes;
}

/* Puts the block, and the file's header where it is the first, into r->block. */
static int make_block(struct recorder *r, const struct snapshot *s)
{
	struct block b = {.whole = r->in_section == 0 || r->in_section >= SECTION_LENGTH,
			  .realtime_ns = snapshot_realtime_ns(s)};
	size_t lead = (r->size == 0 ? FILE_HEADER_SIZE : 0) + BLOCK_HEADER_SIZE;
	int result = packer_pack(r->packer, s, &b.whole, &r->raw);
	size_t room;
	size_t stored;

	if (result < 0)
		return result;
	room = ZSTD_compressBound(r->raw.len);
	str_clear(&r->block);
	if (!str_reserve(&r->block, lead + room + 1))
		return -ENOMEM;
	stored = ZSTD_compress2(r->zstd, r->block.data + lead, room, r->raw.data, r->raw.len);
	if (ZSTD_isError(stored))
		return -ENOMEM;
	b.raw = (uint32_t)r->raw.len;
	b.stored = (uint32_t)stored;
	b.checksum = crc32c(r->block.data + lead, stored);
	b.previous = b.whole ? 0 : r->previous;
	if (r->size == 0)
		file_header_put(r->block.data);
	block_put(&b, r->block.data + lead - BLOCK_HEADER_SIZE);
	r->block.len = lead + stored;
	r->in_section = b.whole ? 1 : r->in_section + 1;
	r->previous = b.checksum;
	return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static bool is_due(const struct recorder *r, uint64_t realtime_ns)
{
	if (r->size == 0)
		return false;
	if (r->options.max_size && r->size + r->block.len > r->options.max_size)
		return true;
	return r->options.max_age_ns && realtime_ns > r->first_ns &&
	       realtime_ns - r->first_ns >= r->options.max_age_ns;
}

static int rotate(struct recorder *r, struct error *err)
{
	int result = rotate_files(r->path, r->options.keep, err);
	int fd;

	if (result < 0)
		return result;
	fd = open_locked(r->path, O_EXCL, err);
	if (fd < 0)
		return fd;
	close(r->fd);
	r->fd = fd;
	r->size = 0;
	r->first_ns = 0;
	r->in_section = 0;
	return 0;
}

static int append(struct recorder *r, uint64_t realtime_ns)
{
	int result = write_all(r->fd, r->block.data, r->block.len);

	if (result < 0) {
		/* Half a block does no harm (readers look for the next one), but takes room where there is
		 * none. */
		if (ftruncate(r->fd, (off_t)r->size) < 0)
			return -errno;
		return result;
	}
	if (r->first_ns == 0)
		r->first_ns = realtime_ns;
	r->size += r->block.len;
	r->bytes += r->block.len;
	return 0;
}

static int explain(const struct recorder *r, int result, struct error *err)
{
	if (result == -ENOSPC || result == -EDQUOT)
		return error_errno(err, result, "make room; what was recorded until now can be read",
				   "cannot write to '%s'", r->path);
	if (result == -EFBIG)
		return error_set(err, result, "record fewer metrics or containers",
				 "a snapshot is larger than a recording can hold, or than '%s' may grow",
				 r->path);
	return error_errno(err, result, "", "cannot write to '%s'", r->path);
}

int recorder_write(struct recorder *r, const struct snapshot *s, struct error *err)
{
	uint64_t now = snapshot_realtime_ns(s);
	int result = make_block(r, s);

	if (result == 0 && is_due(r, now)) {
		result = rotate(r, err);
		if (result < 0) {
			r->in_section = 0;
			return result;
		}
		result = make_block(r, s);
	}
	if (result == 0)
		result = append(r, now);
	if (result == 0)
		return 0;
	r->in_section = 0; /* what was packed is not in the file */
	return explain(r, result, err);
}

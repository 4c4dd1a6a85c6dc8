/* SPDX-License-Identifier: Apache-2.0 */
#include "index.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "block.h"
#include "limits.h"
#include "rotate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#define OFFSET_LIMIT (UINT64_C(1) << 55)

static int add(struct index *x, const struct block *b, uint64_t offset)
{
	uint64_t file = x->n_files - 1;

	if (x->n == LIMIT_SNAPSHOTS || offset >= OFFSET_LIMIT)
		return -EFBIG;
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 256;
		struct index_entry *entries = reallocarray(x->entries, cap, sizeof(*entries));

		if (!entries)
			return -ENOMEM;
		x->entries = entries;
		x->cap = cap;
	}
	x->entries[x->n++] =
		(struct index_entry){file << 56 | (uint64_t)b->whole << 55 | offset, b->realtime_ns};
	return 0;
}

static int walk(struct index *x, int fd)
{
	struct block_walk w;
	struct block b;
	uint64_t offset;
	uint32_t last = 0;
	bool linked = false; /* the block before was taken in */
	int r = block_walk_start(&w, fd);

	while (r >= 0 && (r = block_walk_next(&w, &b, &offset)) > 0) {
		/* each says which one it goes on from: one that is missing makes the rest of its section
		 * useless */
		linked = b.whole || (linked && b.previous == last);
		last = b.checksum;
		x->damaged += !linked;
		if (linked)
			r = add(x, &b, offset);
	}
	/* what follows the last whole block is a recorder at work, or one that was killed */
	return r;
}

static int open_file(struct index *x, const char *path, unsigned number, struct error *err)
{
	_cleanup_free_ char *name = rotated_name(path, number);
	_cleanup_close_ int fd = name ? open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;
	bool is_new;
	int r;

	if (!name)
		return error_errno(err, -ENOMEM, "", "cannot replay '%s'", path);
	if (fd < 0)
		return error_errno(err, -errno, "", "cannot open '%s'", name);
	r = file_header_check(fd, name, &is_new, err);
	if (r < 0)
		return r;
	x->fds[x->n_files++] = fd;
	r = is_new ? 0 : walk(x, TAKE_FD(fd));
	if (r == -EFBIG)
		return error_set(err, r, "rotate it, or move older files away",
				 "'%s' and its older files hold more than %u snapshots", path,
				 LIMIT_SNAPSHOTS);
	return r < 0 ? error_errno(err, r, "", "cannot read '%s'", name) : 0;
}

static int open_files(struct index *x, const char *path, struct error *err)
{
	_cleanup_free_ unsigned *numbers = NULL;
	size_t n = 0;
	int r = rotated_files(path, &numbers, &n);

	if (r < 0)
		return error_errno(err, r, "", "cannot look for the files of '%s'", path);
	x->fds = calloc(n + 1, sizeof(*x->fds));
	if (!x->fds)
		return error_errno(err, -ENOMEM, "", "cannot replay '%s'", path);
	/* FILE.1 may be something else that is called so, or have gone meanwhile */
	for (size_t i = 0; i < n; i++) {
		r = open_file(x, path, numbers[i], err);
		if (r == -ENOMEM || r == -EFBIG)
			return r;
	}
	return open_file(x, path, 0, err);
}

int index_open(struct index *x, const char *path, struct error *err)
{
	int r;

	*x = (struct index){0};
	r = open_files(x, path, err);
	if (r == 0 && x->n == 0)
		r = error_set(err, -ENODATA, "", "'%s' holds no snapshot", path);
	if (r < 0)
		index_close(x);
	return r;
}

void index_close(struct index *x)
{
	for (size_t i = 0; i < x->n_files; i++)
		close(x->fds[i]);
	free(x->fds);
	free(x->entries);
	*x = (struct index){0};
}

void index_drop(struct index *x, size_t at)
{
	size_t end = at + 1;

	while (end < x->n && !index_whole(&x->entries[end]))
		end++;
	memmove(&x->entries[at], &x->entries[end], (x->n - end) * sizeof(*x->entries));
	x->n -= end - at;
	x->damaged += end - at;
}

size_t index_section(const struct index *x, size_t at)
{
	while (!index_whole(&x->entries[at]))
		at--;
	return at;
}

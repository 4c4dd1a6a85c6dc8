/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_learn.h"
#include "walk.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/slice.h"
#include "cgroup/format.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define FILEID_KERNFS 0xfe /* include/linux/exportfs.h */

int walk_learn_match(const struct walk_config *config, const struct walk_events *row, uint64_t pgfault,
		     uint64_t pgmajfault)
{
	int found = -1;

	/* Nothing happened there: every place would do. */
	if (pgfault == 0)
		return -1;
	for (size_t i = 0; i < config->n_pgfault_at; i++) {
		int at = config->pgfault_at[i];

		if (row->each[at] != pgfault || row->each[at + 1] != pgmajfault)
			continue;
		if (found >= 0)
			return -1;
		found = at;
	}
	return found;
}

/* A cgroup's folder by its number: kernfs takes it for a file handle (fs/kernfs/mount.c). */
static int open_by_inode(const struct hierarchy *h, uint64_t inode)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(inode)];
	} u = {.handle = {.handle_bytes = sizeof(inode), .handle_type = FILEID_KERNFS}};
	int fd;

	memcpy(u.handle.f_handle, &inode, sizeof(inode));
	fd = open_by_handle_at(h->fd, &u.handle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int read_file(int dir, const char *name, char *text, size_t size)
{
	_cleanup_close_ int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	size_t got = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t n = read(fd, text + got, size - 1 - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		got += (size_t)n;
		if (n == 0 || got == size - 1)
			break;
	}
	text[got] = '\0';
	return 0;
}

int walk_learn_read(const struct hierarchy *hierarchy, uint64_t inode, uint64_t *pgfault,
		    uint64_t *pgmajfault)
{
	const char *keys[] = {hierarchy->version == 2 ? "pgfault" : "total_pgfault",
			      hierarchy->version == 2 ? "pgmajfault" : "total_pgmajfault"};
	uint64_t *into[] = {pgfault, pgmajfault};
	_cleanup_close_ int dir = open_by_inode(hierarchy, inode);
	struct format_cursor cursor;
	struct format_item item;
	char text[16384];
	size_t found = 0;
	int r;

	if (dir < 0)
		return dir;
	r = read_file(dir, "memory.stat", text, sizeof(text));
	if (r < 0)
		return r;
	format_begin(&cursor, FILE_FLAT, slice_of(text));
	while (format_next(&cursor, &item))
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			found += slice_is(item.key, keys[i]) && parse_u64(item.value, into[i]) == 0;
	return found == ARRAY_SIZE(keys) ? 0 : -ENODATA;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "log_files.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "log.json"
/* A rotation takes microseconds: whoever sees a change that often sees something else. */
#define TRIES 1000

struct numbered {
	uint32_t number;
	dev_t dev;
	ino_t ino;
};

static void file_name(char name[32], uint32_t number)
{
	if (number)
		snprintf(name, 32, FILE_NAME ".%u", number);
	else
		snprintf(name, 32, FILE_NAME);
}

/* The number that a name has, or -1. */
static int64_t number_of(const char *name)
{
	const size_t len = strlen(FILE_NAME);
	uint64_t n;

	if (strncmp(name, FILE_NAME, len) != 0)
		return -1;
	if (!name[len])
		return 0;
	if (name[len] != '.' || parse_u64(slice_of(name + len + 1), &n) < 0 || n == 0 || n > UINT32_MAX - 2)
		return -1;
	return (int64_t)n;
}

/* The highest number; one more, since a rotation may be under way. -errno */
static int64_t highest(int folder)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int64_t high = 0;
	int r = fs_open_list(folder, ".", &dir);

	if (r < 0)
		return r;
	while ((entry = fs_next(dir))) {
		int64_t n = number_of(entry->d_name);

		if (n > high)
			high = n;
	}
	return high + 1;
}

static bool look(int folder, uint32_t number, struct numbered *out)
{
	char name[32];
	struct stat st;

	file_name(name, number);
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	*out = (struct numbered){number, st.st_dev, st.st_ino};
	return true;
}

static bool is_same(const struct numbered *a, const struct stat *st)
{
	return a->ino == st->st_ino && a->dev == st->st_dev;
}

static int open_number(int folder, uint32_t number)
{
	char name[32];
	int fd;

	file_name(name, number);
	fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

/* Which number has the open file? Numbers only grow, so a look from below can't miss it. False: none, for
 * sure only where it has no link any more. */
static bool find(int folder, const struct stat *st, int64_t high, uint32_t *number)
{
	for (int64_t i = 0; i <= high; i++) {
		struct numbered at;

		if (look(folder, (uint32_t)i, &at) && is_same(&at, st)) {
			*number = (uint32_t)i;
			return true;
		}
	}
	return false;
}

/* The first file that is there from `from` on towards `to`. */
static bool first_between(int folder, int64_t from, int64_t to, struct numbered *out)
{
	int64_t step = from <= to ? 1 : -1;

	for (int64_t i = from; i != to + step; i += step)
		if (look(folder, (uint32_t)i, out))
			return true;
	return false;
}

/*
 * Opens the first file from `from` towards `to`, and looks again: where the same one is still the first, and
 * the file that it is next to (st; NULL = none) still has its number, nothing was in between. -EAGAIN where
 * something moved.
 */
static int open_first(int folder, int64_t from, int64_t to, const struct stat *st, uint32_t own)
{
	_cleanup_close_ int fd = -1;
	struct numbered found;
	struct numbered again;
	struct stat opened;
	bool any = first_between(folder, from, to, &found);

	if (any) {
		fd = open_number(folder, found.number);
		if (fd == -ENOENT)
			return -EAGAIN;
		if (fd < 0)
			return fd;
		if (fstat(fd, &opened) < 0)
			return -errno;
		if (!is_same(&found, &opened))
			return -EAGAIN;
	}
	if (first_between(folder, from, to, &again) != any)
		return -EAGAIN;
	if (any && (again.number != found.number || !is_same(&again, &opened)))
		return -EAGAIN;
	if (st && (!look(folder, own, &again) || !is_same(&again, st)))
		return -EAGAIN;
	return any ? TAKE_FD(fd) : -ENOENT;
}

static int open_next(int folder, int fd, bool newer)
{
	struct stat st;
	int64_t high = highest(folder);
	uint32_t own;

	if (high < 0)
		return (int)high;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!find(folder, &st, high, &own)) {
		/* it still has a name: it moved beyond what readdir(3) said */
		if (st.st_nlink)
			return -EAGAIN;
		return newer ? open_first(folder, high, 0, NULL, 0) : -ENOENT;
	}
	if (newer)
		return own == 0 ? -ENOENT : open_first(folder, (int64_t)own - 1, 0, &st, own);
	return open_first(folder, (int64_t)own + 1, high > own ? high : (int64_t)own + 1, &st, own);
}

static int open_next_surely(int folder, int fd, bool newer)
{
	int r = -EAGAIN;

	for (int tries = 0; r == -EAGAIN && tries < TRIES; tries++)
		r = open_next(folder, fd, newer);
	return r;
}

int log_open_newer(int folder, int fd)
{
	return open_next_surely(folder, fd, true);
}

int log_open_older(int folder, int fd)
{
	return open_next_surely(folder, fd, false);
}

int log_open_oldest(int folder)
{
	int r = -EAGAIN;

	for (int tries = 0; r == -EAGAIN && tries < TRIES; tries++) {
		int64_t high = highest(folder);

		r = high < 0 ? (int)high : open_first(folder, high, 0, NULL, 0);
	}
	return r;
}

int log_open_newest(int folder)
{
	int r = -EAGAIN;

	for (int tries = 0; r == -EAGAIN && tries < TRIES; tries++) {
		int64_t high = highest(folder);

		r = high < 0 ? (int)high : open_first(folder, 0, high, NULL, 0);
	}
	return r;
}

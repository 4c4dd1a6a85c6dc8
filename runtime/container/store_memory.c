/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The half of the store that is kept in memory. The link "memory" in the store says where it is, so that all
 * who open the store find it, whatever their environment, and the collector too (meta_plimsoll.c).
 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define LINK "memory"
#define PATH_SIZE 512

static bool is_memory(const struct statfs *fs)
{
	return fs->f_type == TMPFS_MAGIC || fs->f_type == RAMFS_MAGIC;
}

/* Where it would be made; false where nothing says it. A store of the user's choice stays in one place. */
static bool wanted_path(char *out, size_t cap)
{
	const char *given = getenv("PLIMSOLL_RUN");
	const char *root = getenv("PLIMSOLL_ROOT");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int n = -1;

	if (given && given[0] == '/')
		n = snprintf(out, cap, "%s", given);
	else if (root && root[0])
		return false;
	else if (geteuid() == 0)
		n = snprintf(out, cap, "/run/plimsoll");
	else if (runtime && runtime[0] == '/')
		n = snprintf(out, cap, "%s/plimsoll", runtime);
	return n > 0 && (size_t)n < cap;
}

/* Only our own folder, which nobody else may write to. On a disk it would be of no use. */
static int open_folder(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return -errno;
	if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	return is_memory(&fs) ? TAKE_FD(fd) : -ENOTSUP;
}

/* 0 with the link's text, or -errno. */
static int read_link(const struct store *store, char path[PATH_SIZE])
{
	ssize_t n = fs_read_link(store->fd, LINK, path, PATH_SIZE);

	return n < 0 ? (int)n : path[0] == '/' ? 0 : -EINVAL;
}

int store_memory_look(const struct store *store)
{
	char path[PATH_SIZE];
	int r = read_link(store, path);

	return r < 0 ? r : open_folder(path);
}

static int take(struct store *store, const char *path, int fd)
{
	store->memory_path = strdup(path);
	if (!store->memory_path) {
		close(fd);
		return -ENOMEM;
	}
	store->memory_fd = fd;
	return 0;
}

int store_memory_open(struct store *store)
{
	char path[PATH_SIZE];
	int r = read_link(store, path);

	if (r == 0)
		r = open_folder(path);
	return r < 0 ? r : take(store, path, r);
}

static int make_folder(const char *path)
{
	char parent[PATH_SIZE];
	_cleanup_close_ int fd = -1;
	struct statfs fs;

	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(path, '/') - path), path);
	if (statfs(parent[0] ? parent : "/", &fs) < 0)
		return -errno;
	if (!is_memory(&fs))
		return -ENOTSUP;
	/* 0711 as the store itself */
	if (mkdir(path, 0711) < 0 && errno != EEXIST)
		return -errno;
	fd = open_folder(path);
	if (fd < 0)
		return fd;
	return mkdirat(fd, CONTAINERS_FOLDER, 0711) < 0 && errno != EEXIST ? -errno : TAKE_FD(fd);
}

/* One that leads elsewhere stays while there is something: containers may live there. */
static int set_link(const struct store *store, const char *path)
{
	char old[PATH_SIZE];
	int r = read_link(store, old);

	if (r == 0 && strcmp(old, path) == 0)
		return 0;
	if (r != -ENOENT && (r < 0 || faccessat(AT_FDCWD, old, F_OK, AT_SYMLINK_NOFOLLOW) == 0))
		return -EEXIST;
	(void)unlinkat(store->fd, "." LINK, 0);
	if (symlinkat(path, store->fd, "." LINK) < 0 || renameat(store->fd, "." LINK, store->fd, LINK) < 0)
		return -errno;
	return 0;
}

/* At the first use since the boot. Under the lock of names: whoever looks for the owner of one looks here. */
static int make(struct store *store)
{
	_cleanup_close_ int lock = store_lock(store, "lock.names", LOCK_EX, SHORT_LOCK_MS, NULL);
	char path[PATH_SIZE];
	int fd;
	int r;

	if (lock < 0)
		return lock;
	r = store_memory_open(store);
	if (r == 0 || !wanted_path(path, sizeof(path)))
		return r;
	fd = make_folder(path);
	if (fd < 0)
		return fd;
	r = set_link(store, path);
	if (r < 0) {
		close(fd);
		return r;
	}
	return take(store, path, fd);
}

enum store_half store_choose(struct store *store)
{
	if (store->memory_fd < 0 && make(store) < 0)
		return STORE_DISK;
	return faccessat(store->memory_fd, CONTAINERS_FOLDER, W_OK | X_OK, AT_EACCESS) == 0 ? STORE_MEMORY
											    : STORE_DISK;
}

const char *store_half_path(const struct store *store, enum store_half half)
{
	return half == STORE_MEMORY ? store->memory_path : store->path;
}

int store_half_fd(const struct store *store, enum store_half half)
{
	return half == STORE_MEMORY ? store->memory_fd : store->fd;
}

bool store_holds(const struct store *store, const char *path, enum store_half *half)
{
	struct stat st;

	for (int i = 0; i < STORE_HALVES; i++) {
		int fd = store_half_fd(store, (enum store_half)i);

		if (fd < 0 || fstatat(fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (half)
			*half = (enum store_half)i;
		return true;
	}
	return false;
}

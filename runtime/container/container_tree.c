/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "container_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Beneath the folder, through no link and across no mount, not even a bind mount of the same device. */
static int open_beneath(int dirfd, const char *name, int flags)
{
	struct open_how how = {.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS};
	long fd = syscall(SYS_openat2, dirfd, name, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

/* chattr +i and +a, which forbid removal even to root. */
static void clear_flags(int fd)
{
	int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 || !(flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)))
		return;
	flags &= ~(FS_IMMUTABLE_FL | FS_APPEND_FL);
	(void)ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* A folder of mode 0 can't be opened, and chmod(2) by name would follow a link: by way of O_PATH. */
static void make_writable(const struct tree *tree, int dirfd, const char *name)
{
	_cleanup_close_ int fd = open_beneath(dirfd, name, O_PATH | O_DIRECTORY);
	char path[40];

	if (fd < 0)
		return;
	snprintf(path, sizeof(path), "self/fd/%d", fd);
	(void)fchmodat(tree->procfs, path, 0700, 0);
}

/* Takes away what may keep an entry from being removed or moved. Failures show when that is tried again. */
static void soften(const struct tree *tree, int dirfd, const char *name)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	clear_flags(dirfd);
	(void)fchmod(dirfd, 0700);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	/* nothing else is opened: a device's or a FIFO's driver would see it */
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return;
	if (S_ISDIR(st.st_mode))
		make_writable(tree, dirfd, name);
	fd = open_beneath(dirfd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0)
		clear_flags(fd);
}

/* 0, -ENOTEMPTY for a folder that is not empty, or -errno. */
static int unlink_entry(int dirfd, const char *name)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -errno;
	if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == EEXIST ? -ENOTEMPTY : -errno;
}

static bool is_refusal(int r)
{
	return r == -EPERM || r == -EACCES;
}

static int unlink_softly(const struct tree *tree, int dirfd, const char *name)
{
	int r = unlink_entry(dirfd, name);

	if (!is_refusal(r))
		return r;
	soften(tree, dirfd, name);
	return unlink_entry(dirfd, name);
}

static int move_to_top(struct tree *tree, int dirfd, const char *name)
{
	for (;;) {
		char place[16];

		snprintf(place, sizeof(place), "~%u", tree->moved++);
		if (renameat(dirfd, name, tree->top, place) == 0)
			return 0;
		/* an entry of that name: of a removal that was killed, or the container's own */
		if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOTDIR)
			return -errno;
	}
}

static int move_softly(struct tree *tree, int dirfd, const char *name)
{
	int r = move_to_top(tree, dirfd, name);

	if (!is_refusal(r))
		return r;
	soften(tree, dirfd, name);
	return move_to_top(tree, dirfd, name);
}

static int failed(const struct tree *tree, const char *name, int r, struct error *err)
{
	if (r == -EBUSY || r == -EXDEV)
		return error_set(err, -EBUSY, "unmount it (umount), then try again",
				 "something is mounted on '%s' below '%s'", name, tree->path);
	return error_errno(err, r, "", "cannot remove '%s' below '%s'", name, tree->path);
}

typedef int (*entry_action)(struct tree *tree, int dirfd, const char *name);

/*
 * Does it to each entry, in as many passes as it takes: readdir(3) may leave out entries of a folder that
 * changes beneath it, and one folder's turn adds others. Ends when nothing is left, or nothing moved on.
 */
static int each_entry(struct tree *tree, int dirfd, entry_action action, struct error *err)
{
	for (;;) {
		_cleanup_closedir_ DIR *dir = NULL;
		const struct dirent *entry;
		size_t done = 0;
		int result = fs_open_list(dirfd, ".", &dir);

		if (result < 0)
			return failed(tree, ".", result, err);
		while ((entry = fs_next(dir))) {
			int r = action(tree, dirfd, entry->d_name);

			if (r == 0)
				done++;
			else if (result == 0)
				result = failed(tree, entry->d_name, r, err);
		}
		if (done == 0)
			return result;
	}
}

static int remove_inner(struct tree *tree, int dirfd, const char *name)
{
	int r = unlink_softly(tree, dirfd, name);

	return r == -ENOTEMPTY ? move_softly(tree, dirfd, name) : r;
}

static int remove_outer(struct tree *tree, int dirfd, const char *name)
{
	_cleanup_close_ int fd = -1;
	int r = unlink_softly(tree, dirfd, name);

	if (r != -ENOTEMPTY)
		return r;
	fd = open_beneath(dirfd, name, O_RDONLY | O_DIRECTORY);
	if (fd == -EACCES) {
		make_writable(tree, dirfd, name);
		fd = open_beneath(dirfd, name, O_RDONLY | O_DIRECTORY);
	}
	if (fd < 0)
		return fd;
	r = each_entry(tree, fd, remove_inner, NULL);
	return r < 0 ? r : unlink_softly(tree, dirfd, name);
}

int tree_empty(struct tree *tree, struct error *err)
{
	return each_entry(tree, tree->top, remove_outer, err);
}

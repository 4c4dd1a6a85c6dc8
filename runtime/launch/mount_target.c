/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A path inside of the container's root is the container's own word: its links may lead anywhere and may be
 * changed by another container that shares the folder. So the kernel resolves it as a whole within the root,
 * the descriptor that it gives is what is used, and nothing is looked up again by name.
 */
#include "mount.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINKS_MAX 16
#define RACES_MAX 64 /* openat2 gives EAGAIN where a rename happens meanwhile */

static int open_how(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve};
	long fd = -1;

	for (int i = 0; i < RACES_MAX; i++) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd >= 0 || errno != EAGAIN)
			break;
	}
	return fd < 0 ? -errno : (int)fd;
}

int target_open(int root, const char *path, uint64_t flags)
{
	return open_how(root, path, O_PATH, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | flags);
}

/* One more name in a folder that is open: what is made is opened without following anything. */
static int make_in(int dir, const char *name, bool folder)
{
	int r = folder ? mkdirat(dir, name, 0755) : mknodat(dir, name, S_IFREG | 0644, 0);

	if (r < 0 && errno != EEXIST)
		return -errno;
	return open_how(dir, name, O_PATH | O_NOFOLLOW | (folder ? O_DIRECTORY : 0),
			RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

/*
 * The path with the dangling link at its part [start, end) replaced by where it leads. Docker makes what such
 * a link names, inside of the root.
 */
static int follow(int dir, const char *path, size_t start, size_t end, char *restrict out)
{
	char name[NAME_MAX + 1];
	char link[PATH_MAX];
	ssize_t n;
	int len;

	if (end - start > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, path + start, end - start);
	name[end - start] = '\0';
	n = fs_read_link(dir, name, link, sizeof(link));
	if (n < 0)
		return (int)n;
	len = snprintf(out, PATH_MAX, "%.*s%s%s", link[0] == '/' ? 0 : (int)start, path, link, path + end);
	return len < 0 || len >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static size_t part_end(const char *path, size_t at)
{
	return at + strcspn(path + at, "/");
}

/* The part [start, end) below *dir, made where it is missing. 1: *dir is it now; 0: a link is in the way. */
static int step_into(int root, const char *path, size_t start, size_t end, bool folder, int *dir)
{
	char prefix[PATH_MAX];
	int next;

	if (end >= sizeof(prefix))
		return -ENAMETOOLONG;
	memcpy(prefix, path, end);
	prefix[end] = '\0';
	next = target_open(root, prefix, 0);
	if (next == -ENOENT) {
		next = make_in(*dir, prefix + start, folder);
		if (next == -ELOOP || next == -ENOTDIR)
			return 0;
	}
	if (next < 0)
		return next;
	close(*dir);
	*dir = next;
	return 1;
}

static int make_once(int root, const char *path, bool folder, char *other)
{
	_cleanup_close_ int dir = fcntl(root, F_DUPFD_CLOEXEC, 3);

	if (dir < 0)
		return -errno;
	for (size_t at = strspn(path, "/"); path[at];) {
		size_t end = part_end(path, at);
		size_t next = end + strspn(path + end, "/");
		int r = step_into(root, path, at, end, folder || path[next], &dir);

		if (r < 0)
			return r;
		if (r == 0) {
			r = follow(dir, path, at, end, other);
			return r < 0 ? r : -EAGAIN;
		}
		at = next;
	}
	return TAKE_FD(dir);
}

/* Only the last part is missing, as below a /dev that was made just now. -EAGAIN: it takes a closer look. */
static int make_last(int root, const char *path, bool folder)
{
	_cleanup_close_ int dir = -1;
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];
	int fd;

	if (!slash || slash == path || !slash[1] || strcmp(slash, "/.") == 0 || strcmp(slash, "/..") == 0)
		return -EAGAIN;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	dir = target_open(root, parent, 0);
	fd = dir < 0 ? dir : make_in(dir, slash + 1, folder);
	return fd == -ENOENT || fd == -ELOOP || fd == -ENOTDIR ? -EAGAIN : fd;
}

int target_make(int root, const char *path, bool folder)
{
	char now[PATH_MAX];
	char next[PATH_MAX];
	int r;

	if (strlen(path) >= PATH_MAX)
		return -ENAMETOOLONG;
	r = make_last(root, path, folder);
	if (r != -EAGAIN)
		return r;
	memcpy(now, path, strlen(path) + 1);
	for (int i = 0; i < LINKS_MAX; i++) {
		r = make_once(root, now, folder, next);
		if (r != -EAGAIN)
			return r;
		memcpy(now, next, sizeof(now));
	}
	return -ELOOP;
}

int target_parent(int root, const char *path, const char **name)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	int fd;

	*name = slash ? slash + 1 : path;
	if (len >= sizeof(parent))
		return -ENAMETOOLONG;
	if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0)
		return -EINVAL;
	memcpy(parent, path, len);
	parent[len] = '\0';
	fd = target_open(root, len ? parent : "/", 0);
	return fd == -ENOENT ? target_make(root, parent, true) : fd;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"
#include "group_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first folder in dir: 1 with its name, 0 where there is none, or -errno. */
static int first_folder(int dir, char name[256])
{
	_cleanup_closedir_ DIR *list = NULL;
	const struct dirent *entry;
	int r;

	if (!group_has_folders(dir))
		return 0;
	r = fs_open_list(dir, ".", &list);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((entry = fs_next(list))) {
		if (!group_is_folder(dir, entry))
			continue;
		snprintf(name, 256, "%s", entry->d_name);
		return 1;
	}
	return 0;
}

/* Cuts the last name off "/a/b" into name. */
static void take_last(struct str *names, char name[256])
{
	char *slash = strrchr(names->data, '/');

	snprintf(name, 256, "%s", slash + 1);
	names->len = (size_t)(slash - names->data);
	*slash = '\0';
}

/*
 * Removes the folders below top, the deepest first. It walks down and up with one descriptor, since the path
 * of what a container nested can be longer than any path may be.
 */
static int remove_below(int top)
{
	_cleanup_close_ int at = fs_open_dir(top, ".");
	_cleanup_str_ struct str names = {0};
	char name[256];
	int r = at < 0 ? at : 0;

	while (r == 0) {
		int next;
		int more = first_folder(at, name);

		if (more < 0)
			return more;
		if (more == 0 && names.len == 0)
			return 0;
		next = fs_open_dir(at, more ? name : "..");
		if (next < 0)
			return next;
		close(at);
		at = next;
		if (more) {
			str_printf(&names, "/%s", name);
			if (names.failed)
				return -ENOMEM;
			continue;
		}
		take_last(&names, name);
		if (unlinkat(at, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
			r = -errno;
	}
	return r;
}

/* Is the folder at the path still ours? Another may have been made in its place. */
static bool is_ours(int root, const char *rel, int fd)
{
	struct stat there;
	struct stat own;

	return fstatat(root, rel, &there, AT_SYMLINK_NOFOLLOW) == 0 && fstat(fd, &own) == 0 &&
	       there.st_ino == own.st_ino && there.st_dev == own.st_dev;
}

static int remove_one(const struct cgroup_group *g, size_t i)
{
	int root = g->layout->hierarchies[i].fd;
	const char *rel = g->path + 1;
	int r;

	if (!is_ours(root, rel, g->fds[i]))
		return 0;
	if (unlinkat(root, rel, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -errno;
	r = remove_below(g->fds[i]);
	if (r < 0)
		return r == -ENOTEMPTY ? -EBUSY : r;
	if (unlinkat(root, rel, AT_REMOVEDIR) == 0 || errno == ENOENT)
		return 0;
	return errno == ENOTEMPTY ? -EBUSY : -errno;
}

/* Tries each that is left; those that went leave *left. The first failure. */
static int remove_left(const struct cgroup_group *g, uint32_t *left, size_t *failed)
{
	int first = 0;

	for (size_t i = 0; i < g->layout->n_hierarchies; i++) {
		int r;

		if (!(*left >> i & 1))
			continue;
		r = remove_one(g, i);
		if (r == 0)
			*left &= ~(UINT32_C(1) << i);
		if (r < 0 && first == 0) {
			first = r;
			*failed = i;
		}
	}
	return first;
}

int cgroup_group_remove(const struct cgroup_group *group, int timeout_ms, struct error *err)
{
	uint64_t deadline = group_deadline(timeout_ms);
	uint32_t left = group->hierarchies;
	unsigned round = 0;
	size_t failed = 0;
	char where[512];
	int r;

	do {
		r = remove_left(group, &left, &failed);
	} while (r == -EBUSY && group_pause(&round, deadline));
	if (r == 0)
		return 0;
	group_where(group, failed, where, sizeof(where));
	if (r == -EBUSY)
		return error_set(err, r, "end them first ('plimsoll kill'), and thaw it where it is paused",
				 "cannot remove the cgroup '%s': it has processes still", where);
	return error_errno(err, r, r == -EPERM || r == -EACCES ? "run as the user it belongs to" : "",
			   "cannot remove the cgroup '%s'", where);
}

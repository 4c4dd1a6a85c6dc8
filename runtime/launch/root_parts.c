/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host itself as the root in a user namespace. Nothing may be shown there that lies hidden below a mount,
 * so the kernel takes no layer with a mount in it (clone_private_mount() in fs/namespace.c). Hence a root of
 * one's own: a folder without mounts below it is an overlay, one with mounts is made anew and gone through,
 * and files in such a one are bound read-only.
 */
#include "launch_apply.h"
#include "mount.h"
#include "root_host.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "cgroup/mountinfo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OVERLAYS_MAX 200 /* a start has to end */
#define DEPTH_MAX 16

struct point {
	char *path;
	bool left_out;
};

struct parts {
	struct launching *l;
	int mounts; /* for the writable layers */
	struct point *points;
	size_t n, n_overlays;
};

static void free_points(struct parts *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->points[i].path);
	free(p->points);
}

static int read_points(struct parts *p, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest = {0};
	struct slice line;
	int r = root_host_read_mounts(p->l, &text, &rest, err);

	while (r == 0 && next_line(&rest, &line)) {
		struct point *grown = reallocarray(p->points, p->n + 1, sizeof(*grown));
		struct mount_line m;

		if (grown)
			p->points = grown;
		if (!mountinfo_line(line, &m))
			continue;
		if (grown)
			grown[p->n].path = mountinfo_decode(m.point);
		if (!grown || !grown[p->n].path)
			return error_errno(err, -ENOMEM, "", "cannot read the host's mounts");
		grown[p->n].left_out = root_host_leaves_out(grown[p->n].path, m.type);
		p->n++;
	}
	return r;
}

/* By its place, or as the mount that shows there: the last of that place. */
static bool is_left_out(const struct parts *p, const char *path)
{
	for (size_t i = p->n; i-- > 0;)
		if (strcmp(p->points[i].path, path) == 0)
			return p->points[i].left_out;
	return root_host_leaves_out(path, (struct slice){0});
}

static bool has_mounts_below(const struct parts *p, const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < p->n; i++)
		if (strncmp(p->points[i].path, path, len) == 0 && p->points[i].path[len] == '/')
			return true;
	return false;
}

/* Where overlayfs can't be, or too many were made: as it is, with what is mounted below, read-only. */
static int show_readonly(const char *path)
{
	int fd = mount_clone(AT_FDCWD, path, true);
	int r = fd < 0 ? fd : mount_readonly(fd, true);

	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

static int show_overlay(struct parts *p, const char *path)
{
	_cleanup_close_ int lower = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (lower < 0)
		return -errno;
	if (p->n_overlays == OVERLAYS_MAX)
		return -E2BIG;
	p->n_overlays++;
	return root_host_overlay(p->l, p->mounts, path, lower);
}

/* What can't be shown is left out: it is the user's own view of the host, and not all of it is theirs to see.
 */
static void attach(const struct parts *p, const char *path, int mount)
{
	_cleanup_close_ int target = target_open(p->l->root, path, RESOLVE_NO_SYMLINKS);

	if (target >= 0 && mount >= 0)
		(void)mount_attach(mount, target);
}

static void show_folder(struct parts *p, const char *path)
{
	_cleanup_close_ int mount = show_overlay(p, path);

	if (mount < 0)
		mount = show_readonly(path);
	attach(p, path, mount);
}

static void show_file(struct parts *p, const char *path)
{
	_cleanup_close_ int mount = show_readonly(path);

	attach(p, path, mount);
}

static int copy_link(int from, const char *name, int to)
{
	char link[PATH_MAX];
	ssize_t n = fs_read_link(from, name, link, sizeof(link));

	if (n < 0)
		return (int)n;
	return symlinkat(link, to, name) < 0 ? -errno : 0;
}

static int go_through(struct parts *p, const char *path, int depth);

/* What was made at an earlier start is there already; what the container put in its place stays. */
static int show_entry(struct parts *p, int from, const char *folder, const char *name, int depth)
{
	_cleanup_close_ int to = target_open(p->l->root, *folder ? folder : "/", RESOLVE_NO_SYMLINKS);
	char path[PATH_MAX];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	int r = 0;

	if (n < 0 || (size_t)n >= sizeof(path) || to < 0 || fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (S_ISLNK(st.st_mode))
		r = copy_link(from, name, to);
	else if (S_ISDIR(st.st_mode))
		r = mkdirat(to, name, st.st_mode & 07777) < 0 ? -errno : 0;
	else if (S_ISREG(st.st_mode))
		r = mknodat(to, name, S_IFREG | 0644, 0) < 0 ? -errno : 0;
	if (r == -ENOSPC || r == -EDQUOT)
		return r;
	if (S_ISREG(st.st_mode))
		show_file(p, path);
	if (!S_ISDIR(st.st_mode) || is_left_out(p, path))
		return 0;
	if (has_mounts_below(p, path))
		return go_through(p, path, depth + 1);
	show_folder(p, path);
	return 0;
}

static int go_through(struct parts *p, const char *path, int depth)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = depth < DEPTH_MAX ? fs_open_list(AT_FDCWD, *path ? path : "/", &dir) : -ELOOP;

	if (r < 0) { /* what the user may not list */
		_cleanup_close_ int mount = show_readonly(path);

		attach(p, path, mount);
		return 0;
	}
	while (r == 0 && (entry = fs_next(dir)))
		r = show_entry(p, dirfd(dir), path, entry->d_name, depth);
	return r;
}

int root_parts(struct launching *l, struct error *err)
{
	_cleanup_close_ int mounts = root_host_open_mounts(l, err);
	struct parts p = {.l = l, .mounts = mounts};
	int r = mounts < 0 ? mounts : read_points(&p, err);

	if (r == 0) {
		r = go_through(&p, "", 0);
		if (r < 0)
			error_errno(err, r, "", "cannot put the host's folders together");
	}
	free_points(&p);
	return r;
}

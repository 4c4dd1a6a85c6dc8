/* SPDX-License-Identifier: Apache-2.0 */
#include "leaf.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "cgroup/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEAF "supervisor"
#define CGROUP_FILE_MAX 65536

DEFINE_CLEANUP(struct cgroup_layout *, cgroup_layout_close)

static bool cut(struct slice *rest, struct slice *field)
{
	const char *colon = memchr(rest->at, ':', rest->len);

	if (!colon)
		return false;
	*field = (struct slice){rest->at, (size_t)(colon - rest->at)};
	rest->len -= field->len + 1;
	rest->at = colon + 1;
	return true;
}

bool leaf_line(struct slice line, const char *options, const char *unit, struct slice *path)
{
	const size_t len = strlen(unit);
	struct slice number;
	struct slice controllers;

	if (!cut(&line, &number) || !cut(&line, &controllers))
		return false;
	if (options ? !slice_is(controllers, options) : !(slice_is(number, "0") && controllers.len == 0))
		return false;
	if (line.len <= len || line.at[0] != '/' || line.at[line.len - len - 1] != '/' ||
	    memcmp(line.at + line.len - len, unit, len) != 0)
		return false;
	*path = line;
	return true;
}

static int write_pid(int dir, pid_t pid)
{
	_cleanup_close_ int fd = openat(dir, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	char text[24];
	int n = snprintf(text, sizeof(text), "%d", pid);

	if (fd < 0)
		return -errno;
	return write(fd, text, (size_t)n) == n ? 0 : -errno;
}

static int enter(const struct hierarchy *h, struct slice path, pid_t pid, struct error *err)
{
	char leaf[4096];
	_cleanup_close_ int dir = -1;
	int r;

	if (strcmp(h->root, "/") != 0)
		return error_set(err, -EOPNOTSUPP, "run plimsoll where the whole hierarchy is mounted",
				 "'%s' shows a part of the cgroups only: '%s'", h->mount_point, h->root);
	if (snprintf(leaf, sizeof(leaf), "%.*s/" LEAF, (int)path.len - 1, path.at + 1) >= (int)sizeof(leaf))
		return error_set(err, -ENAMETOOLONG, "", "the scope's cgroup has too long a path");
	if (mkdirat(h->fd, leaf, 0755) < 0 && errno != EEXIST)
		return error_errno(err, -errno, "", "cannot make the cgroup '%s/%s'", h->mount_point, leaf);
	dir = openat(h->fd, leaf, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	r = dir < 0 ? -errno : write_pid(dir, pid);
	return r < 0 ? error_errno(err, r, "", "cannot move the supervisor into '%s/%s'", h->mount_point,
				   leaf)
		     : 0;
}

static bool find(struct slice text, const char *options, const char *unit, struct slice *path)
{
	struct slice line;

	while (next_line(&text, &line))
		if (leaf_line(line, options, unit, path))
			return true;
	return false;
}

int leaf_enter(pid_t pid, const char *unit, char *path, size_t cap, struct error *err)
{
	const struct cgroup_roots roots = {"/proc", "/sys", "/"};
	_cleanup_(cgroup_layout_closep) struct cgroup_layout *layout = NULL;
	_cleanup_free_ char *text = NULL;
	struct slice found = {0};
	char file[64];
	size_t len;
	int r;

	snprintf(file, sizeof(file), "/proc/%d/cgroup", pid);
	r = fs_read_file(AT_FDCWD, file, CGROUP_FILE_MAX, &text, &len);
	if (r < 0)
		return error_errno(err, r, "", "cannot read '%s'", file);
	r = cgroup_layout_open(&roots, &layout, err);
	for (size_t i = 0; r == 0 && i < layout->n_hierarchies; i++) {
		const struct hierarchy *h = &layout->hierarchies[i];
		struct slice here;

		if (!find((struct slice){text, len}, h->version == 2 ? NULL : h->options, unit, &here))
			continue;
		r = enter(h, here, pid, err);
		if (!found.at)
			found = here;
	}
	if (r < 0)
		return r;
	if (!found.at)
		return error_set(err, -ENOENT, "", "systemd started '%s' but did not move process %d into it",
				 unit, pid);
	if (snprintf(path, cap, "%.*s/container", (int)found.len, found.at) >= (int)cap)
		return error_set(err, -ENAMETOOLONG, "", "the scope's cgroup has too long a path");
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers that belong to root, in a user namespace: the parent, who may, makes copies of their mounts that
 * show the ids as the namespace maps them (mount_setattr(2), MOUNT_ATTR_IDMAP; overlayfs takes them from
 * Linux 5.19).
 */
#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>

static int idmapped(const char *path, int user_ns, struct error *err)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP,
				  .propagation = (uint64_t)MS_PRIVATE,
				  .userns_fd = (unsigned)user_ns};
	int fd = mount_clone(AT_FDCWD, path, false);

	if (fd < 0)
		return error_errno(err, fd, "", "cannot open '%s'", path);
	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0) {
		int r = -errno;

		close(fd);
		return error_errno(err, r,
				   "use a file system that has idmapped mounts (ext4, xfs, btrfs; tmpfs from "
				   "Linux 6.3), or a root that already belongs to the mapped ids",
				   "cannot map the ids of '%s'", path);
	}
	return fd;
}

int root_idmap_layers(struct launching *l, int *fds, size_t *n_fds, struct error *err)
{
	const struct spec_root *root = &l->plan->spec->root;
	_cleanup_close_ int user_ns = -1;
	char path[64];

	if (root->layers.n + 1 > LAUNCH_FDS_MAX)
		return error_set(err, -E2BIG, "", "%zu layers are too many", root->layers.n);
	snprintf(path, sizeof(path), "%d/ns/user", (int)l->pid);
	user_ns = openat(l->procfs, path, O_RDONLY | O_CLOEXEC);
	if (user_ns < 0)
		return error_errno(err, -errno, "", "cannot open the container's user namespace");
	for (size_t i = 0; i <= root->layers.n; i++) {
		bool last = i == root->layers.n;
		int fd;

		if (last && root->kind != SPEC_ROOT_OVERLAY_KEPT)
			break;
		fd = idmapped(last ? l->plan->folder : root->layers.at[i], user_ns, err);
		if (fd < 0)
			return fd;
		fds[(*n_fds)++] = fd;
	}
	return 0;
}

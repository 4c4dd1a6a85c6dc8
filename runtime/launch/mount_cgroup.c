/* SPDX-License-Identifier: Apache-2.0 */
/* /sys/fs/cgroup as Docker shows it: the v2 tree, or a folder for each hierarchy that the container has a
 * cgroup in. */
#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"
#include "base/parse.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

/* "cpu,cpuacct", "name=systemd" */
static int set_controllers(int context, const struct hierarchy *h)
{
	struct slice rest = slice_of(h->options);
	struct slice word;
	char text[64];
	int r = 0;

	while (r == 0 && next_word(&rest, ",", &word)) {
		if (word.len >= sizeof(text))
			return -EINVAL;
		memcpy(text, word.at, word.len);
		text[word.len] = '\0';
		if (strncmp(text, "name=", 5) != 0) {
			r = mount_set(context, text, NULL);
			continue;
		}
		r = mount_set(context, "none", NULL);
		if (r == 0)
			r = mount_set(context, "name", text + 5);
	}
	return r;
}

static int open_hierarchy(const struct hierarchy *h, uint64_t attributes, struct error *err)
{
	_cleanup_close_ int context = mount_context(h->version == 2 ? "cgroup2" : "cgroup", err);
	int r;

	if (context < 0)
		return context;
	r = mount_set(context, "source", "cgroup");
	if (r == 0 && h->version == 1)
		r = set_controllers(context, h);
	return r < 0 ? mount_failed(context, r, "cgroups", err)
		     : mount_finish(context, attributes, "cgroups", err);
}

static int open_destination(const struct launching *l, const char *path, struct error *err)
{
	int fd = target_open(l->root, path, 0);

	if (fd == -ENOENT)
		fd = target_make(l->root, path, true);
	return fd < 0 ? error_errno(err, fd, "", "cannot mount at %s", path) : fd;
}

/* By name: the folder is a tmpfs of this mount namespace, where nobody else is yet. */
static int attach_in(int folder, const char *name, int mount)
{
	if (mkdirat(folder, name, 0755) < 0)
		return -errno;
	return move_mount(mount, "", folder, name, MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

static int mount_hybrid(struct launching *l, const struct step_mount *m, int target, struct error *err)
{
	static const char *const data[] = {"mode=755", "size=64k"};
	const char *copy[] = {data[0], data[1]};
	struct mount_options options = {.set = m->options.set & ~(uint64_t)MOUNT_ATTR_RDONLY,
					.data = {copy, 2}};
	_cleanup_close_ int folder = mount_new("tmpfs", "cgroup", &options, err);
	const struct cgroup_layout *layout = l->plan->host->layout;
	int r;

	if (folder < 0)
		return folder;
	r = mount_attach(folder, target);
	if (r < 0)
		return error_errno(err, r, "", "cannot mount at %s", m->destination);
	for (size_t i = 0; l->group && i < layout->n_hierarchies; i++) {
		const struct hierarchy *h = &layout->hierarchies[i];
		const char *slash = strrchr(h->mount_point, '/');
		_cleanup_close_ int mount = -1;

		if (!(l->group->hierarchies >> i & 1))
			continue;
		mount = open_hierarchy(h, m->options.set, err);
		if (mount < 0)
			return mount;
		r = attach_in(folder, slash ? slash + 1 : h->mount_point, mount);
		if (r < 0)
			return error_errno(err, r, "", "cannot mount the cgroups of %s", h->mount_point);
	}
	r = m->options.set & MOUNT_ATTR_RDONLY ? mount_readonly(folder, false) : 0;
	return r < 0 ? error_errno(err, r, "", "cannot mount at %s", m->destination) : 0;
}

int mount_cgroups(struct launching *l, const struct step_mount *m, struct error *err)
{
	const struct cgroup_layout *layout = l->plan->host->layout;
	_cleanup_close_ int target = -1;
	_cleanup_close_ int mount = -1;
	int r;

	if (!layout)
		return 0;
	target = open_destination(l, m->destination, err);
	if (target < 0)
		return target;
	if (layout->mode != CGROUP_V2)
		return mount_hybrid(l, m, target, err);
	mount = open_hierarchy(&layout->hierarchies[0], m->options.set, err);
	if (mount < 0)
		return mount;
	r = mount_attach(mount, target);
	return r < 0 ? error_errno(err, r, "", "cannot mount the cgroups") : 0;
}

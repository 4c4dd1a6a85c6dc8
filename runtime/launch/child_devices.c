/* SPDX-License-Identifier: Apache-2.0 */
#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static mode_t type_of(const struct spec_device *d)
{
	return d->type == 'b' ? S_IFBLK : d->type == 'p' ? S_IFIFO : S_IFCHR;
}

static int make_node(int folder, const char *name, const struct spec_device *d)
{
	dev_t number = d->type == 'p' ? 0 : makedev(d->major, d->minor);
	struct stat st;

	if (mknodat(folder, name, type_of(d) | d->mode, number) < 0) {
		if (errno != EEXIST)
			return -errno;
		/* it may be there already: in a /dev that was bound, or because it is the console */
		if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		return (st.st_mode & S_IFMT) == type_of(d) && (d->type == 'p' || st.st_rdev == number)
			       ? 0
			       : -EEXIST;
	}
	if ((d->uid || d->gid) && fchownat(folder, name, d->uid, d->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return 0;
}

static int bind_node(struct launching *l, const struct step *step)
{
	const struct spec_device *d = step->device;
	int source = l->slots[step->device_slot];
	_cleanup_close_ int target = -1;
	struct stat st;

	if (fstat(source, &st) < 0)
		return -errno;
	if ((st.st_mode & S_IFMT) != type_of(d) ||
	    (d->type != 'p' && st.st_rdev != makedev(d->major, d->minor)))
		return -ENODEV; /* the host's node of that name is another device */
	target = target_make(l->root, d->path, false);
	return target < 0 ? target : mount_attach(source, target);
}

/* Most are in one folder, so what the last one was made in stays open: nothing else happens between two. */
static int open_folder(struct launching *l, const char *path, const char **name)
{
	int fd;

	*name = strrchr(path, '/');
	if (*name && l->device_folder >= 0 && l->device_parent_len == (size_t)(*name - path) &&
	    memcmp(l->device_parent, path, l->device_parent_len) == 0) {
		(*name)++;
		return l->device_folder;
	}
	fd = target_parent(l->root, path, name);
	if (fd < 0)
		return fd;
	cleanup_closep(&l->device_folder);
	l->device_folder = fd;
	l->device_parent = path;
	l->device_parent_len = *name > path ? (size_t)(*name - path) - 1 : 0;
	return fd;
}

int child_device(struct launching *l, const struct step *step, struct error *err)
{
	const struct spec_device *d = step->device;
	const char *name;
	int folder;
	int r;

	if (step->device_slot >= 0) {
		r = bind_node(l, step);
	} else {
		folder = open_folder(l, d->path, &name);
		r = folder < 0 ? folder : make_node(folder, name, d);
	}
	return r < 0 ? error_errno(err, r, "", "cannot make the device %s", d->path) : 0;
}

int child_device_links(struct launching *l, struct error *err)
{
	static const char links[][2][16] = {{"/proc/self/fd", "fd"},	   {"/proc/self/fd/0", "stdin"},
					    {"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"},
					    {"/proc/kcore", "core"},	   {"pts/ptmx", "ptmx"}};
	_cleanup_close_ int dev = target_open(l->root, "/dev", 0);

	if (dev < 0)
		return error_errno(err, dev, "", "cannot open /dev");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i][0], dev, links[i][1]) < 0 && errno != EEXIST)
			return error_errno(err, -errno, "", "cannot make the link /dev/%s", links[i][1]);
	return 0;
}

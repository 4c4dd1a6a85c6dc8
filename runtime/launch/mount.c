/* SPDX-License-Identifier: Apache-2.0 */
#include "mount.h"

#include "base/cleanup.h"
#include "launch_apply.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

int mount_clone(int dirfd, const char *path, bool recursive)
{
	unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
	int fd;

	if (!*path)
		flags |= AT_EMPTY_PATH;
	if (recursive)
		flags |= AT_RECURSIVE;
	fd = open_tree(dirfd, path, flags);
	return fd < 0 ? -errno : fd;
}

int mount_context(const char *type, struct error *err)
{
	int fd = fsopen(type, FSOPEN_CLOEXEC);

	if (fd >= 0)
		return fd;
	return error_errno(err, -errno,
			   errno == ENODEV ? "load its module, or a kernel that has it"
					   : "Linux 5.12 or later is needed",
			   "cannot make a file system of type '%s'", type);
}

int mount_set(int context, const char *key, const char *value)
{
	int r = value ? fsconfig(context, FSCONFIG_SET_STRING, key, value, 0)
		      : fsconfig(context, FSCONFIG_SET_FLAG, key, NULL, 0);

	return r < 0 ? -errno : 0;
}

int mount_failed(int context, int code, const char *what, struct error *err)
{
	char words[256];
	ssize_t n = read(context, words, sizeof(words) - 1);

	if (n <= 2)
		return error_errno(err, code, "", "cannot mount %s", what);
	while (n > 2 && words[n - 1] == '\n')
		n--;
	words[n] = '\0';
	return error_errno(err, code, "", "cannot mount %s (%s)", what, words + 2);
}

int mount_finish(int context, uint64_t attributes, const char *what, struct error *err)
{
	int fd;

	if (fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return mount_failed(context, -errno, what, err);
	fd = fsmount(context, FSMOUNT_CLOEXEC, (unsigned)attributes);
	return fd < 0 ? mount_failed(context, -errno, what, err) : fd;
}

/* "size=64m" or "newinstance". */
static int set_option(int context, const char *option)
{
	const char *equals = strchr(option, '=');
	char key[64];
	size_t len;

	if (!equals)
		return mount_set(context, option, NULL);
	len = (size_t)(equals - option);
	if (len >= sizeof(key))
		return -EINVAL;
	memcpy(key, option, len);
	key[len] = '\0';
	return mount_set(context, key, equals + 1);
}

int mount_new(const char *type, const char *source, const struct mount_options *options, struct error *err)
{
	_cleanup_close_ int context = mount_context(type, err);
	int r = 0;

	if (context < 0)
		return context;
	if (source && *source)
		r = mount_set(context, "source", source);
	for (size_t i = 0; r == 0 && i < options->data.n; i++) {
		r = set_option(context, options->data.at[i]);
		if (r < 0)
			return error_errno(err, r, "", "%s does not take the mount option '%s'", type,
					   options->data.at[i]);
	}
	return r < 0 ? mount_failed(context, r, type, err)
		     : mount_finish(context, options->set | options->set_below, type, err);
}

static int set_attributes(int mount, struct mount_attr *attr, bool recursive)
{
	unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

	return mount_setattr(mount, "", flags, attr, sizeof(*attr)) < 0 ? -errno : 0;
}

int mount_readonly(int mount, bool recursive)
{
	return set_attributes(mount, &(struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY}, recursive);
}

int mount_change(int mount, const struct mount_options *o)
{
	struct mount_attr below = {.attr_set = o->set_below, .attr_clr = o->clear_below};
	struct mount_attr own = {.attr_set = o->set, .attr_clr = o->clear};
	int r = 0;

	if (o->propagation && !o->propagation_below)
		own.propagation = o->propagation;
	/* the copy of a shared mount is in its group: what the host mounts later would come through */
	if (!o->propagation || o->propagation_below)
		below.propagation = o->propagation ? o->propagation : MS_PRIVATE;
	if (below.attr_set || below.attr_clr || below.propagation)
		r = set_attributes(mount, &below, true);
	if (r == 0 && (own.attr_set || own.attr_clr || own.propagation))
		r = set_attributes(mount, &own, false);
	return r;
}

int mount_attach(int mount, int target)
{
	return move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0
		       ? -errno
		       : 0;
}

int mount_attach_above_root(int mount)
{
	return move_mount(mount, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0 ? -errno : 0;
}

static bool is_folder(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static int open_target(const struct launching *l, const struct step_mount *m, bool folder, struct error *err)
{
	int fd = target_open(l->root, m->destination, m->no_symlinks ? RESOLVE_NO_SYMLINKS : 0);

	if (fd == -ELOOP && m->no_symlinks)
		return error_set(err, -ELOOP, "use a root where it is a folder",
				 "%s is a symbolic link in the container's root: %s could be led astray",
				 m->destination, m->type);
	if (fd == -ENOENT)
		fd = target_make(l->root, m->destination, folder);
	if (fd == -EACCES || fd == -EROFS)
		return error_errno(err, fd, "make it in the container's root first, or mount it elsewhere",
				   "cannot make %s to mount on it", m->destination);
	if (fd < 0)
		return error_errno(err, fd, "", "cannot mount at %s", m->destination);
	return fd;
}

static int apply_bind(struct launching *l, const struct step_mount *m, struct error *err)
{
	_cleanup_close_ int target = -1;
	int source = m->slot >= 0 ? l->slots[m->slot] : -1;
	int r;

	if (source < 0)
		return m->optional ? 0 : error_set(err, -ENOENT, "", "nothing to bind at %s", m->destination);
	target = open_target(l, m, is_folder(source), err);
	if (target < 0)
		return target;
	r = mount_change(source, &m->options);
	if (r == 0)
		r = mount_attach(source, target);
	if (r < 0)
		return error_errno(err, r, "", "cannot bind '%s' at %s", m->source, m->destination);
	return 0;
}

int mount_apply(struct launching *l, const struct step_mount *m, struct error *err)
{
	_cleanup_close_ int target = -1;
	_cleanup_close_ int mount = -1;
	uint64_t wanted = m->options.set;
	struct mount_options options = m->options;
	int r;

	if (options.bind)
		return apply_bind(l, m, err);
	if (options.copy_up) /* written first, read-only then */
		options.set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
	mount = mount_new(m->type, m->source, &options, err);
	if (mount < 0)
		return mount;
	target = open_target(l, m, true, err);
	if (target < 0)
		return target;
	r = options.copy_up ? mount_copy_up(target, mount) : 0;
	if (r == 0 && wanted != options.set)
		r = mount_readonly(mount, false);
	if (r == 0 && options.propagation)
		r = set_attributes(mount, &(struct mount_attr){.propagation = options.propagation}, false);
	if (r == 0)
		r = mount_attach(mount, target);
	return r < 0 ? error_errno(err, r, "", "cannot mount %s at %s", m->type, m->destination) : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host itself as the root: an overlay shows one file system, so each real one that is mounted below /
 * gets an overlay of its own at its place, with its own writable layer in the folder "mounts".
 */
#include "root_host.h"

#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "cgroup/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MOUNTINFO_MAX ((size_t)4 << 20)

/* Views of the kernel, and what the container gets afresh. */
bool root_host_leaves_out(const char *point, struct slice type)
{
	static const char folders[][8] = {"/proc", "/sys", "/dev", "/run", "/tmp"};
	static const char types[][12] = {
		"proc",	   "sysfs",    "cgroup",     "cgroup2",	   "devpts", "devtmpfs",    "mqueue",
		"debugfs", "tracefs",  "securityfs", "bpf",	   "pstore", "configfs",    "fusectl",
		"autofs",  "efivarfs", "hugetlbfs",  "rpc_pipefs", "nsfs",   "binfmt_misc", "selinuxfs"};

	if (strcmp(point, "/") == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		size_t len = strlen(folders[i]);

		if (strncmp(point, folders[i], len) == 0 && (point[len] == '/' || !point[len]))
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (slice_is(type, types[i]))
			return true;
	return false;
}

/* "/srv/a" → "srv%a": one folder for each place, the same at each start. */
static int folder_name(const char *point, char *out)
{
	size_t n = 0;

	for (const char *c = point + 1; *c; c++) {
		if (n + 3 > NAME_MAX)
			return -ENAMETOOLONG;
		if (*c == '%')
			out[n++] = '%';
		out[n++] = *c == '/' ? '%' : *c;
	}
	out[n] = '\0';
	return 0;
}

/* A folder below `base`, made where it is missing. */
static int make_folder(int base, const char *name)
{
	int fd;

	if (mkdirat(base, name, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(base, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* What the host does not allow there is not allowed in the copy; to be read-only is what the copy is for. */
static uint64_t attributes_of(int lower)
{
	struct statvfs fs;
	uint64_t out = 0;

	if (fstatvfs(lower, &fs) < 0)
		return MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	if (fs.f_flag & ST_NOSUID)
		out |= MOUNT_ATTR_NOSUID;
	if (fs.f_flag & ST_NODEV)
		out |= MOUNT_ATTR_NODEV;
	if (fs.f_flag & ST_NOEXEC)
		out |= MOUNT_ATTR_NOEXEC;
	return out;
}

/* Ids that the user namespace does not have can't be given: what it may not change is nobody's there. */
static int make_upper(int base, const struct stat *st, bool user_ns)
{
	if (mkdirat(base, "upper", st->st_mode & 07777) < 0)
		return errno == EEXIST ? 0 : -errno;
	return user_ns || fchownat(base, "upper", st->st_uid, st->st_gid, 0) == 0 ? 0 : -errno;
}

int root_host_overlay(struct launching *l, int mounts, const char *point, int lower)
{
	_cleanup_close_ int base = -1;
	struct root_overlay overlay = {
		.layers = &lower,
		.n = 1,
		.user_xattr = l->plan->user_ns,
		.is_volatile = l->plan->spec->root.kind == SPEC_ROOT_OVERLAY_TMPFS,
		.attributes = attributes_of(lower),
	};
	char name[NAME_MAX + 1];
	struct stat st;
	struct error ignored;
	int r = folder_name(point, name);

	if (r < 0)
		return r;
	base = make_folder(mounts, name);
	if (base < 0 || fstat(lower, &st) < 0)
		return -errno;
	r = make_upper(base, &st, l->plan->user_ns);
	if (r < 0)
		return r;
	if (l->plan->spec->root.readonly)
		overlay.attributes |= MOUNT_ATTR_RDONLY;
	if (mkdirat(base, "work", 0755) < 0 && errno != EEXIST)
		return -errno;
	overlay.base = base;
	return root_overlay_make(&overlay, &ignored);
}

/* What overlayfs can't have as a layer (another overlay on top of one, vfat, a file) is shown as it is,
 * read-only. */
static int make_readonly(const char *point)
{
	int fd = mount_clone(AT_FDCWD, point, false);
	int r;

	if (fd < 0)
		return fd;
	r = mount_readonly(fd, false);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

static int show(struct launching *l, int mounts, const char *point, struct error *err)
{
	_cleanup_close_ int lower = open(point, O_PATH | O_CLOEXEC);
	_cleanup_close_ int target = -1;
	_cleanup_close_ int mount = -1;
	struct stat st;
	int r;

	if (lower < 0) /* hidden below another mount */
		return 0;
	target = target_open(l->root, point, 0);
	if (target < 0)
		return 0;
	r = fstat(lower, &st) < 0 ? -errno : 0;
	if (r == 0)
		mount = S_ISDIR(st.st_mode) ? root_host_overlay(l, mounts, point, lower) : -EINVAL;
	if (r == 0 && mount < 0)
		mount = make_readonly(point);
	if (r == 0)
		r = mount < 0 ? mount : mount_attach(mount, target);
	return r < 0 ? error_errno(err, r, "", "cannot show the host's mount '%s' in the container", point)
		     : 0;
}

static int fresh_tmpfs(struct launching *l, const char *path, const char *mode, struct error *err)
{
	const char *data[] = {mode};
	struct mount_options options = {.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, .data = {data, 1}};
	_cleanup_close_ int target = target_open(l->root, path, 0);
	_cleanup_close_ int mount = -1;
	int r;

	if (target < 0)
		return 0;
	mount = mount_new("tmpfs", "tmpfs", &options, err);
	if (mount < 0)
		return mount;
	r = mount_attach(mount, target);
	return r < 0 ? error_errno(err, r, "", "cannot mount a tmpfs at %s", path) : 0;
}

int root_host_read_mounts(struct launching *l, char **text, struct slice *out, struct error *err)
{
	size_t len;
	int r = fs_read_file(l->procfs, "self/mountinfo", MOUNTINFO_MAX, text, &len);

	if (r < 0)
		return error_errno(err, r, "", "cannot read the host's mounts");
	*out = (struct slice){*text, len};
	return 0;
}

/* Those of one place lie on top of each other: the last one shows. */
static bool comes_again(struct slice rest, struct slice point)
{
	struct slice line;

	while (next_line(&rest, &line)) {
		struct mount_line m;

		if (mountinfo_line(line, &m) && slice_equal(m.point, point))
			return true;
	}
	return false;
}

int root_host_open_mounts(struct launching *l, struct error *err)
{
	_cleanup_close_ int base = -1;
	int fd;

	if (l->plan->spec->root.kind == SPEC_ROOT_OVERLAY_TMPFS)
		base = fcntl(l->base, F_DUPFD_CLOEXEC, 3);
	else
		base = open(l->plan->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	fd = base < 0 ? -errno : make_folder(base, "mounts");
	return fd < 0 ? error_errno(err, fd, "", "cannot make the writable layers") : fd;
}

static int show_mounts(struct launching *l, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_close_ int mounts = root_host_open_mounts(l, err);
	struct slice rest = {0};
	struct slice line;
	int r;

	if (mounts < 0)
		return mounts;
	r = root_host_read_mounts(l, &text, &rest, err);
	while (r == 0 && next_line(&rest, &line)) {
		_cleanup_free_ char *point = NULL;
		struct mount_line m;

		if (!mountinfo_line(line, &m) || comes_again(rest, m.point))
			continue;
		point = mountinfo_decode(m.point);
		if (!point)
			return error_errno(err, -ENOMEM, "", "cannot read the host's mounts");
		if (!root_host_leaves_out(point, m.type))
			r = show(l, mounts, point, err);
	}
	return r;
}

int root_host_mounts(struct launching *l, struct error *err)
{
	int r = l->plan->user_ns ? root_parts(l, err) : show_mounts(l, err);

	if (r == 0)
		r = fresh_tmpfs(l, "/run", "mode=755", err);
	if (r == 0)
		r = fresh_tmpfs(l, "/tmp", "mode=1777", err);
	/* in a user namespace nothing could be made there, since nobody owns it */
	return r == 0 && l->plan->user_ns ? fresh_tmpfs(l, "/var/tmp", "mode=1777", err) : r;
}

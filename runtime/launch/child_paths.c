/* SPDX-License-Identifier: Apache-2.0 */
/* Masked and read-only paths, sysctls, the working folder. */
#include "launch_apply.h"
#include "mount.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_on_procfs(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == PROC_SUPER_MAGIC;
}

/* "net.ipv4.ip_forward" → "sys/net/ipv4/ip_forward"; an interface's own dot is written as '/' in the key. */
static int sysctl_path(const char *key, char *out, size_t cap)
{
	bool slashes = strchr(key, '/') && (!strchr(key, '.') || strchr(key, '/') < strchr(key, '.'));
	int n = snprintf(out, cap, "sys/%s", key);

	if (n < 0 || (size_t)n >= cap)
		return -ENAMETOOLONG;
	for (char *c = out + 4; !slashes && *c; c++)
		*c = *c == '.' ? '/' : *c == '/' ? '.' : *c;
	return 0;
}

int child_sysctl(struct launching *l, const struct spec_pair *sysctl, struct error *err)
{
	struct open_how how = {.flags = O_WRONLY | O_CLOEXEC,
			       .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	int r = sysctl_path(sysctl->key, path, sizeof(path));

	if (r == 0) {
		fd = (int)syscall(SYS_openat2, l->procfs, path, &how, sizeof(how));
		r = fd < 0 ? -errno : 0;
	}
	if (r == 0 && !is_on_procfs(fd))
		r = -EXDEV;
	if (r == 0 && write(fd, sysctl->value, strlen(sysctl->value)) < 0)
		r = -errno;
	return r < 0 ? error_errno(err, r, r == -ENOENT ? "this kernel does not have it for a namespace" : "",
				   "cannot set --sysctl %s=%s", sysctl->key, sysctl->value)
		     : 0;
}

/* A further copy of what was attached once; the first time, the thing itself. */
static int attach_copy(int *mount, bool *attached, int target)
{
	_cleanup_close_ int copy = -1;
	int r;

	if (!*attached) {
		r = mount_attach(*mount, target);
		*attached = r == 0;
		return r;
	}
	copy = mount_clone(*mount, "", false);
	return copy < 0 ? copy : mount_attach(copy, target);
}

static int make_empty(struct launching *l, struct error *err)
{
	_cleanup_close_ int context = mount_context("tmpfs", err);
	int fd;

	if (context < 0)
		return context;
	(void)mount_set(context, "source", "tmpfs");
	(void)mount_set(context, "size", "4k");
	(void)mount_set(context, "mode", "755");
	(void)mount_set(context, "ro", NULL);
	fd = mount_finish(context,
			  MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC,
			  "an empty tmpfs", err);
	if (fd < 0)
		return fd;
	l->empty = fd;
	return 0;
}

/* What lies below the container's /proc must be a procfs: anything else was put there to lead us astray. */
static int open_path(const struct launching *l, const char *path, const char *what, struct error *err)
{
	const struct spec_mount *proc = plan_find_mount(l->plan->spec, "/proc");
	int fd = target_open(l->root, path, 0);

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -EACCES)
		return -ENOENT;
	if (fd < 0)
		return error_errno(err, fd, "", "cannot %s %s", what, path);
	if (proc && strcmp(proc->type, "proc") == 0 && strncmp(path, "/proc/", 6) == 0 && !is_on_procfs(fd)) {
		close(fd);
		return error_set(err, -EXDEV, "", "cannot %s %s: something else than procfs is there", what,
				 path);
	}
	return fd;
}

int child_mask(struct launching *l, const char *path, struct error *err)
{
	static bool null_attached;
	static bool empty_attached;
	_cleanup_close_ int target = open_path(l, path, "mask", err);
	struct stat st;
	int r;

	if (target < 0)
		return target == -ENOENT ? 0 : target;
	if (fstat(target, &st) < 0)
		return error_errno(err, -errno, "", "cannot mask %s", path);
	if (S_ISDIR(st.st_mode) && l->empty < 0) {
		r = make_empty(l, err);
		if (r < 0)
			return r;
	}
	r = S_ISDIR(st.st_mode) ? attach_copy(&l->empty, &empty_attached, target)
				: attach_copy(&l->null, &null_attached, target);
	return r < 0 ? error_errno(err, r, "", "cannot mask %s", path) : 0;
}

int child_readonly(struct launching *l, const char *path, struct error *err)
{
	_cleanup_close_ int target = open_path(l, path, "make read-only", err);
	_cleanup_close_ int tree = -1;
	int r;

	if (target < 0)
		return target == -ENOENT ? 0 : target;
	tree = mount_clone(target, "", true);
	r = tree < 0 ? tree : mount_readonly(tree, true);
	if (r == 0)
		r = mount_attach(tree, target);
	return r < 0 ? error_errno(err, r, "", "cannot make %s read-only", path) : 0;
}

/* The descriptor was resolved inside of the root; that the kernel can name it from there is the proof. */
int child_cwd(struct launching *l, const char *path, struct error *err)
{
	_cleanup_close_ int fd = target_open(l->root, path, 0);
	char cwd[PATH_MAX];
	long n;

	if (fd == -ENOENT && l->plan) /* who joins finds what there is */
		fd = target_make(l->root, path, true);
	if (fd < 0)
		return error_errno(err, fd, "", "cannot open the working folder '%s'", path);
	if (fchdir(fd) < 0)
		return error_errno(err, -errno, "--workdir must be a folder", "cannot enter '%s'", path);
	n = syscall(SYS_getcwd, cwd, sizeof(cwd));
	if (n <= 0 || cwd[0] != '/')
		return error_set(err, -EXDEV, "",
				 "the working folder '%s' is outside of the container's root", path);
	return 0;
}

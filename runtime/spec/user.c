/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/user.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "user_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define FILE_MAX ((size_t)4 << 20)

/*
 * O_PATH first: opening a device or a FIFO that an image put there could do something, or wait for ever. Then
 * the same file again by its descriptor, so that it isn't looked up twice.
 */
static int open_regular(int rootfd, const char *path)
{
	_cleanup_close_ int fd = fs_open_in_root(rootfd, path, O_PATH);
	char again[32];
	struct stat st;
	int opened;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	opened = open(again, O_RDONLY | O_CLOEXEC);
	return opened < 0 ? -errno : opened;
}

static int report(int r, const char *path, struct error *err)
{
	if (r == -EINVAL || r == -EISDIR)
		return error_set(err, -EINVAL, "make it a regular file", "the container's %s is none", path);
	if (r == -EFBIG)
		return error_set(err, r, "make it smaller", "the container's %s has more than %zu MiB", path,
				 FILE_MAX >> 20);
	return error_errno(err, r, "", "cannot read the container's %s", path);
}

/* *text stays "" where there is no such file. */
static int read_file(int rootfd, const char *path, struct str *text, struct error *err)
{
	_cleanup_close_ int fd = open_regular(rootfd, path);
	ssize_t n;

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return report(fd, path, err);
	do {
		if (!str_reserve(text, 16384))
			return report(-ENOMEM, path, err);
		n = read(fd, text->data + text->len, 16384);
		if (n < 0 && errno != EINTR)
			return report(-errno, path, err);
		text->len += n > 0 ? (size_t)n : 0;
		if (text->len > FILE_MAX)
			return report(-EFBIG, path, err);
	} while (n != 0);
	return 0;
}

int user_resolve(int rootfd, const char *user, const struct spec_texts *group_add, struct spec *spec,
		 struct spec_user *out, const char **home, struct error *err)
{
	_cleanup_str_ struct str passwd = {0};
	_cleanup_str_ struct str group = {0};
	int r = read_file(rootfd, "/etc/passwd", &passwd, err);

	if (r == 0)
		r = read_file(rootfd, "/etc/group", &group, err);
	if (r < 0)
		return r;
	return user_resolve_text((struct slice){passwd.data, passwd.len},
				 (struct slice){group.data, group.len}, user, group_add, spec, out, home,
				 err);
}

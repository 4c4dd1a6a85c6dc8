/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fs.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t fs_pread(int fd, char *buf, size_t cap)
{
	size_t got = 0;

	while (got < cap) {
		ssize_t n = pread(fd, buf + got, cap - got, (off_t)got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* read(2) rather than pread: some procfs files can't seek. */
static int read_all(int fd, size_t max, struct str *out)
{
	for (;;) {
		size_t want = out->len < 4096 ? 4096 : out->len;
		ssize_t n;

		if (!str_reserve(out, want))
			return -ENOMEM;
		n = read(fd, out->data + out->len, want);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		out->len += (size_t)n;
		if (out->len > max)
			return -EFBIG;
	}
}

int fs_read_file(int dirfd, const char *path, size_t max, char **text, size_t *len)
{
	_cleanup_str_ struct str out = {0};
	_cleanup_close_ int fd = -1;
	struct stat st;
	size_t n;
	int r;

	/* O_NONBLOCK: a FIFO put where a metadata file is expected must not hang us. */
	fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	r = read_all(fd, max, &out);
	if (r < 0)
		return r;
	n = out.len;
	*text = str_steal(&out);
	if (!*text)
		return -ENOMEM;
	if (len)
		*len = n;
	return 0;
}

int fs_write(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		struct pollfd reader = {.fd = fd, .events = POLLOUT};
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno == EAGAIN)
			(void)poll(&reader, 1, -1);
		else if (n < 0 && errno != EINTR)
			return -errno;
		else if (n == 0)
			return -EIO;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int fs_open(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	return fd < 0 ? -errno : fd;
}

int fs_open_dir(int dirfd, const char *path)
{
	int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int fs_open_list(int dirfd, const char *path, DIR **out)
{
	int fd = fs_open_dir(dirfd, path);
	DIR *list;

	if (fd < 0)
		return fd;
	list = fdopendir(fd);
	if (!list) {
		int r = -errno;

		close(fd);
		return r;
	}
	*out = list;
	return 0;
}

const struct dirent *fs_next(DIR *list)
{
	const struct dirent *entry;

	do
		entry = readdir(list);
	while (entry && (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0));
	return entry;
}

int fs_open_in_root(int rootfd, const char *path, int flags)
{
	struct open_how how = {.flags = (uint64_t)(unsigned)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
	long fd;
	int tries = 0;

	/* EAGAIN: something was renamed while ".." was looked up, and nobody knows whether the root was left
	 * (openat2(2)) */
	do {
		fd = syscall(SYS_openat2, rootfd, path, &how, sizeof(how));
	} while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < 16)));
	return fd < 0 ? -errno : (int)fd;
}

ssize_t fs_read_link(int dirfd, const char *path, char *buf, size_t cap)
{
	ssize_t n = readlinkat(dirfd, path, buf, cap);

	if (n < 0)
		return -errno;
	if ((size_t)n >= cap)
		return -ENAMETOOLONG;
	buf[n] = '\0';
	return n;
}

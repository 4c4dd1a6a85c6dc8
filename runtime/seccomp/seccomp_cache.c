/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp_cache.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "seccomp_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A key twice its longest, and the longest program. */
#define FILE_MAX \
	(SECCOMP_KEY_MAX + sizeof(struct seccomp_file) + 8 + BPF_MAXINSNS * sizeof(struct sock_filter))

int seccomp_cache_open(const char *folder, struct error *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (mkdir(folder, 0700) < 0 && errno != EEXIST)
		return error_errno(err, -errno, "",
				   "cannot make the folder '%s' for compiled seccomp filters", folder);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : error_errno(err, -errno, "", "cannot open '%s'", folder);
}

int seccomp_cache_take(void *text, size_t size, const struct str *key, struct seccomp_program *out)
{
	const struct seccomp_file *file = text;
	const size_t summed = offsetof(struct seccomp_file, key_size);

	if (size < sizeof(*file) || size % 8 != 0 || file->magic != SECCOMP_FILE_MAGIC ||
	    file->key_size != key->len || file->n == 0 || file->n > BPF_MAXINSNS ||
	    size != seccomp_file_size(file->key_size, file->n))
		return -EBADMSG;
	if (memcmp(file + 1, key->data, key->len) != 0 ||
	    file->checksum != seccomp_file_checksum((const char *)text + summed, size - summed))
		return -EBADMSG;
	*out = (struct seccomp_program){
		.filter =
			(struct sock_filter *)(void *)((char *)text + seccomp_file_filter_at(file->key_size)),
		.n = (unsigned short)file->n,
		.flags = file->flags,
		.memory = text,
	};
	return 0;
}

/* Somebody else's file could be any program, so it counts as none. */
static bool may_be_used(int fd, off_t *size)
{
	struct stat info;

	if (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) || info.st_uid != geteuid() ||
	    (info.st_mode & (S_IWGRP | S_IWOTH)) != 0 || info.st_size > (off_t)FILE_MAX || info.st_size <= 0)
		return false;
	*size = info.st_size;
	return true;
}

/* Read rather than mapped: a file that shrinks meanwhile must not end us with a SIGBUS. */
int seccomp_cache_get(int folder, const char *name, const struct str *key, struct seccomp_program *out)
{
	_cleanup_close_ int fd =
		openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	_cleanup_free_ void *text = NULL;
	off_t size;
	int r;

	if (fd < 0)
		return errno == ELOOP ? -ENOENT : -errno;
	if (!may_be_used(fd, &size))
		return -ENOENT;
	text = malloc((size_t)size);
	if (!text)
		return -ENOMEM;
	if (fs_pread(fd, text, (size_t)size) != size)
		return -ENOENT;
	r = seccomp_cache_take(text, (size_t)size, key, out);
	if (r < 0)
		return -ENOENT;
	TAKE_PTR(text);
	return 0;
}

/* Between our open and our lock another process may have renamed the file: then it is done. */
static bool is_still(int folder, const char *name, int fd)
{
	struct stat now;
	struct stat opened;

	return fstat(fd, &opened) == 0 && fstatat(folder, name, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_ino == opened.st_ino && now.st_dev == opened.st_dev;
}

int seccomp_cache_put(int folder, const char *name, const void *text, size_t size)
{
	char new_name[64];
	_cleanup_close_ int fd = -1;
	int r;

	snprintf(new_name, sizeof(new_name), "%s.new", name);
	fd = openat(folder, new_name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? 0 : -errno;
	if (!is_still(folder, new_name, fd))
		return 0;
	r = fchmod(fd, 0600) < 0 || ftruncate(fd, 0) < 0 ? -errno : fs_write(fd, text, size);
	if (r == 0 && renameat(folder, new_name, folder, name) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(folder, new_name, 0);
	return r;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and writes of small files below a directory descriptor, so that a fixture is a folder tree. */
#pragma once

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads fd from its start until the end or cap bytes. Returns the count, or -errno. Not terminated. */
ssize_t fs_pread(int fd, char *buf, size_t cap);

/*
 * Reads a whole file below dirfd (AT_FDCWD allowed) into a fresh, NUL-terminated buffer that the caller
 * frees; at most `max` bytes, -EFBIG beyond. *len does not count the NUL; it may be NULL. 0 or -errno. A FIFO
 * or a device is -EINVAL.
 */
int fs_read_file(int dirfd, const char *path, size_t max, char **text, size_t *len);

/* Writes all of it: goes on after a short write, and waits for the reader of a descriptor that doesn't block.
 * 0 or -errno. */
int fs_write(int fd, const void *data, size_t len);

/* Opens path below dirfd for reading with O_CLOEXEC. The descriptor or -errno. */
int fs_open(int dirfd, const char *path);

/* Opens a directory below dirfd (O_DIRECTORY|O_CLOEXEC). The descriptor or -errno. */
int fs_open_dir(int dirfd, const char *path);

/* Opens a directory below dirfd for readdir(3), from its start. *out is the caller's: closedir. 0 or -errno;
 * *out is left as it was then. */
int fs_open_list(int dirfd, const char *path, DIR **out);
/* The next entry that is neither "." nor ".."; NULL at the end. It lasts until the next call. */
const struct dirent *fs_next(DIR *list);

/*
 * Opens path below rootfd as if rootfd were "/": absolute symbolic links and ".." stay inside
 * (openat2(2), RESOLVE_IN_ROOT). The descriptor or -errno.
 */
int fs_open_in_root(int rootfd, const char *path, int flags);

/* readlinkat into buf, NUL-terminated. The length, -ENAMETOOLONG where it does not fit, or -errno. */
ssize_t fs_read_link(int dirfd, const char *path, char *buf, size_t cap);

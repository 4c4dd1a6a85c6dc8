/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

void scratch_make(struct scratch *s)
{
	snprintf(s->path, sizeof(s->path), "/tmp/plimsoll-unit-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	s->fd = open(s->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(s->fd >= 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void scratch_remove(struct scratch *s)
{
	close(s->fd);
	assert_int_equal(nftw(s->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void scratch_mkdir(struct scratch *s, const char *path)
{
	char part[512];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		if (slash == path)
			continue;
		assert_true((size_t)(slash - path) < sizeof(part));
		memcpy(part, path, (size_t)(slash - path));
		part[slash - path] = '\0';
		mkdirat(s->fd, part, 0755);
	}
	mkdirat(s->fd, path, 0755);
}

static void make_way(struct scratch *s, const char *path)
{
	char folder[512];
	char *slash;

	assert_true(strlen(path) < sizeof(folder));
	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash)
		return;
	*slash = '\0';
	scratch_mkdir(s, folder);
}

void scratch_put_bytes(struct scratch *s, const char *path, const char *bytes, size_t len)
{
	_cleanup_close_ int fd = -1;
	size_t done = 0;

	make_way(s, path);
	fd = openat(s->fd, ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	while (done < len) {
		ssize_t n = write(fd, bytes + done, len - done);

		assert_true(n > 0);
		done += (size_t)n;
	}
	assert_int_equal(renameat(s->fd, ".new", s->fd, path), 0);
}

void scratch_put(struct scratch *s, const char *path, const char *text)
{
	scratch_put_bytes(s, path, text, strlen(text));
}

void scratch_link(struct scratch *s, const char *path, const char *target)
{
	make_way(s, path);
	assert_int_equal(symlinkat(target, s->fd, path), 0);
}

void scratch_drop(struct scratch *s, const char *path)
{
	assert_int_equal(unlinkat(s->fd, path, 0), 0);
}

char *fixture_read(const char *path, size_t *len)
{
	_cleanup_close_ int fd = fixture_open(".");
	char *text;

	assert_int_equal(fs_read_file(fd, path, (size_t)64 << 20, &text, len), 0);
	return text;
}

int fixture_open(const char *path)
{
	_cleanup_close_ int base = open(FIXTURES, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd;

	assert_true(base >= 0);
	fd = openat(base, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

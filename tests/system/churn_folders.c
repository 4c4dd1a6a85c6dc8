/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroups of the test, in every hierarchy that the host has. */
#include "churn.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_of(char *out, size_t size, size_t hierarchy, const char *name)
{
	snprintf(out, size, "%s/" FOLDER "%s%s", t.layout->hierarchies[hierarchy].mount_point,
		 *name ? "/" : "", name);
}

bool write_file(size_t hierarchy, const char *cgroup, const char *file, const char *text)
{
	char path[1200];
	_cleanup_close_ int fd = -1;
	size_t len = strlen(text);

	path_of(path, sizeof(path), hierarchy, cgroup);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, len) == (ssize_t)len;
}

bool read_file(size_t hierarchy, const char *cgroup, const char *file, char *out, size_t size)
{
	char path[1200];
	_cleanup_close_ int fd = -1;
	ssize_t n;

	path_of(path, sizeof(path), hierarchy, cgroup);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, out, size - 1);
	if (n < 0)
		return false;
	out[n] = '\0';
	return true;
}

bool make_cgroup(const char *name)
{
	for (size_t h = 0; h < t.layout->n_hierarchies; h++) {
		char path[1024];

		path_of(path, sizeof(path), h, name);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return false;
	}
	return true;
}

/* A process that has just ended may keep it for a moment. */
bool remove_cgroup(const char *name)
{
	bool good = true;

	for (size_t h = 0; h < t.layout->n_hierarchies; h++) {
		char path[1024];
		int r;

		path_of(path, sizeof(path), h, name);
		for (unsigned i = 0; (r = rmdir(path)) < 0 && errno == EBUSY && i < 1000; i++)
			usleep(1000);
		good &= r == 0 || errno == ENOENT;
	}
	return good;
}

void remove_everything(void)
{
	for (size_t h = 0; t.layout && h < t.layout->n_hierarchies; h++) {
		char path[1024];
		_cleanup_closedir_ DIR *dir = NULL;
		const struct dirent *entry;

		path_of(path, sizeof(path), h, "");
		dir = opendir(path);
		while (dir && (entry = readdir(dir)))
			if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
				unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
		rmdir(path);
	}
}

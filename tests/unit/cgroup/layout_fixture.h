/* SPDX-License-Identifier: Apache-2.0 */
/* The three kinds of host as layouts over a fresh folder, with the controllers that real ones have. */
#pragma once

#include "base/cleanup.h"
#include "cgroup/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
	char folder[64];
	struct cgroup_layout layout;
};

static inline size_t fixture_add(struct fixture *f, int version, uint32_t controllers, const char *options)
{
	struct cgroup_layout *l = &f->layout;
	size_t i = l->n_hierarchies++;
	char *path;

	if (asprintf(&path, "%s/%s", f->folder, version == 2 ? "unified" : options) < 0 ||
	    mkdir(path, 0700) < 0)
		abort();
	l->hierarchies[i] = (struct hierarchy){.version = version,
					       .controllers = controllers,
					       .mount_point = path,
					       .root = strdup("/"),
					       .options = strdup(version == 2 ? "" : options),
					       .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	for (enum controller c = 0; c < CONTROLLER__COUNT; c++)
		if (controllers >> c & 1)
			l->home[c] = (int8_t)i;
	return i;
}

static inline void fixture_add_v1(struct fixture *f)
{
	fixture_add(f, 1, 1U << CONTROLLER_CPU | 1U << CONTROLLER_CPUACCT, "cpu,cpuacct");
	fixture_add(f, 1, 1U << CONTROLLER_MEMORY, "memory");
	fixture_add(f, 1, 1U << CONTROLLER_IO, "blkio");
	fixture_add(f, 1, 1U << CONTROLLER_PIDS, "pids");
	fixture_add(f, 1, 1U << CONTROLLER_CPUSET, "cpuset");
	fixture_add(f, 1, 1U << CONTROLLER_FREEZER, "freezer");
	fixture_add(f, 1, 1U << CONTROLLER_DEVICES, "devices");
	fixture_add(f, 1, 1U << CONTROLLER_HUGETLB, "hugetlb");
	fixture_add(f, 1, 1U << CONTROLLER_NAMED, "name=systemd");
}

static inline void fixture_open(struct fixture *f, enum cgroup_mode mode)
{
	*f = (struct fixture){.folder = "/tmp/plimsoll-unit-XXXXXX"};
	if (!mkdtemp(f->folder))
		abort();
	memset(f->layout.home, -1, sizeof(f->layout.home));
	f->layout.mode = mode;
	if (mode == CGROUP_V2)
		fixture_add(f, 2,
			    1U << CONTROLLER_CORE | 1U << CONTROLLER_CPU | 1U << CONTROLLER_MEMORY |
				    1U << CONTROLLER_IO | 1U << CONTROLLER_PIDS | 1U << CONTROLLER_CPUSET |
				    1U << CONTROLLER_HUGETLB | 1U << CONTROLLER_RDMA | 1U << CONTROLLER_MISC,
			    "");
	if (mode == CGROUP_HYBRID)
		fixture_add(f, 2, 1U << CONTROLLER_CORE, "");
	if (mode == CGROUP_HYBRID || mode == CGROUP_V1)
		fixture_add_v1(f);
	f->layout.n_pagesizes = 2;
	snprintf(f->layout.pagesizes[0], sizeof(f->layout.pagesizes[0]), "2MB");
	snprintf(f->layout.pagesizes[1], sizeof(f->layout.pagesizes[1]), "1GB");
}

static inline int fixture_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void fixture_close(struct fixture *f)
{
	for (size_t i = 0; i < f->layout.n_hierarchies; i++) {
		close(f->layout.hierarchies[i].fd);
		free(f->layout.hierarchies[i].mount_point);
		free(f->layout.hierarchies[i].root);
		free(f->layout.hierarchies[i].options);
	}
	nftw(f->folder, fixture_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* The file below a hierarchy's root, with this text. */
static inline void fixture_write(const struct fixture *f, size_t hierarchy, const char *path,
				 const char *text)
{
	_cleanup_close_ int fd = openat(f->layout.hierarchies[hierarchy].fd, path,
					O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
}

/* What stands there, until the next call; NULL where there is no such file. */
static inline const char *fixture_read(const struct fixture *f, size_t hierarchy, const char *path)
{
	static char text[4096];
	_cleanup_close_ int fd = openat(f->layout.hierarchies[hierarchy].fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

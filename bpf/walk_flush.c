/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_flush.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int walk_flush_open(const struct cgroup_layout *layout)
{
	int8_t home = layout->home[CONTROLLER_MEMORY];
	int fd;

	if (home < 0)
		return -ENOENT;
	fd = openat(layout->hierarchies[(uint8_t)home].fd, "memory.stat", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int walk_flush_memory(int fd)
{
	char start[64]; /* the kernel makes the whole text for the first byte of it */
	ssize_t n;

	do
		n = pread(fd, start, sizeof(start), 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

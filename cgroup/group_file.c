/* SPDX-License-Identifier: Apache-2.0 */
#include "group_file.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int group_write(int dir, const char *file, const char *value)
{
	_cleanup_close_ int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);
	size_t len;
	ssize_t n;

	if (fd < 0)
		return -errno;
	/* kernfs does nothing at all with an empty write */
	if (!*value)
		value = "\n";
	len = strlen(value);
	do {
		n = write(fd, value, len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -EIO;
}

ssize_t group_read(int dir, const char *file, char *buf, size_t cap)
{
	_cleanup_close_ int fd = fs_open(dir, file);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = fs_pread(fd, buf, cap - 1);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

int64_t group_key(const char *text, const char *key)
{
	struct slice rest = slice_of(text);
	struct slice line;

	while (next_line(&rest, &line)) {
		struct slice word;
		int64_t value;

		if (next_word(&line, " ", &word) && slice_is(word, key) && next_word(&line, " ", &word))
			return parse_i64(word, &value) < 0 || value < 0 ? -ENODATA : value;
	}
	return -ENODATA;
}

void group_where(const struct cgroup_group *group, size_t hierarchy, char *buf, size_t cap)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", group->fds[hierarchy]);
	if (group->fds[hierarchy] < 0 || fs_read_link(AT_FDCWD, link, buf, cap) < 0)
		snprintf(buf, cap, "%s%s", group->layout->hierarchies[hierarchy].mount_point, group->path);
}

int group_home(const struct cgroup_group *group, enum controller c)
{
	int8_t home = group->layout->home[c];

	return home < 0 ? -1 : group->fds[home];
}

/* --- waiting --- */

uint64_t group_deadline(int timeout_ms)
{
	return clock_monotonic_ns() + (timeout_ms > 0 ? (uint64_t)timeout_ms * NSEC_PER_MSEC : 0);
}

int group_time_left(uint64_t deadline)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t left = deadline > now ? (deadline - now + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC : 0;

	return left > INT32_MAX ? INT32_MAX : (int)left;
}

bool group_pause(unsigned *round, uint64_t deadline)
{
	unsigned shift = *round < 7 ? (*round)++ : 7;
	struct timespec moment = {.tv_nsec = (100 * 1000L) << shift};

	if (group_time_left(deadline) == 0)
		return false;
	nanosleep(&moment, NULL);
	return true;
}

bool group_has_own_processes(int dir)
{
	char first[32];

	return faccessat(dir, "cgroup.type", F_OK, 0) == 0 &&
	       group_read(dir, "cgroup.procs", first, sizeof(first)) > 0;
}

int group_wait_event(int dir, const char *key, int64_t value, uint64_t deadline)
{
	_cleanup_close_ int fd = fs_open(dir, "cgroup.events");

	if (fd < 0)
		return fd;
	/* the kernel tells of a change at most every 10 ms (CGROUP_FILE_NOTIFY_MIN_INTV): ask sooner at first
	 */
	for (long wait = 100 * 1000L;; wait = wait < 50 * 1000 * 1000L ? wait * 2 : wait) {
		struct timespec moment = {.tv_nsec = wait};
		struct pollfd changed = {.fd = fd, .events = POLLPRI};
		char text[256];
		ssize_t n = fs_pread(fd, text, sizeof(text) - 1);
		int64_t now;

		if (n < 0)
			return (int)n;
		text[n] = '\0';
		now = group_key(text, key);
		if (now < 0)
			return (int)now;
		if (now == value)
			return 0;
		if (group_time_left(deadline) == 0)
			return -ETIMEDOUT;
		if (ppoll(&changed, 1, &moment, NULL) < 0 && errno != EINTR)
			return -errno;
	}
}

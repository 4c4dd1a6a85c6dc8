/* SPDX-License-Identifier: Apache-2.0 */
/* The writable layer of a container: its own size, and the file system that it is on. */
#include "collector_private.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"
#include "cgroup/mountinfo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

/* Walking a layer is what made cAdvisor's file system figures dear: not oftener than this, nor for more than
 * 5 % of the time. */
#define WALK_INTERVAL (60 * NSEC_PER_SEC)
#define WALK_SHARE 20
#define DEPTH_MAX 256
#define MOUNTINFO_MAX ((size_t)4 << 20)

struct layer_use {
	char *upper; /* as the first process' mounts tell it; NULL = not found */
	uint32_t upper_pid;
	uint64_t bytes;
	uint64_t walked_ns;
	uint64_t pause_ns;
	bool known;
};

/* Disk space of a folder and everything below it on the same file system, in 512-byte blocks. Takes fd. */
static uint64_t walk(int fd, dev_t device, unsigned depth)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	uint64_t blocks = 0;

	if (!dir) {
		close(fd);
		return 0;
	}
	while ((entry = readdir(dir))) {
		struct stat st;
		int below;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_dev != device)
			continue;
		/* A file with several names is counted by its share. */
		blocks += S_ISDIR(st.st_mode) || st.st_nlink < 2 ? (uint64_t)st.st_blocks
								 : (uint64_t)st.st_blocks / st.st_nlink;
		if (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX)
			continue;
		below = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0)
			blocks += walk(below, device, depth + 1);
	}
	return blocks;
}

static void measure(struct layer_use *use, int fd, dev_t device, uint64_t now_ns)
{
	uint64_t start = clock_monotonic_ns();
	int copy;

	if (use->known && now_ns - use->walked_ns < use->pause_ns)
		return;
	copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy < 0)
		return;
	use->bytes = walk(copy, device, 0) * 512;
	use->known = true;
	use->walked_ns = now_ns;
	use->pause_ns = (clock_monotonic_ns() - start) * WALK_SHARE;
	if (use->pause_ns < WALK_INTERVAL)
		use->pause_ns = WALK_INTERVAL;
}

/* upperdir of an overlay mount's options, decoded: what of the root is the container's own. */
static char *upper_of(struct slice options)
{
	struct slice option;

	while (next_word(&options, ",", &option))
		if (option.len > 9 && memcmp(option.at, "upperdir=", 9) == 0)
			return mountinfo_decode((struct slice){option.at + 9, option.len - 9});
	return NULL;
}

/* The writable layer of whatever is mounted as a process' root: any runtime's, known to us or not. */
static char *find_upper(const struct collector *c, uint32_t pid)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest;
	struct slice line;
	char path[32];

	snprintf(path, sizeof(path), "%u/mountinfo", pid);
	if (fs_read_file(c->procfs, path, MOUNTINFO_MAX, &text, &rest.len) < 0)
		return NULL;
	rest.at = text;
	while (next_line(&rest, &line)) {
		struct mount_line mount;

		if (mountinfo_line(line, &mount) && slice_is(mount.point, "/") &&
		    slice_is(mount.type, "overlay"))
			return upper_of(mount.options);
	}
	return NULL;
}

/* The runtime's metadata knows it best; where they don't say, the mounts of its first process do. */
static const char *layer_of(struct collector *c, struct node *n)
{
	if (*n->identity->writable_layer)
		return n->identity->writable_layer;
	if (n->first_pid && n->layer->upper_pid != n->first_pid) {
		free(n->layer->upper);
		n->layer->upper = find_upper(c, n->first_pid);
		n->layer->upper_pid = n->first_pid;
	}
	return n->layer->upper ? n->layer->upper : "";
}

void filesystem_read(struct collector *c, struct node *n, struct snapshot *s, size_t index, uint64_t now_ns)
{
	struct group_report *report = &c->reader.reports[GROUP_fs];
	uint64_t start = clock_monotonic_ns();
	_cleanup_close_ int fd = -1;
	const char *layer;
	char number[32];
	struct statfs fs;
	struct stat st;
	ptrdiff_t series;

	(void)index;
	report->ran = true;
	if (!n->layer)
		n->layer = calloc(1, sizeof(*n->layer));
	if (!n->layer)
		return;
	layer = layer_of(c, n);
	fd = *layer ? fs_open_in_root(c->rootfs, layer, O_RDONLY | O_DIRECTORY) : -1;
	if (fd < 0) {
		report->failed |= *layer && fd != -ENOENT;
		return;
	}
	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return;
	if (metric_set_has(snapshot_metrics(s), METRIC_FS_USAGE))
		measure(n->layer, fd, st.st_dev, now_ns);
	snprintf(number, sizeof(number), "%u:%u", major(st.st_dev), minor(st.st_dev));
	series = snapshot_series(s, DIMENSION_FILESYSTEM, device_name(&c->devices, slice_of(number)),
				 strlen(device_name(&c->devices, slice_of(number))), number);
	if (series < 0)
		return;
	if (n->layer->known)
		snapshot_series_set(s, series, METRIC_FS_USAGE, n->layer->bytes);
	snapshot_series_set(s, series, METRIC_FS_LIMIT, (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize);
	snapshot_series_set(s, series, METRIC_FS_INODES, fs.f_files);
	snapshot_series_set(s, series, METRIC_FS_INODES_FREE, fs.f_ffree);
	report->spent_ns += clock_monotonic_ns() - start;
}

void filesystem_forget(struct node *n)
{
	if (n->layer)
		free(n->layer->upper);
	free(n->layer);
	n->layer = NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "demo_disk.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

static bool find_name(struct slice uevent, struct slice *name)
{
	static const char key[] = "DEVNAME=";
	struct slice line;

	while (next_line(&uevent, &line)) {
		if (line.len > sizeof(key) - 1 && memcmp(line.at, key, sizeof(key) - 1) == 0) {
			*name = (struct slice){line.at + sizeof(key) - 1, line.len - (sizeof(key) - 1)};
			return true;
		}
	}
	return false;
}

int demo_disk_find(const char *folder, const char *sysfs, const char *dev, char *path, size_t cap,
		   struct error *err)
{
	_cleanup_free_ char *text = NULL;
	char uevent[4096];
	struct slice name;
	struct stat st;
	size_t len;
	int n;

	if (stat(folder, &st) < 0)
		return error_errno(err, -errno, "", "cannot look at '%s'", folder);
	n = snprintf(uevent, sizeof(uevent), "%s/dev/block/%u:%u/uevent", sysfs, major(st.st_dev),
		     minor(st.st_dev));
	if (n < 0 || (size_t)n >= sizeof(uevent))
		return -ENAMETOOLONG;
	if (fs_read_file(AT_FDCWD, uevent, 65536, &text, &len) < 0 ||
	    !find_name((struct slice){text, len}, &name))
		return error_set(err, -ENOENT, "set PLIMSOLL_ROOT to a folder on a disk of its own",
				 "'%s' is on no block device that could be throttled", folder);
	n = snprintf(path, cap, "%s/%.*s", dev, (int)name.len, name.at);
	if (n < 0 || (size_t)n >= cap)
		return error_errno(err, -ENAMETOOLONG, "", "cannot name the disk of '%s'", folder);
	if (access(path, F_OK) < 0)
		return error_errno(err, -ENOENT, "", "the disk behind '%s' has no node '%s'", folder, path);
	return 0;
}

bool demo_disk_is_memory(const char *folder)
{
	struct statfs fs;

	return statfs(folder, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

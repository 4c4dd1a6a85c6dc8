/* SPDX-License-Identifier: Apache-2.0 */
/* Which disk a folder is on, so that writes into it can be throttled. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The device node of the block device behind the folder ("/dev/sda1"). -ENOENT with the reason in words:
 * tmpfs, a network, overlay and btrfs have none that a cgroup could be throttled at. sysfs and dev: "/sys",
 * "/dev".
 */
int demo_disk_find(const char *folder, const char *sysfs, const char *dev, char *path, size_t cap,
		   struct error *err);

/* Whether files of the folder live in memory (tmpfs, ramfs), so that their pages can't be given back. */
bool demo_disk_is_memory(const char *folder);

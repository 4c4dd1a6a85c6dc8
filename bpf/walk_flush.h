/* SPDX-License-Identifier: Apache-2.0 */
/* Memory's figures brought together by reading a file, where no function that a program may call does it. */
#pragma once

#include "cgroup/hierarchy.h"

/* The topmost memory.stat of the layout, to be kept open: its reading takes no privilege. A descriptor or
 * -errno
 * (-ENOENT: memory is nowhere). */
int walk_flush_open(const struct cgroup_layout *layout);

/* To be done before each walk. 0 or -errno. */
int walk_flush_memory(int fd);

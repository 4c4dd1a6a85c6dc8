/* SPDX-License-Identifier: Apache-2.0 */
/* Which CPUs may have a part of a per-CPU counter. */
#pragma once

#include <stdint.h>

/* The highest CPU number of a list as sysfs has it ("0-3,6\n"), plus 1; 0 where it is none. Pure. */
uint32_t walk_cpus_end(const char *list);

/* The same of those that are online, from a descriptor of sysfs' file; `otherwise` where it can't be read. */
uint32_t walk_cpus_online(int fd, uint32_t otherwise);

/* SPDX-License-Identifier: Apache-2.0 */
/* How far the numbers of CPUs go. */
#pragma once

#include <stdint.h>

/* The highest CPU number of a list as sysfs has it ("0-3,6\n"), plus 1; 0 where it is none. Pure. */
uint32_t walk_cpus_end(const char *list);

/* The same of such a file in sysfs; `otherwise` where it can't be read. */
uint32_t walk_cpus_read(int fd, uint32_t otherwise);

/* Bytes of a set of all CPUs that there can ever be on this host: whole words. 0 where nobody says how many.
 */
uint32_t walk_cpus_set_bytes(void);

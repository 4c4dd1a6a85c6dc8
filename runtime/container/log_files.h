/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a log by age: log.json is the newest, then log.json.1 and so on, perhaps with gaps. */
#pragma once

#include <stdint.h>

/* Opens the oldest (or newest) file. The descriptor, -ENOENT where there is none, or -errno. */
int log_open_oldest(int folder);
int log_open_newest(int folder);

/*
 * Opens the next newer or older file than the one that fd has open. -ENOENT where there is none; for a file
 * that was rotated away altogether, the next newer one is the oldest. Holds while the writer rotates.
 */
int log_open_newer(int folder, int fd);
int log_open_older(int folder, int fd);

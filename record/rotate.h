/* SPDX-License-Identifier: Apache-2.0 */
/* FILE, FILE.1 (the newest of the older ones), FILE.2, … */
#pragma once

#include "base/error.h"

#include <stddef.h>

/* FILE → FILE.1 → … → FILE.keep, whose content goes. FILE is free then. 0 or -errno. */
int rotate_files(const char *path, unsigned keep, struct error *err);

/*
 * The numbers of the files that FILE was rotated to, largest (oldest) first, in *numbers, which the caller
 * frees. At most LIMIT_FILES, the smallest ones. 0 or -errno.
 */
int rotated_files(const char *path, unsigned **numbers, size_t *n);

/* FILE.number, which the caller frees; FILE itself for 0. NULL where memory is short. */
char *rotated_name(const char *path, unsigned number);

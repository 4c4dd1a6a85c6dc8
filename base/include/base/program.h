/* SPDX-License-Identifier: Apache-2.0 */
/* Where the programs below libexec/plimsoll are: found from the running program's own file, so that a build
 * folder, a prefix and a relocated tree all work with nothing configured. */
#pragma once

#include "base/error.h"

#include <stddef.h>

#define PROGRAM_FOLDER "libexec/plimsoll"

/*
 * Writes the path of the program `name` to path (cap bytes): below libexec/plimsoll beside /proc/self/exe's
 * folder, beside its parent (bin/…), or beside the grandparent (another one of these programs asks).
 * 0; -ENOENT where there is none, -ENAMETOOLONG, or what reading /proc/self/exe gave.
 */
int program_find(const char *name, char *path, size_t cap, struct error *err);

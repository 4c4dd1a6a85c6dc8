/* SPDX-License-Identifier: Apache-2.0 */
/* Where the programs, and modules, below libexec/plimsoll are: found from the running program's own file, so
 * that a build folder, a prefix and a relocated tree all work with nothing configured. */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stddef.h>

#define PROGRAM_FOLDER "libexec/plimsoll"

/*
 * Writes the path of the program `name` to path (cap bytes): below libexec/plimsoll beside /proc/self/exe's
 * folder, beside its parent (bin/…), or beside the grandparent (another one of these programs asks).
 * 0; -ENOENT where there is none, -ENAMETOOLONG, or what reading /proc/self/exe gave.
 */
int program_find(const char *name, char *path, size_t cap, struct error *err);

/* The same for the front, plimsoll itself, as one of the programs below libexec/plimsoll finds it: in the
 * folder above libexec, or in bin/ there. */
int program_front(char *path, size_t cap, struct error *err);

/*
 * Runs the program at `path` and waits for it: `in` is its standard input, and *out the file of what it wrote
 * to its standard output, for the caller to close. All are files in memory, so that nobody waits for anybody.
 * Where it fails, what it wrote to standard error is the error: a line with the cause, and one with the
 * remedy: -EINVAL. `what` says what it does, for one that ends without a word, which is -EIO: "compiles
 * seccomp filters". Otherwise 0, or -errno where it could not be run.
 */
int program_run(const char *path, char *const *argv, const char *what, struct slice in, int *out,
		struct error *err);

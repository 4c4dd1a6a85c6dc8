/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The process is in the cgroup of the scope `unit` now: moves it into the leaf "supervisor" below it, in
 * every hierarchy where systemd has put it there. *path is "…/UNIT/container", beside the leaf; it is not
 * made. -ENOENT where no hierarchy has the process in the scope.
 */
int leaf_enter(pid_t pid, const char *unit, char *path, size_t cap, struct error *err);

/*
 * The path in a line of /proc/PID/cgroup if the line is this hierarchy's: "0::" for v2 (options NULL), else
 * the controllers as the mount has them. False for other lines, and where the path does not end in the unit.
 */
bool leaf_line(struct slice line, const char *options, const char *unit, struct slice *path);

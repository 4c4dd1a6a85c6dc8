/* SPDX-License-Identifier: Apache-2.0 */
/* Where systemd is PID 1, cgroups are its own: a container's are asked for as a delegated scope, over D-Bus
 * (org.freedesktop.systemd1.Manager.StartTransientUnit; systemd's CGROUP_DELEGATION.md). */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Starts plimsoll-ID.scope with Delegate=yes in `slice` (NULL: system.slice, or the user's app.slice without
 * root) with the calling process in it, and waits until it is there; then moves the calling process into the
 * leaf "supervisor", so that "container" beside it may have controllers. *path is the container's cgroup
 * below each hierarchy's root ("/system.slice/plimsoll-ID.scope/container"); it is not made. It executes
 * libexec/plimsoll/scope. -errno with systemd's own words.
 */
int scope_start(const char *id, const char *slice, char *path, size_t cap, struct error *err);

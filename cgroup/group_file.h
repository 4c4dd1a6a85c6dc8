/* SPDX-License-Identifier: Apache-2.0 */
/* What the files about a container's cgroups share: small files, and walks over a folder and those below. */
#pragma once

#include "cgroup/group.h"

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes value into a file below dir, in one piece, as cgroupfs wants it. 0 or -errno. */
int group_write(int dir, const char *file, const char *value);

/* Reads a file's first cap - 1 bytes, NUL-terminated. The length or -errno. */
ssize_t group_read(int dir, const char *file, char *buf, size_t cap);

/* The number behind "KEY " in a flat keyed text, or -ENODATA. */
int64_t group_key(const char *text, const char *key);

/* "/sys/fs/cgroup/memory/plimsoll/ID": where the group's folder of a hierarchy is, for messages. */
void group_where(const struct cgroup_group *group, size_t hierarchy, char *buf, size_t cap);

/* The descriptor of the folder in the controller's hierarchy, or -1. */
int group_home(const struct cgroup_group *group, enum controller c);

/* A group without folders; NULL where memory is short. */
struct cgroup_group *group_new(const struct cgroup_layout *layout, const char *path);

/* "/a/b": absolute, not the root, with no empty, "." or ".." part. 0 or -EINVAL. */
int group_check_path(const char *path, struct error *err);

/* Whether the folder may have folders in it: kernfs counts them as links, and most cgroups, which have none,
 * need not be listed. */
bool group_has_folders(int dir);
/* Whether an entry of it is one. */
bool group_is_folder(int dir, const struct dirent *entry);

/* Calls visit for the folder and every one below it, parents first, until it returns other than 0. What
 * vanishes meanwhile is passed over. The last of visit's results, or -errno. */
int group_walk(int top, int (*visit)(int dir, void *arg), void *arg);

/* Time left until `deadline` (monotonic), in milliseconds, rounded up; 0 where it has passed. */
int group_time_left(uint64_t deadline);
uint64_t group_deadline(int timeout_ms);

/* Waits a moment: longer each time, from a tenth of a millisecond to 10; false where the deadline has passed.
 */
bool group_pause(unsigned *round, uint64_t deadline);

/*
 * Does this v2 folder, which is not the hierarchy's root, have processes of its own? Then it passes no
 * controller on: memory is refused, while cpu or pids would turn it into a threaded domain, whose children
 * take no processes (Documentation/admin-guide/cgroup-v2.rst, "Threads").
 */
bool group_has_own_processes(int dir);

/* Waits until cgroup.events' key has the value. 0, -ETIMEDOUT or -errno. */
int group_wait_event(int dir, const char *key, int64_t value, uint64_t deadline);

/* Whether its processes are in v1's hierarchies alone, as some runtimes leave them on a hybrid host: what is
 * done to the empty v2 cgroup reaches nobody. */
bool group_is_hollow(const struct cgroup_group *group);

/* Whether somebody asked for it to be frozen, or something above it is: also while that is not, or for a
 * moment no longer, so. */
bool group_is_held(const struct cgroup_group *group);

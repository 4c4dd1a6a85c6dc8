/* SPDX-License-Identifier: Apache-2.0 */
/* The mount calls of Linux 5.2 and later: a mount is a descriptor until it is attached. */
#pragma once

#include "base/error.h"
#include "plan/plan_step.h"

/* A detached copy of the mount at path ("" = at dirfd itself), with those below. The descriptor or -errno. */
int mount_clone(int dirfd, const char *path, bool recursive);

/* mount_foreign.c: the same of what is to be bound. "/proc/PID/root/PATH" is taken from that process' mount
 * namespace and resolved below its root, links too; a child goes there, so the caller must be one thread. */
int mount_clone_source(const char *path, bool recursive);
bool mount_is_foreign(const char *path);

/* A new file system with its options, not attached. The descriptor or -errno with the file system's own
 * words. */
int mount_new(const char *type, const char *source, const struct mount_options *options, struct error *err);

/* An open file system context; key alone is a flag. 0 or -errno. */
int mount_context(const char *type, struct error *err);
int mount_set(int context, const char *key, const char *value);
int mount_finish(int context, uint64_t attributes, const char *what, struct error *err);
/* What the file system has to say about a failure: err with the code and its words. */
int mount_failed(int context, int code, const char *what, struct error *err);

/* Attributes and propagation of a bind mount; private where nothing is said. */
int mount_change(int mount, const struct mount_options *options);
int mount_readonly(int mount, bool recursive);

/* Puts a detached mount on what target is open on (never looked up again). */
int mount_attach(int mount, int target);
/* On top of the process' root, which no path leads to until the pivot. */
int mount_attach_above_root(int mount);

/* One of the spec's mounts below l->root. */
struct launching;
int mount_apply(struct launching *l, const struct step_mount *m, struct error *err);

/* mount_copy.c: what the folder held is copied into the tmpfs that is put above it (tmpcopyup). */
int mount_copy_up(int from, int to);

/* mount_target.c: paths inside of a root that may be hostile and may change while we look. */

/* O_PATH descriptor of path inside of root; flags are RESOLVE_* besides. -errno. */
int target_open(int root, const char *path, uint64_t flags);
/* The same, made where it is missing: a folder, or an empty file. */
int target_make(int root, const char *path, bool folder);
/* The folder that path's last part is in, made where it is missing; *name is that part. */
int target_parent(int root, const char *path, const char **name);

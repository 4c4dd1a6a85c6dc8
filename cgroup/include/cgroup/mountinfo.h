/* SPDX-License-Identifier: Apache-2.0 */
/* The cgroup mounts of a mountinfo text (proc(5), Documentation/filesystems/proc.rst 3.5). Pure: no file is
 * touched. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line, as it stands: root and point still have their octal escapes. */
struct mount_line {
	uint64_t id;
	uint64_t parent;
	struct slice root;
	struct slice point;
	struct slice type;
	struct slice options; /* of the superblock: where v1 names its controllers */
};

/* A cgroup mount, decoded. */
struct cgroup_mount {
	int version;
	uint32_t controllers; /* v1: bit (1U << enum controller), NAMED where there is none; v2: 0 (the mount
				 does not say) */
	char *root; /* "/", "/docker/ID"; "/../.." where it lies outside of the reader's cgroup namespace */
	char *point;
	char *options; /* "cpu,cpuacct", "name=systemd"; "" on v2. Equal options of one version are one
			  hierarchy */
	int depth;    /* of root below the cgroup namespace's root, each ".." being -1: the smallest shows the
			 most */
	bool settled; /* false at first; the layout notes here what it opened or gave up */
};

/* Splits one line. False where it is malformed. */
bool mountinfo_line(struct slice line, struct mount_line *out);

/* A field without its escapes (\040 is a space), NUL-terminated, for the caller to free; NULL where memory is
 * short. */
char *mountinfo_decode(struct slice field);

/*
 * The cgroup mounts that can be reached, in the text's order: not those that a later mount hides, nor those
 * of a cgroup that was removed. 0 or -ENOMEM. The caller frees them with cgroup_mounts_free.
 */
int mountinfo_cgroups(struct slice text, struct cgroup_mount **out, size_t *n);
void cgroup_mounts_free(struct cgroup_mount *mounts, size_t n);

/* SPDX-License-Identifier: Apache-2.0 */
/* What a cgroup's path alone tells: pure pattern matching, no I/O. facts: every runtime's naming, in name.c's
 * table. */
#pragma once

#include "model/identity.h"
#include "model/snapshot.h"

#include <stdbool.h>
#include <stdint.h>

/* Slices of the path that was given. */
struct cgroup_name {
	enum entity_class class;
	enum runtime runtime;
	struct slice id;      /* container id, machine or unit name; empty where there is none */
	struct slice space;   /* containerd's namespace where the path tells it; else empty */
	struct slice pod_uid; /* of a kubepods path, as it stands in the path ('_' for '-' with systemd) */
	bool has_owner;	      /* below /user.slice/user-U.slice */
	uint32_t owner_uid;
	size_t container_depth; /* number of path components down to the container's own cgroup, where it is
				   one or inside one */
};

/*
 * path starts with '/'. Names inside a container (crun's `container` child, a nested systemd) are
 * ENTITY_INNER and have the container's id. Nothing matched: ENTITY_GROUP, RUNTIME_NONE.
 */
void cgroup_name_parse(struct slice path, struct cgroup_name *out);

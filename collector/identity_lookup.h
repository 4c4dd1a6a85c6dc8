/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a container's metadata in the folders of all runtimes, and tells whether it has changed. Used by
 * identity_store alone. */
#pragma once

#include "base/str.h"
#include "meta.h"
#include "meta_folders.h"
#include "name.h"

/* A container to look up. */
struct request {
	const struct cgroup_name *name;
	struct slice path;
	struct slice unit;   /* the container's own component of the path */
	struct slice parent; /* the component before */
	struct slice rest;   /* what is inside the container */
	uint64_t now_ns;
};

/* Where it was found. Zero-initialise; lookup_free releases it. */
struct lookup {
	uint64_t folder; /* serial of the folder that knows it; 0 = none yet */
	char *place;	 /* within the folder: containerd's namespace, a machine's name */
	struct meta_stamp stamp;
	uint64_t generation; /* of the storage's list */
	bool complete;	     /* nothing is to come but by a change of the file that is watched */
};

struct request request_of(const struct cgroup_name *name, struct slice path, uint64_t now_ns);

/* Whether the container is inside another one. */
bool request_is_nested(const struct request *q);

/*
 * Reads the metadata into m. The folder that has it, or NULL, and m is empty then; an earlier finding stays
 * in *lookup, but is not complete any more.
 */
const struct meta_folder *lookup_load(struct meta_folders *folders, const struct request *q,
				      struct lookup *lookup, struct meta *m);

/* Whether the file has changed since; one stat. What can't be looked at has not changed. */
bool lookup_changed(const struct meta_folders *folders, const struct request *q, struct lookup *lookup);
void lookup_free(struct lookup *lookup);

/* Undoes systemd's escapes in unit names (systemd.unit(5)): "\x2d" → "-". What is no printable ASCII stays
 * escaped. */
void unit_unescape(struct slice text, struct str *out);
char *unit_unescaped(struct slice text);

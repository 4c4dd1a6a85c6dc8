/* SPDX-License-Identifier: Apache-2.0 */
/* Data folders on the command lines of running daemons. Used by meta_folders alone. */
#pragma once

#include "meta_folders.h"

/* A folder that was found. Texts are copied by meta_folders_add. */
struct folder_found {
	enum runtime runtime;
	const char *path;     /* to show: from the host's root where that can be said */
	const char *inside;   /* to open, in root_fd; NULL = path */
	const char *data;     /* containerd's */
	const char *found_by; /* a literal */
	bool foreign;
	int root_fd; /* of a foreign one; is duplicated */
	uint64_t pid;
	bool has_owner;
	uint32_t owner;
};

/* Adds a folder, or opens it again where it is in the list. */
void meta_folders_add(struct meta_folders *f, const struct folder_found *found);

/* Looks at every process of f->procfs. */
void meta_daemons_scan(struct meta_folders *f);

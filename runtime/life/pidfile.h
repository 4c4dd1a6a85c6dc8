/* SPDX-License-Identifier: Apache-2.0 */
/* --pidfile: who reads it sees a whole pid, of the run before or of this one. */
#pragma once

#include "base/error.h"

#include <sys/types.h>

struct pidfile {
	const char *path; /* NULL = there is none to be written */
	const char *name; /* of it, in the folder */
	int folder;
	int fd;
	char begun[40]; /* the name that it has until it is ended */
};

#define PIDFILE_NONE ((struct pidfile){.folder = -1, .fd = -1})

/*
 * Makes the new file beside `path` (NULL: does nothing), before there is a process to be written of: what is
 * wrong with the path is said then. What stands there already must be a plain file, since it is replaced.
 * `id` makes the new one's name this container's own; the lock of the container is held. `path` is borrowed.
 */
int pidfile_begin(struct pidfile *out, const char *path, const char *id, struct error *err);
/* Writes the pid, and renames it to its place. */
int pidfile_end(struct pidfile *file, pid_t pid, struct error *err);
/* Removes what was begun and not ended. */
void pidfile_close(struct pidfile *file);
#define _cleanup_pidfile_ _cleanup_(pidfile_close)

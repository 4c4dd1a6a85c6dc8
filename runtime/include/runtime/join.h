/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces that belong to another container of ours. The kernel knows them by a process, and another one at
 * each start of that container; so the spec keeps whose they are, and the paths are made anew. */
#pragma once

#include "base/error.h"
#include "runtime/container.h"
#include "runtime/spec.h"

/* The namespace is that of the process `pid`, which is the container's first (name or id, or NULL). With an
 * ipc namespace goes /dev/shm, where the spec has it from the one that it joined before. 0 or -ENOMEM. */
int join_process(struct spec *spec, enum spec_namespace which, pid_t pid, const char *container);

/* /dev/shm of the process' mount namespace, as a path in the spec's arena; NULL where memory is short. */
const char *join_shm(struct spec *spec, pid_t pid);

/*
 * Looks each container that the spec joins up by its name, and gives the namespaces their paths of now.
 * -ENOENT where there is none any more, -ESRCH where it does not run, -EACCES where it keeps its ipc
 * namespace to itself. `again`: it was started before, so a path of a process that nobody knows the container
 * of is -EOPNOTSUPP: by now the process may be another one.
 */
int join_resolve(struct spec *spec, const struct store *store, bool again, struct error *err);

/* Whether one of them does not run at the moment, and is about to be started again by its own supervisor:
 * who has to join it does better to wait. */
bool join_must_wait(const struct spec *spec, const struct store *store);

/* SPDX-License-Identifier: Apache-2.0 */
/* What a demo leaves in the store: its containers, known by their label, and a folder for their files. */
#pragma once

#include "demo_loads.h"
#include "runtime/container.h"
#include "runtime/host.h"

#define DEMO_OWNER_SIZE 48

/* "PID:START" of this process, so that a demo that was killed can be told from one that runs. */
void demo_owner(const struct store *store, char owner[DEMO_OWNER_SIZE]);

/* Removes the containers and files of `owner` (NULL: of every demo that doesn't live any more). -EBUSY where
 * another one lives. Tries all; the first error. */
int demo_clean(const struct store *store, const struct host *host, const char *owner, struct error *err);

/* Makes the folder of a load: STORE/demo/NAME, into path. */
int demo_folder(const struct store *store, enum demo_load load, char *path, size_t cap, struct error *err);

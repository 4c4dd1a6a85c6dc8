/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A container that was started again: at its cgroup's path there are the one that runs and those that ended,
 * or several that ended. What was meant for an older one belongs to the newest.
 */
#pragma once

#include "model/snapshot.h"

#include <stddef.h>

/* The newest at the path of the ended one at `index`; -1 where that is itself, or it has not ended. */
ptrdiff_t successor_of(const struct snapshot *s, size_t index);

/* The same for all: *out (freed by the caller) has an index or -1 for each entity; NULL where none has ended.
 * 0 or -ENOMEM. */
int successors(const struct snapshot *s, ptrdiff_t **out);

/* SPDX-License-Identifier: Apache-2.0 */
/* A snapshot of some of the entities of another one. */
#pragma once

#include "model/snapshot.h"

/* Has the entities of `rows` with all their values, in tree order. The caller's reference; NULL where memory
 * is short. */
struct snapshot *snapshot_pick(const struct snapshot *from, const size_t *rows, size_t n);

/*
 * Has the entities of `rows`, and those above them, so that the tree stays one; the reports too. The caller's
 * reference; NULL where memory is short.
 */
struct snapshot *snapshot_prune(const struct snapshot *from, const size_t *rows, size_t n);

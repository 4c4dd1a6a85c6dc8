/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of blocks to snapshots: the other way round of pack.h, of bytes that anybody may have written. */
#pragma once

#include "base/slice.h"
#include "model/snapshot.h"

#include <stdbool.h>

struct unpacker;

/* NULL where memory is short. */
struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);

/* Takes in a block: a whole one, or the one behind the last. 0, -ENOMEM, or -EBADMSG where it is broken: then
 * only a whole one goes on. */
int unpacker_take(struct unpacker *u, struct slice raw, bool whole);

/* The snapshot of the last block. *out is the caller's reference. 0, -ENOMEM or -EBADMSG. */
int unpacker_snapshot(struct unpacker *u, uint64_t realtime_ns, struct snapshot **out);

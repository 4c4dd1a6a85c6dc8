/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots to the bytes of blocks, before they are compressed. */
#pragma once

#include "base/str.h"
#include "model/snapshot.h"

#include <stdbool.h>

struct packer;

/* NULL where memory is short. */
struct packer *packer_new(void);
void packer_free(struct packer *p);

/*
 * Puts the snapshot into *out, which is emptied first: by itself with `whole`, else as what has changed since
 * the last one. *whole is set where it had to stand by itself (the first one; other metrics than before).
 * 0, -ENOMEM, or -EFBIG beyond limits.h. After an error, or where what came out was not kept, the next one
 * has to be a whole one.
 */
int packer_pack(struct packer *p, const struct snapshot *s, bool *whole, struct str *out);

/* SPDX-License-Identifier: Apache-2.0 */
/* What every program's user side needs of libbpf. */
#pragma once

#include "base/error.h"

struct bpf_object_skeleton;

/* libbpf speaks to stderr unless told otherwise: from here on its last complaint is kept instead. Idempotent.
 */
void object_silence(void);

/*
 * Loads what a skeleton has opened (its `skeleton`), so that its globals are those of the programs. Where
 * `refuse` (may be NULL) is the name of one of its programs, fails as if the verifier had said no to it: for
 * tests. 0 or -errno with the cause in plain words and what can be done.
 */
int object_load(struct bpf_object_skeleton *skeleton, const char *refuse, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* What a compiled filter depends on, as text: see seccomp_file.h. */
#pragma once

#include "base/error.h"
#include "base/str.h"
#include "runtime/spec.h"

/* 32 hexadecimal digits and a NUL. */
#define SECCOMP_NAME_SIZE 33

/* Appends the key; check key->failed. -EINVAL for a profile that is too long. */
int seccomp_key(struct str *key, const struct spec *spec, uint64_t bounding, struct error *err);

/* The cache file's name for this key. Two keys may have one name: the whole key is in the file. */
void seccomp_key_name(const struct str *key, char name[static SECCOMP_NAME_SIZE]);

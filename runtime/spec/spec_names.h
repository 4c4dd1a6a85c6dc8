/* SPDX-License-Identifier: Apache-2.0 */
/* Words that the specification's JSON has for numbers, and the annotations that are ours. */
#pragma once

#include <stdbool.h>

#define SPEC_ROOT_KIND "plimsoll.root.kind"
#define SPEC_ROOT_LAYERS "plimsoll.root.layers" /* a JSON list as text */
#define SPEC_SECCOMP "plimsoll.seccomp"
#define SPEC_SLICE "plimsoll.slice"
#define SPEC_JOIN "plimsoll.join." /* and the namespace's name: whose it is */

/* Whether an annotation is one of those: nobody else may set it. */
bool spec_is_ours(const char *annotation);

/* "RLIMIT_NOFILE" and RLIMIT_NOFILE; NULL, -1 where there is none. */
const char *spec_rlimit_name(int resource);
int spec_rlimit_find(const char *name);

/* "overlay-tmpfs" and enum spec_root_kind; NULL, -1. */
const char *spec_root_kind_name(int kind);
int spec_root_kind_find(const char *name);

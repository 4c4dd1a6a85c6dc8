/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sets of CPUs and of memory nodes that a walk met, each once, as the text that a cpuset's files have:
 * there are few, however many cgroups. Pure.
 */
#pragma once

#include "base/map.h"
#include "base/str.h"
#include "walk.h"

struct walk_named_set {
	struct walk_set set;
	struct str text;
};

struct walk_sets {
	struct walk_named_set **each;
	size_t n, cap;
	struct map by_bits;
};

#define WALK_NO_SET UINT64_MAX

/* The set's number; `guess` is one that it may have. WALK_NO_SET where there is no memory for it. */
uint64_t walk_sets_put(struct walk_sets *s, const struct walk_set *set, uint64_t guess);

/* "0-3,6", "" where it is empty, or NULL where there is no such number; it lives until the sets are cleared.
 */
const struct str *walk_sets_text(const struct walk_sets *s, uint64_t number);

/* Forgets all of them. */
void walk_sets_clear(struct walk_sets *s);

/* Appends the set as lib/vsprintf.c's %*pbl does. */
void walk_set_print(const struct walk_set *set, struct str *out);

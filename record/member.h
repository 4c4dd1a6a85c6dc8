/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of the model's structs that are recorded by their name: one more is one more row in member.c. */
#pragma once

#include "model/identity.h"
#include "model/snapshot.h"

enum member_type { MEMBER_TEXT, MEMBER_BOOL, MEMBER_U32, MEMBER_U64 };

struct member {
	const char *name; /* in the file: never changed once it is released */
	enum member_type type;
	size_t offset;
};

#define MEMBERS_MAX 32

extern const struct member host_members[];
extern const size_t n_host_members;
extern const struct member identity_members[]; /* but runtime and labels, which are no plain fields */
extern const size_t n_identity_members;

/* Never NULL. */
const char *member_text(const void *record, const struct member *m);
void member_set_text(void *record, const struct member *m, const char *text);
uint64_t member_number(const void *record, const struct member *m);

/* What does not fit becomes 0. */
void member_set_number(void *record, const struct member *m, uint64_t value);

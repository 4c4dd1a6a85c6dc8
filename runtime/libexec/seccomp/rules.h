/* SPDX-License-Identifier: Apache-2.0 */
/* A profile for one architecture, kernel and set of capabilities: rules whose conditions on these are
 * decided, so that only those on a call's arguments are left. */
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARGS_MAX 6

struct arch;

/* What a filter is for. */
struct request {
	struct slice key; /* as it came; see seccomp_file.h */
	const struct arch *arch;
	unsigned kernel_major, kernel_minor;
	uint64_t capabilities;
	bool has_profile;
	struct slice profile; /* JSON */
};

enum op { OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE, OP_MASKED_EQ };

struct condition {
	unsigned index;
	enum op op;
	bool narrow; /* the kernel takes an int: the upper half is not looked at */
	uint64_t value;
	uint64_t mask; /* OP_MASKED_EQ */
};

struct rule {
	const char *name; /* of the system call */
	uint32_t action;  /* SECCOMP_RET_* */
	bool idle; /* not for this host or these capabilities: it only tells that the profile knows the call
		    */
	unsigned n;
	struct condition conditions[ARGS_MAX]; /* all of them hold */
};

struct rules {
	struct arena arena; /* texts */
	struct rule *at;
	size_t n;
	size_t cap;
	uint32_t otherwise;	    /* what a call without a rule gets */
	bool unknown_is_missing;    /* calls that are newer than the profile or the tables get ENOSYS */
	unsigned flags;		    /* SECCOMP_FILTER_FLAG_* */
	const struct arch *more[8]; /* architectures beside the request's own */
	size_t n_more;
};

struct program {
	struct sock_filter *at;
	size_t n;
};

/* Reads the key. 0 or -EINVAL. */
int request_read(struct request *request, struct slice key, struct error *err);

/* A copy of *rule, and a name of `name`. 0 or -ENOMEM. */
int rules_add(struct rules *rules, struct slice name, const struct rule *rule);
/* -ENOSPC beyond its room. */
int rules_add_arch(struct rules *rules, const struct arch *arch);
void rules_free(struct rules *rules);

/* Docker's default profile, from profile.def. 0 or -ENOMEM. */
int profile_default(const struct request *request, struct rules *rules);

/* Docker's and the OCI specification's JSON. 0, -EINVAL with where and why, -ENOMEM. (Fuzzed.) */
int profile_json(const struct request *request, struct rules *rules, struct error *err);

/* 0, -E2BIG beyond what the kernel takes, -ENOMEM. The caller frees program->at. */
int rules_compile(const struct rules *rules, const struct arch *arch, struct program *program,
		  struct error *err);

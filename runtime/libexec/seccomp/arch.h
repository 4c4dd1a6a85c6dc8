/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arch {
	const char *machine;   /* uname's word; NULL where no kernel runs as it */
	const char *profile;   /* "SCMP_ARCH_X86_64" */
	const char *condition; /* "amd64": the word in Docker's conditions */
	uint32_t token;	       /* libseccomp's */
	uint32_t audit;	       /* seccomp_data.arch */
	uint32_t base;	       /* of its call numbers */
	const char *more[2];   /* machines whose programs its kernels also run, by `profile` */
};

/* NULL where there is none. */
const struct arch *arch_of_machine(struct slice machine);
const struct arch *arch_of_profile(struct slice name);

/* A system call that an architecture has. */
struct call {
	const char *name;
	uint32_t number;
};

struct calls {
	struct call *at; /* by name */
	size_t n;
	char **texts; /* owned */
	size_t n_texts;
};

/* All that libseccomp and our table of newer ones know. 0 or -ENOMEM. */
int calls_list(const struct arch *arch, struct calls *calls);
const struct call *calls_find(const struct calls *calls, const char *name);
void calls_free(struct calls *calls);

/*
 * i386 has calls that reach others by a number: socketcall and ipc. True where `name` is such a one, with the
 * way to it.
 */
bool arch_multiplexed(const struct arch *arch, const char *name, const char **by, uint64_t *number);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system call filter of a container: Docker's default profile from our own table, or a profile that the
 * user gives, compiled for these capabilities and this architecture. Compiling costs about 7 ms, so it is
 * done by a program of its own (libexec/plimsoll/seccomp, the only one that knows libseccomp) and the result
 * is kept.
 */
#pragma once

#include "base/error.h"
#include "runtime/spec.h"

#include <linux/filter.h>

struct seccomp_program {
	struct sock_filter *filter; /* NULL: no filter */
	unsigned short n;
	unsigned flags; /* SECCOMP_FILTER_FLAG_* for seccomp(2) */
	void *memory;	/* owned; filter points into it */
};

/*
 * The program for this spec and these capabilities, from the cache in `folder` ("seccomp" below the store;
 * made if missing, mode 0700) or compiled and put there by rename (a folder that can't be written costs time
 * only). A cached file is used only if it belongs
 * to this user, nobody else may write it, and the whole key that stands in it (architecture, kernel release
 * class, capabilities, profile) is the wanted one; a damaged one is compiled again. SECCOMP_UNCONFINED gives
 * no program. A kernel without seccomp is -EOPNOTSUPP, a profile that is not one -EINVAL with
 * what is wrong with it. The caller frees *out.
 */
int seccomp_program_get(const struct spec *spec, const struct spec_capabilities *capabilities,
			const char *folder, struct seccomp_program *out, struct error *err);
void seccomp_program_free(struct seccomp_program *program);

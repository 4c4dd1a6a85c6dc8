/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up what isn't needed once everything is open. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

struct user {
	bool given;
	char name[64];
	uid_t uid;
	gid_t gid;
};

/* Looks a user up by name or number. 0 or -ENOENT with *err. */
int privileges_find_user(const char *name, struct user *out, struct error *err);

/*
 * Becomes the user (if given), keeps CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE as far as this process has them,
 * which is what reading other users' files and processes takes, with `attaches` CAP_NET_ADMIN too, which is
 * what attaching loaded BPF programs to packets takes, and gives up every other capability, also those that a
 * program run from here could gain (bounding set, no_new_privs). Call it before there are threads. 0 or
 * -errno with *err.
 */
int privileges_shed(const struct user *user, bool attaches, struct error *err);

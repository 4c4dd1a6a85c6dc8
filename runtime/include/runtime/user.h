/* SPDX-License-Identifier: Apache-2.0 */
/* Users and groups by the files of the container's root: passwd(5), group(5). No NSS, and nothing of the
 * host's. */
#pragma once

#include "base/error.h"
#include "runtime/spec.h"

/*
 * Resolves docker's --user ("name", "uid", "name:group", "uid:gid"; "" is 0:0) and --group-add's groups, by
 * /etc/passwd and /etc/group below rootfd (opened as if it were "/"; missing files are fine for numbers). A
 * name that is not there, a number out of 0…2^32-2, and "+1", "-1", "0x1" are errors. With no group given,
 * the user's own and the groups that list it. *home (may be NULL) is the user's home or "/", in the spec's
 * arena.
 */
int user_resolve(int rootfd, const char *user, const struct spec_texts *group_add, struct spec *spec,
		 struct spec_user *out, const char **home, struct error *err);

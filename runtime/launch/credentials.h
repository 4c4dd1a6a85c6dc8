/* SPDX-License-Identifier: Apache-2.0 */
/* Who the container's program is, and what it may: the last thing before it is executed. */
#pragma once

#include "base/error.h"
#include "runtime/seccomp.h"
#include "runtime/spec.h"

int credentials_rlimits(pid_t pid, const struct spec_process *process, struct error *err);

/* Hard limits that go up, which a user namespace takes the right to away; credentials_rlimits() can then set
 * them all inside of one, when nothing is opened any more. */
int credentials_raise_rlimits(const struct spec_process *process, struct error *err);

/* Bounding set, groups and ids; what is permitted stays, so that a filter can be put in place. */
int credentials_user(const struct spec_process *process, bool user_ns, struct error *err);

/* Capabilities, no_new_privs and the filter, in the order that each of them allows. */
int credentials_restrict(const struct spec_process *process, const struct seccomp_program *seccomp,
			 struct error *err);

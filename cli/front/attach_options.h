/* SPDX-License-Identifier: Apache-2.0 */
/* What `attach` and `start --attach` share. */
#pragma once

#include "runtime/container.h"
#include "runtime/supervisor.h"

/* This process' standard descriptors, for a container that is run or attached to. Without `input`, or where
 * the container has no open standard input, nothing is typed into it. */
struct foreground foreground_of(const struct container *c, bool input, bool pass_signals);

/* Attaches to a running container until it ends or is left; says what went wrong. The exit code of `attach`:
 * the container's own, or 0 where it was left. `name` as the user said it. */
int attach_to(struct container *c, const char *name, const struct foreground *foreground,
	      const char *detach_keys);

/* The exit code for how it went, with a word where the kernel ran out of memory. */
int attach_code(const char *name, const struct supervised *ended);

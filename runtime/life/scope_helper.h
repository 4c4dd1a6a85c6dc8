/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libexec/plimsoll/scope PID ID [SLICE]: asks systemd for plimsoll-ID.scope with the process in it, waits for
 * it, moves the process into the leaf "supervisor" in every hierarchy that systemd has put it into, and says
 * the path of "container" beside it (which is not made), without the hierarchies' mounts. Fails with a line
 * on standard error that says why, and one that says what to do.
 */
#pragma once

#include "base/error.h"

#include <stddef.h>

/* scope_start with this helper. */
int scope_start_by(const char *helper, const char *id, const char *slice, char *path, size_t cap,
		   struct error *err);

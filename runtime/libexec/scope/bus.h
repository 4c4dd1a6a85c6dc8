/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * Starts the scope `unit` with the process in it, as a delegated one in `slice`, and waits until systemd has
 * done the job. `user`: the user's own manager rather than the system's. -errno with systemd's words.
 */
int bus_start_scope(bool user, const char *unit, const char *slice, const char *description, pid_t pid,
		    struct error *err);

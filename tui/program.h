/* SPDX-License-Identifier: Apache-2.0 */
/* A program that is started from the dashboard, in front of it or behind. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Starts argv[0] (found in PATH where it has no '/') with default signals, none of them blocked, with these
 * as its standard files and no others. own_session: it neither gets the keyboard's signals nor asks at the
 * terminal. 0 or -errno. */
int program_start(pid_t *pid, char *const *argv, const int files[3], bool own_session);

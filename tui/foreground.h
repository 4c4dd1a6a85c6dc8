/* SPDX-License-Identifier: Apache-2.0 */
/* A program that gets the terminal until it ends: a shell in a container. */
#pragma once

#include "base/error.h"

/*
 * Runs argv on the terminal `in`/`out` with `err_out` as its standard error, and waits. `signals` is the
 * loop's signalfd: the keyboard's signals meanwhile are the program's; one that asks us to end is passed on,
 * and *end set. The program's exit code, 128 + the signal that ended it, or -errno with *err where it could
 * not be run.
 */
int foreground_run(char *const *argv, int in, int out, int err_out, int signals, int *end, struct error *err);

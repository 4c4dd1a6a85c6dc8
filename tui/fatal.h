/* SPDX-License-Identifier: Apache-2.0 */
/* Should the program crash, the terminal is usable afterwards. */
#pragma once

#include <stddef.h>
#include <termios.h>

/*
 * From now on SEGV, ABRT, BUS, FPE and ILL first write `reset` to `tty` and set its modes, then do what they
 * did before. The text is copied. One terminal at a time.
 */
void fatal_guard(int tty, const char *reset, size_t len, const struct termios *modes);

/* The descriptor that standard error really is while something is in its place; -1 = none. What a crash says
 * goes there. */
void fatal_set_stderr(int fd);

/* As before. */
void fatal_release(void);

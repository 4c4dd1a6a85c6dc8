/* SPDX-License-Identifier: Apache-2.0 */
/* An executed process is waited for: signals are passed on, and with a terminal of its own what is typed and
 * shown. */
#pragma once

#include "runtime/launch.h"

struct exec_terminal {
	bool input;		 /* what is typed goes to it */
	const char *detach_keys; /* NULL = the default ones */
};

/*
 * Blocks the signals that are passed on; to be called before the process is started, so that none is lost.
 * The signalfd, or -errno.
 */
int exec_signals(struct error *err);

/*
 * Until it has ended: *code is its exit code, 128 + n where a signal ended it. terminal: NULL where it has
 * none. With the detach keys it is left to a process in the background that keeps its terminal open, and
 * *code is 0. 0 or -errno.
 */
int exec_wait(const struct launched *process, int signals, const struct exec_terminal *terminal, int *code,
	      struct error *err);

/* Leaves its terminal to a process in the background, which reads it until it hangs up. */
int exec_leave(const struct launched *process, struct error *err);

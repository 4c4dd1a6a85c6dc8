/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Actions as child processes: their standard input is /dev/null, what they say comes through a pipe. Nothing
 * here waits: the loop watches the descriptors.
 */
#pragma once

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A child whose output is read: for the pager and for actions in the background. */
struct child {
	pid_t pid;     /* 0 = none */
	int output;    /* standard output and error, non-blocking; -1 = closed */
	int process;   /* readable at its end: child_ended tells whether it is that */
	bool by_clock; /* process is no pidfd but a clock */
};

/* Starts argv[0] (found in PATH where it has no '/') with default signals, in a session of its own: it cannot
 * touch the terminal. 0 or -errno with *err; *child is safe to close either way. */
int child_start(struct child *child, char *const *argv, struct error *err);
/* Reaps it where it has ended: 1 and *status of waitpid(2), 0 while it runs. Its output can still be read.
 * Asked again after that: 1, and *status is left as it is. */
int child_ended(struct child *child, int *status);
/* Ends (SIGTERM, after a moment SIGKILL) and reaps it; closes the descriptors. Takes at most some tenths of a
 * second. Safe on one that is all zero, and on one that was closed. */
void child_close(struct child *child);

/* The background's jobs. */
struct jobs;
struct jobs *jobs_new(void);
void jobs_free(struct jobs *jobs);
/* Runs argv; `title` ("pause web") stands in front of what is said at the end. 0 or -errno with *err. */
int jobs_start(struct jobs *jobs, const char *title, char *const *argv, struct error *err);
size_t jobs_count(const struct jobs *jobs);
/* Descriptors to watch: at most `max`, their count. */
size_t jobs_fds(const struct jobs *jobs, int *fds, size_t max);
/* Reads and reaps; `done` hears of each that has ended: failed = its exit code was not 0, text = the first
 * line it said. */
void jobs_poll(struct jobs *jobs,
	       void (*done)(void *context, const char *title, bool failed, const char *text), void *context);

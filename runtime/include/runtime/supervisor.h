/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one process that stands beside each container: launches it, is its parent, writes its output to the log
 * and to whoever is attached, restarts it as told, and writes down how it ended. Small: thousands of them may
 * run. Without it the container lives on, and only its exit code and output are lost.
 */
#pragma once

#include "base/error.h"
#include "runtime/container.h"
#include "runtime/host.h"
#include "runtime/launch.h"

/* How the last run of it ended, for the foreground's exit code. */
struct supervised {
	int exit_code; /* the program's, 128 + signal, or 125…127 where it could not be launched */
	bool oom_killed;
	bool detached; /* the user pressed the detach keys: it was handed to a supervisor in the background */
};

/* The terminal or pipes of a foreground run: all -1 in the background. */
struct foreground {
	int in, out, err;  /* what `attach` says is not attached is -1 */
	bool terminal;	   /* in is a terminal to be put into raw mode, and sizes are passed on */
	bool pass_signals; /* --sig-proxy */
};

/*
 * What the starter of a supervisor in the background waits for: that the container runs, or why it does not.
 * One write(2) of one of these, which a pipe keeps in one piece.
 */
struct supervisor_ready {
	int failure; /* enum launch_failure, where error.code < 0 */
	struct error error;
};

/* Says it on fd (nothing where fd < 0); never blocks and never fails, since nobody may be there to hear. */
void supervisor_ready_send(int fd, enum launch_failure failure, const struct error *err);

/* Waits for it. 0, the error that was sent, or -EIO where the supervisor ended without a word. */
int supervisor_ready_wait(int fd, enum launch_failure *failure, struct error *err);

/*
 * Runs the container (status CREATED or EXITED, made by container_create) until it has ended for good; takes
 * and gives back its lock as needed. ready_fd (-1: none) gets one message once it runs or has failed:
 * supervisor_ready_send / _wait below. With auto_remove the container is removed at the end. The calling
 * process becomes subreaper of nothing and blocks SIGCHLD and, in the foreground, the signals that it passes
 * on. Returns 0 where the container was run (see *out), or -errno where it could not be (out->exit_code is
 * 125, 126 or 127 then).
 *
 * Who supervises: in the foreground the calling process itself (no fork: speed), except where the user can
 * leave the container alone (a raw terminal has detach keys, and without --sig-proxy a signal ends the client
 * only): then a supervisor in the background does, and the calling process is its first client. That client
 * is served whatever it costs, as a terminal is; other clients hold the container's output up for some
 * seconds at most, and are dropped then. Without a log and without a terminal (LOG_NONE) a foreground
 * container gets the given descriptors themselves; nobody can attach to its output then.
 *
 * Where the supervisor is killed with SIGKILL the container lives on, and all but its exit code and its
 * output is as before. The reading ends of its pipes are gone, though: what it writes then fails with EPIPE,
 * or ends it by SIGPIPE where it left that signal alone; a terminal hangs up (SIGHUP). Nobody else could keep
 * them open without being a second supervisor.
 */
int supervise(struct container *c, const struct host *host, const struct foreground *foreground, int ready_fd,
	      struct supervised *out, struct error *err);

/*
 * Starts a supervisor in the background (a fork in a session of its own, standard descriptors on /dev/null,
 * cwd /) and returns once the container runs. *failure as in launch().
 */
int supervise_in_background(struct container *c, const struct host *host, enum launch_failure *failure,
			    struct error *err);

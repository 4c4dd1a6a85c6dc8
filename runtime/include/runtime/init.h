/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last step of a launch, as a program of a few kilobytes in a sealed memfd (runtime/init/): it executes
 * the container's program, so that /proc/self/exe never leads a container to plimsoll's own file
 * (CVE-2019-5736). With --init it stays as PID 1: it passes signals on and reaps.
 */
#pragma once

#include "base/error.h"

/*
 * A sealed memfd with the program, O_CLOEXEC, for fexecve; or -errno: -EACCES where vm.memfd_noexec = 2
 * forbids it, -EMFILE, -ENOMEM, …
 */
int init_program_open(struct error *err);

/*
 * How it is called: argv = {"plimsoll-init", MODE, STATUS_FD, PATH, ARGV0, ARGS…}; MODE is "exec" or "reap",
 * PATH the file to execute (already found, absolute inside of the container), STATUS_FD a descriptor that has
 * to be open without close-on-exec (the program sets it) and onto which it writes the errno (4 bytes) of an
 * execve that failed, before it ends with 127 (ENOENT) or 126; its end of file with nothing written tells
 * that the program runs. The environment is passed on. Called wrongly, it ends with 125.
 *
 * "reap" is meant for PID 1, and becomes a subreaper where it is not: it runs the program as a child in a
 * process group of its own, in the foreground of the terminal if standard input, output or error is one and
 * is the session's; passes on every signal (with sigqueue's value), reaps all that ends, and ends as the
 * child did, or with 128 + its signal. Its own faults (SIGSEGV, …, SIGABRT) it doesn't pass on.
 */
#define INIT_MODE_EXEC "exec"
#define INIT_MODE_REAP "reap"

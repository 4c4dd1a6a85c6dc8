/* SPDX-License-Identifier: Apache-2.0 */
/* A made container is started, in the foreground or the background, and its exit code told. */
#pragma once

#include "run_spec.h"
#include "runtime/launch.h"

#define RUN_FAILED 125

/* -t with a standard input that is typed into must have a terminal there. */
int run_check_terminal(const struct run_settings *s, struct error *err);

/* What the flags ask to be bound into it, written into its folder. */
int run_write_files(const struct container *c, const struct run_files *files, struct error *err);

/* --cidfile: made before the container, filled once there is one. *fd = -1 without the flag. */
int run_open_cidfile(const struct run_settings *s, int *fd, struct error *err);
int run_write_cidfile(const struct run_settings *s, int fd, const char *id, struct error *err);

/* Removes a container that was made and cannot be started, without a word. */
void run_undo(struct container *c, const struct host *host);

/* The exit code; *err is filled where something is to be said. */
int run_launch(const struct run_settings *s, struct container *c, const struct host *host, struct error *err);

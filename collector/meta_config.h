/* SPDX-License-Identifier: Apache-2.0 */
/* The little that is understood of the configuration of runtimes and of command lines. Pure: text in, text
 * out. */
#pragma once

#include "base/slice.h"

#include <stdint.h>

/*
 * The value of the first of `names` (ended by NULL, each with its dashes) on a command line as
 * /proc/PID/cmdline has it:
 * "--name VALUE", "--name=VALUE", "-n VALUE". False where there is none.
 */
bool command_flag(struct slice cmdline, const char *const *names, struct slice *value);

/* Podman's storage root on the command line of a conmon: --exit-command-arg --root --exit-command-arg PATH.
 */
bool conmon_storage_root(struct slice cmdline, struct slice *value);

/* The text at `key` in `section` ("" = before any) of a TOML file; no escapes, tables in arrays or dotted
 * keys. */
bool toml_text(struct slice text, const char *section, const char *key, struct slice *value);

/* "data-root", or the older "graph", of Docker's daemon.json, into out. */
bool daemon_json_root(struct slice text, char *out, size_t cap);

/* The home of a user in /etc/passwd. */
bool passwd_home(struct slice text, uint32_t uid, struct slice *home);

/* The real user id in /proc/PID/status. */
bool status_uid(struct slice text, uint32_t *uid);

/* Copies an absolute path that has no "..", without trailing slashes. False where it is something else. */
bool take_path(struct slice text, char *out, size_t cap);

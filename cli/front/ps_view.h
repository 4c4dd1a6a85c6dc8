/* SPDX-License-Identifier: Apache-2.0 */
/* Containers as `ps` shows them: as a table, and as an object a line. Pure. */
#pragma once

#include "base/str.h"
#include "runtime/container.h"

#include <stdbool.h>

/* "12 seconds", "About a minute", "3 hours": Docker's words. */
void ps_age(struct str *out, uint64_t age_ns);

/* "Up 3 minutes (Paused)", "Exited (137) 2 seconds ago, out of memory", "Created". */
void ps_status(struct str *out, const struct container *c, uint64_t now_ns);

/* The command line in quotes; cut after 20 characters unless it is to be whole. */
void ps_command(struct str *out, const struct container *c, bool cut);

/* Safe for a terminal. now_ns: CLOCK_REALTIME. */
void ps_table(struct str *out, struct container *const *list, size_t n, bool cut, uint64_t now_ns);
void ps_json(struct str *out, struct container *const *list, size_t n, bool cut, uint64_t now_ns);

/* "1d81dfbb2fd8", or all of it. */
struct slice ps_id(const struct container *c, bool cut);

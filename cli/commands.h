/* SPDX-License-Identifier: Apache-2.0 */
/* The list of commands, as the front and each program see it. Needs nothing but base. */
#pragma once

#include "base/error.h"

#include <stddef.h>

struct command_row {
	const char *name;
	const char *program; /* the file below libexec/plimsoll/, or "front" */
	const char *summary; /* one line, no full stop */
};

extern const struct command_row command_rows[];
extern const size_t n_command_rows;

/* The row with this name, or NULL. */
const struct command_row *command_row_find(const char *name);

/* Fills *err for a word that is no command, with the nearest one as the remedy. Returns -EINVAL. */
int command_unknown(const char *word, struct error *err);

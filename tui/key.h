/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as the program sees them, whatever terminal they come from; and what they are bound to (binding.def).
 */
#pragma once

#include "base/str.h"
#include "key_code.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a binding holds: bits. */
enum context {
	CONTEXT_LIST = 1U << 0,
	CONTEXT_ONE = 1U << 1,	 /* the view of one container */
	CONTEXT_PAGER = 1U << 2, /* logs, inspect, help */
	CONTEXT_MENU = 1U << 3,	 /* any list to choose from in a dialog */
	CONTEXT_INPUT = 1U << 4, /* a line that is being typed: printable keys are text */
	CONTEXT_ANY = 0xff & ~CONTEXT_INPUT,
};

/* What a key does: the ids of binding.def. */
enum command {
	CMD_NONE,
#define BINDING_COMMAND(id, contexts, label, help) CMD_##id,
#define BINDING_KEY(id, contexts, code)
#include "binding.def"
	CMD__COUNT
};

/* The command of a key in a context (one bit), or CMD_NONE. */
enum command binding_find(enum context context, uint32_t code);

/* "F5 t", the keys of a command in a context, for the help and the function bar; "" where it has none. */
void binding_keys(enum command command, enum context context, struct str *out);
/* The n-th of them, or KEYCODE_NONE. */
uint32_t binding_code(enum command command, enum context context, size_t n);
const char *binding_label(enum command command); /* "Tree": for the function bar; "" = not shown there */
const char *binding_help(enum command command);	 /* for the help screen */
uint32_t binding_contexts(enum command command);

/* "F5", "Space", "^L", "PgUp", "a". */
void key_name(uint32_t code, struct str *out);

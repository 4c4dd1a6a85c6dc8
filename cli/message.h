/* SPDX-License-Identifier: Apache-2.0 */
/* What plimsoll says on stderr. Text from outside is made safe for a terminal here. */
#pragma once

#include "base/error.h"
#include "base/str.h"

/* "plimsoll: CAUSE\n", and "  REMEDY\n" where there is one, appended to out. */
void message_format(struct str *out, const struct error *err);

/* The same onto stderr. */
void message_error(const struct error *err);

/* Appends text that somebody else wrote, fit for a terminal and for one line. */
void message_safe(struct str *out, const char *text);

/* SPDX-License-Identifier: Apache-2.0 */
/* The value of one option: from text into its field. */
#pragma once

#include "options.h"

#include "base/str.h"

/* Sets the field that the row describes. 0, -ENOMEM, or -EINVAL with *err saying what is allowed. */
int option_value_set(const struct option_spec *row, void *field, const char *text, struct error *err);

/* Whether the option takes a value (flags don't need one). */
bool option_takes_value(const struct option_spec *row);

/* What a value may be, for people: "table, json, csv or prom"; "a duration such as 500ms, 1s or 1m30s, at
 * least 100ms". */
void option_value_describe(struct str *out, const struct option_spec *row);

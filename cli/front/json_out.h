/* SPDX-License-Identifier: Apache-2.0 */
/* Indented JSON for `inspect`: commas and depth are kept here. A failed allocation shows in the str. */
#pragma once

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct json_out {
	struct str *text;
	unsigned depth;
	bool behind; /* a member stands before the next one */
};

/* key NULL = in a list. bracket: '{' or '['. */
void json_out_open(struct json_out *j, const char *key, char bracket);
void json_out_close(struct json_out *j, char bracket);
void json_out_text(struct json_out *j, const char *key, const char *value); /* NULL = "" */
void json_out_bool(struct json_out *j, const char *key, bool value);
void json_out_i64(struct json_out *j, const char *key, int64_t value);
void json_out_null(struct json_out *j, const char *key);
/* JSON that somebody else wrote; its lines are indented. */
void json_out_raw(struct json_out *j, const char *key, struct slice json);

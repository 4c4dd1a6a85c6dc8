/* SPDX-License-Identifier: Apache-2.0 */
#include "json_out.h"

#include "base/parse.h"
#include "base/text.h"

#define STEP 2

static void key_of(struct json_out *j, const char *key)
{
	if (j->behind)
		str_char(j->text, ',');
	if (j->depth)
		str_printf(j->text, "\n%*s", (int)(j->depth * STEP), "");
	if (key) {
		text_json(j->text, slice_of(key));
		str_add(j->text, ": ");
	}
	j->behind = true;
}

void json_out_open(struct json_out *j, const char *key, char bracket)
{
	key_of(j, key);
	str_char(j->text, bracket);
	j->depth++;
	j->behind = false;
}

void json_out_close(struct json_out *j, char bracket)
{
	j->depth--;
	if (j->behind)
		str_printf(j->text, "\n%*s", (int)(j->depth * STEP), "");
	str_char(j->text, bracket == '{' ? '}' : ']');
	j->behind = true;
}

void json_out_text(struct json_out *j, const char *key, const char *value)
{
	key_of(j, key);
	text_json(j->text, slice_of(value ? value : ""));
}

void json_out_bool(struct json_out *j, const char *key, bool value)
{
	key_of(j, key);
	str_add(j->text, value ? "true" : "false");
}

void json_out_i64(struct json_out *j, const char *key, int64_t value)
{
	key_of(j, key);
	str_printf(j->text, "%lld", (long long)value);
}

void json_out_null(struct json_out *j, const char *key)
{
	key_of(j, key);
	str_add(j->text, "null");
}

void json_out_raw(struct json_out *j, const char *key, struct slice json)
{
	struct slice line;
	bool first = true;

	key_of(j, key);
	while (next_line(&json, &line)) {
		if (!first)
			str_printf(j->text, "\n%*s", (int)(j->depth * STEP), "");
		str_append(j->text, line.at, line.len);
		first = false;
	}
}

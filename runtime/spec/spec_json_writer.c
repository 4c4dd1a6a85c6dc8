/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_json.h"

#include <inttypes.h>

static void indent(struct json_writer *w)
{
	str_char(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		str_add(w->out, "  ");
}

void jsonw_quote(struct str *out, const char *text)
{
	str_char(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			str_char(out, '\\');
		if (c < ' ' || c == 0x7F)
			str_printf(out, "\\u%04x", c);
		else
			str_char(out, *text);
	}
	str_char(out, '"');
}

void jsonw_key(struct json_writer *w, const char *key)
{
	if (w->full)
		str_char(w->out, ',');
	if (w->depth)
		indent(w);
	w->full = true;
	if (!key)
		return;
	jsonw_quote(w->out, key);
	str_add(w->out, ": ");
}

void jsonw_open(struct json_writer *w, const char *key, char bracket)
{
	jsonw_key(w, key);
	str_char(w->out, bracket);
	w->depth++;
	w->full = false;
}

void jsonw_close(struct json_writer *w, char bracket)
{
	w->depth--;
	if (w->full)
		indent(w);
	str_char(w->out, bracket);
	w->full = true;
}

void jsonw_text(struct json_writer *w, const char *key, const char *text)
{
	if (!text)
		return;
	jsonw_key(w, key);
	jsonw_quote(w->out, text);
}

void jsonw_u64(struct json_writer *w, const char *key, uint64_t value)
{
	jsonw_key(w, key);
	str_u64(w->out, value);
}

void jsonw_i64(struct json_writer *w, const char *key, int64_t value)
{
	jsonw_key(w, key);
	str_printf(w->out, "%" PRId64, value);
}

void jsonw_bool(struct json_writer *w, const char *key, bool value)
{
	jsonw_key(w, key);
	str_add(w->out, value ? "true" : "false");
}

void jsonw_texts(struct json_writer *w, const char *key, const struct spec_texts *texts)
{
	jsonw_open(w, key, '[');
	for (size_t i = 0; i < texts->n; i++)
		jsonw_text(w, NULL, texts->at[i]);
	jsonw_close(w, ']');
}

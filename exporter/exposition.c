/* SPDX-License-Identifier: Apache-2.0 */
#include "exposition.h"

#include "base/text.h"

#define REPLACEMENT "\xEF\xBF\xBD"
#define REPLACEMENT_CODEPOINT 0xFFFDU

const char *exposition_content_type(enum exposition e)
{
	return e == EXPOSITION_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
					   : "text/plain; version=0.0.4; charset=utf-8";
}

/* HELP: \\ and \n in both formats, \" in OpenMetrics only. */
static void append_help(struct str *out, enum exposition e, const char *help)
{
	for (; *help; help++) {
		if (*help == '\n')
			str_add(out, "\\n");
		else if (*help == '\\')
			str_add(out, "\\\\");
		else if (*help == '"' && e == EXPOSITION_OPENMETRICS)
			str_add(out, "\\\"");
		else
			str_char(out, *help);
	}
}

static bool ends_with(struct slice text, const char *end)
{
	size_t len = strlen(end);

	return text.len > len && memcmp(text.at + text.len - len, end, len) == 0;
}

static void append_meta(struct str *out, const char *what, struct slice name)
{
	str_add(out, what);
	str_append(out, name.at, name.len);
	str_char(out, ' ');
}

static void append_unit(struct str *out, struct slice name)
{
	static const char *const units[] = {"_seconds", "_bytes", "_ratio"};

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!ends_with(name, units[i]))
			continue;
		append_meta(out, "# UNIT ", name);
		str_add(out, units[i] + 1);
		str_char(out, '\n');
	}
}

void exposition_family(struct str *out, enum exposition e, const char *name, const char *type,
		       const char *help)
{
	struct slice family = slice_of(name);

	if (e == EXPOSITION_OPENMETRICS && strcmp(type, "counter") == 0) {
		if (ends_with(family, "_total"))
			family.len -= strlen("_total");
		else
			type = "unknown";
	}
	append_meta(out, "# HELP ", family);
	append_help(out, e, help);
	str_char(out, '\n');
	append_meta(out, "# TYPE ", family);
	str_add(out, e == EXPOSITION_TEXT && strcmp(type, "unknown") == 0 ? "untyped" : type);
	str_char(out, '\n');
	if (e == EXPOSITION_OPENMETRICS)
		append_unit(out, family);
}

/* How many bytes from the start need neither an escape nor a look at UTF-8. */
static size_t plain_length(struct slice text)
{
	size_t n = 0;

	while (n < text.len && (unsigned char)text.at[n] < 0x80 && text.at[n] != '\\' && text.at[n] != '"' &&
	       text.at[n] != '\n')
		n++;
	return n;
}

/* Appends one character and returns its length in the source. */
static size_t append_character(struct str *out, struct slice text, uint32_t *c)
{
	size_t n = text_decode(text, c);

	if (*c == '\n')
		str_add(out, "\\n");
	else if (*c == '\\' || *c == '"')
		str_append(out, (const char[]){'\\', (char)*c}, 2);
	else if (*c == REPLACEMENT_CODEPOINT)
		str_add(out, REPLACEMENT);
	else
		str_append(out, text.at, n);
	return n;
}

void exposition_label_value(struct str *out, struct slice value)
{
	while (value.len) {
		size_t n = plain_length(value);
		uint32_t c;

		if (n)
			str_append(out, value.at, n);
		else
			n = append_character(out, value, &c);
		value.at += n;
		value.len -= n;
	}
}

static void append_hex(struct str *out, struct slice bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char b = (unsigned char)bytes.at[i];

		str_append(out, (const char[]){digits[b >> 4], digits[b & 15]}, 2);
	}
}

void exposition_distinct_value(struct str *out, struct slice value)
{
	_cleanup_str_ struct str behind = {0};

	while (value.len) {
		size_t n = plain_length(value);
		uint32_t c = 0;

		if (n)
			str_append(out, value.at, n);
		else
			n = append_character(out, value, &c);
		if (c == REPLACEMENT_CODEPOINT) {
			str_char(&behind, behind.len ? '.' : '~');
			append_hex(&behind, (struct slice){value.at, n});
		}
		value.at += n;
		value.len -= n;
	}
	if (behind.len)
		str_append(out, behind.data, behind.len);
	out->failed |= behind.failed;
}

struct slice exposition_cut(struct slice text, size_t max)
{
	size_t end = max;

	if (text.len <= max)
		return text;
	/* A character has at most 3 bytes after its first; broken text is cut wherever that leads. */
	for (int i = 0; i < 3 && end > 0 && ((unsigned char)text.at[end] & 0xC0U) == 0x80; i++)
		end--;
	return (struct slice){text.at, end};
}

void exposition_label(struct str *out, const char *name, const char *value)
{
	if (!*value)
		return;
	str_char(out, ',');
	str_add(out, name);
	str_add(out, "=\"");
	exposition_label_value(out, exposition_cut(slice_of(value), RENDER_LABEL_MAX));
	str_char(out, '"');
}

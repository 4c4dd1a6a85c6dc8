/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#define REPLACEMENT "\xEF\xBF\xBD"
#define REPLACEMENT_CODEPOINT 0xFFFDU

static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xC2 && lead < 0xE0)
		return 2;
	if (lead >= 0xE0 && lead < 0xF0)
		return 3;
	if (lead >= 0xF0 && lead < 0xF5)
		return 4;
	return 0;
}

size_t text_decode(struct slice text, uint32_t *codepoint)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *p = (const unsigned char *)text.at;
	size_t n = sequence_length(p[0]);
	uint32_t c;

	*codepoint = REPLACEMENT_CODEPOINT;
	if (n == 0 || n > text.len)
		return 1;
	c = n == 1 ? p[0] : p[0] & (0x7FU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xC0U) != 0x80)
			return 1;
		c = c << 6 | (p[i] & 0x3FU);
	}
	if (c < smallest[n] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
		return 1;
	*codepoint = c;
	return n;
}

static bool is_broken(struct slice text, size_t n, uint32_t c)
{
	return c == REPLACEMENT_CODEPOINT && n == 1 && (unsigned char)text.at[0] >= 0x80;
}

static bool moves_the_screen(uint32_t c)
{
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029;
}

static void append_each(struct str *out, struct slice text, bool keep_controls)
{
	while (text.len) {
		uint32_t c;
		size_t n = text_decode(text, &c);

		if (is_broken(text, n, c) || (!keep_controls && moves_the_screen(c)))
			str_add(out, REPLACEMENT);
		else
			str_append(out, text.at, n);
		text.at += n;
		text.len -= n;
	}
}

void text_utf8(struct str *out, struct slice text)
{
	append_each(out, text, true);
}

void text_printable(struct str *out, struct slice text)
{
	append_each(out, text, false);
}

static void append_json_char(struct str *out, struct slice text, size_t n, uint32_t c)
{
	if (c == '"' || c == '\\') {
		str_char(out, '\\');
		str_char(out, (char)c);
	} else if (c == '\n') {
		str_add(out, "\\n");
	} else if (c == '\t') {
		str_add(out, "\\t");
	} else if (c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA0) || c == 0x2028 || c == 0x2029) {
		str_printf(out, "\\u%04x", c);
	} else if (is_broken(text, n, c)) {
		str_add(out, REPLACEMENT);
	} else {
		str_append(out, text.at, n);
	}
}

void text_json(struct str *out, struct slice text)
{
	str_char(out, '"');
	while (text.len) {
		uint32_t c;
		size_t n = text_decode(text, &c);

		append_json_char(out, text, n, c);
		text.at += n;
		text.len -= n;
	}
	str_char(out, '"');
}

bool text_glob(const char *pattern, const char *text)
{
	const char *star = NULL;
	const char *retry = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			retry = text;
		} else if (*pattern == '?' || *pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

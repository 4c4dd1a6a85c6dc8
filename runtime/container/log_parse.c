/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of one JSON object a line, faster than a general one by the tree that it does not build. */
#include "runtime/log.h"

#include <errno.h>
#include <string.h>

struct cursor {
	const char *at;
	const char *end;
};

static void skip_space(struct cursor *c)
{
	while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\r' || *c->at == '\n'))
		c->at++;
}

static bool take(struct cursor *c, char want)
{
	skip_space(c);
	if (c->at >= c->end || *c->at != want)
		return false;
	c->at++;
	return true;
}

static bool hex4(struct cursor *c, uint32_t *out)
{
	uint32_t n = 0;

	if (c->end - c->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char digit = *c->at++;

		if (digit >= '0' && digit <= '9')
			n = n << 4 | (uint32_t)(digit - '0');
		else if (digit >= 'a' && digit <= 'f')
			n = n << 4 | (uint32_t)(digit - 'a' + 10);
		else if (digit >= 'A' && digit <= 'F')
			n = n << 4 | (uint32_t)(digit - 'A' + 10);
		else
			return false;
	}
	*out = n;
	return true;
}

static void append_codepoint(struct str *out, uint32_t c)
{
	if (c < 0x80) {
		str_char(out, (char)c);
		return;
	}
	if (c < 0x800) {
		str_char(out, (char)(0xC0U | c >> 6));
	} else {
		if (c < 0x10000) {
			str_char(out, (char)(0xE0U | c >> 12));
		} else {
			str_char(out, (char)(0xF0U | c >> 18));
			str_char(out, (char)(0x80U | (c >> 12 & 0x3FU)));
		}
		str_char(out, (char)(0x80U | (c >> 6 & 0x3FU)));
	}
	str_char(out, (char)(0x80U | (c & 0x3FU)));
}

/* Behind "\u": a pair of surrogates is one character, half of one is U+FFFD. */
static bool take_unicode(struct cursor *c, struct str *out)
{
	uint32_t high;
	uint32_t low;

	if (!hex4(c, &high))
		return false;
	if (high >= 0xD800 && high < 0xDC00 && c->end - c->at >= 6 && c->at[0] == '\\' && c->at[1] == 'u') {
		struct cursor ahead = {c->at + 2, c->end};

		if (!hex4(&ahead, &low))
			return false;
		if (low >= 0xDC00 && low < 0xE000) {
			c->at = ahead.at;
			high = 0x10000 + ((high - 0xD800) << 10 | (low - 0xDC00));
		}
	}
	append_codepoint(out, high >= 0xD800 && high < 0xE000 ? 0xFFFD : high);
	return true;
}

static bool take_escape(struct cursor *c, struct str *out)
{
	static const char letters[] = "\"\\/nrtbf";
	static const char meanings[] = "\"\\/\n\r\t\b\f";
	const char *at;
	char letter;

	if (c->at >= c->end)
		return false;
	letter = *c->at++;
	if (letter == 'u')
		return take_unicode(c, out);
	at = letter ? strchr(letters, letter) : NULL;
	if (!at)
		return false;
	str_char(out, meanings[at - letters]);
	return true;
}

/* Appends what the string says. */
static bool take_string(struct cursor *c, struct str *out)
{
	if (!take(c, '"'))
		return false;
	while (c->at < c->end) {
		const char *from = c->at;

		while (c->at < c->end && *c->at != '"' && *c->at != '\\' && (unsigned char)*c->at >= 0x20)
			c->at++;
		str_append(out, from, (size_t)(c->at - from));
		if (c->at >= c->end || (unsigned char)*c->at < 0x20)
			return false;
		if (*c->at++ == '"')
			return true;
		if (!take_escape(c, out))
			return false;
	}
	return false;
}

/* A value that nobody asked for (Docker adds "attrs"): over it, by counting brackets. */
static bool skip_value(struct cursor *c, struct str *scratch)
{
	size_t depth = 0;

	do {
		skip_space(c);
		if (c->at >= c->end)
			return false;
		if (*c->at == '"') {
			size_t len = scratch->len;

			if (!take_string(c, scratch))
				return false;
			scratch->len = len;
			continue;
		}
		if (depth == 0 && strchr(",}]", *c->at))
			return false;
		if (*c->at == '{' || *c->at == '[')
			depth++;
		else if (*c->at == '}' || *c->at == ']')
			depth--;
		c->at++;
		/* a number or a word, to its end */
		while (depth == 0 && c->at < c->end && !strchr(" ,}]", *c->at))
			c->at++;
	} while (depth);
	return true;
}

/* What was found so far: texts stand in the buffer one behind the other, by their offsets. */
struct found {
	size_t text, text_len;
	bool has_text, has_stream, has_time;
};

static bool take_member(struct cursor *c, struct str *buffer, struct found *found, struct log_entry *entry)
{
	size_t from = buffer->len;
	struct slice key;

	if (!take_string(c, buffer) || !take(c, ':') || buffer->failed)
		return false;
	key = (struct slice){buffer->data ? buffer->data + from : "", buffer->len - from};
	if (slice_is(key, "log")) {
		found->has_text = true;
		buffer->len = found->text = from;
		if (!take_string(c, buffer) || buffer->failed)
			return false;
		found->text_len = buffer->len - from;
		return true;
	}
	if (slice_is(key, "stream")) {
		buffer->len = from;
		if (!take_string(c, buffer) || buffer->failed)
			return false;
		key = (struct slice){buffer->data ? buffer->data + from : "", buffer->len - from};
		entry->stream = slice_is(key, "stderr") ? LOG_STDERR : LOG_STDOUT;
		found->has_stream = slice_is(key, "stderr") || slice_is(key, "stdout");
		buffer->len = from;
		return found->has_stream;
	}
	if (slice_is(key, "time")) {
		buffer->len = from;
		if (!take_string(c, buffer) || buffer->failed)
			return false;
		key = (struct slice){buffer->data ? buffer->data + from : "", buffer->len - from};
		buffer->len = from;
		found->has_time = log_parse_time(key, &entry->time_ns) == 0;
		return found->has_time;
	}
	buffer->len = from;
	return skip_value(c, buffer);
}

int log_parse_line(const char *line, size_t len, struct str *buffer, struct log_entry *entry)
{
	struct cursor c = {line, line + len};
	struct log_entry result = {0};
	struct found found = {0};

	str_clear(buffer);
	if (!take(&c, '{'))
		return -EINVAL;
	do {
		if (!take_member(&c, buffer, &found, &result))
			return buffer->failed ? -ENOMEM : -EINVAL;
	} while (take(&c, ','));
	if (!take(&c, '}'))
		return -EINVAL;
	skip_space(&c);
	if (c.at != c.end || !found.has_text || !found.has_stream || !found.has_time)
		return -EINVAL;
	result.text = buffer->data ? buffer->data + found.text : "";
	result.len = found.text_len;
	*entry = result;
	return 0;
}

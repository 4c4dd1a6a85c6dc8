/* SPDX-License-Identifier: Apache-2.0 */
#include "edit_line.h"

#include "base/text.h"
#include "canvas_private.h"
#include "key.h"
#include "utf8.h"
#include "wrap.h"

#include <string.h>

#define CTRL(letter) ((letter)-64)

void edit_line_set(struct edit_line *l, const char *text)
{
	struct slice rest = slice_of(text);

	l->len = 0;
	while (rest.len) {
		char bytes[4];
		uint32_t c;
		size_t n = text_decode(rest, &c);
		size_t out = utf8_encode(c, bytes);

		if (l->len + out >= sizeof(l->text))
			break;
		memcpy(l->text + l->len, bytes, out);
		l->len += out;
		rest = (struct slice){rest.at + n, rest.len - n};
	}
	l->text[l->len] = '\0';
	l->cursor = l->len;
}

/* The start of the character (with what combines with it) that ends at `at`. */
static size_t before(const struct edit_line *l, size_t at)
{
	size_t start = 0;

	while (start < at) {
		size_t n = wrap_character((struct slice){l->text + start, l->len - start});

		if (start + n >= at)
			return start;
		start += n;
	}
	return 0;
}

static size_t behind(const struct edit_line *l, size_t at)
{
	return at + wrap_character((struct slice){l->text + at, l->len - at});
}

static bool cut(struct edit_line *l, size_t from, size_t to)
{
	if (from == to)
		return false;
	memmove(l->text + from, l->text + to, l->len - to + 1);
	l->len -= to - from;
	l->cursor = from;
	return true;
}

static size_t word_start(const struct edit_line *l)
{
	size_t at = l->cursor;

	while (at > 0 && l->text[at - 1] == ' ')
		at--;
	while (at > 0 && l->text[at - 1] != ' ')
		at--;
	return at;
}

static bool insert(struct edit_line *l, uint32_t code)
{
	char bytes[4];
	size_t n = utf8_encode(code, bytes);

	if (l->len + n >= sizeof(l->text))
		return false;
	memmove(l->text + l->cursor + n, l->text + l->cursor, l->len - l->cursor + 1);
	memcpy(l->text + l->cursor, bytes, n);
	l->len += n;
	l->cursor += n;
	return true;
}

static bool move_key(struct edit_line *l, uint32_t code)
{
	switch (code) {
	case KEYCODE_LEFT:
		l->cursor = before(l, l->cursor);
		return true;
	case KEYCODE_RIGHT:
		l->cursor = behind(l, l->cursor);
		return true;
	case KEYCODE_HOME:
	case CTRL('A'):
		l->cursor = 0;
		return true;
	case KEYCODE_END:
	case CTRL('E'):
		l->cursor = l->len;
		return true;
	default:
		return false;
	}
}

static bool delete_key(struct edit_line *l, uint32_t code, bool *changed)
{
	switch (code) {
	case KEYCODE_BACKSPACE:
	case 127:
	case CTRL('H'):
		*changed = cut(l, before(l, l->cursor), l->cursor);
		return true;
	case KEYCODE_DELETE:
	case CTRL('D'):
		*changed = cut(l, l->cursor, behind(l, l->cursor));
		return true;
	case CTRL('U'):
		*changed = cut(l, 0, l->cursor);
		return true;
	case CTRL('K'):
		*changed = cut(l, l->cursor, l->len);
		return true;
	case CTRL('W'):
		*changed = cut(l, word_start(l), l->cursor);
		return true;
	default:
		return false;
	}
}

bool edit_line_key(struct edit_line *l, uint32_t code, bool *changed)
{
	*changed = false;
	if (move_key(l, code) || delete_key(l, code, changed))
		return true;
	if (code < ' ' || code > 0x10FFFF || character_width(code) < 0)
		return false;
	*changed = insert(l, code);
	return true;
}

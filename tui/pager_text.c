/* SPDX-License-Identifier: Apache-2.0 */
#include "pager_text.h"

#include "base/str.h"
#include "base/text.h"
#include "wrap.h"

#include <stdlib.h>
#include <string.h>

#define TAB 8
#define STRING_MAX 4096 /* of an escape sequence that never ends: then it was none */
#define OVERHEAD 32	/* what a line takes besides its bytes */

/* Where in an escape sequence we are (ECMA-48). */
enum state { STATE_TEXT, STATE_ESCAPE, STATE_INTERMEDIATE, STATE_CSI, STATE_STRING, STATE_STRING_ESCAPE };

struct line {
	char *at;
	size_t len;
};

struct pager_text {
	struct line lines[PAGER_LINES]; /* by number, modulo */
	uint64_t first, end;
	uint64_t bytes;
	struct str raw; /* the line that is not ended yet */
	size_t measured;
	int measured_cols;
	struct str tail; /* the same, printable */
	bool tail_stale;
	bool returned; /* a carriage return: the next character begins the line anew */
	enum state state;
	size_t string; /* bytes of it so far */
};

struct pager_text *pager_text_new(void)
{
	return calloc(1, sizeof(struct pager_text));
}

static void drop_first(struct pager_text *t)
{
	struct line *line = &t->lines[t->first++ % PAGER_LINES];

	t->bytes -= line->len + OVERHEAD;
	free(line->at);
	*line = (struct line){0};
}

void pager_text_free(struct pager_text *t)
{
	if (!t)
		return;
	while (t->first < t->end)
		drop_first(t);
	str_free(&t->raw);
	str_free(&t->tail);
	free(t);
}

static void restart_line(struct pager_text *t)
{
	str_clear(&t->raw);
	t->measured = 0;
	t->measured_cols = 0;
}

static void end_line(struct pager_text *t)
{
	struct str line = {0};
	size_t len;
	char *at;

	text_printable(&line, (struct slice){t->raw.data ? t->raw.data : "", t->raw.len});
	restart_line(t);
	t->raw.failed = false;
	len = line.len;
	at = str_steal(&line);
	if (!at)
		return;
	while (t->end - t->first >= PAGER_LINES || (t->end > t->first && t->bytes + len > PAGER_BYTES))
		drop_first(t);
	t->lines[t->end++ % PAGER_LINES] = (struct line){at, len};
	t->bytes += len + OVERHEAD;
}

static void tab(struct pager_text *t)
{
	int spaces;

	if (t->raw.len > t->measured)
		t->measured_cols +=
			wrap_columns((struct slice){t->raw.data + t->measured, t->raw.len - t->measured});
	spaces = TAB - t->measured_cols % TAB;
	for (int i = 0; i < spaces; i++)
		str_char(&t->raw, ' ');
	t->measured_cols += spaces;
	t->measured = t->raw.len;
}

/* Takes the last character back. */
static void backspace(struct pager_text *t)
{
	size_t len = t->raw.len;

	while (len > 0 && ((unsigned char)t->raw.data[len - 1] & 0xC0) == 0x80)
		len--;
	if (len > 0)
		len--;
	if (!t->raw.data)
		return;
	t->raw.len = len;
	t->raw.data[len] = '\0';
	if (t->measured > len) {
		t->measured = 0;
		t->measured_cols = 0;
	}
}

static void text_byte(struct pager_text *t, char c)
{
	bool continues = ((unsigned char)c & 0xC0) == 0x80;

	if (c == '\n') {
		t->returned = false;
		end_line(t);
		return;
	}
	if (c == '\r') {
		t->returned = true;
		return;
	}
	if (c == '\033') {
		t->state = STATE_ESCAPE;
		return;
	}
	if (t->returned) {
		t->returned = false;
		restart_line(t);
	}
	if ((t->raw.len >= PAGER_LINE_MAX && !continues) || t->raw.len >= PAGER_LINE_MAX + 8)
		end_line(t);
	if (c == '\t')
		tab(t);
	else if (c == '\b')
		backspace(t);
	else if (c != '\a' && c != '\0')
		str_char(&t->raw, c);
}

static void string_byte(struct pager_text *t, unsigned char c)
{
	if (c == '\a' || (t->state == STATE_STRING_ESCAPE && c == '\\')) {
		t->state = STATE_TEXT;
	} else if (c == '\033') {
		t->state = STATE_STRING_ESCAPE;
	} else if (c == '\n' || ++t->string > STRING_MAX) {
		t->state = STATE_TEXT;
		text_byte(t, (char)c);
	} else {
		t->state = STATE_STRING;
	}
}

static void escape_byte(struct pager_text *t, unsigned char c)
{
	t->string = 0;
	if (c == '[')
		t->state = STATE_CSI;
	else if (c == ']' || c == 'P' || c == '^' || c == '_' || c == 'X')
		t->state = STATE_STRING;
	else if (c >= 0x20 && c <= 0x2F)
		t->state = STATE_INTERMEDIATE;
	else if (c == '\033')
		t->state = STATE_ESCAPE;
	else {
		t->state = STATE_TEXT;
		if (c < 0x20 || c > 0x7E)
			text_byte(t, (char)c);
	}
}

static void sequence_byte(struct pager_text *t, unsigned char c)
{
	bool final = t->state == STATE_CSI ? c >= 0x40 && c <= 0x7E : c >= 0x30 && c <= 0x7E;

	if (final) {
		t->state = STATE_TEXT;
	} else if (c < 0x20 || c > 0x7E || ++t->string > STRING_MAX) {
		t->state = STATE_TEXT;
		text_byte(t, (char)c);
	}
}

void pager_text_feed(struct pager_text *t, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)bytes[i];

		switch (t->state) {
		case STATE_TEXT:
			text_byte(t, bytes[i]);
			break;
		case STATE_ESCAPE:
			escape_byte(t, c);
			break;
		case STATE_INTERMEDIATE:
		case STATE_CSI:
			sequence_byte(t, c);
			break;
		case STATE_STRING:
		case STATE_STRING_ESCAPE:
			string_byte(t, c);
			break;
		}
	}
	t->tail_stale = true;
}

uint64_t pager_text_first(const struct pager_text *t)
{
	return t->first;
}

uint64_t pager_text_end(const struct pager_text *t)
{
	return t->end + (t->raw.len ? 1 : 0);
}

struct slice pager_text_line(struct pager_text *t, uint64_t number)
{
	const struct line *line;

	if (number < t->first || number > t->end)
		return (struct slice){"", 0};
	if (number == t->end) {
		if (t->tail_stale) {
			str_clear(&t->tail);
			text_printable(&t->tail, (struct slice){t->raw.data ? t->raw.data : "", t->raw.len});
			t->tail_stale = false;
		}
		return (struct slice){t->tail.data ? t->tail.data : "", t->tail.len};
	}
	line = &t->lines[number % PAGER_LINES];
	return (struct slice){line->at, line->len};
}

uint64_t pager_text_bytes(const struct pager_text *t)
{
	return t->bytes + t->raw.len;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

size_t wire_encode(char *out, uint64_t value)
{
	size_t len = 0;

	while (value >= 0x80) {
		out[len++] = (char)(unsigned char)(value | 0x80);
		value >>= 7;
	}
	out[len++] = (char)(unsigned char)value;
	return len;
}

void wire_put(struct str *out, uint64_t value)
{
	char number[WIRE_NUMBER_MAX];

	str_append(out, number, wire_encode(number, value));
}

void wire_put_text(struct str *out, struct slice text)
{
	wire_put(out, text.len);
	str_append(out, text.at, text.len);
}

static uint64_t fail(struct wire *w)
{
	w->bad = true;
	w->at = w->end;
	return 0;
}

uint64_t wire_take(struct wire *w)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && w->at < w->end; shift += 7) {
		unsigned char byte = *w->at++;

		/* the tenth byte has room for one bit */
		if (shift == 63 && byte > 1)
			return fail(w);
		value |= (uint64_t)(byte & 0x7F) << shift;
		if (!(byte & 0x80))
			return value;
	}
	return fail(w);
}

uint64_t wire_take_max(struct wire *w, uint64_t max)
{
	uint64_t value = wire_take(w);

	return value > max ? fail(w) : value;
}

const unsigned char *wire_take_bytes(struct wire *w, size_t len)
{
	const unsigned char *start = w->at;

	if (w->bad || (size_t)(w->end - w->at) < len) {
		fail(w);
		return NULL;
	}
	w->at += len;
	return start;
}

struct slice wire_take_text(struct wire *w)
{
	uint64_t len = wire_take_max(w, (uint64_t)(w->end - w->at));
	const unsigned char *text = wire_take_bytes(w, len);

	return text ? (struct slice){(const char *)text, len} : (struct slice){"", 0};
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool str_reserve(struct str *s, size_t extra)
{
	size_t need;
	size_t cap;
	char *data;

	if (s->failed)
		return false;
	if (__builtin_add_overflow(s->len, extra, &need) || __builtin_add_overflow(need, (size_t)1, &need)) {
		s->failed = true;
		return false;
	}
	if (need <= s->cap)
		return true;
	cap = s->cap < 64 ? 64 : s->cap;
	while (cap < need)
		cap = cap > SIZE_MAX / 2 ? need : cap * 2;
	data = realloc(s->data, cap);
	if (!data) {
		s->failed = true;
		return false;
	}
	s->data = data;
	s->cap = cap;
	return true;
}

void str_append(struct str *s, const char *text, size_t len)
{
	if (!str_reserve(s, len))
		return;
	if (len)
		memcpy(s->data + s->len, text, len);
	s->len += len;
	s->data[s->len] = '\0';
}

void str_add(struct str *s, const char *text)
{
	str_append(s, text, strlen(text));
}

void str_char(struct str *s, char c)
{
	str_append(s, &c, 1);
}

void str_u64(struct str *s, uint64_t value)
{
	char digits[20];

	str_append(s, digits, format_u64(digits, value));
}

void str_printf(struct str *s, const char *format, ...)
{
	va_list args;
	va_list again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n >= 0 && str_reserve(s, (size_t)n)) {
		vsnprintf(s->data + s->len, (size_t)n + 1, format, again);
		s->len += (size_t)n;
	}
	va_end(again);
}

char *str_steal(struct str *s)
{
	char *data = NULL;

	str_reserve(s, 0);
	if (!s->failed) {
		s->data[s->len] = '\0';
		data = TAKE_PTR(s->data);
	}
	str_free(s);
	return data;
}

void str_free(struct str *s)
{
	free(s->data);
	*s = (struct str){0};
}

size_t format_u64(char *out, uint64_t value)
{
	static const char pairs[] =
		"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
		"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
		"8081828384858687888990919293949596979899";
	char digits[20];
	size_t at = sizeof(digits);

	while (value >= 100) {
		const char *pair = &pairs[value % 100 * 2];

		value /= 100;
		digits[--at] = pair[1];
		digits[--at] = pair[0];
	}
	if (value >= 10) {
		digits[--at] = pairs[value * 2 + 1];
		digits[--at] = pairs[value * 2];
	} else {
		digits[--at] = (char)('0' + value);
	}
	memcpy(out, digits + at, sizeof(digits) - at);
	return sizeof(digits) - at;
}

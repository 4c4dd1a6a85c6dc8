/* SPDX-License-Identifier: Apache-2.0 */
/* A string that grows. A failed allocation is remembered and reported once, at the end: appends need no
 * checks. */
#pragma once

#include "base/cleanup.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	char *data; /* terminated by NUL once anything was appended */
	size_t len;
	size_t cap;
	bool failed; /* an allocation failed; what was appended since is lost */
};

/* Appends. Text may hold NUL bytes. */
void str_append(struct str *s, const char *text, size_t len);
void str_add(struct str *s, const char *text);
void str_char(struct str *s, char c);
void str_u64(struct str *s, uint64_t value);
void str_printf(struct str *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for `extra` more bytes; false (and failed is set) where there is none. */
bool str_reserve(struct str *s, size_t extra);

/* The text, which the caller frees ("" allocated where nothing was appended); NULL after a failed allocation.
 */
char *str_steal(struct str *s);

/* Empties it and keeps the memory. */
static inline void str_clear(struct str *s)
{
	s->len = 0;
	if (s->data)
		s->data[0] = '\0';
}

void str_free(struct str *s);
#define _cleanup_str_ _cleanup_(str_free)

/* The decimal digits of value into out (at least 20 bytes, not terminated); returns their count. */
size_t format_u64(char *out, uint64_t value);

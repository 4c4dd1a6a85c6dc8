/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and texts as bytes: base-128 numbers with the low bits first, texts with their length in front. */
#pragma once

#include "base/slice.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define WIRE_NUMBER_MAX 10 /* bytes of a number at most */

/* A difference as a number that is small where the difference is, whatever its sign. */
static inline uint64_t wire_fold(int64_t value)
{
	return (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0);
}
static inline int64_t wire_unfold(uint64_t value)
{
	return (int64_t)(value >> 1 ^ (value & 1 ? UINT64_MAX : 0));
}

/* Writes a number to `out` (room for WIRE_NUMBER_MAX); the length. */
size_t wire_encode(char *out, uint64_t value);

void wire_put(struct str *out, uint64_t value);
void wire_put_text(struct str *out, struct slice text);

/* What is left to read. After the first mistake `bad` is set and everything reads as 0. */
struct wire {
	const unsigned char *at;
	const unsigned char *end;
	bool bad;
};

uint64_t wire_take(struct wire *w);

/* As wire_take; more than max is a mistake. */
uint64_t wire_take_max(struct wire *w, uint64_t max);

/* `len` bytes, or NULL. */
const unsigned char *wire_take_bytes(struct wire *w, size_t len);
struct slice wire_take_text(struct wire *w);

/* SPDX-License-Identifier: Apache-2.0 */
/* A code point as UTF-8; base/text.h has the way back. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Writes 1 to 4 bytes, no NUL; their count. A surrogate or what is above U+10FFFF is not for it. */
static inline size_t utf8_encode(uint32_t c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xC0U | c >> 6);
		out[1] = (char)(0x80U | (c & 0x3FU));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xE0U | c >> 12);
		out[1] = (char)(0x80U | (c >> 6 & 0x3FU));
		out[2] = (char)(0x80U | (c & 0x3FU));
		return 3;
	}
	out[0] = (char)(0xF0U | (c >> 18 & 0x7U));
	out[1] = (char)(0x80U | (c >> 12 & 0x3FU));
	out[2] = (char)(0x80U | (c >> 6 & 0x3FU));
	out[3] = (char)(0x80U | (c & 0x3FU));
	return 4;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside made safe to show: container names, paths and labels may hold anything. */
#pragma once

#include "base/slice.h"
#include "base/str.h"

#include <stdint.h>

/*
 * Decodes one character of UTF-8 at the start of text (len ≥ 1). Returns its length in bytes and writes the
 * code point; a byte that starts no valid sequence (overlong, surrogate, above U+10FFFF, cut off) has length
 * 1 and U+FFFD.
 */
size_t text_decode(struct slice text, uint32_t *codepoint);

/* Appends text as valid UTF-8: what was broken becomes U+FFFD, everything else stays (control characters
 * too). */
void text_utf8(struct str *out, struct slice text);

/* Appends text for a terminal: broken UTF-8, control characters (C0, DEL, C1) and bidi overrides become
 * U+FFFD. */
void text_printable(struct str *out, struct slice text);

/* Appends text as a JSON string with its quotes (RFC 8259); broken UTF-8 becomes U+FFFD. */
void text_json(struct str *out, struct slice text);

/* Glob match with '*' and '?', for filters. */
bool text_glob(const char *pattern, const char *text);

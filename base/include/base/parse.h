/* SPDX-License-Identifier: Apache-2.0 */
/* Strict parsing: a text is a number as a whole or not at all, and overflow is an error. */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Decimal digits only (no sign, space or prefix). 0, -EINVAL, or -ERANGE beyond 64 bits. *out only on
 * success. */
int parse_u64(struct slice text, uint64_t *out);

/* As parse_u64, with an optional '-'. */
int parse_i64(struct slice text, int64_t *out);

/*
 * A decimal fraction as an integer scaled by 10^digits: "12.34", 2 → 1234; "7", 2 → 700; digits beyond are
 * cut off. 0, -EINVAL, -ERANGE.
 */
int parse_fixed(struct slice text, unsigned digits, uint64_t *out);

/* Bytes, rounded down, with docker's suffixes b, k, m, g, t (powers of 1024; upper case, and a trailing 'b'
 * or 'ib', too).
 */
int parse_size(struct slice text, uint64_t *out);

/* A duration in nanoseconds, in Go's and Prometheus' notation: "1s", "500ms", "1m30s", "2h", "1d"; "0" alone.
 */
int parse_duration(struct slice text, uint64_t *out);

/* "true" "yes" "on" "1" / "false" "no" "off" "0". 0 or -EINVAL. */
int parse_bool(struct slice text, bool *out);

/* The next line of *rest without its newline, and *rest behind it. False at the end. An unterminated last
 * line counts. */
bool next_line(struct slice *rest, struct slice *line);

/* The next word of *rest that is separated by any of the characters in `separators`. False where there is
 * none. */
bool next_word(struct slice *rest, const char *separators, struct slice *word);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the pictures of glyph.h have in common: values spread over the places there are, and levels. */
#pragma once

#include "glyph.h"

/* Where there are more values than places, each place stands for `each` of them: their largest, so that no
 * peak is lost. */
struct buckets {
	const float *values;
	size_t n;
	size_t each;
};

struct buckets glyph_buckets(const float *values, size_t n, size_t slots);

/* The value of the place `back` places before the newest; NAN where there is none or it is unknown. */
double glyph_bucket(const struct buckets *b, size_t back);

/* The largest finite value, at least 0. */
double glyph_most(const float *values, size_t n);

/* 0 for nothing (or NAN), else 1 to `levels`, rounded up. */
unsigned glyph_level(double value, double top, unsigned levels);

/* A braille cell with two columns of 0 to 4 dots, from below. */
uint32_t glyph_braille(unsigned left, unsigned right);

/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean …?": the candidate that is nearest to a mistyped word. */
#pragma once

#include <stddef.h>

struct nearest {
	const char *word;
	const char *best; /* NULL where nothing is near enough */
	size_t distance;  /* of best */
};

/* Keeps the candidate if it is nearer than the best one so far. It must outlive *n. */
void nearest_consider(struct nearest *n, const char *candidate);

/*
 * Insertions, deletions, replacements and swaps of neighbours that make b of a (optimal string alignment),
 * case ignored. Words longer than 63 bytes are not compared: SIZE_MAX.
 */
size_t nearest_distance(const char *a, const char *b);

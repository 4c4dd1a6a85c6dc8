/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 63

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

size_t nearest_distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1];
	size_t n = strlen(a);
	size_t m = strlen(b);

	if (n > WORD_MAX || m > WORD_MAX)
		return SIZE_MAX;
	memset(rows, 0, sizeof(rows));
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t replace = above[j - 1] + !same(a[i - 1], b[j - 1]);

			row[j] = min(replace, min(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
				row[j] = min(row[j], above2[j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

void nearest_consider(struct nearest *n, const char *candidate)
{
	size_t length = strlen(n->word);
	size_t distance = nearest_distance(n->word, candidate);

	/* The start of a word is as good as one slip. */
	if (length >= 2 && strncasecmp(n->word, candidate, length) == 0)
		distance = min(distance, 1);
	if (distance > (length < 3 ? 1 : (length + 2) / 3))
		return;
	if (!n->best || distance < n->distance) {
		n->best = candidate;
		n->distance = distance;
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bolt database in memory. Its meta pages have a checksum that a fuzzer can't guess, so the target writes
 * one of its own, and the input says all the rest: a byte for the root page, then pages of 512 bytes from the
 * third on.
 */
#include "meta_bolt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 512U
#define PAGES_MAX 64U

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t checksum(const char *at, size_t len)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)at[i]) * UINT64_C(0x100000001B3);
	return h;
}

static void put_meta(char *page, uint64_t root)
{
	const uint32_t head[] = {0xED0CDAEDU, 2, PAGE, 0};
	uint64_t sum;

	memset(page, 0, PAGE);
	memcpy(page + 16, head, sizeof(head));
	memcpy(page + 32, &root, sizeof(root));
	sum = checksum(page + 16, 56);
	memcpy(page + 72, &sum, sizeof(sum));
}

static void touch(void *context, struct slice key, struct slice value)
{
	size_t *sum = context;

	for (size_t i = 0; i < key.len; i++)
		*sum += (unsigned char)key.at[i];
	for (size_t i = 0; i < value.len; i++)
		*sum += (unsigned char)value.at[i];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct slice path[] = {{"a", 1}, {"b", 1}, {"c", 1}};
	struct bolt db = BOLT_CLOSED;
	size_t sum = 0;
	char *memory;
	size_t len;

	if (size < 1 || size > PAGE * PAGES_MAX)
		return 0;
	len = 2 * PAGE + size - 1;
	memory = malloc(len);
	if (!memory)
		return 0;
	put_meta(memory, data[0] % PAGES_MAX);
	put_meta(memory + PAGE, data[0] % PAGES_MAX);
	memcpy(memory + 2 * PAGE, data + 1, size - 1);
	if (bolt_open_memory(&db, (struct slice){memory, len}) == 0) {
		for (size_t n = 0; n <= 3; n++) {
			char *value = NULL;
			size_t value_len;

			bolt_each(&db, path, n, touch, &sum);
			if (bolt_get(&db, path, n, &value, &value_len) == 0 && value[value_len] != '\0')
				abort();
			free(value);
		}
	}
	free(memory);
	return 0;
}

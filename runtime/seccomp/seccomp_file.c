/* SPDX-License-Identifier: Apache-2.0 */
#include "seccomp_file.h"

#include <string.h>

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

uint64_t seccomp_file_checksum(const void *data, size_t size)
{
	const unsigned char *at = data;
	uint64_t sum = FNV_OFFSET;

	for (size_t i = 0; i + sizeof(uint64_t) <= size; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, at + i, sizeof(word));
		sum = (sum ^ word) * FNV_PRIME;
		/* The product moves nothing downwards. */
		sum ^= sum >> 29;
	}
	return sum;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "crc32c.h"

#define POLYNOMIAL UINT32_C(0x82F63B78) /* bits turned round */
#define LANES 4

static uint32_t tables[LANES][256];

/* Before main, so that no reader has to ask whether it is done. */
__attribute__((constructor)) static void fill_tables(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t crc = i;

		for (unsigned bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
		tables[0][i] = crc;
	}
	for (uint32_t i = 0; i < 256; i++)
		for (unsigned lane = 1; lane < LANES; lane++) {
			uint32_t before = tables[lane - 1][i];

			tables[lane][i] = before >> 8 ^ tables[0][before & 0xFF];
		}
}

uint32_t crc32c(const void *data, size_t len)
{
	const unsigned char *at = data;
	uint32_t crc = UINT32_MAX;

	for (; len >= LANES; at += LANES, len -= LANES) {
		crc ^= (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
		crc = tables[3][crc & 0xFF] ^ tables[2][crc >> 8 & 0xFF] ^ tables[1][crc >> 16 & 0xFF] ^
		      tables[0][crc >> 24];
	}
	for (; len; at++, len--)
		crc = crc >> 8 ^ tables[0][(crc ^ *at) & 0xFF];
	return ~crc;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-32C (Castagnoli), RFC 3720 appendix B.4: what guards a block. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Of `len` bytes; "123456789" has 0xE3069283. */
uint32_t crc32c(const void *data, size_t len);

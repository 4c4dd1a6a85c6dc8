/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A compiled filter as a file, which libexec/plimsoll/seccomp writes and the launcher reads: this header, the
 * key as it was asked for, zeros up to a multiple of 8, and the instructions. The key is text, a line each:
 *
 *   plimsoll-seccomp 1 REVISION     the format, and what the compiler is built of
 *   arch x86_64                     as uname says
 *   kernel 6.1                      the release's first two numbers
 *   capabilities 00000000a80425fb   the bounding set
 *   profile default                 or "profile json" and the profile's text behind it
 */
#pragma once

#include <linux/filter.h>
#include <stddef.h>
#include <stdint.h>

#define SECCOMP_FILE_MAGIC UINT64_C(0x31636573736d6c70) /* "plmssec1" */
#define SECCOMP_KEY_FIRST "plimsoll-seccomp 1 "
#define SECCOMP_KEY_MAX (4U << 20)

struct seccomp_file {
	uint64_t magic;
	uint64_t checksum; /* of all behind it */
	uint32_t key_size;
	uint32_t n;	/* instructions */
	uint32_t flags; /* SECCOMP_FILTER_FLAG_* */
	uint32_t reserved;
};

static inline size_t seccomp_file_filter_at(uint32_t key_size)
{
	return sizeof(struct seccomp_file) + (((size_t)key_size + 7) & ~(size_t)7);
}

static inline size_t seccomp_file_size(uint32_t key_size, uint32_t n)
{
	return seccomp_file_filter_at(key_size) + n * sizeof(struct sock_filter);
}

/* FNV-1a over words of 8 bytes: it finds damage, and is not meant to keep out who may write the file. `size`
 * is a multiple of 8. */
uint64_t seccomp_file_checksum(const void *data, size_t size);

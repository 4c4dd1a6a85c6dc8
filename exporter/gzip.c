/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ISA-L, which compresses what we write as well as zlib's level 1 in a tenth of the time, and in pieces: a
 * response is never held as a whole, so that a slow client costs a window and not megabytes.
 */
#include "gzip.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>

enum { INPUT_BYTES = 4096 };

struct gzip {
	struct isal_zstream stream;
	gzip_input input;
	void *context;
	uint8_t level_buffer[ISAL_DEF_LVL1_MIN];
	char in[INPUT_BYTES];
};

struct gzip *gzip_new(gzip_input input, void *context)
{
	struct gzip *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	isal_deflate_init(&z->stream);
	z->stream.gzip_flag = IGZIP_GZIP;
	z->stream.level = 1;
	z->stream.level_buf = z->level_buffer;
	z->stream.level_buf_size = sizeof(z->level_buffer);
	z->input = input;
	z->context = context;
	return z;
}

static int refill(struct gzip *z)
{
	ssize_t n = z->input(z->context, z->in, sizeof(z->in));

	if (n < 0)
		return (int)n;
	z->stream.end_of_stream = n == 0;
	z->stream.next_in = (uint8_t *)z->in;
	z->stream.avail_in = (uint32_t)n;
	return 0;
}

ssize_t gzip_read(struct gzip *z, char *buf, size_t cap)
{
	uint32_t room = cap > (1U << 30) ? 1U << 30 : (uint32_t)cap;

	z->stream.next_out = (uint8_t *)buf;
	z->stream.avail_out = room;
	while (z->stream.avail_out && z->stream.internal_state.state != ZSTATE_END) {
		if (z->stream.avail_in == 0 && !z->stream.end_of_stream) {
			int r = refill(z);

			if (r < 0)
				return r;
		}
		if (isal_deflate(&z->stream) != COMP_OK)
			return -EIO;
	}
	return (ssize_t)(room - z->stream.avail_out);
}

void gzip_free(struct gzip *z)
{
	free(z);
}

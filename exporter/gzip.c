/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zlib, not libdeflate, although the latter is faster: libdeflate compresses a whole buffer at once, and a
 * response is never held as a whole. One slow client costs a small window instead of megabytes.
 */
#include "gzip.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

/*
 * Level 1 looks for a match in few places, so a large window gains little: 8 KB of it, and memLevel 6, take
 * 32 + 32 KB (zlib.h: (1 << (windowBits + 2)) + (1 << (memLevel + 9))). 16 more windowBits ask for gzip's
 * header and trailer.
 */
enum { LEVEL = 1, WINDOW_BITS = 13, GZIP_WRAPPER = 16, MEM_LEVEL = 6, INPUT_BYTES = 4096 };

struct gzip {
	z_stream stream;
	gzip_input input;
	void *context;
	int state; /* what deflate said last; Z_STREAM_END at the end */
	int flush;
	char in[INPUT_BYTES];
};

struct gzip *gzip_new(gzip_input input, void *context)
{
	struct gzip *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	z->input = input;
	z->context = context;
	z->flush = Z_NO_FLUSH;
	if (deflateInit2(&z->stream, LEVEL, Z_DEFLATED, WINDOW_BITS + GZIP_WRAPPER, MEM_LEVEL,
			 Z_DEFAULT_STRATEGY) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static int refill(struct gzip *z)
{
	ssize_t n = z->input(z->context, z->in, sizeof(z->in));

	if (n < 0)
		return (int)n;
	if (n == 0)
		z->flush = Z_FINISH;
	z->stream.next_in = (Bytef *)z->in;
	z->stream.avail_in = (uInt)n;
	return 0;
}

ssize_t gzip_read(struct gzip *z, char *buf, size_t cap)
{
	uInt room = cap > (1U << 30) ? 1U << 30 : (uInt)cap;

	z->stream.next_out = (Bytef *)buf;
	z->stream.avail_out = room;
	while (z->stream.avail_out && z->state != Z_STREAM_END) {
		if (z->stream.avail_in == 0 && z->flush == Z_NO_FLUSH) {
			int r = refill(z);

			if (r < 0)
				return r;
		}
		z->state = deflate(&z->stream, z->flush);
		if (z->state != Z_OK && z->state != Z_STREAM_END && z->state != Z_BUF_ERROR)
			return -EIO;
	}
	return (ssize_t)(room - z->stream.avail_out);
}

void gzip_free(struct gzip *z)
{
	if (!z)
		return;
	deflateEnd(&z->stream);
	free(z);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

struct input {
	const char *at;
	size_t left;
	size_t piece; /* at most this much a call */
	int error;    /* at the end */
};

static ssize_t read_input(void *context, char *buf, size_t cap)
{
	struct input *in = context;
	size_t n = in->left < cap ? in->left : cap;

	n = n < in->piece ? n : in->piece;
	if (n == 0)
		return in->error;
	memcpy(buf, in->at, n);
	in->at += n;
	in->left -= n;
	return (ssize_t)n;
}

static size_t pack(struct input *in, size_t cap, char *out, size_t out_cap)
{
	struct gzip *z = gzip_new(read_input, in);
	size_t len = 0;
	ssize_t n;

	assert_non_null(z);
	while ((n = gzip_read(z, out + len, cap)) > 0) {
		len += (size_t)n;
		assert_true(len + cap <= out_cap);
	}
	assert_int_equal(n, 0);
	assert_int_equal(gzip_read(z, out, cap), 0); /* the end stays the end */
	gzip_free(z);
	return len;
}

static void unpack(const char *packed, size_t len, const char *plain, size_t plain_len)
{
	char *out = malloc(plain_len + 1);
	z_stream stream = {0};

	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)packed;
	stream.avail_in = (uInt)len;
	stream.next_out = (Bytef *)out;
	stream.avail_out = (uInt)plain_len + 1;
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.total_out, plain_len);
	assert_int_equal(stream.avail_in, 0);
	assert_memory_equal(out, plain, plain_len);
	inflateEnd(&stream);
	free(out);
}

static void pieces_of_every_size(void **state)
{
	enum { LEN = 100000, CAP = 300000 };
	static const size_t pieces[] = {1, 7, 4095, 4096, 4097, 65536};
	char *plain = malloc(LEN);
	char *packed = malloc(CAP);

	(void)state;
	for (size_t i = 0; i < LEN; i++)
		plain[i] = (char)(i * i >> 5 ^ i % 251);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct input in = {plain, LEN, pieces[i], 0};

		unpack(packed, pack(&in, pieces[5 - i], packed, CAP), plain, LEN);
	}
	free(plain);
	free(packed);
}

static void nothing_is_an_empty_archive(void **state)
{
	char packed[100];
	struct input in = {"", 0, 1, 0};

	(void)state;
	unpack(packed, pack(&in, 20, packed, sizeof(packed)), "", 0);
}

static void an_error_of_the_input_comes_through(void **state)
{
	struct input in = {"abc", 3, 1, -ENOMEM};
	struct gzip *z = gzip_new(read_input, &in);
	char buf[100];

	(void)state;
	assert_int_equal(gzip_read(z, buf, sizeof(buf)), -ENOMEM);
	gzip_free(z);
	gzip_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_of_every_size),
		cmocka_unit_test(nothing_is_an_empty_archive),
		cmocka_unit_test(an_error_of_the_input_comes_through),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

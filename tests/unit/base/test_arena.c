/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "base/cleanup.h"

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define _cleanup_arena_ _cleanup_(arena_free)

static void memory_is_zeroed_and_aligned(void **state)
{
	_cleanup_arena_ struct arena a = {0};

	(void)state;
	for (size_t size = 0; size < 300; size++) {
		unsigned char *p = arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xFF, size);
		/* texts in between move what follows off its alignment */
		assert_non_null(arena_text(&a, slice_of("odd")));
	}
}

static void texts_are_terminated_copies(void **state)
{
	_cleanup_arena_ struct arena a = {0};
	char source[] = "text and more";
	char *copy = arena_text(&a, (struct slice){source, 4});

	(void)state;
	source[0] = 'x';
	assert_string_equal(copy, "text");
	assert_string_equal(arena_text(&a, (struct slice){0}), "");
}

static void pieces_do_not_overlap(void **state)
{
	enum { N = 3000, SIZE = 200 };
	_cleanup_arena_ struct arena a = {0};
	static unsigned char *pieces[N];

	(void)state;
	for (size_t i = 0; i < N; i++) {
		pieces[i] = arena_alloc(&a, SIZE);
		assert_non_null(pieces[i]);
		memset(pieces[i], (int)(i % 251), SIZE);
	}
	assert_int_equal(a.used, N * SIZE);
	for (size_t i = 0; i < N; i++)
		for (size_t at = 0; at < SIZE; at++)
			assert_int_equal(pieces[i][at], i % 251);
}

static void large_pieces_fit(void **state)
{
	enum { LARGE = 10 << 20 };
	_cleanup_arena_ struct arena a = {0};
	unsigned char *p = arena_alloc(&a, LARGE);

	(void)state;
	assert_non_null(p);
	p[LARGE - 1] = 1;
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_alloc(&a, SIZE_MAX / 2 + 1));
	assert_int_equal(a.used, LARGE);
	assert_non_null(arena_alloc(&a, 1));
}

/* A snapshot a second into one arena must not ask for memory for ever. */
static void reset_reuses(void **state)
{
	_cleanup_arena_ struct arena a = {0};
	struct arena_block *kept;

	(void)state;
	for (int i = 0; i < 1000; i++)
		assert_non_null(arena_alloc(&a, 100));
	arena_reset(&a);
	assert_int_equal(a.used, 0);
	kept = a.first;
	assert_non_null(kept);
	for (int round = 0; round < 100; round++) {
		unsigned char *p = arena_alloc(&a, 1000);

		/* zeroed again, though it was used before */
		assert_int_equal(p[0] | p[999], 0);
		memset(p, 0xFF, 1000);
		arena_reset(&a);
		assert_ptr_equal(a.first, kept);
	}
}

static void empty_arenas_are_fine(void **state)
{
	struct arena a = {0};

	(void)state;
	arena_reset(&a);
	arena_free(&a);
	assert_non_null(arena_alloc(&a, 1));
	arena_free(&a);
	arena_free(&a);
	assert_null(a.first);
	assert_int_equal(a.used, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(texts_are_terminated_copies),
		cmocka_unit_test(pieces_do_not_overlap),
		cmocka_unit_test(large_pieces_fit),
		cmocka_unit_test(reset_reuses),
		cmocka_unit_test(empty_arenas_are_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

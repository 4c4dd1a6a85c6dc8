/* SPDX-License-Identifier: Apache-2.0 */
/* A recording as a source: forwards, backwards, to a time, and past what is damaged. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "record/record.h"
#include "rich.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH 150 /* two sections and a half */

static const struct rich world = {.seed = 21, .n_entities = 5};

static int record_once(void **state)
{
	(void)state;
	rich_record(rich_path("whole"), &world, 0, LENGTH);
	return 0;
}

static struct source *open_it(const char *path)
{
	struct source *s;
	struct error err;

	if (replay_open(path, &s, &err) < 0)
		fail_msg("%s", err.cause);
	assert_true(source_is_replay(s));
	return s;
}

/* The second of the next sample, which is the right one; -1 at the end. */
static int next(struct source *source)
{
	struct snapshot *s;
	struct snapshot *wanted;
	struct error err;
	unsigned time;
	int r = source_sample(source, NULL, &s, &err);

	if (r < 0) {
		assert_int_equal(r, -ENODATA);
		return -1;
	}
	time = (unsigned)((snapshot_realtime_ns(s) - RICH_START) / NSEC_PER_SEC);
	wanted = rich_at(&world, time);
	assert_same_snapshot(s, wanted);
	snapshot_unref(s);
	snapshot_unref(wanted);
	return (int)time;
}

static void forwards(void **state)
{
	struct source *s = open_it(rich_path("whole"));
	uint64_t first;
	uint64_t last;

	(void)state;
	assert_string_equal(s->ops->name, "replay");
	assert_int_equal(source_event_fd(s), -1);
	assert_int_equal(source_dispatch(s, NULL), 0);
	replay_span(s, &first, &last);
	assert_int_equal(first, RICH_START);
	assert_int_equal(last, RICH_START + (LENGTH - 1) * NSEC_PER_SEC);
	for (int i = 0; i < LENGTH; i++)
		assert_int_equal(next(s), i);
	assert_int_equal(next(s), -1);
	assert_int_equal(next(s), -1);
	assert_int_equal(replay_damaged(s), 0);
	source_close(s);
}

static int seek_to(struct source *s, uint64_t time)
{
	struct error err;

	assert_int_equal(replay_seek(s, time, &err), 0);
	return next(s);
}

static void seeking(void **state)
{
	struct source *s = open_it(rich_path("whole"));

	(void)state;
	for (unsigned i = 0; i < LENGTH; i += 7)
		assert_int_equal(seek_to(s, RICH_START + i * NSEC_PER_SEC), i);
	for (unsigned i = LENGTH; i-- > 0;)
		assert_int_equal(seek_to(s, RICH_START + i * NSEC_PER_SEC + NSEC_PER_MSEC), i);
	assert_int_equal(next(s), 1);
	assert_int_equal(seek_to(s, 0), 0);
	assert_int_equal(seek_to(s, RICH_START - 1), 0);
	assert_int_equal(seek_to(s, RICH_START + NSEC_PER_SEC - 1), 0);
	assert_int_equal(seek_to(s, UINT64_MAX), LENGTH - 1);
	assert_int_equal(next(s), -1);
	source_close(s);
}

static int step(struct source *s, int64_t n)
{
	struct error err;

	assert_int_equal(replay_step(s, n, &err), 0);
	return next(s);
}

static void stepping(void **state)
{
	struct source *s = open_it(rich_path("whole"));

	(void)state;
	assert_int_equal(step(s, 1), 0);
	assert_int_equal(step(s, 0), 0);
	assert_int_equal(step(s, -1), 0);
	assert_int_equal(step(s, 5), 5);
	assert_int_equal(step(s, -1), 4);
	assert_int_equal(next(s), 5);
	assert_int_equal(step(s, 60), 65);
	for (int i = 64; i >= 40; i--)
		assert_int_equal(step(s, -1), i);
	assert_int_equal(step(s, INT64_MAX), LENGTH - 1);
	assert_int_equal(next(s), -1);
	assert_int_equal(step(s, -1), LENGTH - 2);
	assert_int_equal(step(s, INT64_MIN), 0);
	assert_int_equal(step(s, INT64_MIN), 0);
	source_close(s);
	s = open_it(rich_path("whole"));
	assert_int_equal(step(s, INT64_MAX), LENGTH - 1);
	source_close(s);
}

/* Where each block begins, and the end. */
static size_t find_blocks(const char *data, size_t len, size_t *offsets)
{
	size_t n = 0;

	for (const char *at = data; (at = memmem(at, len - (size_t)(at - data), "PLBK", 4)); at++)
		offsets[n++] = (size_t)(at - data);
	assert_int_equal(n, LENGTH);
	offsets[n] = len;
	return n;
}

/* The blocks [from, to) are overwritten with nonsense, from `skip` bytes behind the first one's start. */
static struct source *damage(size_t from, size_t to, size_t skip)
{
	_cleanup_free_ char *data = NULL;
	size_t offsets[LENGTH + 1] = {0};
	size_t len;

	data = rich_read(rich_path("whole"), &len);
	find_blocks(data, len, offsets);
	memset(data + offsets[from] + skip, 0x55, offsets[to] - offsets[from] - skip);
	rich_write(rich_path("damaged"), data, len);
	return open_it(rich_path("damaged"));
}

static void assert_gap(struct source *s, int from, int to)
{
	for (int i = 0; i < from; i++)
		assert_int_equal(next(s), i);
	for (int i = to; i < LENGTH; i++)
		assert_int_equal(next(s), i);
	assert_int_equal(next(s), -1);
}

/* What goes on from a damaged block can't be read either; the next section can. */
static void damaged_body(void **state)
{
	struct source *s = damage(30, 31, 40);

	(void)state;
	assert_gap(s, 30, 60);
	assert_int_equal(replay_damaged(s), 30);
	source_close(s);
	s = damage(30, 31, 40);
	assert_int_equal(seek_to(s, RICH_START + 80 * NSEC_PER_SEC), 80);
	for (int i = 79; i >= 60; i--)
		assert_int_equal(step(s, -1), i);
	/* backwards it is passed by too */
	assert_int_equal(step(s, -1), 29);
	assert_int_equal(step(s, -1), 28);
	assert_int_equal(step(s, 1), 29);
	assert_int_equal(step(s, 1), 60);
	source_close(s);
	s = damage(30, 31, 40);
	assert_int_equal(seek_to(s, RICH_START + 45 * NSEC_PER_SEC), 29);
	source_close(s);
}

static void damaged_header(void **state)
{
	struct source *s = damage(30, 31, 0);

	(void)state;
	assert_gap(s, 30, 60);
	source_close(s);
	s = damage(59, 62, 0); /* a section's start among them */
	assert_gap(s, 59, 120);
	source_close(s);
	s = damage(0, 1, 0);
	for (int i = 60; i < LENGTH; i++)
		assert_int_equal(next(s), i);
	source_close(s);
}

static void damaged_everywhere(void **state)
{
	struct source *s = damage(0, 1, 40);
	struct error err;

	(void)state;
	assert_int_equal(step(s, -1), 60);
	source_close(s);
	rich_record(rich_path("short"), &world, 0, 3);
	{
		_cleanup_free_ char *data = NULL;
		size_t len;

		data = rich_read(rich_path("short"), &len);
		data[16 + 36 + 5] ^= 1;
		rich_write(rich_path("short"), data, len);
	}
	s = open_it(rich_path("short"));
	assert_int_equal(next(s), -1);
	assert_int_equal(replay_damaged(s), 3);
	assert_int_equal(replay_step(s, -1, &err), -ENODATA);
	assert_int_equal(replay_seek(s, 0, &err), -ENODATA);
	source_close(s);
}

/* Every byte of a short recording, flipped: no snapshot that is given is a wrong one. */
static void any_byte(void **state)
{
	_cleanup_free_ char *data = NULL;
	size_t len;

	(void)state;
	rich_record(rich_path("bytes"), &world, 0, 3);
	data = rich_read(rich_path("bytes"), &len);
	for (size_t i = 16; i < len; i++) {
		struct source *s;
		struct error err;
		int r;

		data[i] = (char)(data[i] ^ 0x10);
		rich_write(rich_path("flipped"), data, len);
		data[i] = (char)(data[i] ^ 0x10);
		r = replay_open(rich_path("flipped"), &s, &err);
		if (r < 0) {
			assert_int_equal(r, -ENODATA);
			continue;
		}
		for (int last = -1, time; (time = next(s)) >= 0; last = time)
			assert_true(time > last);
		source_close(s);
	}
}

/* A recorder that was ended after its first snapshot, and one that lost its first: they don't go together. */
static void no_mistaken_links(void **state)
{
	_cleanup_free_ char *first = NULL;
	_cleanup_free_ char *second = NULL;
	size_t first_len;
	size_t second_len;
	size_t offset;
	struct source *s;

	(void)state;
	rich_record(rich_path("a"), &world, 0, 1);
	rich_record(rich_path("b"), &world, 10, 12);
	first = rich_read(rich_path("a"), &first_len);
	second = rich_read(rich_path("b"), &second_len);
	offset = (size_t)((char *)memmem(second + 20, second_len - 20, "PLBK", 4) - second);
	first = realloc(first, first_len + second_len);
	assert_non_null(first);
	memcpy(first + first_len, second + offset, second_len - offset);
	rich_write(rich_path("joined"), first, first_len + second_len - offset);
	s = open_it(rich_path("joined"));
	assert_int_equal(next(s), 0);
	assert_int_equal(next(s), -1);
	assert_int_equal(replay_damaged(s), 1);
	source_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forwards),	  cmocka_unit_test(seeking),
		cmocka_unit_test(stepping),	  cmocka_unit_test(damaged_body),
		cmocka_unit_test(damaged_header), cmocka_unit_test(damaged_everywhere),
		cmocka_unit_test(any_byte),	  cmocka_unit_test(no_mistaken_links),
	};

	return cmocka_run_group_tests(tests, record_once, NULL);
}

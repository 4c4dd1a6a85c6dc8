/* SPDX-License-Identifier: Apache-2.0 */
/* The recorder: what is in the file after it was killed, refused room, rotated, or met another one. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "record/record.h"
#include "rich.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static const struct rich world = {.seed = 9, .n_entities = 6};

/* --- a file system that gets full --- */
static bool limited;
static size_t room; /* bytes until it is */

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
	ssize_t n;

	if (!limited || fd <= 2)
		return __real_write(fd, data, len);
	if (room == 0) {
		errno = ENOSPC;
		return -1;
	}
	n = __real_write(fd, data, len < room ? len : room);
	if (n > 0)
		room -= (size_t)n;
	return n;
}

static struct recorder *open_recorder(const char *path, const struct recorder_options *options)
{
	struct recorder *r;
	struct error err;

	if (recorder_open(path, options, &r, &err) < 0)
		fail_msg("%s", err.cause);
	return r;
}

static int put(struct recorder *r, unsigned time, struct error *err)
{
	struct snapshot *s = rich_at(&world, time);
	int result = recorder_write(r, s, err);

	snapshot_unref(s);
	return result;
}

/* The recording holds these seconds, and their snapshots are right. */
static void assert_holds(const char *path, const unsigned *times, size_t n)
{
	struct source *source;
	struct snapshot *s;
	struct error err;

	if (replay_open(path, &source, &err) < 0)
		fail_msg("%s", err.cause);
	for (size_t i = 0; i < n; i++) {
		struct snapshot *wanted = rich_at(&world, times[i]);

		assert_int_equal(source_sample(source, NULL, &s, &err), 0);
		assert_same_snapshot(s, wanted);
		snapshot_unref(s);
		snapshot_unref(wanted);
	}
	assert_int_equal(source_sample(source, NULL, &s, &err), -ENODATA);
	source_close(source);
}

static void assert_holds_range(const char *path, unsigned from, unsigned to)
{
	unsigned times[400];

	for (unsigned i = from; i < to; i++)
		times[i - from] = i;
	assert_holds(path, times, to - from);
}

static void simple(void **state)
{
	const char *path = rich_path("simple");
	mode_t mask = umask(0);
	struct stat st;

	(void)state;
	rich_record(path, &world, 0, 3);
	umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* another recorder goes on */
	rich_record(path, &world, 3, 140);
	assert_holds_range(path, 0, 140);
}

/* Killed at every byte of the last block: what was whole is there, and a recorder goes on behind it. */
static void killed(void **state)
{
	const char *path = rich_path("killed");
	size_t before = rich_record(path, &world, 0, 2);
	_cleanup_free_ char *data = NULL;
	size_t len;

	(void)state;
	unlink(path);
	rich_record(path, &world, 0, 3);
	data = rich_read(path, &len);
	assert_true(before < len);
	for (size_t cut = before; cut < len; cut++) {
		rich_write(path, data, cut);
		assert_holds_range(path, 0, 2);
		rich_record(path, &world, 2, 4);
		assert_holds_range(path, 0, 4);
	}
}

/* The same with the first block of a file, its header included. */
static void killed_at_once(void **state)
{
	const char *path = rich_path("at-once");
	size_t whole = rich_record(path, &world, 0, 1);
	_cleanup_free_ char *data = NULL;
	struct source *source;
	struct error err;
	size_t len;

	(void)state;
	data = rich_read(path, &len);
	assert_int_equal(len, whole);
	for (size_t cut = 0; cut < len; cut++) {
		rich_write(path, data, cut);
		assert_int_equal(replay_open(path, &source, &err), -ENODATA);
		rich_record(path, &world, 5, 6);
		assert_holds_range(path, 5, 6);
	}
}

/* A power cut may leave zeros where the last block was. */
static void zeros_at_the_end(void **state)
{
	const char *path = rich_path("zeros");
	size_t before = rich_record(path, &world, 0, 2);
	_cleanup_free_ char *data = NULL;
	size_t len;

	(void)state;
	rich_record(path, &world, 2, 3);
	data = rich_read(path, &len);
	for (size_t from = len - 1; from >= before; from -= 7) {
		memset(data + from, 0, len - from);
		rich_write(path, data, len);
		rich_record(path, &world, 2, 4);
		assert_holds_range(path, 0, 4);
	}
}

static void no_recording(void **state)
{
	static const char *const list[] = {"x", "something else that is long enough to be one",
					   "\x89PLIMREC\x02\x00\x00\x00zzzzyyyyyyyy"};
	struct recorder_options options = {0};
	struct recorder *r = NULL;
	struct source *source;
	struct error err;
	char name[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		_cleanup_free_ char *left = NULL;
		size_t len = i == 2 ? 24 : strlen(list[i]);

		rich_write(rich_path("other"), list[i], len);
		assert_int_equal(recorder_open(rich_path("other"), &options, &r, &err), -EBADMSG);
		assert_non_null(strstr(err.cause, "other"));
		assert_int_equal(replay_open(rich_path("other"), &source, &err), -EBADMSG);
		left = rich_read(rich_path("other"), &len);
		assert_memory_equal(left, list[i], len);
	}
	assert_int_equal(recorder_open(rich_folder(), &options, &r, &err), -EISDIR);
	assert_int_equal(recorder_open("/dev/null", &options, &r, &err), -EBADMSG);
	assert_int_equal(replay_open(rich_path("missing"), &source, &err), -ENOENT);
	snprintf(name, sizeof(name), "%s/missing/file", rich_folder());
	assert_int_equal(recorder_open(name, &options, &r, &err), -ENOENT);
	options.keep = RECORDER_KEEP_MAX + 1;
	assert_int_equal(recorder_open(rich_path("x"), &options, &r, &err), -EINVAL);
	assert_null(r);
}

/* Of a format that is not made yet. */
static void later_format(void **state)
{
	/* its header's checksum is right */
	static const char header[16] = "\x89PLIMREC\x02\0\0\0\x41\x14\0\x23";
	_cleanup_free_ char *data = NULL;
	struct recorder_options options = {0};
	struct recorder *r;
	struct error err;
	size_t len;

	(void)state;
	rich_record(rich_path("later"), &world, 0, 1);
	data = rich_read(rich_path("later"), &len);
	memcpy(data, header, sizeof(header));
	rich_write(rich_path("later"), data, len);
	assert_int_equal(recorder_open(rich_path("later"), &options, &r, &err), -EPROTONOSUPPORT);
	assert_non_null(strstr(err.cause, "format 2"));
}

static void two_recorders(void **state)
{
	struct recorder_options options = {0};
	struct recorder *first = open_recorder(rich_path("two"), &options);
	struct recorder *second;
	struct error err;

	(void)state;
	assert_int_equal(put(first, 0, &err), 0);
	assert_int_equal(recorder_open(rich_path("two"), &options, &second, &err), -EBUSY);
	assert_non_null(strstr(err.cause, "somebody else is recording"));
	assert_non_null(*err.remedy ? err.remedy : NULL);
	assert_int_equal(put(first, 1, &err), 0);
	recorder_close(first);
	second = open_recorder(rich_path("two"), &options);
	assert_int_equal(put(second, 2, &err), 0);
	recorder_close(second);
	assert_holds_range(rich_path("two"), 0, 3);
}

/* No room in the middle of a block, at every byte of it: the file is readable, and goes on when there is
 * room. */
static void full(void **state)
{
	const char *path = rich_path("full");
	struct recorder_options options = {0};
	size_t block = 0;

	(void)state;
	for (size_t left = 0; left == 0 || left < block; left += 3) {
		struct recorder *r;
		struct error err = {0};
		const unsigned times[] = {0, 1, 3, 4};
		struct stat st;

		unlink(path);
		r = open_recorder(path, &options);
		assert_int_equal(put(r, 0, &err), 0);
		block = recorder_bytes(r);
		assert_int_equal(put(r, 1, &err), 0);
		block = recorder_bytes(r) - block;
		limited = true;
		room = left;
		assert_int_equal(put(r, 2, &err), -ENOSPC);
		limited = false;
		assert_non_null(strstr(err.remedy, "make room"));
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, recorder_bytes(r));
		assert_holds_range(path, 0, 2);
		assert_int_equal(put(r, 3, &err), 0);
		assert_int_equal(put(r, 4, &err), 0);
		recorder_close(r);
		assert_holds(path, times, ARRAY_SIZE(times));
	}
	assert_true(block > 100);
}

/* No room for the first block of all. */
static void full_at_once(void **state)
{
	const char *path = rich_path("full-at-once");
	struct recorder_options options = {0};
	struct recorder *r = open_recorder(path, &options);
	struct error err;

	(void)state;
	limited = true;
	room = 10;
	assert_int_equal(put(r, 0, &err), -ENOSPC);
	limited = false;
	assert_int_equal(put(r, 1, &err), 0);
	recorder_close(r);
	assert_holds_range(path, 1, 2);
}

static bool exists(const char *path, unsigned number)
{
	char name[160];

	snprintf(name, sizeof(name), number ? "%s.%u" : "%s", path, number);
	return access(name, F_OK) == 0;
}

static void by_size(void **state)
{
	const char *path = rich_path("by-size");
	struct recorder_options options = {.keep = 3};
	struct recorder *r = open_recorder(path, &options);
	unsigned first = 0;
	struct source *source;
	struct snapshot *s;
	struct error err;
	struct stat st;
	uint64_t from;
	uint64_t to;

	(void)state;
	assert_int_equal(put(r, 0, &err), 0);
	options.max_size = 3 * recorder_bytes(r);
	recorder_close(r);
	unlink(path);
	r = open_recorder(path, &options);
	for (unsigned i = 0; i < 150; i++)
		assert_int_equal(put(r, i, &err), 0);
	recorder_close(r);
	for (unsigned i = 0; i <= 3; i++) {
		char name[160];

		assert_true(exists(path, i));
		snprintf(name, sizeof(name), i ? "%s.%u" : "%s", path, i);
		assert_int_equal(stat(name, &st), 0);
		assert_true((uint64_t)st.st_size <= options.max_size);
	}
	assert_false(exists(path, 4));
	/* all that is left, in one row, up to the last */
	assert_int_equal(replay_open(path, &source, &err), 0);
	replay_span(source, &from, &to);
	first = (unsigned)((from - RICH_START) / NSEC_PER_SEC);
	assert_in_range(first, 10, 140);
	assert_int_equal(to, RICH_START + 149 * NSEC_PER_SEC);
	assert_int_equal(source_sample(source, NULL, &s, &err), 0);
	assert_int_equal(snapshot_realtime_ns(s), from);
	snapshot_unref(s);
	source_close(source);
	assert_holds_range(path, first, 150);
}

static void by_age(void **state)
{
	const char *path = rich_path("by-age");
	struct recorder_options options = {.max_age_ns = 10 * NSEC_PER_SEC};
	struct recorder *r = open_recorder(path, &options);
	struct error err;
	char name[160];

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(put(r, i, &err), 0);
	recorder_close(r); /* its age is not forgotten */
	r = open_recorder(path, &options);
	for (unsigned i = 5; i < 24; i++)
		assert_int_equal(put(r, i, &err), 0);
	recorder_close(r);
	snprintf(name, sizeof(name), "%s.2", path);
	assert_holds_range(name, 0, 10);
	assert_false(exists(path, 3));
	assert_holds_range(path, 0, 24);
	/* what else is called so does no harm */
	snprintf(name, sizeof(name), "%s.77", path);
	rich_write(name, "text", 4);
	snprintf(name, sizeof(name), "%s.old", path);
	rich_write(name, "text", 4);
	assert_holds_range(path, 0, 24);
}

/* The lock goes with the file: after a rotation nobody else gets in. */
static void locked_after_rotation(void **state)
{
	const char *path = rich_path("locked");
	struct recorder_options options = {.max_size = 1};
	struct recorder *r = open_recorder(path, &options);
	struct recorder *other;
	struct error err;

	(void)state;
	assert_int_equal(put(r, 0, &err), 0);
	assert_int_equal(put(r, 1, &err), 0);
	assert_true(exists(path, 1));
	assert_int_equal(recorder_open(path, &options, &other, &err), -EBUSY);
	recorder_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple),	  cmocka_unit_test(killed),
		cmocka_unit_test(killed_at_once), cmocka_unit_test(zeros_at_the_end),
		cmocka_unit_test(no_recording),	  cmocka_unit_test(later_format),
		cmocka_unit_test(two_recorders),  cmocka_unit_test(full),
		cmocka_unit_test(full_at_once),	  cmocka_unit_test(by_size),
		cmocka_unit_test(by_age),	  cmocka_unit_test(locked_after_rotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

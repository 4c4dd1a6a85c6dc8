/* SPDX-License-Identifier: Apache-2.0 */
#include "container/log_line.h"
#include "scratch_log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

static void fill(struct log_writer *w, int from, int to)
{
	for (int i = from; i < to; i++) {
		char text[32];
		int n = snprintf(text, sizeof(text), "%d\n", i);

		assert_int_equal(log_write(w, LOG_STDOUT, text, (size_t)n, (uint64_t)i), 0);
	}
}

static void expect_range(struct log_reader *r, int from, int to)
{
	struct log_entry entry;
	char text[32];

	for (int i = from; i < to; i++) {
		snprintf(text, sizeof(text), "%d\n", i);
		expect_entry(r, text);
	}
	assert_int_equal(log_read(r, &entry), 0);
}

static void test_tail_since_until(void **state)
{
	struct scratch_log *s = *state;
	struct log_writer *w = scratch_writer(s, 5000, 50);
	static const struct {
		uint64_t since, until;
		int64_t tail;
		int from, to;
	} cases[] = {{0, 0, -1, 1, 500},       {0, 0, 0, 0, 0},	       {0, 0, 1, 499, 500},
		     {0, 0, 77, 423, 500},     {0, 0, 498, 2, 500},    {0, 0, 499, 1, 500},
		     {0, 0, 5000, 1, 500},     {100, 0, -1, 100, 500}, {0, 100, -1, 1, 101},
		     {100, 200, -1, 100, 201}, {0, 300, 10, 291, 301}, {495, 0, 10, 495, 500}};

	fill(w, 1, 500);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct log_reader *r = scratch_reader(s, cases[i].since, cases[i].until, cases[i].tail);

		expect_range(r, cases[i].from, cases[i].to);
		log_reader_close(r);
	}
	log_writer_close(w);
}

/* A tail of lines that are longer than a block, in one file. */
static void test_tail_of_long_lines(void **state)
{
	struct scratch_log *s = *state;
	struct log_writer *w = scratch_writer(s, 0, 1);
	static char line[LOG_LINE_MAX];
	struct log_entry entry;

	memset(line, 1, sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < 20; i++) {
		line[0] = (char)('a' + i);
		assert_int_equal(log_write(w, LOG_STDOUT, line, sizeof(line), 5), 0);
	}
	log_writer_close(w);
	for (int tail = 1; tail <= 21; tail += 4) {
		struct log_reader *r = scratch_reader(s, 0, 0, tail);

		for (int i = 20 - (tail > 20 ? 20 : tail); i < 20; i++) {
			assert_int_equal(log_read(r, &entry), 1);
			assert_int_equal(entry.len, sizeof(line));
			assert_int_equal(entry.text[0], 'a' + i);
		}
		assert_int_equal(log_read(r, &entry), 0);
		log_reader_close(r);
	}
}

static void test_follow_sees_growth(void **state)
{
	struct scratch_log *s = *state;
	struct log_reader *r = scratch_reader(s, 0, 0, -1);
	struct log_entry entry;
	struct log_writer *w;
	struct pollfd poller = {.fd = log_reader_fd(r), .events = POLLIN};

	assert_true(poller.fd >= 0);
	assert_int_equal(log_read(r, &entry), 0);
	assert_int_equal(poll(&poller, 1, 0), 0);
	w = scratch_writer(s, 100, 3);
	fill(w, 1, 2);
	assert_int_equal(poll(&poller, 1, 5000), 1);
	expect_range(r, 1, 2);
	assert_int_equal(poll(&poller, 1, 0), 0);
	fill(w, 2, 3); /* rotates */
	assert_int_equal(poll(&poller, 1, 5000), 1);
	expect_range(r, 2, 3);
	log_writer_close(w);
	log_reader_close(r);
}

/* The log is made with the first output: a reader that came before sees all of it, whatever tail it wanted.
 */
static void test_follow_before_output(void **state)
{
	static const int64_t tails[] = {-1, 0, 5};
	struct scratch_log *s = *state;
	struct log_writer *w = scratch_writer(s, 0, 1);
	struct log_reader *readers[ARRAY_SIZE(tails)];
	struct stat st;

	assert_int_equal(log_flush(w, 1), 0);
	assert_int_equal(fstatat(s->fd, "log.json", &st, 0), -1);
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		readers[i] = scratch_reader(s, 0, 0, tails[i]);
		expect_range(readers[i], 0, 0);
	}
	fill(w, 1, 3);
	log_writer_close(w);
	for (size_t i = 0; i < ARRAY_SIZE(tails); i++) {
		struct pollfd poller = {.fd = log_reader_fd(readers[i]), .events = POLLIN};

		assert_int_equal(poll(&poller, 1, 5000), 1);
		expect_range(readers[i], 1, 3);
		log_reader_close(readers[i]);
	}
}

/* A writer that rotates every few messages beside a reader that follows: each once, in order. The reader
 * stops the writer from running away (a file that is gone is gone) by what it has read. */
static void test_rotated_under_reader(void **state)
{
	enum { COUNT = 20000, AHEAD = 60 };
	struct scratch_log *s = *state;
	struct log_reader *r = scratch_reader(s, 0, 0, -1);
	struct log_entry entry;
	int expected = 1;
	int credit[2];
	int status;
	pid_t pid;
	struct timespec begun;
	struct timespec now;

	assert_int_equal(pipe(credit), 0);
	pid = fork();
	if (pid == 0) {
		struct log_writer *w = scratch_writer(s, 600, 20);
		char c;

		for (int i = 1; i <= COUNT; i++) {
			if (i > AHEAD && read(credit[0], &c, 1) != 1)
				_exit(1);
			fill(w, i, i + 1);
		}
		_exit(0);
	}
	clock_gettime(CLOCK_MONOTONIC, &begun);
	while (expected <= COUNT) {
		char text[32];
		int got = log_read(r, &entry);

		assert_true(got >= 0);
		clock_gettime(CLOCK_MONOTONIC, &now);
		assert_true(now.tv_sec - begun.tv_sec < 60);
		if (got == 0) {
			struct pollfd poller = {.fd = log_reader_fd(r), .events = POLLIN};

			poll(&poller, 1, 1000);
			continue;
		}
		snprintf(text, sizeof(text), "%d\n", expected++);
		assert_int_equal(entry.len, strlen(text));
		assert_memory_equal(entry.text, text, entry.len);
		(void)!write(credit[1], "c", 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(log_read(r, &entry), 0);
	close(credit[0]);
	close(credit[1]);
	log_reader_close(r);
}

/* Gaps (of a rotation that was killed) are stepped over; other files in the folder are none of the log's. */
static void test_gaps(void **state)
{
	struct scratch_log *s = *state;
	struct log_writer *w = scratch_writer(s, 100, 10);
	struct log_reader *r;
	int fd;

	fill(w, 1, 8);
	log_writer_close(w);
	assert_int_equal(renameat(s->fd, "log.json.6", s->fd, "log.json.9"), 0);
	assert_int_equal(unlinkat(s->fd, "log.json.3", 0), 0);
	fd = openat(s->fd, "log.json.x", O_WRONLY | O_CREAT, 0600);
	close(fd);
	r = scratch_reader(s, 0, 0, -1);
	expect_entry(r, "1\n");
	expect_entry(r, "2\n");
	expect_entry(r, "3\n");
	expect_range(r, 5, 8);
	log_reader_close(r);
	r = scratch_reader(s, 0, 0, 5);
	expect_entry(r, "2\n");
	expect_entry(r, "3\n");
	expect_range(r, 5, 8);
	log_reader_close(r);
}

static void test_broken_lines(void **state)
{
	struct scratch_log *s = *state;
	static const char frame[] =
		"{\"log\":\"ok\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:01Z\"}\n";
	static const char *const broken[] = {
		"\n",	  "x\n",
		"{}\n",	  "{\"log\":\"a\"}\n",
		"\0\0\n", "{\"log\":\"a\\q\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:01Z\"}\n"};
	_cleanup_free_ char *huge = malloc(1000000);
	int fd = openat(s->fd, "log.json", O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct log_reader *r;
	struct log_entry entry;

	memset(huge, '{', 1000000);
	huge[999999] = '\n';
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		assert_true(write(fd, broken[i], strlen(broken[i])) >= 0);
		assert_true(write(fd, frame, sizeof(frame) - 1) > 0);
	}
	assert_int_equal(write(fd, huge, 1000000), 1000000);
	assert_true(write(fd, frame, sizeof(frame) - 1) > 0);
	assert_true(write(fd, frame, 20) > 0);
	r = scratch_reader(s, 0, 0, -1);
	for (size_t i = 0; i < ARRAY_SIZE(broken) + 1; i++)
		expect_entry(r, "ok");
	assert_int_equal(log_read(r, &entry), 0);
	/* the half line is completed, or cut back and written anew */
	assert_true(write(fd, frame + 20, sizeof(frame) - 1 - 20) > 0);
	expect_entry(r, "ok");
	assert_int_equal(log_read(r, &entry), 0);
	log_reader_close(r);
	r = scratch_reader(s, 0, 0, 2);
	expect_entry(r, "ok");
	expect_entry(r, "ok");
	assert_int_equal(log_read(r, &entry), 0);
	log_reader_close(r);
	close(fd);
}

static void test_parse_line(void **state)
{
	static const char docker[] =
		"{\"time\": \"2024-02-29T13:00:00.5+01:00\", \"attrs\": {\"a\": [1, \"}\", {\"b\": null}]}, "
		"\"n\": -1.5e3,"
		" \"stream\":\"stderr\", \"log\":\"\\u00e4\\ud83d\\ude00\\ud800\\/\\u0000\\n\"}";
	struct str buffer = {0};
	struct log_entry entry;

	(void)state;
	assert_int_equal(log_parse_line(docker, sizeof(docker) - 1, &buffer, &entry), 0);
	assert_int_equal(entry.stream, LOG_STDERR);
	assert_true(entry.time_ns == UINT64_C(1709208000500000000));
	assert_int_equal(entry.len, 12);
	assert_memory_equal(entry.text, "\xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbd/\0\n", 12);
	for (size_t n = 0; n < sizeof(docker) - 1; n++)
		assert_int_equal(log_parse_line(docker, n, &buffer, &entry), -EINVAL);
	str_free(&buffer);
}

static void test_times(void **state)
{
	static const uint64_t samples[] = {0,
					   1,
					   UINT64_C(951782399999999999),
					   UINT64_C(951782400000000000),
					   UINT64_C(1709208000000000001),
					   UINT64_C(4107542400000000000),
					   UINT64_C(18446744072000000000)};
	static const char *const bad[] = {"",
					  "2024-02-30T00:00:00Z",
					  "2023-02-29T00:00:00Z",
					  "2024-13-01T00:00:00Z",
					  "2024-01-01T24:00:00Z",
					  "2024-01-01T00:00:00",
					  "2024-01-01 00:00:00Z",
					  "2024-01-01T00:00:00.Z",
					  "2024-01-01T00:00:00Zx",
					  "1969-12-31T23:59:59Z",
					  "9999-01-01T00:00:00Z",
					  "2024-01-01T00:00:00+24:00"};
	uint64_t back;
	char text[LOG_TIME_SIZE];

	(void)state;
	log_format_time(text, UINT64_C(951782400000000000));
	assert_string_equal(text, "2000-02-29T00:00:00.000000000Z");
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		log_format_time(text, samples[i]);
		assert_int_equal(log_parse_time(slice_of(text), &back), 0);
		assert_true(back == samples[i]);
	}
	/* against libc, a day and a bit apart */
	for (uint64_t t = 0; t < UINT64_C(16000000000); t += 90061 * 7) {
		time_t seconds = (time_t)t;
		struct tm tm;
		char want[LOG_TIME_SIZE];

		log_format_time(text, t * 1000000000);
		assert_non_null(gmtime_r(&seconds, &tm));
		strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000000Z", &tm);
		assert_string_equal(text, want);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(log_parse_time(slice_of(bad[i]), &back), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_log_open, scratch_log_close)
		TEST(test_tail_since_until),	 TEST(test_tail_of_long_lines),
		TEST(test_follow_sees_growth),	 TEST(test_follow_before_output),
		TEST(test_rotated_under_reader), TEST(test_gaps),
		TEST(test_broken_lines),	 cmocka_unit_test(test_parse_line),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

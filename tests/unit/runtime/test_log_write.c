/* SPDX-License-Identifier: Apache-2.0 */
#include "scratch_log.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define NOON UINT64_C(1709208000000000001) /* 2024-02-29T12:00:00.000000001Z */

static void put(struct log_writer *w, const char *text)
{
	assert_int_equal(log_write(w, LOG_STDOUT, text, strlen(text), NOON), 0);
}

static char *content(const struct scratch_log *s, const char *name)
{
	char *text = NULL;

	assert_int_equal(fs_read_file(s->fd, name, 64U << 20, &text, NULL), 0);
	return text;
}

static void test_form(void **state)
{
	struct scratch_log *s = *state;
	struct log_writer *w = scratch_writer(s, 0, 1);
	_cleanup_free_ char *text = NULL;

	put(w, "a \"b\"\\\n");
	assert_int_equal(log_write(w, LOG_STDERR, "\t\x01\xff\xc3\xa4\r\n", 7, NOON), 0);
	text = content(s, "log.json");
	assert_string_equal(
		text,
		"{\"log\":\"a "
		"\\\"b\\\"\\\\\\n\",\"stream\":\"stdout\",\"time\":\"2024-02-29T12:00:00.000000001Z\"}\n"
		"{\"log\":\"\\t\\u0001\xEF\xBF\xBD\xc3\xa4\\r\\n\",\"stream\":\"stderr\","
		"\"time\":\"2024-02-29T12:00:00.000000001Z\"}\n");
	log_writer_close(w);
}

static void test_partial(void **state)
{
	struct scratch_log *s = *state;
	struct log_writer *w = scratch_writer(s, 0, 1);
	struct log_reader *r = scratch_reader(s, 0, 0, -1);
	struct log_entry entry;

	put(w, "half ");
	assert_int_equal(log_write(w, LOG_STDERR, "other\n", 6, NOON), 0);
	expect_entry(r, "other\n");
	assert_int_equal(log_read(r, &entry), 0);
	put(w, "whole\nnext");
	expect_entry(r, "half whole\n");
	assert_int_equal(log_read(r, &entry), 0);
	assert_int_equal(log_flush(w, NOON), 0);
	expect_entry(r, "next");
	assert_int_equal(log_flush(w, NOON), 0);
	assert_int_equal(log_read(r, &entry), 0);
	log_writer_close(w);
	log_reader_close(r);
}

/* Any sizes of what is read at once give back the same bytes, in messages of at most LOG_LINE_MAX, with no
 * character cut in two. */
static void test_long_lines(void **state)
{
	struct scratch_log *s = *state;
	const size_t chunks[] = {1, 7, 4096, 16383, 16384, 16385, 65536};
	const size_t len = 3 * LOG_LINE_MAX + 999; /* whole characters, and the newline */
	_cleanup_free_ char *text = malloc(len);
	_cleanup_free_ char *back = malloc(len);

	for (size_t i = 0; i < len; i++)
		text[i] = "\xe2\x82\xac\"\x05"[i % 5];
	text[len - 1] = '\n';
	for (size_t k = 0; k < ARRAY_SIZE(chunks); k++) {
		struct log_writer *w = scratch_writer(s, 0, 1);
		struct log_reader *r;
		struct log_entry entry;
		size_t got = 0;

		for (size_t at = 0; at < len; at += chunks[k])
			assert_int_equal(log_write(w, LOG_STDOUT, text + at,
						   len - at < chunks[k] ? len - at : chunks[k], NOON),
					 0);
		log_writer_close(w);
		r = scratch_reader(s, 0, 0, -1);
		while (log_read(r, &entry) == 1) {
			assert_true(entry.len <= LOG_LINE_MAX && got + entry.len <= len);
			memcpy(back + got, entry.text, entry.len);
			got += entry.len;
		}
		log_reader_close(r);
		assert_int_equal(got, len);
		assert_memory_equal(back, text, len);
		assert_int_equal(unlinkat(s->fd, "log.json", 0), 0);
	}
}

static void test_rotation(void **state)
{
	struct scratch_log *s = *state;
	struct log_writer *w = scratch_writer(s, 300, 3);
	struct log_reader *r;
	struct log_entry entry;
	struct stat st;
	char text[32];

	for (int i = 0; i < 40; i++) {
		snprintf(text, sizeof(text), "message %d\n", i);
		put(w, text);
	}
	log_writer_close(w);
	for (int i = 0; i < 3; i++) {
		snprintf(text, sizeof(text), i ? "log.json.%d" : "log.json", i);
		assert_int_equal(fstatat(s->fd, text, &st, 0), 0);
		assert_true(st.st_size > 0 && st.st_size <= 300);
	}
	assert_int_equal(fstatat(s->fd, "log.json.3", &st, 0), -1);
	/* without a gap up to the last one */
	r = scratch_reader(s, 0, 0, -1);
	assert_int_equal(log_read(r, &entry), 1);
	assert_int_equal(sscanf(entry.text, "message %31[0-9]", text), 1);
	for (int i = atoi(text) + 1; i < 40; i++) {
		snprintf(text, sizeof(text), "message %d\n", i);
		expect_entry(r, text);
	}
	assert_int_equal(log_read(r, &entry), 0);
	log_reader_close(r);
}

static void test_one_file(void **state)
{
	struct scratch_log *s = *state;
	struct log_writer *w = scratch_writer(s, 100, 1);
	struct log_reader *r;
	struct stat st;

	put(w, "one\n");
	put(w, "two\n");
	log_writer_close(w);
	assert_int_equal(fstatat(s->fd, "log.json.1", &st, 0), -1);
	r = scratch_reader(s, 0, 0, -1);
	expect_entry(r, "two\n");
	log_reader_close(r);
}

static void test_crashed_line(void **state)
{
	struct scratch_log *s = *state;
	int fd = openat(s->fd, "log.json", O_WRONLY | O_CREAT, 0600);
	struct log_writer *w;
	struct log_reader *r;
	struct log_entry entry;

	assert_int_equal(write(fd, "{\"log\":\"torn", 12), 12);
	close(fd);
	w = scratch_writer(s, 0, 1);
	put(w, "after\n");
	log_writer_close(w);
	r = scratch_reader(s, 0, 0, -1);
	expect_entry(r, "after\n");
	assert_int_equal(log_read(r, &entry), 0);
	log_reader_close(r);
}

/* A limit of the file's size stands for a full disk; once there is room again the loss is told, and exactly.
 */
static void test_full_disk(void **state)
{
	struct scratch_log *s = *state;
	struct rlimit old;
	struct rlimit tiny;
	struct log_writer *w = scratch_writer(s, 0, 1);
	struct log_reader *r;
	struct log_entry entry;
	unsigned long long lost = 0;
	unsigned long long told = 0;
	unsigned long long read_back = 0;
	char line[101];

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tiny = (struct rlimit){20000, old.rlim_max};
	memset(line, 'x', 99);
	line[99] = '\n';
	line[100] = '\0';
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	for (int i = 0; i < 300; i++)
		if (log_write(w, LOG_STDOUT, line, 100, NOON) < 0)
			lost += 100;
	assert_true(lost > 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	put(w, "room\n");
	put(w, "more\n");
	log_writer_close(w);
	r = scratch_reader(s, 0, 0, -1);
	while (log_read(r, &entry) == 1 && entry.len == 100)
		read_back += 100;
	assert_int_equal(entry.stream, LOG_STDERR);
	assert_int_equal(sscanf(entry.text, "plimsoll: %llu bytes", &told), 1);
	assert_int_equal(told, lost);
	assert_int_equal(told + read_back, 300 * 100);
	expect_entry(r, "room\n");
	expect_entry(r, "more\n");
	assert_int_equal(log_read(r, &entry), 0);
	log_reader_close(r);
}

/* Many lines in one write: what is gathered fails as one, and is counted as one. */
static void test_full_disk_gathered(void **state)
{
	struct scratch_log *s = *state;
	struct rlimit old;
	struct rlimit tiny;
	struct log_writer *w = scratch_writer(s, 0, 1);
	struct log_reader *r;
	struct log_entry entry;
	unsigned long long told = 0;
	size_t whole = 0;
	static char lines[50000];

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	tiny = (struct rlimit){30000, old.rlim_max};
	for (size_t i = 0; i < sizeof(lines); i++)
		lines[i] = i % 50 == 49 ? '\n' : 'y';
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
	assert_int_equal(log_write(w, LOG_STDOUT, lines, sizeof(lines), NOON), -EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	put(w, "room\n");
	log_writer_close(w);
	r = scratch_reader(s, 0, 0, -1);
	while (log_read(r, &entry) == 1) {
		unsigned long long part;

		/* what is left of the room may do for a notice before it is full again */
		if (entry.stream == LOG_STDERR && sscanf(entry.text, "plimsoll: %llu bytes", &part) == 1)
			told += part;
		else if (entry.len == 50)
			whole += 50;
	}
	assert_true(told > 0 && whole > 0);
	assert_int_equal(told + whole, sizeof(lines));
	log_reader_close(r);
}

/* Killed at any time, the next writer goes on, and every whole line can be read. */
static void test_killed(void **state)
{
	struct scratch_log *s = *state;

	for (int round = 0; round < 30; round++) {
		struct timespec nap = {.tv_nsec = 300000 + round * 50000};
		struct log_reader *r;
		struct log_entry entry;
		pid_t pid = fork();

		if (pid == 0) {
			struct log_writer *w = scratch_writer(s, 2000, 4);

			for (;;)
				log_write(w, LOG_STDOUT, "line\n", 5, NOON);
		}
		nanosleep(&nap, NULL);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		log_writer_close(scratch_writer(s, 2000, 4));
		r = scratch_reader(s, 0, 0, -1);
		while (log_read(r, &entry) == 1)
			assert_int_equal(entry.len, 5);
		log_reader_close(r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_log_open, scratch_log_close)
		TEST(test_form),       TEST(test_partial),
		TEST(test_long_lines), TEST(test_rotation),
		TEST(test_one_file),   TEST(test_crashed_line),
		TEST(test_full_disk),  TEST(test_full_disk_gathered),
		TEST(test_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

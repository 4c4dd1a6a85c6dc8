/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"
#include "container/log_line.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int no_room(struct log_sink *sink)
{
	(void)sink;
	return -1;
}

/* What was read is written as a line of the length that was foretold, and read back is the same. (Broken
 * UTF-8 is U+FFFD after the first time.) */
static void check_back(struct slice text, const struct log_entry *entry)
{
	size_t length = log_line_length(text, entry->stream);
	_cleanup_free_ char *line = malloc(length);
	struct log_sink sink = {.buffer = line, .cap = length, .drain = no_room};
	_cleanup_str_ struct str once = {0};
	_cleanup_str_ struct str twice = {0};
	struct log_entry first;
	struct log_entry second;

	CHECK(line);
	log_line_put(&sink, text, entry->stream, entry->time_ns);
	CHECK(sink.error == 0 && sink.len == length);
	CHECK(memchr(line, '\n', length) == line + length - 1);
	CHECK(log_parse_line(line, length, &once, &first) == 0);
	CHECK(first.stream == entry->stream && first.time_ns == entry->time_ns);
	sink.len = 0;
	length = log_line_length((struct slice){first.text, first.len}, first.stream);
	CHECK(length <= sink.cap);
	log_line_put(&sink, (struct slice){first.text, first.len}, first.stream, first.time_ns);
	CHECK(log_parse_line(line, sink.len, &twice, &second) == 0);
	CHECK(second.len == first.len && memcmp(second.text, first.text, first.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {(const char *)data, size};
	_cleanup_str_ struct str buffer = {0};
	struct log_entry entry = {.stream = LOG_STDERR, .time_ns = size};
	uint64_t time;

	check_back(text, &entry);
	if (log_parse_time(text, &time) == 0) {
		char out[LOG_TIME_SIZE];
		uint64_t again;

		log_format_time(out, time);
		CHECK(log_parse_time(slice_of(out), &again) == 0 && again == time);
	}
	if (log_parse_line(text.at, text.len, &buffer, &entry) == 0) {
		CHECK(entry.len <= size);
		check_back((struct slice){entry.text, entry.len}, &entry);
	}
	return 0;
}

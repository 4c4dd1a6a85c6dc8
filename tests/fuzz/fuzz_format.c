/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte picks the format, the rest is the file. */
#include "base/cleanup.h"
#include "cgroup/format.h"
#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Words that are no part of the text: keys by position or by count. */
static bool is_constant(struct slice s)
{
	static const char *const words[] = {
		"rx_bytes",	 "rx_packets",	 "rx_errs",    "rx_drop",	"rx_fifo",  "rx_frame",
		"rx_compressed", "rx_multicast", "tx_bytes",   "tx_packets",	"tx_errs",  "tx_drop",
		"tx_fifo",	 "tx_colls",	 "tx_carrier", "tx_compressed", "default",  "weight",
		"established",	 "synsent",	 "synrecv",    "finwait1",	"finwait2", "timewait",
		"close",	 "closewait",	 "lastack",    "listen",	"closing",  "dropped",
		"rxqueued",	 "txqueued"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (slice_is(s, words[i]))
			return true;
	return false;
}

static bool within(struct slice s, const char *start, size_t len)
{
	return s.at >= start && s.len <= len && (size_t)(s.at - start) <= len - s.len;
}

static bool is_placed(struct slice s, struct slice text, const struct format_cursor *c)
{
	return s.len == 0 || within(s, text.at, text.len) || within(s, c->scratch, sizeof(c->scratch)) ||
	       is_constant(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum file_format format = size ? (enum file_format)(data[0] % (FILE_LINES + 1)) : FILE_SINGLE;
	struct slice text = {(const char *)data + (size > 0), size - (size > 0)};
	struct format_cursor c;
	struct format_item item;
	size_t n = 0;

	memset(&c, 0xA5, sizeof(c));
	format_begin(&c, format, text);
	while (format_next(&c, &item)) {
		CHECK(item.instance.at && item.key.at && item.value.at);
		CHECK(is_placed(item.instance, text, &c));
		CHECK(is_placed(item.key, text, &c));
		CHECK(is_placed(item.value, text, &c));
		CHECK(!item.value.len || !memchr(item.value.at, '\n', item.value.len));
		CHECK(!item.key.len || !memchr(item.key.at, '\n', item.key.len));
		/* an item takes a byte at least, a value given twice half of one, and the counts are 11 */
		CHECK(++n <= 2 * text.len + 11);
	}
	CHECK(!format_next(&c, &item));
	return 0;
}

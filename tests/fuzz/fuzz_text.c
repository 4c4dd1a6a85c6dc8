/* SPDX-License-Identifier: Apache-2.0 */
/* base's text and parse: whatever comes in, what goes out is UTF-8, safe to show, and JSON. */
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/text.h"
#include "check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice whole(const struct str *s)
{
	return (struct slice){s->data ? s->data : "", s->len};
}

/* Every character decodes, and `allowed` of it. */
static void check_utf8(struct slice text, bool (*allowed)(uint32_t))
{
	while (text.len) {
		uint32_t c;
		size_t n = text_decode(text, &c);

		CHECK(n >= 1 && n <= 4 && n <= text.len);
		CHECK(c != 0xFFFD || n == 3);
		CHECK(allowed(c));
		text.at += n;
		text.len -= n;
	}
}

static bool anything(uint32_t c)
{
	return c <= 0x10FFFF;
}

static bool no_control(uint32_t c)
{
	return c >= 0x20 && !(c >= 0x7F && c <= 0x9F);
}

/* Neither what turns the text behind it around. */
static bool shown_as_it_is(uint32_t c)
{
	return no_control(c) && !(c >= 0x202A && c <= 0x202E) && !(c >= 0x2066 && c <= 0x2069);
}

static void check_json(struct slice json)
{
	CHECK(json.len >= 2 && json.at[0] == '"' && json.at[json.len - 1] == '"');
	for (size_t i = 1; i + 1 < json.len; i++) {
		CHECK(json.at[i] != '"');
		if (json.at[i] == '\\') {
			i++;
			CHECK(i + 1 < json.len && strchr("\"\\ntu", json.at[i]));
		}
	}
}

static void check_writers(struct slice text)
{
	_cleanup_str_ struct str utf8 = {0};
	_cleanup_str_ struct str again = {0};
	_cleanup_str_ struct str printable = {0};
	_cleanup_str_ struct str json = {0};

	text_utf8(&utf8, text);
	check_utf8(whole(&utf8), anything);
	text_utf8(&again, whole(&utf8));
	CHECK(slice_equal(whole(&utf8), whole(&again)));
	text_printable(&printable, text);
	check_utf8(whole(&printable), shown_as_it_is);
	text_json(&json, text);
	check_utf8(whole(&json), no_control);
	check_json(whole(&json));
}

static void check_numbers(struct slice text)
{
	uint64_t value;
	uint64_t again;
	int64_t negative;
	bool truth;
	char digits[20];

	if (parse_u64(text, &value) == 0) {
		CHECK(parse_u64((struct slice){digits, format_u64(digits, value)}, &again) == 0 &&
		      again == value);
		CHECK(parse_size(text, &again) == 0 && again == value);
		CHECK(parse_fixed(text, 0, &again) == 0 && again == value);
	}
	if (parse_i64(text, &negative) == 0 && negative >= 0 && text.at[0] != '-')
		CHECK(parse_u64(text, &value) == 0 && value == (uint64_t)negative);
	if (parse_fixed(text, 0, &value) == 0 && parse_fixed(text, 2, &again) == 0)
		CHECK(again / 100 == value);
	(void)parse_duration(text, &value);
	(void)parse_bool(text, &truth);
}

static void check_splitting(struct slice text)
{
	struct slice rest = text;
	struct slice part;
	size_t total = 0;

	while (next_line(&rest, &part)) {
		CHECK(part.len == 0 || !memchr(part.at, '\n', part.len));
		total += part.len + 1;
	}
	CHECK(total == text.len || total == text.len + 1);
	rest = text;
	while (next_word(&rest, " ,=", &part))
		CHECK(part.len > 0 && !memchr(part.at, ' ', part.len) && !memchr(part.at, ',', part.len));
}

static void check_glob(struct slice text)
{
	_cleanup_free_ char *pattern = strndup(text.at, text.len);
	_cleanup_str_ struct str padded = {0};

	CHECK(pattern);
	CHECK(text_glob("*", pattern));
	CHECK(text_glob(pattern, pattern));
	str_printf(&padded, "*%s*", pattern);
	CHECK(text_glob(padded.data, pattern));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = {data ? (const char *)data : "", size};

	check_writers(text);
	check_numbers(text);
	check_splitting(text);
	check_glob(text);
	return 0;
}

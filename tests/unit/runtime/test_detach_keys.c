/* SPDX-License-Identifier: Apache-2.0 */
#include "life/detach_keys.h"

#include "runtime/control.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_notation(void **state)
{
	unsigned char keys[DETACH_KEYS_MAX];

	(void)state;
	assert_int_equal(detach_keys_parse(DETACH_KEYS_DEFAULT, keys, sizeof(keys), NULL), 2);
	assert_memory_equal(keys, "\x10\x11", 2);
	assert_int_equal(detach_keys_parse("ctrl-@,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_,x,DEL", keys,
					   sizeof(keys), NULL),
			 8);
	assert_memory_equal(keys, "\x00\x1b\x1c\x1d\x1e\x1fx\x7f", 8);
	assert_int_equal(detach_keys_parse("", keys, sizeof(keys), NULL), 0);
}

static void test_what_is_no_key(void **state)
{
	static const char *const bad[] = {"ctrl-",
					  "ctrl-A",
					  "ctrl-1",
					  "ctrl-ab",
					  "xy",
					  ",a",
					  "a,,b",
					  " ",
					  "\x01",
					  "\x80",
					  "ctrl-p,ctrl-q,nonsense"};
	unsigned char keys[DETACH_KEYS_MAX] = "untouched";
	struct error err = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(detach_keys_parse(bad[i], keys, sizeof(keys), &err), -EINVAL);
		assert_non_null(strstr(err.cause, "detach keys"));
	}
	assert_int_equal(detach_keys_parse("a,b,c", keys, 2, &err), -EINVAL);
	assert_string_equal((const char *)keys, "untouched");
}

/* Types text in pieces of `step` bytes; what passed goes to out. Whether the keys were found. */
static bool type(struct detach_keys *d, const char *text, size_t step, char *out)
{
	size_t len = strlen(text);
	size_t used = 0;

	for (size_t at = 0; at < len; at += step) {
		unsigned char passed[64];
		size_t n = 0;
		bool found = detach_keys_feed(d, (const unsigned char *)text + at,
					      len - at < step ? len - at : step, passed, &n);

		memcpy(out + used, passed, n);
		used += n;
		if (found) {
			out[used] = '\0';
			return true;
		}
	}
	out[used] = '\0';
	return false;
}

static void check(const char *keys, const char *text, bool found, const char *passed)
{
	for (size_t step = 1; step <= 32; step *= 2) {
		struct detach_keys d = {.n = strlen(keys)};
		char out[128];

		memcpy(d.keys, keys, d.n);
		assert_int_equal(type(&d, text, step, out), found);
		assert_string_equal(out, passed);
	}
}

static void test_sequences(void **state)
{
	(void)state;
	check("pq", "hello", false, "hello");
	check("pq", "hello pq gone", true, "hello ");
	check("pq", "papaya", false, "papaya");
	check("pq", "ppq", true, "p");
	check("pq", "p", false, ""); /* held back until the next key */
	check("aab", "aaab", true, "a");
	check("abab", "abaabab", true, "aba");
	check("abac", "ababac", true, "ab");
	check("x", "x", true, "");
	check("", "pq", false, "pq");
}

/* Against the plain definition: what passed and the keys together are what was typed up to the keys. */
static void test_every_short_text(void **state)
{
	static const char *const all[] = {"aab", "aba", "ab", "aa", "abab"};

	(void)state;
	for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++)
		for (unsigned bits = 0; bits < 512; bits++) {
			char text[10] = {0};
			char out[128];
			const char *where;
			struct detach_keys d = {.n = strlen(all[k])};

			for (unsigned i = 0; i < 9; i++)
				text[i] = bits >> i & 1 ? 'a' : 'b';
			memcpy(d.keys, all[k], d.n);
			where = strstr(text, all[k]);
			assert_int_equal(type(&d, text, 1, out), where != NULL);
			if (where) {
				assert_int_equal(strlen(out), (size_t)(where - text));
				assert_memory_equal(out, text, strlen(out));
			} else {
				assert_int_equal(strlen(out) + d.held, 9);
				assert_memory_equal(out, text, strlen(out));
				assert_memory_equal(text + 9 - d.held, all[k], d.held);
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notation),
		cmocka_unit_test(test_what_is_no_key),
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_every_short_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WHEN UINT64_C(1795455371123456789) /* 2026-11-23 17:36:11.123 UTC */

static void assert_line(enum log_format format, enum log_level level, const char *message, const char *fields,
			const char *expected)
{
	_cleanup_str_ struct str out = {0};

	log_line(&out, format, level, WHEN, message, fields);
	assert_string_equal(out.data, expected);
}

static void logfmt(void **state)
{
	(void)state;
	assert_line(LOG_LOGFMT, LOG_LEVEL_INFO, "Serving", "address=127.0.0.1:9753 path=/metrics",
		    "time=2026-11-23T17:36:11.123Z level=info msg=\"Serving\" address=127.0.0.1:9753 "
		    "path=/metrics\n");
	assert_line(LOG_LOGFMT, LOG_LEVEL_ERROR, "a \"b\"\n\\c", "",
		    "time=2026-11-23T17:36:11.123Z level=error msg=\"a \\\"b\\\"\\n\\\\c\"\n");
}

static void json(void **state)
{
	(void)state;
	assert_line(LOG_JSON, LOG_LEVEL_WARN, "m", "",
		    "{\"time\":\"2026-11-23T17:36:11.123Z\",\"level\":\"warn\",\"msg\":\"m\"}\n");
	assert_line(LOG_JSON, LOG_LEVEL_DEBUG, "m\033[2J", "a=1 b=\"x \\\"y\\\" =z\" c=",
		    "{\"time\":\"2026-11-23T17:36:11.123Z\",\"level\":\"debug\",\"msg\":\"m\\u001b[2J\","
		    "\"a\":\"1\","
		    "\"b\":\"x \\\"y\\\" =z\",\"c\":\"\"}\n");
	/* what is no field at all is left out rather than breaking the line */
	assert_line(LOG_JSON, LOG_LEVEL_INFO, "m", "nonsense",
		    "{\"time\":\"2026-11-23T17:36:11.123Z\",\"level\":\"info\",\"msg\":\"m\"}\n");
}

static void fields(void **state)
{
	_cleanup_str_ struct str out = {0};

	(void)state;
	log_field(&out, "plain", "a-b_c.d/e:1");
	log_field(&out, "empty", "");
	log_field(&out, "space", "a b");
	log_field(&out, "quote", "a\"b=c");
	log_field(&out, "line", "a\nb\033]0;x\a");
	log_field(&out, "bytes", "\xff\xc3\xa4");
	assert_string_equal(out.data, "plain=a-b_c.d/e:1 empty=\"\" space=\"a b\" quote=\"a\\\"b=c\" "
				      "line=\"a\\nb\\u001b]0;x\\u0007\" bytes=\"\xef\xbf\xbd\xc3\xa4\"");
}

/* Whatever the fields, a line is one line. */
static void one_line_each(void **state)
{
	_cleanup_str_ struct str pairs = {0};
	_cleanup_str_ struct str out = {0};
	char all[256];

	(void)state;
	for (int i = 1; i < 256; i++)
		all[i - 1] = (char)i;
	all[255] = '\0';
	log_field(&pairs, "all", all);
	log_line(&out, LOG_JSON, LOG_LEVEL_INFO, WHEN, all, pairs.data);
	log_line(&out, LOG_LOGFMT, LOG_LEVEL_INFO, WHEN, all, pairs.data);
	assert_ptr_equal(strchr(strchr(out.data, '\n') + 1, '\n'), out.data + out.len - 1);
	for (size_t i = 0; i < out.len; i++)
		assert_true(out.data[i] == '\n' || (unsigned char)out.data[i] >= ' ');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(logfmt),
		cmocka_unit_test(json),
		cmocka_unit_test(fields),
		cmocka_unit_test(one_line_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

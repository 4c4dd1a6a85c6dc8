/* SPDX-License-Identifier: Apache-2.0 */
#include "landing.h"

#include "log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void page_has_links_and_version(void **state)
{
	_cleanup_str_ struct str page = {0};
	struct metric_set enabled = {0};

	(void)state;
	metric_set_add_group(&enabled, GROUP_cpu);
	landing_page(&page, "/metrics", &enabled);
	assert_non_null(strstr(page.data, "<a href=\"/metrics\">"));
	assert_non_null(strstr(page.data, "<a href=\"/metrics?collect[]=cpu\">"));
	assert_null(strstr(page.data, "collect[]=memory"));
	assert_non_null(strstr(page.data, "<a href=\"/-/healthy\">"));
	assert_non_null(strstr(page.data, PLIMSOLL_VERSION));
}

static void a_path_cannot_leave_its_attribute(void **state)
{
	_cleanup_str_ struct str page = {0};
	struct metric_set enabled = {0};

	(void)state;
	landing_page(&page, "/\"><script>&'%?#\xff", &enabled);
	assert_null(strstr(page.data, "<script"));
	assert_non_null(strstr(page.data, "<a href=\"/%22%3E%3Cscript%3E%26%27%25%3F%23%FF\">"));
}

static void text_is_escaped(void **state)
{
	_cleanup_str_ struct str out = {0};

	(void)state;
	html_escape(&out, "a<b>&\"'\x1b\xff");
	assert_string_equal(out.data, "a&lt;b&gt;&amp;&quot;&#39;\xef\xbf\xbd\xef\xbf\xbd");
}

static void keep(void *context, enum log_level level, const char *message, const char *fields)
{
	struct str *out = context;

	str_printf(out, "%d %s: %s", level, message, fields);
}

static void log_fields_are_logfmt(void **state)
{
	_cleanup_str_ struct str out = {0};
	const struct logger logger = {keep, &out};
	const struct logger silent = {NULL, NULL};

	(void)state;
	logger_say(&logger, LOG_LEVEL_WARN, "hello", "a", "plain", "b", "two words", "c", NULL, "d", "", "e",
		   "x=\"\n", NULL);
	assert_string_equal(out.data, "1 hello: a=plain b=\"two words\" d=\"\" e=\"x=\\\"\\n\"");
	logger_say(&silent, LOG_LEVEL_WARN, "nobody", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_has_links_and_version),
		cmocka_unit_test(a_path_cannot_leave_its_attribute),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(log_fields_are_logfmt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

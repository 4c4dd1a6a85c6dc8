/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void target_is(const char *raw, const char *path, const char *query)
{
	struct target t = {0};

	assert_int_equal(target_parse(slice_of(raw), &t, NULL), 0);
	assert_string_equal(t.path, path);
	assert_true(slice_is(t.query, query));
	request_target_free(&t);
}

static void targets(void **state)
{
	static const char *const bad[] = {"",	   "metrics", "*",    "?x",    "/%",
					  "/%4",   "/%zz",    "/%00", "/a b",  "/a\tb",
					  "/\x7f", "/%4g",    "/a%",  "ftp:/", "host:443"};

	(void)state;
	target_is("/", "/", "");
	target_is("/metrics?a=b?c", "/metrics", "a=b?c");
	target_is("/m%65trics?%65", "/metrics", "%65");
	target_is("/a+b", "/a+b", "");
	target_is("/%2Fx%3f?", "//x?", "");
	target_is("http://host:1/metrics?x", "/metrics", "x");
	target_is("HTTPS://host", "/", "");
	target_is("http://host?x", "/", "");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct target t = {0};

		if (target_parse(slice_of(bad[i]), &t, NULL) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_null(t.path);
	}
}

static struct metric_set defaults(void)
{
	struct metric_set set = {0};

	metric_set_defaults(&set);
	return set;
}

static void filters_choose_groups(void **state)
{
	struct metric_set enabled = defaults();
	struct metric_set left;
	struct filters f;

	(void)state;
	assert_int_equal(
		filters_parse(slice_of("collect[]=cpu&collect%5b%5D=memory&x=y&&="), &enabled, &f, NULL), 0);
	assert_int_equal(f.collect, 1U << GROUP_cpu | 1U << GROUP_memory);
	filters_apply(&f, &enabled, &left);
	assert_true(metric_set_has(&left, METRIC_CPU_USAGE));
	assert_true(metric_set_contains(&enabled, &left));
	metric_set_foreach (id, &left) {
		assert_true(metrics[id].group == GROUP_cpu || metrics[id].group == GROUP_memory);
	}
	filters_free(&f);
	assert_int_equal(filters_parse(slice_of("exclude[]=cpu"), &enabled, &f, NULL), 0);
	filters_apply(&f, &enabled, &left);
	assert_false(metric_set_has(&left, METRIC_CPU_USAGE));
	filters_free(&f);
	assert_int_equal(filters_parse(slice_of(""), &enabled, &f, NULL), 0);
	filters_apply(&f, &enabled, &left);
	assert_true(metric_set_equal(&left, &enabled));
	filters_free(&f);
}

static void filters_refuse(void **state)
{
	static const struct {
		const char *query;
		const char *cause;
	} bad[] = {
		{"collect[]=nosuch", "unknown collector 'nosuch'"},
		{"exclude[]=", "unknown collector ''"},
		{"collect[]=CPU", "unknown collector"},
		{"collect[]=descriptors", "disabled collector 'descriptors'"},
		{"collect[]=cpu&exclude[]=memory", "can't be combined"},
		{"collect[]=%", "percent-escape"},
		{"%zz=1", "percent-escape"},
		{"name[]=%00", "percent-escape"},
		{"collect[]=%1b[31m", "unknown collector"},
	};
	struct metric_set enabled = defaults();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct filters f = {0};
		struct error err = {0};

		assert_int_equal(filters_parse(slice_of(bad[i].query), &enabled, &f, &err), -EINVAL);
		if (!strstr(err.cause, bad[i].cause))
			fail_msg("'%s': %s", bad[i].query, err.cause);
		assert_null(strchr(err.cause, '\x1b'));
		assert_int_equal(f.n_names, 0);
	}
}

static void names_are_kept_in_order_and_bounded(void **state)
{
	struct metric_set enabled = defaults();
	char query[2000] = "";
	struct filters f;
	size_t at = 0;

	(void)state;
	assert_int_equal(filters_parse(slice_of("name[]=a*&name[]=&name[]=b+c%26"), &enabled, &f, NULL), 0);
	assert_int_equal(f.n_names, 2);
	assert_string_equal(f.names[0], "a*");
	assert_string_equal(f.names[1], "b c&");
	filters_free(&f);
	for (int i = 0; i < REQUEST_NAMES_MAX; i++)
		at += (size_t)snprintf(query + at, sizeof(query) - at, "name[]=n%d&", i);
	assert_int_equal(filters_parse(slice_of(query), &enabled, &f, NULL), 0);
	filters_free(&f);
	snprintf(query + at, sizeof(query) - at, "name[]=last");
	assert_int_equal(filters_parse(slice_of(query), &enabled, &f, NULL), -E2BIG);
}

static void credentials_are(const char *header, const char *user, const char *password, size_t len)
{
	struct credentials c;

	assert_int_equal(credentials_parse(header, &c), 0);
	assert_string_equal(c.user, user);
	assert_int_equal(c.password_len, len);
	assert_memory_equal(c.password, password, len + 1);
	credentials_free(&c);
}

static void credentials(void **state)
{
	static const char *const bad[] = {
		"",	      "Basic",	    "Basic ",	      "Basic    ",    "Bearer YTpi",	 "Basic YTp",
		"Basic YT==", "Basic =YTp", "Basic YTp=b",    "Basic YTpi=",  "Basic YTpi YTpi", "BasicYTpi",
		"Basic YWI=", "Basic ====", "Basic YQA6Yg==", "Basic Y\xffp="};

	(void)state;
	credentials_are("Basic YTpi", "a", "b", 1);
	credentials_are("bAsIc   YTpi", "a", "b", 1);
	credentials_are("Basic Ojo=", "", ":", 1);
	credentials_are("Basic YTo=", "a", "", 0);
	credentials_are("Basic YTpiOmM=", "a", "b:c", 3);
	credentials_are("Basic YTpiAGM=", "a", "b\0c", 3);
	credentials_are("Basic w6Q6w7Y/K/8=", "ä", "\xc3\xb6?+\xff", 5);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct credentials c = {0};

		if (credentials_parse(bad[i], &c) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_null(c.user);
	}
}

static const char *problem(bool needs_host, size_t n, const char *const (*headers)[2])
{
	struct framing f = {0};

	for (size_t i = 0; i < n; i++)
		framing_count(&f, headers[i][0], headers[i][1]);
	return framing_problem(&f, needs_host);
}
#define PROBLEM(needs_host, ...)                                                                \
	problem(needs_host, sizeof((const char *[][2]){__VA_ARGS__}) / sizeof(const char *[2]), \
		(const char *const[][2]){__VA_ARGS__})

static void framing(void **state)
{
	(void)state;
	assert_null(PROBLEM(true, {"host", "x"}, {"content-LENGTH", "0"}, {"X-1", NULL}));
	assert_null(PROBLEM(false, {"X", ""}));
	assert_non_null(PROBLEM(true, {"X", ""}));
	assert_non_null(PROBLEM(true, {"Host", "a"}, {"HOST", "b"}));
	assert_non_null(PROBLEM(true, {"Host", "a"}, {"Content-Length", "1"}));
	assert_non_null(PROBLEM(true, {"Host", "a"}, {"Content-Length", "00"}));
	assert_non_null(PROBLEM(true, {"Host", "a"}, {"Content-Length", NULL}));
	assert_non_null(PROBLEM(true, {"Host", "a"}, {"Content-Length", "0"}, {"Content-Length", "0"}));
	assert_non_null(PROBLEM(true, {"Host", "a"}, {"Transfer-Encoding", "identity"}));
	assert_non_null(PROBLEM(true, {"Host", "a"}, {"Content-Length ", "0"}));
	assert_non_null(PROBLEM(true, {"Host", "a"}, {"", "0"}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets),	  cmocka_unit_test(filters_choose_groups),
		cmocka_unit_test(filters_refuse), cmocka_unit_test(names_are_kept_in_order_and_bounded),
		cmocka_unit_test(credentials),	  cmocka_unit_test(framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

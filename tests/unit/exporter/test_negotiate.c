/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct accept_case {
	const char *header;
	enum exposition expected;
};

static void check(const struct accept_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (exposition_negotiate(cases[i].header) != cases[i].expected)
			fail_msg("Accept: %s", cases[i].header ? cases[i].header : "(none)");
	}
}

/* What servers send: 2.4x; 2.5 to 2.3x; 2.5x with native histograms; 3.x with and without them. */
static void test_prometheus(void **state)
{
	static const struct accept_case cases[] = {
		{"application/openmetrics-text;version=1.0.0,application/"
		 "openmetrics-text;version=0.0.1;q=0.75,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text; version=0.0.1,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 EXPOSITION_TEXT},
		{"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
		 "application/openmetrics-text;version=1.0.0;q=0.8,application/"
		 "openmetrics-text;version=0.0.1;q=0.75,"
		 "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		 EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		 "application/openmetrics-text;version=0.0.1;q=0.5,"
		 "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/"
		 "*;q=0.2",
		 EXPOSITION_OPENMETRICS},
		{"application/"
		 "vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
		 "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
		 "application/openmetrics-text;version=0.0.1;q=0.4,"
		 "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/"
		 "*;q=0.1",
		 EXPOSITION_OPENMETRICS},
		/* scrape_protocols: [PrometheusText0.0.4] */
		{"text/plain;version=0.0.4;q=0.6,*/*;q=0.5", EXPOSITION_TEXT},
		/* scrape_protocols: [PrometheusProto] */
		{"application/"
		 "vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,"
		 "*/*;q=0.5",
		 EXPOSITION_TEXT},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_other_clients(void **state)
{
	static const struct accept_case cases[] = {
		{NULL, EXPOSITION_TEXT},
		{"", EXPOSITION_TEXT},
		{"*/*", EXPOSITION_TEXT}, /* curl */
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", EXPOSITION_TEXT},
		{"application/json", EXPOSITION_TEXT},
		{"application/openmetrics-text", EXPOSITION_OPENMETRICS},
		{"APPLICATION/OpenMetrics-Text; VERSION=\"1.0.0\"; charset=utf-8", EXPOSITION_OPENMETRICS},
		{"text/plain, application/openmetrics-text", EXPOSITION_TEXT},
		{"application/openmetrics-text, text/plain", EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text, */*", EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text;version=2.0.0", EXPOSITION_TEXT},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_quality(void **state)
{
	static const struct accept_case cases[] = {
		{"application/openmetrics-text;q=0.4,text/plain;q=0.5", EXPOSITION_TEXT},
		{"application/openmetrics-text;q=0.501,text/plain;q=0.5", EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text;q=0,*/*", EXPOSITION_TEXT},
		{"text/plain;q=0,application/openmetrics-text;q=0.001", EXPOSITION_OPENMETRICS},
		{"text/plain;q=0,application/openmetrics-text;q=0", EXPOSITION_TEXT},
		/* The more specific range counts, not the better one. */
		{"text/*;q=0.9,text/plain;q=0.1,application/openmetrics-text;q=0.5", EXPOSITION_OPENMETRICS},
		{"*/*;q=0.9,application/openmetrics-text;q=0.5", EXPOSITION_TEXT},
		{"application/*;q=0.9,text/plain;q=0.5", EXPOSITION_OPENMETRICS},
		{"application/openmetrics-text;q=1.000,text/plain;q=1.", EXPOSITION_OPENMETRICS},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_broken_elements_are_left_out(void **state)
{
	static const struct accept_case cases[] = {
		{"application/openmetrics-text;q=2", EXPOSITION_TEXT},
		{"application/openmetrics-text;q=1.001", EXPOSITION_TEXT},
		{"application/openmetrics-text;q=0.1234", EXPOSITION_TEXT},
		{"application/openmetrics-text;q=-1", EXPOSITION_TEXT},
		{"application/openmetrics-text;q=", EXPOSITION_TEXT},
		{"application/openmetrics-text;q", EXPOSITION_TEXT},
		{"application/openmetrics-text;q=0x1", EXPOSITION_TEXT},
		{";q=1,application/openmetrics-text", EXPOSITION_OPENMETRICS},
		{",, ,application/openmetrics-text;;", EXPOSITION_OPENMETRICS},
		{" application/openmetrics-text ; version=1.0.0 ; q=1 ", EXPOSITION_OPENMETRICS},
		/* A comma or a semicolon in quotes separates nothing. */
		{"text/x;a=\"b,application/openmetrics-text\"", EXPOSITION_TEXT},
		{"text/x;a=\"\\\",application/openmetrics-text", EXPOSITION_TEXT},
		{"application/openmetrics-text;a=\";q=0,\"", EXPOSITION_OPENMETRICS},
		{"=", EXPOSITION_TEXT},
		{"\"", EXPOSITION_TEXT},
		{"\"\\", EXPOSITION_TEXT},
	};

	(void)state;
	check(cases, ARRAY_SIZE(cases));
}

static void test_gzip(void **state)
{
	static const char *const yes[] = {"gzip",
					  "x-gzip",
					  "GZIP;q=1.0",
					  "deflate, gzip;q=0.5, br",
					  "*",
					  "identity;q=1, *;q=0.5",
					  "*;q=0, gzip",
					  "gzip;q=0.001",
					  "gzip;q=9,gzip"};
	static const char *const no[] = {"",	     "identity",    "gzip;q=0",		"gzip;q=0.000",
					 "*;q=0",    "gzip;q=0, *", "deflate,br",	"gzipped",
					 "gzip;q=2", "\"gzip\"",    "identity, br;q=1", "gzip;q=0,*;q=1"};

	(void)state;
	assert_false(gzip_accepted(NULL));
	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (!gzip_accepted(yes[i]))
			fail_msg("Accept-Encoding: %s", yes[i]);
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (gzip_accepted(no[i]))
			fail_msg("Accept-Encoding: %s", no[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prometheus), cmocka_unit_test(test_other_clients),
		cmocka_unit_test(test_quality),	   cmocka_unit_test(test_broken_elements_are_left_out),
		cmocka_unit_test(test_gzip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

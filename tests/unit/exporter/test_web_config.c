/* SPDX-License-Identifier: Apache-2.0 */
/* Meaning is tested here; what is good or bad stands in fixtures/web_config, which tests/system/http judges
 * with promtool. */
#include "web_config.h"

#include "tls_names.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HASH "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"

static struct web_config *parse(const char *text)
{
	struct web_config *c = NULL;
	struct error err = {0};

	if (web_config_parse(slice_of(text), "/etc/plimsoll", &c, &err) < 0)
		fail_msg("%s: %s", text, err.cause);
	return c;
}

static void nothing_means_defaults(void **state)
{
	struct web_config *c = parse("");

	(void)state;
	assert_false(c->tls_enabled);
	assert_true(c->http2);
	assert_int_equal(c->users.n, 0);
	assert_int_equal(c->rate_interval_ns, 0);
	assert_int_equal(c->tls.min_version, TLS_VERSION_12);
	assert_int_equal(c->tls.max_version, TLS_VERSION_13);
	assert_true(c->tls.prefer_server_cipher_suites);
	web_config_free(c);
}

static void everything_is_read(void **state)
{
	struct web_config *c = parse(
		"tls_server_config:\n"
		"  cert_file: a.crt\n  key_file: /b.key\n  client_ca_file: c/../ca.crt\n"
		"  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [x, 1]\n"
		"  min_version: TLS11\n  max_version: TLS12\n  prefer_server_cipher_suites: no\n"
		"  cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]\n  curve_preferences: [X25519, CurveP256]\n"
		"http_server_config:\n  http2: off\n  headers: {X-XSS-Protection: 1}\n"
		"basic_auth_users: {alice: " HASH ", 7: " HASH "}\n"
		"rate_limit: {interval: 1m30s, burst: 20}\n");

	(void)state;
	assert_true(c->tls_enabled);
	assert_string_equal(c->tls.cert_file, "/etc/plimsoll/a.crt");
	assert_string_equal(c->tls.key_file, "/b.key");
	assert_string_equal(c->tls.client_ca_file, "/etc/plimsoll/c/../ca.crt");
	assert_int_equal(c->tls.client_auth, CLIENT_AUTH_REQUIRE_AND_VERIFY);
	assert_true(c->tls.has_sans && c->tls.client_allowed_sans.n == 2);
	assert_string_equal(c->tls.client_allowed_sans.at[1], "1");
	assert_int_equal(c->tls.min_version, TLS_VERSION_11);
	assert_int_equal(c->tls.max_version, TLS_VERSION_12);
	assert_false(c->tls.prefer_server_cipher_suites || c->http2);
	assert_int_equal(c->tls.curve_preferences.n, 2);
	assert_int_equal(c->users.n, 2);
	assert_string_equal(c->users.at[1].name, "7");
	assert_string_equal(c->users.at[0].value, HASH);
	assert_string_equal(c->headers.at[0].value, "1");
	assert_int_equal(c->rate_interval_ns, 90 * NSEC_PER_SEC);
	assert_int_equal(c->rate_burst, 20);
	web_config_free(c);
}

static void merges_follow_the_order_of_the_file(void **state)
{
	struct web_config *c = parse(
		"http_server_config: {<<: {http2: false}, http2: true}\n"
		"basic_auth_users: {alice: " HASH ", <<: {alice: " HASH ", bob: " HASH "}}\n"
		"tls_server_config: {curve_preferences: [X25519], <<: {curve_preferences: [CurveP256]}}\n");

	(void)state;
	assert_true(c->http2);
	assert_int_equal(c->users.n, 2);
	assert_int_equal(c->tls.curve_preferences.n, 1);
	assert_string_equal(c->tls.curve_preferences.at[0], "CurveP256");
	web_config_free(c);
	c = parse("http_server_config: {<<: [{http2: false}, {http2: true}]}\n");
	assert_false(c->http2); /* the first of a list wins */
	web_config_free(c);
}

static void errors_name_line_and_reason(void **state)
{
	static const struct {
		const char *text;
		const char *cause;
	} bad[] = {
		{"a: b\n", "line 1: unknown key 'a'"},
		{"\n\nhttp_server_config:\n  http2: 3\n", "line 4: '3' is not true or false"},
		{"tls_server_config: {cert_file: [x]}\n", "line 1: a single value is wanted here"},
		{"tls_server_config: {cipher_suites: x}\n", "line 1: a list is wanted here"},
		{"basic_auth_users: x\n", "line 1: keys with values are wanted here"},
		{"basic_auth_users: {\"a\\0b\": x}\n", "NUL"},
		{"http_server_config: {http2: true, http2: true}\n", "'http2' is there twice"},
		{"http_server_config: &a {<<: *a}\n", "merges are nested too deeply"},
		{"{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{", "too complex"},
		{"tls_server_config: {min_version: TLS14}\n", "unknown TLS version 'TLS14'"},
		{"x\x1b[31m: 1\n", "control characters"},
		{"\"x\\e[31m\": 1\n", "unknown key 'x\xef\xbf\xbd[31m'"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct web_config *c = NULL;
		struct error err = {0};

		assert_int_equal(web_config_parse(slice_of(bad[i].text), ".", &c, &err), -EINVAL);
		if (!strstr(err.cause, bad[i].cause))
			fail_msg("%s: %s", bad[i].text, err.cause);
		assert_null(c);
	}
}

static void large_files_are_refused(void **state)
{
	size_t len = (256 << 10) + 1;
	char *text = malloc(len);
	struct web_config *c = NULL;

	(void)state;
	memset(text, '#', len);
	assert_int_equal(web_config_parse((struct slice){text, len}, ".", &c, NULL), -EFBIG);
	assert_int_equal(web_config_parse((struct slice){text, len - 1}, ".", &c, NULL), 0);
	web_config_free(c);
	free(text);
}

static void costs_are_taken_apart_as_in_go(void **state)
{
	(void)state;
	assert_int_equal(bcrypt_cost(HASH, NULL), 10);
	assert_int_equal(bcrypt_cost("$2$12$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPzee", NULL),
			 12);
	assert_int_equal(bcrypt_cost("$2a$04$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPz", NULL), 4);
	assert_int_equal(bcrypt_cost("$2a$03$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze", NULL),
			 -EINVAL);
	assert_int_equal(bcrypt_cost("$2a$xx$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze", NULL),
			 -EINVAL);
	assert_int_equal(bcrypt_cost("$3a$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze", NULL),
			 -EINVAL);
	assert_int_equal(bcrypt_cost("", NULL), -EINVAL);
}

/* Every combination makes a string that GnuTLS takes, with just the versions that were asked for. */
static void gnutls_takes_every_priority(void **state)
{
	static const char *const lists[] = {
		"",
		"  cipher_suites: [TLS_RSA_WITH_AES_256_CBC_SHA]\n",
		"  cipher_suites: [TLS_AES_128_GCM_SHA256]\n",
		"  cipher_suites:\n  - TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n  - "
		"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\n",
		"  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]\n  curve_preferences: "
		"[CurveP521]\n",
	};

	(void)state;
	for (size_t list = 0; list < ARRAY_SIZE(lists); list++) {
		/* The last three have nothing for versions before TLS 1.2. */
		for (int min = 0; min < 4; min++) {
			for (int max = list < 2 || min > 2 ? min : 2; max < 4; max++) {
				_cleanup_free_ char *priorities = NULL;
				gnutls_priority_t parsed;
				struct web_config *c;
				const unsigned *got;
				char text[400];

				snprintf(text, sizeof(text),
					 "tls_server_config:\n  min_version: TLS1%d\n  max_version: "
					 "TLS1%d\n%s",
					 min, max, lists[list]);
				c = parse(text);
				priorities = tls_priorities(&c->tls);
				if (gnutls_priority_init(&parsed, priorities, NULL) < 0)
					fail_msg("%s", priorities);
				assert_int_equal(gnutls_priority_protocol_list(parsed, &got), max - min + 1);
				assert_int_equal(got[0], GNUTLS_TLS1_0 + max);
				gnutls_priority_deinit(parsed);
				web_config_free(c);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_means_defaults),
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(merges_follow_the_order_of_the_file),
		cmocka_unit_test(errors_name_line_and_reason),
		cmocka_unit_test(large_files_are_refused),
		cmocka_unit_test(costs_are_taken_apart_as_in_go),
		cmocka_unit_test(gnutls_takes_every_priority),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

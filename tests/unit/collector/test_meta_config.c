/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_config.h"

#include "base/cleanup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define LINE(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
#define SLICE(literal) ((struct slice)LINE(literal))

static void test_flags(void **state)
{
	static const char *const names[] = {"--data-root", "-g", NULL};
	static const struct {
		struct slice line;
		const char *value;
	} lines[] = {
		{LINE("dockerd\0--data-root\0/a\0"), "/a"},
		{LINE("dockerd\0--data-root=/b\0-D\0"), "/b"},
		{LINE("dockerd\0-D\0-g\0/c"), "/c"},
		{LINE("dockerd\0-g=/d\0"), "/d"},
		{LINE("dockerd\0--data-root=\0"), ""},
		{LINE("dockerd\0--data-root\0"), NULL},
		{LINE("dockerd\0--data-rooted\0/e\0"), NULL},
		{LINE("dockerd\0--group\0/e\0"), NULL},
		{LINE(""), NULL},
		{LINE("\0\0\0"), NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct slice value;
		bool found = command_flag(lines[i].line, names, &value);

		assert_int_equal(found, lines[i].value != NULL);
		if (found && lines[i].value)
			assert_true(slice_is(value, lines[i].value));
	}
}

static void test_conmon(void **state)
{
	struct slice value;

	(void)state;
	assert_true(conmon_storage_root(
		SLICE("conmon\0-c\0x\0--exit-command-arg\0--root\0--exit-command-arg\0/srv\0"), &value));
	assert_true(slice_is(value, "/srv"));
	assert_false(conmon_storage_root(SLICE("conmon\0--root\0/srv\0"), &value));
	assert_false(conmon_storage_root(SLICE("conmon\0--exit-command-arg\0--root\0"), &value));
}

static void test_toml(void **state)
{
	static const char text[] =
		"# root = \"/no\"\nversion = 2\nroot = '/data' # why\n[grpc]\n  root = \"/grpc\"\nuid = 0\n"
		"[ storage ] # here\ngraphroot=\"/srv\"\nrunroot = /bare\nbroken = \"x\n";
	static const struct {
		const char *section;
		const char *key;
		const char *value;
	} wanted[] = {
		{"", "root", "/data"},	   {"grpc", "root", "/grpc"},	 {"storage", "graphroot", "/srv"},
		{"storage", "root", NULL}, {"storage", "runroot", NULL}, {"storage", "broken", NULL},
		{"", "version", NULL},	   {"none", "root", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		struct slice value;
		bool found = toml_text(slice_of(text), wanted[i].section, wanted[i].key, &value);

		assert_int_equal(found, wanted[i].value != NULL);
		if (found && wanted[i].value)
			assert_true(slice_is(value, wanted[i].value));
	}
}

static void test_daemon_json(void **state)
{
	char out[32];

	(void)state;
	assert_true(daemon_json_root(slice_of("{\"data-root\":\"/srv/docker/\",\"graph\":\"/old\"}"), out,
				     sizeof(out)));
	assert_string_equal(out, "/srv/docker");
	assert_true(daemon_json_root(slice_of("{\"data-root\":5,\"graph\":\"/old\"}"), out, sizeof(out)));
	assert_string_equal(out, "/old");
	assert_false(daemon_json_root(slice_of("{}"), out, sizeof(out)));
	assert_false(daemon_json_root(slice_of("{\"data-root\":\"relative\"}"), out, sizeof(out)));
	assert_false(daemon_json_root(slice_of("{\"data-root\":\"/a\\u0000b\"}"), out, sizeof(out)));
	assert_false(daemon_json_root(slice_of("nonsense"), out, sizeof(out)));
}

static void test_passwd(void **state)
{
	static const char text[] =
		"root:x:0:0:root:/root:/bin/sh\nbroken\n\nu:x:1000:1000::/home/u:/bin/sh\nv:x:1001:1001:,:";
	struct slice home;

	(void)state;
	assert_true(passwd_home(slice_of(text), 1000, &home));
	assert_true(slice_is(home, "/home/u"));
	assert_true(passwd_home(slice_of(text), 0, &home));
	assert_true(slice_is(home, "/root"));
	assert_false(passwd_home(slice_of(text), 1001, &home));
	assert_false(passwd_home(slice_of(text), 7, &home));
}

static void test_status(void **state)
{
	uint32_t uid;

	(void)state;
	assert_true(status_uid(slice_of("Name:\tdockerd\nUid:\t1000\t0\t0\t0\n"), &uid));
	assert_int_equal(uid, 1000);
	assert_false(status_uid(slice_of("Name:\tUid:\nUid:\tx\n"), &uid));
	assert_false(status_uid(slice_of("Uid:\t99999999999\n"), &uid));
	assert_false(status_uid(slice_of(""), &uid));
}

static void test_paths(void **state)
{
	char out[16];

	(void)state;
	assert_true(take_path(slice_of("/"), out, sizeof(out)));
	assert_true(take_path(slice_of("/a/..b///"), out, sizeof(out)));
	assert_string_equal(out, "/a/..b");
	assert_false(take_path(slice_of("/a/../b"), out, sizeof(out)));
	assert_false(take_path(slice_of("/a/.."), out, sizeof(out)));
	assert_false(take_path(slice_of("/0123456789abcdef"), out, sizeof(out)));
	assert_false(take_path(slice_of(""), out, sizeof(out)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),  cmocka_unit_test(test_conmon),
		cmocka_unit_test(test_toml),   cmocka_unit_test(test_daemon_json),
		cmocka_unit_test(test_passwd), cmocka_unit_test(test_status),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void good(const char *text, const char *host, int port, const char *path)
{
	struct listen_address a = {0};
	struct error err = {0};

	assert_int_equal(listen_parse(text, &a, &err), 0);
	if (host)
		assert_string_equal(a.host, host);
	else
		assert_null(a.host);
	if (path)
		assert_string_equal(a.unix_path, path);
	else
		assert_null(a.unix_path);
	assert_int_equal(a.port, port);
	listen_address_free(&a);
}

static void addresses_are_taken_apart(void **state)
{
	(void)state;
	good("127.0.0.1:9753", "127.0.0.1", 9753, NULL);
	good(":9753", NULL, 9753, NULL);
	good(":0", NULL, 0, NULL);
	good("[::1]:9753", "::1", 9753, NULL);
	good("[::]:65535", "::", 65535, NULL);
	good("[fe80::1%eth0]:1", "fe80::1%eth0", 1, NULL);
	good("localhost:80", "localhost", 80, NULL);
	good("unix:/run/plimsoll.sock", NULL, 0, "/run/plimsoll.sock");
	good("unix:/a:9753", NULL, 0, "/a:9753");
}

static void malformed_addresses_are_refused(void **state)
{
	static const char *const bad[] = {
		"",
		"9753",
		"127.0.0.1",
		"127.0.0.1:",
		"127.0.0.1:65536",
		"127.0.0.1:-1",
		"127.0.0.1:+1",
		"a:b",
		"::1:9753",
		"[::1]",
		"[::1]9753",
		"[]:1",
		"[::1:1",
		"::1]:1",
		"[host]:1",
		"[[::1]:1",
		"unix:",
		"unix:socket",
		"http://host:1",
		"a:1 ",
		"a: 1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct listen_address a = {0};
		struct error err = {0};

		if (listen_parse(bad[i], &a, &err) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
		assert_true(err.cause[0] && err.remedy[0]);
		assert_null(a.host);
	}
}

static void a_path_must_fit_into_a_socket_address(void **state)
{
	char text[130] = "unix:/";
	struct listen_address a = {0};
	struct error err = {0};

	(void)state;
	memset(text + 6, 'x', 106);
	assert_int_equal(listen_parse(text, &a, &err), 0); /* 107 bytes */
	listen_address_free(&a);
	text[112] = 'x';
	assert_int_equal(listen_parse(text, &a, &err), -EINVAL);
}

static void a_busy_port_is_named(void **state)
{
	struct listener first = {.fd = -1};
	struct listener second = {.fd = -1};
	struct error err = {0};

	(void)state;
	assert_int_equal(listen_open("127.0.0.1:0", &first, &err), 0);
	assert_int_equal(strncmp(first.address, "127.0.0.1:", 10), 0);
	assert_int_equal(listen_open(first.address, &second, &err), -EADDRINUSE);
	assert_non_null(strstr(err.cause, first.address));
	assert_non_null(strstr(err.remedy, "another program"));
	assert_int_equal(second.fd, -1);
	listener_close(&first);
}

static void an_unknown_host_is_told(void **state)
{
	struct listener l = {.fd = -1};
	struct error err = {0};

	(void)state;
	assert_int_equal(listen_open("300.1.1.1.invalid:1", &l, &err), -EINVAL);
	assert_non_null(strstr(err.cause, "300.1.1.1.invalid"));
}

static void unix_sockets_come_and_go(void **state)
{
	char folder[] = "/tmp/plimsoll-listen-XXXXXX";
	char address[64] = "unix:";
	const char *path = address + 5;
	struct listener first = {.fd = -1};
	struct listener second = {.fd = -1};
	struct error err = {0};
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(address + 5, sizeof(address) - 5, "%s/s", folder);
	assert_int_equal(listen_open(address, &first, &err), 0);
	assert_string_equal(first.address, address);
	assert_int_equal(listen_open(address, &second, &err), -EADDRINUSE);
	/* One that died leaves its file: the next takes the place. */
	close(first.fd);
	first.fd = -1;
	assert_int_equal(listen_open(address, &second, &err), 0);
	/* The first one's end leaves the second's file alone. */
	listener_close(&first);
	assert_int_equal(access(path, F_OK), 0);
	listener_close(&second);
	assert_int_equal(access(path, F_OK), -1);
	/* What is not a socket stays. */
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(listen_open(address, &second, &err), -EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	rmdir(folder);
}

static void inherited_sockets_need_the_right_environment(void **state)
{
	struct listener *list = NULL;
	struct error err = {0};
	size_t n = 0;

	(void)state;
	assert_int_equal(listen_inherited(&list, &n, &err), -ENOENT);
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(listen_inherited(&list, &n, &err), -ENOENT);
	assert_null(getenv("LISTEN_FDS"));
	assert_null(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_taken_apart),
		cmocka_unit_test(malformed_addresses_are_refused),
		cmocka_unit_test(a_path_must_fit_into_a_socket_address),
		cmocka_unit_test(a_busy_port_is_named),
		cmocka_unit_test(an_unknown_host_is_told),
		cmocka_unit_test(unix_sockets_come_and_go),
		cmocka_unit_test(inherited_sockets_need_the_right_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

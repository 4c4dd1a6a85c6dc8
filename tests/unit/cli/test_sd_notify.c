/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "sd_notify.h"
#include "watchdog.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

/* A bound socket; name is filled with what NOTIFY_SOCKET would hold. An abstract one leaves nothing behind.
 */
static int listen_at(char *name, size_t cap)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int n;

	assert_true(fd >= 0);
	n = snprintf(name, cap, "@plimsoll-test-%d-%d", (int)getpid(), fd);
	memcpy(address.sun_path + 1, name + 1, (size_t)n - 1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)n)),
			 0);
	return fd;
}

static void assert_received(int fd, const char *expected)
{
	char buf[128] = "";
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);

	assert_int_equal(n, strlen(expected));
	assert_string_equal(buf, expected);
}

static void assert_silent(int fd)
{
	char c;

	assert_int_equal(recv(fd, &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
}

static void sends(void **state)
{
	char name[64];
	_cleanup_close_ int fd = listen_at(name, sizeof(name));

	(void)state;
	assert_int_equal(sd_notify_send(name, "READY=1"), 0);
	assert_int_equal(sd_notify_send(name, "STOPPING=1"), 0);
	assert_received(fd, "READY=1");
	assert_received(fd, "STOPPING=1");
	assert_silent(fd);
}

static void sends_to_a_path(void **state)
{
	char folder[] = "/tmp/plimsoll-test-XXXXXX";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", folder);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(sd_notify_send(address.sun_path, "READY=1"), 0);
	assert_received(fd, "READY=1");
	assert_int_equal(unlink(address.sun_path), 0);
	assert_int_equal(sd_notify_send(address.sun_path, "READY=1"), -ENOENT);
	assert_int_equal(rmdir(folder), 0);
}

static void nobody_listens(void **state)
{
	char name[256];

	(void)state;
	assert_int_equal(sd_notify_send(NULL, "READY=1"), 0);
	assert_int_equal(sd_notify_send("", "READY=1"), 0);
	assert_int_equal(sd_notify_send("vsock:2:1", "READY=1"), -EAFNOSUPPORT);
	assert_int_equal(sd_notify_send("@plimsoll-nobody-is-here", "READY=1"), -ECONNREFUSED);
	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(sd_notify_send(name, "READY=1"), -ENAMETOOLONG);
}

static void watchdog_settings(void **state)
{
	(void)state;
	assert_int_equal(sd_watchdog_ns("30000000", NULL, 7), 30 * NSEC_PER_SEC);
	assert_int_equal(sd_watchdog_ns("30000000", "7", 7), 30 * NSEC_PER_SEC);
	assert_int_equal(sd_watchdog_ns("30000000", "8", 7), 0);
	assert_int_equal(sd_watchdog_ns("30000000", "x", 7), 0);
	assert_int_equal(sd_watchdog_ns(NULL, NULL, 7), 0);
	assert_int_equal(sd_watchdog_ns("0", NULL, 7), 0);
	assert_int_equal(sd_watchdog_ns("-1", NULL, 7), 0);
	assert_int_equal(sd_watchdog_ns("18446744073709551615", NULL, 7), 0);
}

static int dispatched;

static int dispatch(struct source *s, struct error *err)
{
	(void)s;
	(void)err;
	return ++dispatched;
}

static int event_fd(struct source *s)
{
	(void)s;
	return 17;
}

/* A dispatch tells the watchdog, but no more often than it has to, and always reaches the source itself. */
static void watchdog_tells(void **state)
{
	static const struct source_ops ops = {.name = "fake", .event_fd = event_fd, .dispatch = dispatch};
	struct source inner = {&ops};
	char name[64];
	_cleanup_close_ int fd = listen_at(name, sizeof(name));
	struct watchdog w;

	(void)state;
	watchdog_init(&w, &inner, name, 3000 * NSEC_PER_SEC);
	assert_int_equal(source_event_fd(&w.source), 17);
	w.told_ns = clock_monotonic_ns() - 1000 * NSEC_PER_SEC;
	dispatched = 0;
	assert_int_equal(source_dispatch(&w.source, NULL), 1);
	assert_received(fd, "WATCHDOG=1");
	assert_int_equal(source_dispatch(&w.source, NULL), 2);
	assert_silent(fd);
	watchdog_init(&w, &inner, name, 0);
	assert_int_equal(source_dispatch(&w.source, NULL), 3);
	assert_silent(fd);
	source_close(&w.source); /* borrowed: the source inside has no close to be called */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends),	  cmocka_unit_test(sends_to_a_path),
		cmocka_unit_test(nobody_listens), cmocka_unit_test(watchdog_settings),
		cmocka_unit_test(watchdog_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

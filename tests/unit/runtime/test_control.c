/* SPDX-License-Identifier: Apache-2.0 */
#include "life/control_socket.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct packet {
	struct control_header header;
	char data[CONTROL_DATA_MAX + 1];
};

static int parse(uint32_t type, uint32_t value, size_t len, bool from_client)
{
	static struct packet packet;
	struct control_message m = {.value = 4711};
	int r;

	packet.header = (struct control_header){.type = type, .value = value};
	r = control_parse(&packet, sizeof(packet.header) + len, from_client, &m);
	if (r < 0)
		assert_int_equal(m.value, 4711); /* nothing is written then */
	else
		assert_int_equal(m.len, len);
	return r;
}

static void test_what_clients_may_say(void **state)
{
	(void)state;
	assert_int_equal(parse(CONTROL_ATTACH, CONTROL_STDIN | CONTROL_STDERR, 0, true), 0);
	assert_int_equal(parse(CONTROL_INPUT, 0, 0, true), 0);
	assert_int_equal(parse(CONTROL_INPUT, 0, CONTROL_DATA_MAX, true), 0);
	assert_int_equal(parse(CONTROL_SIZE, 0xffffffff, 0, true), 0);
	assert_int_equal(parse(CONTROL_WAIT, 0, 0, true), 0);
	assert_int_equal(parse(CONTROL_WAKE, 0, 0, true), 0);
	assert_int_equal(parse(CONTROL_OUTPUT, LOG_STDOUT, 1, true), -EBADMSG);
	assert_int_equal(parse(CONTROL_EXIT, 0, 0, true), -EBADMSG);
	assert_int_equal(parse(CONTROL_DROPPED, 0, 1, true), -EBADMSG);
}

static void test_what_supervisors_may_say(void **state)
{
	(void)state;
	assert_int_equal(parse(CONTROL_OUTPUT, LOG_STDERR, 10, false), 0);
	assert_int_equal(parse(CONTROL_EXIT, 255 | CONTROL_OOM, 0, false), 0);
	assert_int_equal(parse(CONTROL_DROPPED, 0, 10, false), 0);
	assert_int_equal(parse(CONTROL_OUTPUT, 2, 10, false), -EBADMSG);
	assert_int_equal(parse(CONTROL_EXIT, 256, 0, false), -EBADMSG);
	assert_int_equal(parse(CONTROL_ATTACH, CONTROL_STDIN, 0, false), -EBADMSG);
}

static void test_hostile_packets(void **state)
{
	const struct control_header header = {.type = CONTROL_WAIT};
	struct control_message m;

	(void)state;
	for (size_t len = 0; len < sizeof(header); len++)
		assert_int_equal(control_parse(&header, len, true, &m), -EBADMSG);
	assert_int_equal(parse(0, 0, 0, true), -EBADMSG);
	assert_int_equal(parse(CONTROL__END, 0, 0, true), -EBADMSG);
	assert_int_equal(parse(UINT32_MAX, 0, 0, true), -EBADMSG);
	assert_int_equal(parse(CONTROL_INPUT, 0, CONTROL_DATA_MAX + 1, true), -EBADMSG);
	assert_int_equal(parse(CONTROL_INPUT, 1, 1, true), -EBADMSG);
	assert_int_equal(parse(CONTROL_ATTACH, 0, 0, true), -EBADMSG);
	assert_int_equal(parse(CONTROL_ATTACH, 8, 0, true), -EBADMSG);
	assert_int_equal(parse(CONTROL_ATTACH, 1, 1, true), -EBADMSG);
	assert_int_equal(parse(CONTROL_WAIT, 0, 1, true), -EBADMSG);
}

static void test_to_and_fro(void **state)
{
	unsigned char packet[CONTROL_PACKET_MAX];
	struct control_message m;
	static char big[CONTROL_PACKET_MAX + 1] = {CONTROL_INPUT};
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair), 0);
	assert_int_equal(control_receive(pair[1], packet, true, &m), -EAGAIN);
	assert_int_equal(control_send(pair[0], CONTROL_INPUT, 0, "hello", 5), 0);
	assert_int_equal(control_send(pair[0], CONTROL_WAIT, 0, NULL, 0), 0);
	assert_int_equal(control_send(pair[0], CONTROL_INPUT, 0, big, CONTROL_DATA_MAX + 1), -EMSGSIZE);
	assert_int_equal(send(pair[0], big, sizeof(big), 0), sizeof(big));
	assert_int_equal(control_receive(pair[1], packet, true, &m), 1);
	assert_int_equal(m.type, CONTROL_INPUT);
	assert_int_equal(m.len, 5);
	assert_memory_equal(m.data, "hello", 5);
	assert_int_equal(control_receive(pair[1], packet, true, &m), 1);
	assert_int_equal(m.type, CONTROL_WAIT);
	/* too long: cut off by the kernel, and refused rather than half believed */
	assert_int_equal(control_receive(pair[1], packet, true, &m), -EBADMSG);
	close(pair[0]);
	assert_int_equal(control_receive(pair[1], packet, true, &m), 0);
	assert_int_equal(control_send(pair[1], CONTROL_EXIT, 0, NULL, 0), -EPIPE);
	close(pair[1]);
}

/* However long the way to the store is, and with an earlier supervisor's socket in the way. */
static void test_listen_and_connect(void **state)
{
	char path[] = "/tmp/plimsoll-test-control.XXXXXX";
	char deep[512];
	struct container c = {.lock = -1};
	struct error err = {0};
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(path));
	snprintf(deep, sizeof(deep), "%s/%0200d", path, 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	c.folder = open(deep, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(control_connect(&c, &err), -ENOENT);
	for (int i = 0; i < 2; i++) {
		int listener = control_listen(c.folder, &err);
		int client;
		int server;

		assert_true(listener >= 0);
		assert_int_equal(fstatat(c.folder, "control", &st, 0), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		client = control_connect(&c, &err);
		server = accept(listener, NULL, NULL);
		assert_true(client >= 0 && server >= 0);
		assert_true(control_peer_is_ours(server));
		close(client);
		close(server);
		close(listener);
		assert_int_equal(control_connect(&c, &err), -ECONNREFUSED);
	}
	unlinkat(c.folder, "control", 0);
	close(c.folder);
	rmdir(deep);
	assert_int_equal(rmdir(path), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_clients_may_say), cmocka_unit_test(test_what_supervisors_may_say),
		cmocka_unit_test(test_hostile_packets),	     cmocka_unit_test(test_to_and_fro),
		cmocka_unit_test(test_listen_and_connect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "life/supervisor_client.h"

#include "life/control_socket.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define BLOCK 1024

struct both {
	struct client client;
	int other;
};

static int set_up(void **state)
{
	static struct both both;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, pair) < 0)
		return -1;
	both = (struct both){.client = {.fd = pair[0]}, .other = pair[1]};
	*state = &both;
	return 0;
}

static int tear_down(void **state)
{
	struct both *both = *state;

	client_close(&both->client);
	if (both->other >= 0)
		close(both->other);
	return 0;
}

static int send_number(struct client *client, uint32_t number, uint64_t now)
{
	const struct control_header header = {.type = CONTROL_OUTPUT, .value = LOG_STDOUT};
	char block[BLOCK] = {0};

	memcpy(block, &number, sizeof(number));
	return client_send(client, &header, block, sizeof(block), now);
}

/* The type of the next message, with its number; 0 where there is none, -1 at the end. */
static int receive(int fd, uint32_t *number)
{
	unsigned char packet[CONTROL_PACKET_MAX];
	struct control_message m;
	int r = control_receive(fd, packet, false, &m);

	if (r <= 0)
		return r == -EAGAIN ? 0 : -1;
	if (m.type == CONTROL_OUTPUT)
		memcpy(number, m.data, sizeof(*number));
	return (int)m.type;
}

static uint32_t fill(struct client *client, uint64_t now)
{
	uint32_t n = 0;

	while (!client_is_full(client)) {
		assert_int_equal(send_number(client, n++, now), 0);
		assert_true(n < 10000);
	}
	return n;
}

static void test_all_arrives_in_order(void **state)
{
	struct both *both = *state;
	uint32_t sent = fill(&both->client, 1);
	uint32_t got = 0;
	uint32_t number;

	assert_true(both->client.queued >= CLIENT_QUEUE_MAX);
	assert_true(both->client.queued < CLIENT_QUEUE_MAX + 2 * BLOCK);
	while (got < sent) {
		if (receive(both->other, &number) == CONTROL_OUTPUT)
			assert_int_equal(number, got++);
		else
			assert_int_equal(client_flush(&both->client), 0);
	}
	assert_null(both->client.first);
	assert_int_equal(both->client.queued, 0);
	assert_false(client_is_full(&both->client));
}

/* Full until half of it was taken: a trickle does not count as progress. */
static void test_patience(void **state)
{
	struct both *both = *state;
	struct client *client = &both->client;
	uint32_t number;

	fill(client, 1000);
	assert_int_equal(client_deadline(client), 1000 + CLIENT_PATIENCE_NS);
	assert_int_equal(receive(both->other, &number), CONTROL_OUTPUT);
	assert_int_equal(client_flush(client), 0);
	assert_true(client_is_full(client));
	assert_int_equal(client_deadline(client), 1000 + CLIENT_PATIENCE_NS);
	while (client->queued > CLIENT_QUEUE_MAX / 2) {
		receive(both->other, &number);
		assert_int_equal(client_flush(client), 0);
	}
	assert_false(client_is_full(client));
	assert_int_equal(client_deadline(client), 0);
}

static void test_the_owner_is_never_late(void **state)
{
	struct both *both = *state;

	both->client.owner = true;
	fill(&both->client, 1000);
	assert_true(client_is_full(&both->client));
	assert_int_equal(client_deadline(&both->client), 0);
}

static void test_a_dropped_one_hears_why(void **state)
{
	struct both *both = *state;
	struct client *client = &both->client;
	uint32_t number;
	int type;

	fill(client, 1);
	client_drop(client, "too slow");
	assert_false(client_is_full(client));
	assert_int_equal(client_deadline(client), 0);
	assert_int_equal(send_number(client, 1, 2), 0); /* goes nowhere */
	do {
		type = receive(both->other, &number);
		if (type == 0)
			assert_int_equal(client_flush(client), 0);
	} while (type == CONTROL_OUTPUT || type == 0);
	assert_int_equal(type, CONTROL_DROPPED);
	assert_null(client->first);
	assert_int_equal(receive(both->other, &number), 0);
}

/* What it typed and nobody read does not keep it from hearing the last word. */
static void test_the_last_word_arrives(void **state)
{
	struct both *both = *state;
	const struct control_header header = {.type = CONTROL_EXIT, .value = 7};
	uint32_t number;

	assert_int_equal(control_send(both->other, CONTROL_INPUT, 0, "typed", 5), 0);
	assert_int_equal(client_send(&both->client, &header, NULL, 0, 1), 0);
	client_close(&both->client);
	assert_int_equal(receive(both->other, &number), CONTROL_EXIT);
	assert_int_equal(receive(both->other, &number), -1);
}

static void test_one_that_is_gone(void **state)
{
	struct both *both = *state;

	fill(&both->client, 1);
	close(both->other);
	both->other = -1;
	assert_true(client_flush(&both->client) < 0); /* EPIPE, or ECONNRESET for what it left unread */
	client_close(&both->client);
	client_close(&both->client);
	assert_null(both->client.first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_arrives_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_patience, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_owner_is_never_late, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_dropped_one_hears_why, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_last_word_arrives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_that_is_gone, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

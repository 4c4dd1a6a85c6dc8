/* SPDX-License-Identifier: Apache-2.0 */
#include "supervisor_client.h"

#include "control_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client_packet {
	struct client_packet *next;
	struct control_header header;
	size_t len;
	char data[];
};

static bool would_block(int r)
{
	/* ENOBUFS and ENOMEM pass, too: the kernel is short of memory at this moment. */
	return r == -EAGAIN || r == -ENOBUFS || r == -ENOMEM;
}

static size_t weight(size_t len)
{
	return sizeof(struct client_packet) + len;
}

static int enqueue(struct client *client, const struct control_header *header, const void *data, size_t len,
		   uint64_t now_ns)
{
	struct client_packet *packet = malloc(weight(len));

	if (!packet)
		return -ENOMEM;
	packet->next = NULL;
	packet->header = *header;
	packet->len = len;
	if (len)
		memcpy(packet->data, data, len);
	if (client->last)
		client->last->next = packet;
	else
		client->first = packet;
	client->last = packet;
	client->queued += weight(len);
	if (client->queued >= CLIENT_QUEUE_MAX && client->full_since == 0)
		client->full_since = now_ns;
	return 0;
}

int client_send(struct client *client, const struct control_header *header, const void *data, size_t len,
		uint64_t now_ns)
{
	int r = -EAGAIN;

	if (client->closing)
		return 0;
	if (!client->first)
		r = control_send_flags(client->fd, header, data, len, MSG_DONTWAIT);
	return would_block(r) ? enqueue(client, header, data, len, now_ns) : r;
}

static void pop(struct client *client)
{
	struct client_packet *packet = client->first;

	client->first = packet->next;
	if (!client->first)
		client->last = NULL;
	client->queued -= weight(packet->len);
	free(packet);
}

int client_flush(struct client *client)
{
	while (client->first) {
		const struct client_packet *packet = client->first;
		int r = control_send_flags(client->fd, &packet->header, packet->data, packet->len,
					   MSG_DONTWAIT);

		if (would_block(r))
			break;
		if (r < 0)
			return r;
		pop(client);
	}
	if (client->queued <= CLIENT_QUEUE_MAX / 2)
		client->full_since = 0;
	return 0;
}

bool client_is_full(const struct client *client)
{
	return !client->closing && client->full_since != 0;
}

uint64_t client_deadline(const struct client *client)
{
	return client_is_full(client) && !client->owner ? client->full_since + CLIENT_PATIENCE_NS : 0;
}

void client_drop(struct client *client, const char *why)
{
	const struct control_header header = {.type = CONTROL_DROPPED};

	while (client->first)
		pop(client);
	client->full_since = 0;
	if (client_send(client, &header, why, strlen(why), 0) < 0)
		shutdown(client->fd, SHUT_RDWR);
	client->closing = true;
}

void client_close(struct client *client)
{
	char unread;

	while (client->first)
		pop(client);
	if (client->fd < 0)
		return;
	/* What it said and nobody read would reach it as ECONNRESET, before what it was told last. */
	shutdown(client->fd, SHUT_RD);
	while (recv(client->fd, &unread, sizeof(unread), MSG_DONTWAIT) > 0)
		;
	close(client->fd);
	client->fd = -1;
}

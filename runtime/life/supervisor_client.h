/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to the supervisor, with a bounded queue of what it has not taken yet. */
#pragma once

#include "runtime/control.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that may wait for a client; a full one holds the container's output up, at most so long (it must take
 * half of the queue in that time). */
#define CLIENT_QUEUE_MAX ((size_t)256 << 10)
#define CLIENT_PATIENCE_NS (UINT64_C(5) * 1000000000)

struct client_packet;

struct client {
	int fd;
	uint32_t streams; /* CONTROL_STDIN … of its CONTROL_ATTACH; 0 = not attached */
	bool waits;	  /* wants CONTROL_EXIT */
	bool owner;	  /* the terminal of `run -it`: served without a bound */
	bool closing;	  /* closed once its queue is empty */
	struct client_packet *first, *last;
	size_t queued;	     /* bytes */
	uint64_t full_since; /* monotonic; 0 = not full */
};

/* Sends now, or queues. 0, or -errno where the client is of no use any more. */
int client_send(struct client *client, const struct control_header *header, const void *data, size_t len,
		uint64_t now_ns);

/* Sends what is queued, as far as it goes. As client_send. */
int client_flush(struct client *client);

/* Whether the container's output has to wait for it. */
bool client_is_full(const struct client *client);

/* When it is to be dropped if nothing changes (monotonic), or 0. */
uint64_t client_deadline(const struct client *client);

/* Throws its queue away and tells it why: the message is all that it still gets. */
void client_drop(struct client *client, const char *why);

/* Closes and frees what it holds. */
void client_close(struct client *client);

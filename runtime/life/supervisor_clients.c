/* SPDX-License-Identifier: Apache-2.0 */
/* Who is connected to the control socket, and what they want. */
#include "base/cleanup.h"
#include "control_socket.h"
#include "supervisor_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CLIENTS_MAX 256

int supervisor_add_client(struct supervisor *sv, int fd, bool owner, uint32_t streams)
{
	struct client *more = reallocarray(sv->clients, sv->n_clients + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	sv->clients = more;
	sv->clients[sv->n_clients++] = (struct client){.fd = fd, .owner = owner, .streams = streams};
	return 0;
}

void supervisor_accept(struct supervisor *sv)
{
	_cleanup_close_ int fd = accept4(sv->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0 || !control_peer_is_ours(fd) || sv->n_clients >= CLIENTS_MAX)
		return;
	if (supervisor_add_client(sv, fd, false, 0) == 0)
		TAKE_FD(fd);
}

static void resize(const struct supervisor *sv, uint32_t value)
{
	struct winsize size = {.ws_row = (unsigned short)(value >> 16),
			       .ws_col = (unsigned short)(value & 0xffff)};

	if (sv->child.console >= 0)
		(void)ioctl(sv->child.console, TIOCSWINSZ, &size);
}

static void look_at_state(struct supervisor *sv)
{
	if (sv->phase == PHASE_WAITS && supervisor_was_stopped(sv))
		supervisor_give_up(sv);
}

/* Returns 0 or, where the client is of no use, an error. */
static int obey(struct supervisor *sv, struct client *client, const struct control_message *m)
{
	switch (m->type) {
	case CONTROL_ATTACH:
		client->streams = m->value;
		return 0;
	case CONTROL_INPUT:
		if (!(client->streams & CONTROL_STDIN))
			return -EPERM;
		if (m->len)
			supervisor_type(sv, m->data, m->len);
		else
			supervisor_type_end(sv);
		return 0;
	case CONTROL_SIZE:
		resize(sv, m->value);
		return 0;
	case CONTROL_WAIT:
		client->waits = true;
		return 0;
	case CONTROL_WAKE:
		look_at_state(sv);
		return 0;
	case CONTROL_OUTPUT:
	case CONTROL_EXIT:
	case CONTROL_DROPPED:
	case CONTROL__END:
		break;
	}
	return -EBADMSG;
}

/* How many packets of one client are read before the others have their turn. */
#define TURN 16

void supervisor_serve(struct supervisor *sv, size_t i, short events)
{
	unsigned char packet[CONTROL_PACKET_MAX];
	struct control_message m;
	struct client *client = &sv->clients[i];

	if (client->fd < 0)
		return;
	if ((events & POLLOUT) && client_flush(client) < 0) {
		client_close(client);
		return;
	}
	for (int turn = 0; (events & (POLLIN | POLLHUP | POLLERR)) && turn < TURN && supervisor_may_type(sv);
	     turn++) {
		int r = control_receive(client->fd, packet, true, &m);

		if (r == -EAGAIN)
			return;
		if (r <= 0 || obey(sv, client, &m) < 0) {
			client_close(client);
			return;
		}
	}
}

/* Drops who is too slow, and forgets who is gone. */
void supervisor_sweep_clients(struct supervisor *sv, uint64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < sv->n_clients; i++) {
		struct client *client = &sv->clients[i];
		uint64_t deadline = client_deadline(client);

		if (client->fd >= 0 && deadline && now >= deadline)
			client_drop(client, "it did not take the container's output fast enough");
		if (client->fd >= 0 && client->closing && !client->first)
			client_close(client);
		if (client->fd >= 0)
			sv->clients[kept++] = *client;
	}
	sv->n_clients = kept;
	if (kept == 0) {
		free(sv->clients);
		sv->clients = NULL;
	}
}

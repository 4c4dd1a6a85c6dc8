/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/control.h"

#include "base/cleanup.h"
#include "control_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 64

static bool client_may_send(enum control_type type)
{
	return type == CONTROL_ATTACH || type == CONTROL_INPUT || type == CONTROL_SIZE ||
	       type == CONTROL_WAIT || type == CONTROL_WAKE;
}

static bool is_valid(const struct control_message *m)
{
	switch (m->type) {
	case CONTROL_ATTACH:
		return m->len == 0 && m->value != 0 &&
		       (m->value & ~(CONTROL_STDIN | CONTROL_STDOUT | CONTROL_STDERR)) == 0;
	case CONTROL_INPUT:
		return m->value == 0;
	case CONTROL_SIZE:
		return m->len == 0;
	case CONTROL_OUTPUT:
		return m->value == LOG_STDOUT || m->value == LOG_STDERR;
	case CONTROL_EXIT:
		return m->len == 0 && (m->value & ~CONTROL_OOM) <= 255;
	case CONTROL_WAIT:
	case CONTROL_WAKE:
		return m->len == 0 && m->value == 0;
	case CONTROL_DROPPED:
		return m->value == 0;
	case CONTROL__END:
		break;
	}
	return false;
}

int control_parse(const void *packet, size_t len, bool from_client, struct control_message *out)
{
	struct control_header header;
	struct control_message m;

	if (len < sizeof(header) || len > sizeof(header) + CONTROL_DATA_MAX)
		return -EBADMSG;
	memcpy(&header, packet, sizeof(header));
	if (header.type < CONTROL_ATTACH || header.type >= CONTROL__END)
		return -EBADMSG;
	m = (struct control_message){
		.type = (enum control_type)header.type,
		.value = header.value,
		.data = (const unsigned char *)packet + sizeof(header),
		.len = len - sizeof(header),
	};
	if (client_may_send(m.type) != from_client || !is_valid(&m))
		return -EBADMSG;
	*out = m;
	return 0;
}

int control_send_flags(int fd, const struct control_header *header, const void *data, size_t len, int flags)
{
	union {
		const void *in;
		void *out;
	} bytes = {.in = data}; /* sendmsg(2) reads only, and its type does not say so */
	struct control_header copy = *header;
	struct iovec iov[2] = {{&copy, sizeof(copy)}, {bytes.out, len}};
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = len ? 2 : 1};

	if (len > CONTROL_DATA_MAX)
		return -EMSGSIZE;
	while (sendmsg(fd, &message, flags | MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int control_send(int fd, enum control_type type, uint32_t value, const void *data, size_t len)
{
	const struct control_header header = {.type = type, .value = value};

	return control_send_flags(fd, &header, data, len, 0);
}

int control_receive(int fd, void *packet, bool from_client, struct control_message *out)
{
	/* A reset is told once, and what was sent before it can still be read. */
	int tries = 1;
	ssize_t n;
	int r;

	/* With MSG_TRUNC the count is the packet's own length: one that is too long is seen as such. */
	do
		n = recv(fd, packet, CONTROL_PACKET_MAX, MSG_TRUNC);
	while (n < 0 && (errno == EINTR || (errno == ECONNRESET && tries-- > 0)));
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	if (n == 0)
		return 0;
	r = control_parse(packet, (size_t)n, from_client, out);
	return r < 0 ? r : 1;
}

/* The way by the folder's descriptor always fits sun_path, wherever the store is. */
static socklen_t control_address(int folder, struct sockaddr_un *address)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d/control", folder);
	return sizeof(*address);
}

int control_listen(int folder, struct error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un address;
	socklen_t len = control_address(folder, &address);

	/* The socket's own mode becomes that of the file: nobody else can connect, not even for a moment. */
	if (fd < 0 || fchmod(fd, 0600) < 0)
		return error_errno(err, -errno, NULL, "cannot make the supervisor's socket");
	if (unlinkat(folder, "control", 0) < 0 && errno != ENOENT)
		return error_errno(err, -errno, NULL, "cannot remove the socket of an earlier supervisor");
	if (bind(fd, (const struct sockaddr *)&address, len) < 0 || listen(fd, BACKLOG) < 0)
		return error_errno(err, -errno, "is /proc mounted, and the store writable?",
				   "cannot make the supervisor's socket");
	return TAKE_FD(fd);
}

int control_connect(const struct container *c, struct error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address;
	socklen_t len = control_address(c->folder, &address);

	if (fd < 0)
		return error_errno(err, -errno, NULL, "cannot make a socket");
	if (connect(fd, (const struct sockaddr *)&address, len) < 0)
		return error_errno(err, -errno, NULL, "cannot reach the supervisor of %.12s", c->id);
	return TAKE_FD(fd);
}

bool control_peer_is_ours(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_FDS_START 3
#define BACKLOG 1024
#define ADDRESS_FORMS "use HOST:PORT, :PORT, [IPV6]:PORT or unix:/PATH"

void listen_address_free(struct listen_address *a)
{
	free(a->unix_path);
	free(a->host);
	*a = (struct listen_address){0};
}
#define _cleanup_listen_address_ _cleanup_(listen_address_free)

static int parse_unix(const char *path, struct listen_address *out, struct error *err)
{
	if (path[0] != '/')
		return error_set(err, -EINVAL, ADDRESS_FORMS, "the socket path '%s' is not absolute", path);
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return error_set(err, -EINVAL, "use a path of at most 107 bytes",
				 "the socket path is too long");
	out->unix_path = strdup(path);
	return out->unix_path ? 0 : error_errno(err, -ENOMEM, "", "cannot take the address");
}

static int parse_port(const char *text, uint16_t *port)
{
	uint64_t value;

	if (parse_u64(slice_of(text), &value) < 0 || value > UINT16_MAX)
		return -EINVAL;
	*port = (uint16_t)value;
	return 0;
}

/* The part before the port, without an IPv6 address' brackets; an empty one means any address. */
static int parse_host(const char *text, const char *colon, char **host)
{
	size_t len = (size_t)(colon - text);

	*host = NULL;
	if (len == 0)
		return 0;
	if (text[0] == '[') {
		if (len < 3 || text[len - 1] != ']' || !memchr(text, ':', len) ||
		    memchr(text + 1, '[', len - 1))
			return -EINVAL;
		*host = strndup(text + 1, len - 2);
	} else {
		if (memchr(text, ':', len) || memchr(text, '[', len) || memchr(text, ']', len) ||
		    memchr(text, '/', len))
			return -EINVAL;
		*host = strndup(text, len);
	}
	return *host ? 0 : -ENOMEM;
}

int listen_parse(const char *text, struct listen_address *out, struct error *err)
{
	_cleanup_listen_address_ struct listen_address a = {0};
	const char *colon = strrchr(text, ':');
	int r;

	if (strncmp(text, "unix:", 5) == 0) {
		r = parse_unix(text + 5, &a, err);
		if (r < 0)
			return r;
	} else {
		if (!colon)
			return error_set(err, -EINVAL, ADDRESS_FORMS, "the listen address '%s' has no port",
					 text);
		if (parse_port(colon + 1, &a.port) < 0)
			return error_set(err, -EINVAL, "use a port from 0 to 65535",
					 "'%s' is not a port in the listen address '%s'", colon + 1, text);
		r = parse_host(text, colon, &a.host);
		if (r < 0)
			return error_set(err, r, ADDRESS_FORMS, "the listen address '%s' is malformed", text);
	}
	*out = a;
	a = (struct listen_address){0};
	return 0;
}

/* The address of a bound socket, as a client would type it. */
static char *socket_address(int fd)
{
	_cleanup_str_ struct str out = {0};
	struct sockaddr_storage addr = {0};
	socklen_t len = sizeof(addr);
	char host[NI_MAXHOST];
	char port[NI_MAXSERV];

	if (getsockname(fd, (struct sockaddr *)&addr, &len) < 0)
		return NULL;
	if (addr.ss_family == AF_UNIX) {
		const struct sockaddr_un *un = (const struct sockaddr_un *)&addr;

		str_add(&out, "unix:");
		str_append(&out, un->sun_path, strnlen(un->sun_path, sizeof(un->sun_path)));
		return str_steal(&out);
	}
	if (getnameinfo((struct sockaddr *)&addr, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return NULL;
	str_printf(&out, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
	return str_steal(&out);
}

static int start_listening(int fd, const char *text, struct listener *out, struct error *err)
{
	char *address;

	if (listen(fd, BACKLOG) < 0)
		return error_errno(err, -errno, "", "cannot listen on '%s'", text);
	address = socket_address(fd);
	if (!address)
		return error_errno(err, -errno, "", "cannot learn the address of '%s'", text);
	*out = (struct listener){.fd = fd, .address = address};
	return 0;
}

static const char *bind_remedy(int code)
{
	switch (code) {
	case -EADDRINUSE:
		return "another program listens there: choose another port, or stop it";
	case -EACCES:
		return "ports below 1024 need CAP_NET_BIND_SERVICE: choose a higher one";
	case -EADDRNOTAVAIL:
		return "no interface of this host has that address";
	default:
		return "";
	}
}

static int open_inet(const struct addrinfo *info, const char *text, struct listener *out, struct error *err)
{
	_cleanup_close_ int fd = socket(info->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	int r;

	if (fd < 0)
		return error_errno(err, -errno, "", "cannot open a socket for '%s'", text);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (info->ai_family == AF_INET6) {
		/* As in Go, on which Prometheus' other exporters rest, "any" in IPv6 takes IPv4 clients too.
		 */
		const struct sockaddr_in6 *sin6 = (const struct sockaddr_in6 *)(const void *)info->ai_addr;
		int only = !IN6_IS_ADDR_UNSPECIFIED(&sin6->sin6_addr);

		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof(only));
	}
	if (bind(fd, info->ai_addr, info->ai_addrlen) < 0) {
		r = -errno;
		return error_errno(err, r, bind_remedy(r), "cannot listen on '%s'", text);
	}
	r = start_listening(fd, text, out, err);
	if (r == 0)
		(void)TAKE_FD(fd);
	return r;
}

static int listen_inet(const struct listen_address *a, const char *text, struct listener *out,
		       struct error *err)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *found;
	char port[8];
	int r = -ENOENT;

	port[format_u64(port, a->port)] = '\0';
	if (!a->host) {
		/* IPv6's any address takes IPv4 too; a kernel without IPv6 has just the other. */
		struct sockaddr_in6 any6 = {.sin6_family = AF_INET6, .sin6_port = htons(a->port)};
		struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(a->port)};
		struct addrinfo info6 = {.ai_family = AF_INET6,
					 .ai_addr = (struct sockaddr *)&any6,
					 .ai_addrlen = sizeof(any6)};
		struct addrinfo info4 = {.ai_family = AF_INET,
					 .ai_addr = (struct sockaddr *)&any4,
					 .ai_addrlen = sizeof(any4)};

		r = open_inet(&info6, text, out, err);
		if (r == -EAFNOSUPPORT || r == -EADDRNOTAVAIL)
			r = open_inet(&info4, text, out, err);
		return r;
	}
	r = getaddrinfo(a->host, port, &hints, &found);
	if (r != 0)
		return error_set(err, -EINVAL, ADDRESS_FORMS, "cannot find the address of '%s': %s", a->host,
				 gai_strerror(r));
	r = open_inet(found, text, out, err);
	freeaddrinfo(found);
	return r;
}

/* A socket file that a dead server left behind refuses connections; anything else is somebody's. */
static bool unix_socket_is_stale(const struct sockaddr_un *un)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (lstat(un->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode) || fd < 0)
		return false;
	return connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 && errno == ECONNREFUSED;
}

static int listen_unix(const char *path, const char *text, struct listener *out, struct error *err)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	_cleanup_free_ char *copy = strdup(path);
	struct stat st;
	int r;

	if (fd < 0 || !copy)
		return error_errno(err, copy ? -errno : -ENOMEM, "", "cannot open a socket for '%s'", text);
	memcpy(un.sun_path, path, strlen(path) + 1);
	r = bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ? -errno : 0;
	if (r == -EADDRINUSE && unix_socket_is_stale(&un) && unlink(path) == 0)
		r = bind(fd, (struct sockaddr *)&un, sizeof(un)) < 0 ? -errno : 0;
	if (r < 0)
		return error_errno(err, r, r == -EADDRINUSE ? "remove the file, or choose another path" : "",
				   "cannot listen on '%s'", text);
	r = start_listening(fd, text, out, err);
	if (r < 0) {
		unlink(path);
		return r;
	}
	(void)TAKE_FD(fd);
	if (lstat(path, &st) == 0) {
		out->dev = st.st_dev;
		out->ino = st.st_ino;
		out->changed = st.st_ctim;
		out->unix_path = TAKE_PTR(copy);
	}
	return 0;
}

int listen_open(const char *text, struct listener *out, struct error *err)
{
	_cleanup_listen_address_ struct listen_address a = {0};
	int r = listen_parse(text, &a, err);

	if (r < 0)
		return r;
	return a.unix_path ? listen_unix(a.unix_path, text, out, err) : listen_inet(&a, text, out, err);
}

static int adopt(int fd, struct listener *out, struct error *err)
{
	int type = 0;
	int listening = 0;
	socklen_t len = sizeof(type);
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 || type != SOCK_STREAM ||
	    !listening)
		return error_set(err, -EINVAL, "use ListenStream= in the .socket unit",
				 "descriptor %d from systemd is not a listening stream socket", fd);
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return error_errno(err, -errno, "", "cannot take over descriptor %d from systemd", fd);
	*out = (struct listener){.fd = fd, .address = socket_address(fd)};
	return out->address ? 0
			    : error_errno(err, -errno, "", "cannot learn the address of descriptor %d", fd);
}

/* How many descriptors the environment promises to this process; 0 where none. */
static size_t inherited_count(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	uint64_t owner;
	uint64_t n;

	if (!pid || !fds || parse_u64(slice_of(pid), &owner) < 0 || owner != (uint64_t)getpid() ||
	    parse_u64(slice_of(fds), &n) < 0 || n > 64)
		return 0;
	return (size_t)n;
}

int listen_inherited(struct listener **out, size_t *n, struct error *err)
{
	size_t count = inherited_count();
	struct listener *list;

	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	if (count == 0)
		return error_set(err, -ENOENT, "start it from a .socket unit, or name a listen address",
				 "systemd handed over no socket");
	list = calloc(count, sizeof(*list));
	if (!list)
		return error_errno(err, -ENOMEM, "", "cannot take over systemd's sockets");
	for (size_t i = 0; i < count; i++) {
		int r = adopt(LISTEN_FDS_START + (int)i, &list[i], err);

		if (r < 0) {
			while (i--)
				free(list[i].address);
			free(list);
			return r;
		}
	}
	*out = list;
	*n = count;
	return 0;
}

static bool is_our_file(const struct listener *l)
{
	struct stat st;

	return lstat(l->unix_path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino &&
	       st.st_ctim.tv_sec == l->changed.tv_sec && st.st_ctim.tv_nsec == l->changed.tv_nsec;
}

void listener_close(struct listener *l)
{
	if (l->unix_path && is_our_file(l))
		unlink(l->unix_path);
	if (l->fd >= 0)
		close(l->fd);
	free(l->unix_path);
	free(l->address);
	*l = (struct listener){.fd = -1};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where the server listens: addresses as Prometheus' exporters take them, and sockets that systemd opened. */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* An address taken apart; unix_path is set for "unix:/path", otherwise host (NULL = any) and port. */
struct listen_address {
	char *unix_path;
	char *host;
	uint16_t port;
};

struct listener {
	int fd;
	char *address;	 /* as it can be typed by a client: "127.0.0.1:9753", "[::]:9753", "unix:/path" */
	char *unix_path; /* to be removed at the end; NULL where there is none or where it is systemd's */
	dev_t dev;	 /* of unix_path, so that a successor's socket is not removed */
	ino_t ino;
	struct timespec changed; /* inode numbers are used again */
};

/* "127.0.0.1:9753", ":9753", "[::1]:9753", "localhost:9753", "unix:/path". 0, -EINVAL or -ENOMEM. */
int listen_parse(const char *text, struct listen_address *out, struct error *err);
void listen_address_free(struct listen_address *a);

/*
 * Opens a nonblocking listening socket. ":port" takes IPv4 and IPv6 where the kernel has both. A Unix socket
 * that nobody answers on is replaced. 0 or -errno.
 */
int listen_open(const char *text, struct listener *out, struct error *err);

/*
 * The sockets that systemd handed over: LISTEN_PID, LISTEN_FDS (sd_listen_fds(3)). An array that the caller
 * closes and frees. -ENOENT where there are none. The environment variables are removed.
 */
int listen_inherited(struct listener **out, size_t *n, struct error *err);

void listener_close(struct listener *l);

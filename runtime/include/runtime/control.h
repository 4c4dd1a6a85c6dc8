/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The supervisor's socket, STORE/containers/ID/control: SOCK_SEQPACKET, mode 0600, one message a packet: a
 * struct control_header, then its bytes. Whoever connects is the same user or root (SO_PEERCRED).
 */
#pragma once

#include "base/error.h"
#include "runtime/container.h"
#include "runtime/supervisor.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum control_type {
	CONTROL_ATTACH = 1, /* client → supervisor: send me output; `value`: CONTROL_STDIN etc. */
	CONTROL_INPUT,	    /* client → supervisor: bytes for stdin; empty = end of input */
	CONTROL_SIZE,	    /* client → supervisor: rows << 16 | columns */
	CONTROL_OUTPUT,	    /* supervisor → client: bytes; value: enum log_stream */
	CONTROL_EXIT,	    /* supervisor → client: value: exit code, with CONTROL_OOM */
	CONTROL_WAIT,	    /* client → supervisor: tell me the exit code, once it has ended for good */
	CONTROL_WAKE, /* client → supervisor: the state on disk was changed: look at it (no restart, …) */
	CONTROL_DROPPED, /* supervisor → client: bytes: why there is nothing more for it */
	CONTROL__END,
};

/* What CONTROL_ATTACH asks for. */
#define CONTROL_STDIN 1U
#define CONTROL_STDOUT 2U
#define CONTROL_STDERR 4U

/* In the value of CONTROL_EXIT: it, or a child of it, was killed for want of memory. */
#define CONTROL_OOM 0x10000U

struct control_header {
	uint32_t type;
	uint32_t value;
};

/* Small: a supervisor reads a packet into its stack, and there may be thousands of them. */
#define CONTROL_DATA_MAX 4096

struct control_message {
	enum control_type type;
	uint32_t value;
	const unsigned char *data;
	size_t len;
};

/* What a packet says. from_client: only what clients may send counts. -EBADMSG for all else: too short, too
 * long, an unknown type, bytes where none belong, a value beyond its range. *out borrows from the packet.
 * (Fuzzed.) */
int control_parse(const void *packet, size_t len, bool from_client, struct control_message *out);

/* Connects to the supervisor; -ENOENT, -ECONNREFUSED where there is none (any more). The socket, O_CLOEXEC.
 */
int control_connect(const struct container *c, struct error *err);

/* Sends one packet, waiting for room. len ≤ CONTROL_DATA_MAX (-EMSGSIZE). 0 or -errno; no SIGPIPE. */
int control_send(int fd, enum control_type type, uint32_t value, const void *data, size_t len);

/* Waits for the next packet and reads it into `packet` (sizeof(struct control_header) + CONTROL_DATA_MAX
 * bytes). 1, 0 at the end, -EAGAIN (a descriptor that does not block), -EBADMSG, -errno. */
int control_receive(int fd, void *packet, bool from_client, struct control_message *out);

/* `attach`: terminal or pipes to and from a running container, until it ends or the detach keys are pressed.
 * detach_keys: NULL = ctrl-p,ctrl-q; "" = none. Signals are passed on to the container
 * (foreground->pass_signals, and no raw terminal), or end the client alone (out->detached, out->exit_code 128
 * + signal). A container that does not run is -ESRCH, one without a supervisor -ENOTCONN. */
int control_attach(struct container *c, const struct foreground *foreground, const char *detach_keys,
		   struct supervised *out, struct error *err);

/* Docker's notation of keys ("ctrl-a", "ctrl-[", "x", separated by commas) to bytes. The count or -EINVAL. */
int detach_keys_parse(const char *text, unsigned char *keys, size_t cap, struct error *err);

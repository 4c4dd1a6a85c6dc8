/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor's side of the control socket. */
#pragma once

#include "runtime/control.h"
#include "runtime/log.h"

#define CONTROL_PACKET_MAX (sizeof(struct control_header) + CONTROL_DATA_MAX)

/* As control_send, with flags of send(2): MSG_DONTWAIT gives -EAGAIN. */
int control_send_flags(int fd, const struct control_header *header, const void *data, size_t len, int flags);

/* Makes folder/control, in place of an earlier one, and listens on it without blocking. The socket or -errno.
 */
int control_listen(int folder, struct error *err);

/* Whether who connected is this user or root. */
bool control_peer_is_ours(int fd);

/* An attached client's loop on a connected socket, which it closes: what control_attach and a foreground
 * terminal share. `redraw`: make full-screen programs paint themselves anew. */
int control_session(struct container *c, int fd, const struct foreground *foreground, const char *detach_keys,
		    bool redraw, struct supervised *out, struct error *err);

/* The CONTROL_ATTACH value for these descriptors. */
uint32_t control_streams(const struct foreground *foreground, bool open_stdin);

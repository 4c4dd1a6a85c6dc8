/* SPDX-License-Identifier: Apache-2.0 */
/* What parent and child say to each other, over SOCK_SEQPACKET: one struct a message. */
#pragma once

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum report_type {
	REPORT_REQUEST = 1, /* child: do step `value` */
	REPORT_DONE,	    /* parent: it is done; may carry descriptors */
	REPORT_FAILED,	    /* child: `value` is enum launch_failure, `error` says why */
	REPORT_READY,	    /* child: the next is execve; may carry the console */
	REPORT_CHILD,	    /* child: pid `value` goes on in its place; carries a pidfd */
	REPORT_BESIDE,	    /* parent: what it did beside the child is done; `ignored` is set */
};

struct report {
	uint32_t type;
	uint32_t value;
	uint64_t ignored; /* a bit a signal, the first is signal 1 */
	struct error error;
};

/* fds: passed on, at most 250. 0 or -errno. */
int report_send(int socket, const struct report *report, const int *fds, size_t n_fds);

/*
 * Receives one. fds has room for cap; *n_fds is set. 1, or 0 at the end; 2 where the 4 bytes of an errno came
 * (in report->value): what the init program sends. -errno otherwise.
 */
int report_receive(int socket, struct report *report, int *fds, size_t cap, size_t *n_fds);

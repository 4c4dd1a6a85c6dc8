/* SPDX-License-Identifier: Apache-2.0 */
/* A source around a source that tells systemd's watchdog that the loop is alive: each dispatch proves it. */
#pragma once

#include "model/source.h"

struct watchdog {
	struct source source; /* what the server is given */
	struct source *inner; /* borrowed */
	const char *socket;   /* NOTIFY_SOCKET */
	uint64_t interval_ns; /* how often to tell; 0 = never */
	uint64_t told_ns;     /* CLOCK_MONOTONIC */
};

void watchdog_init(struct watchdog *w, struct source *inner, const char *socket, uint64_t timeout_ns);

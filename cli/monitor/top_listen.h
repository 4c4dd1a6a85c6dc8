/* SPDX-License-Identifier: Apache-2.0 */
/* /metrics beside the dashboard, from the same samples (top --listen). */
#pragma once

#include "exporter/server.h"
#include "shared_source.h"
#include "tui/tui.h"

struct top_listen {
	struct shared_source shared;
	struct server *server;
	struct tui_watch watch;
	const char *address;
};

/* Opens the listener; from then on the dashboard samples l->shared.first and watches l->watch. `source` is
 * borrowed. 0 or -errno; top_listen_close in any case. */
int top_listen_open(struct top_listen *l, struct source *source, const char *address, uint64_t interval_ns,
		    struct error *err);
void top_listen_close(struct top_listen *l);

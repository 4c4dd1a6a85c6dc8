/* SPDX-License-Identifier: Apache-2.0 */
/* Whether and when an ended container is started again: Docker's rules. Pure. */
#pragma once

#include "runtime/container.h"

#include <stdbool.h>
#include <stdint.h>

/* {0} at first. */
struct restart_backoff {
	uint64_t delay_ns;
};

/* How long to wait before the next start: 100 ms, doubled each time up to a minute; a run of ten seconds or
 * more starts over. */
uint64_t restart_delay(struct restart_backoff *backoff, uint64_t lived_ns);

/* Whether a container that ended with exit_code is started again; `restarts` happened already, `max` as in
 * container_config (0 = no bound). */
bool restart_wanted(enum restart_kind kind, uint32_t max, uint32_t restarts, int exit_code,
		    bool stop_requested);

/* SPDX-License-Identifier: Apache-2.0 */
/* What `stop` and `restart` share: how a container is asked to end. */
#pragma once

#include "options.h"
#include "pick_containers.h"

struct stop_settings {
	const char *signal;  /* NULL = the container's own */
	const char *timeout; /* seconds; NULL = the container's own */
};

#define N_STOP_OPTIONS 2
extern const struct option_spec stop_options[N_STOP_OPTIONS];

/*
 * Stops what the names name, side by side, says what failed, and names each that is done. `before` (or NULL)
 * sees them first, and may leave some out; `after` (or NULL) is done to each that was stopped. The exit code.
 */
int stop_each(const char *verb, const struct stop_settings *s, const struct text_list *names,
	      void (*before)(struct pick *pick), pick_act after);

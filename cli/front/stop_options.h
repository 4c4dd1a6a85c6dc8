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

/* What the texts mean: *signal 0 and *timeout -2 where they are not given (life_stop). -EINVAL with a
 * message. */
int stop_settings_parse(const struct stop_settings *s, int *signal, int64_t *timeout, struct error *err);

/* Stops all that were picked, side by side, and says what failed: errs[i].code tells each. NULL where memory
 * is short, which is said too; the caller frees it. */
struct error *stop_picked(struct pick *pick, int signal, int64_t timeout);

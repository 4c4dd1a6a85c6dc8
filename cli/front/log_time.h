/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's notations of a moment: how long ago, RFC 3339 (with what is missing taken from midnight and the
 * local time zone), or seconds since the epoch. */
#pragma once

#include "base/error.h"

#include <stdint.h>

/* "10m", "1h30m", "2024-02-29T12:00:00.5Z", "2024-02-29T12:00", "2024-02-29", "1709208000.25". now_ns and
 * *time_ns: since the epoch; never 0. -EINVAL with a message that names `option`. */
int log_time_parse(const char *option, const char *text, uint64_t now_ns, uint64_t *time_ns,
		   struct error *err);

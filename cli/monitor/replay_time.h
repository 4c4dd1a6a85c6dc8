/* SPDX-License-Identifier: Apache-2.0 */
/* A moment of a recording, as people write it. */
#pragma once

#include "base/error.h"

#include <stdint.h>

/*
 * "-5m" (so long before the recording's end; "5m" too), "+30s" (behind its start), "15:04:05" or "15:04" (the
 * last time that the local clock showed that before the end), RFC 3339 such as "2026-01-31T15:04:05Z" (local
 * time without a zone; a space for the T; seconds may be left out), or seconds since 1970. first_ns, last_ns:
 * of replay_span. 0, or -EINVAL with a message that names `option`.
 */
int replay_time_parse(const char *option, const char *text, uint64_t first_ns, uint64_t last_ns,
		      uint64_t *time_ns, struct error *err);

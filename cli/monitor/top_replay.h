/* SPDX-License-Identifier: Apache-2.0 */
/* A recording as the dashboard's source. */
#pragma once

#include "model/source.h"
#include "tui/tui.h"

/* Opens FILE; `at` (NULL = its beginning) is where to begin: replay_time.h. *time is how the dashboard moves
 * in it. 0 or -errno. */
int top_replay_open(const char *file, const char *at, struct source **out, struct tui_replay *time,
		    struct error *err);

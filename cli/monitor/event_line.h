/* SPDX-License-Identifier: Apache-2.0 */
/* An event as a line, for people or for programs. Ends in a newline and has no other, whatever is in its
 * texts. */
#pragma once

#include "model/event.h"

/* "15:04:31.123 OOM-KILL     worker  pid 5121 ruby, 158.0MiB resident, its own limit", in local time. owner:
 * whose it is; NULL = not known. */
void event_line_text(struct str *out, const struct event *e, const struct entity *owner);

/* An object with every key, in base units; what is not known, or no matter of its kind, is null. */
void event_line_json(struct str *out, const struct event *e, const struct entity *owner);

/* SPDX-License-Identifier: Apache-2.0 */
/* What the source heard (model/heard.h), told with what model knows besides. */
#pragma once

#include "model/event.h"

/*
 * Tells what the later snapshot's source heard, oldest first. Of coming, going and freezing only what
 * concerns containers and services, as far as either snapshot knows the cgroup; the rest as it came. Notes in
 * `told` (bits of kinds by entity) what is then not to be concluded from figures; the kill of a process is
 * one of each cgroup above, too.
 */
void heard_tell(const struct comparison *c, struct map *told,
		void (*tell)(void *context, const struct event *event), void *context);
bool heard_of(const struct map *told, uint64_t entity, enum event_kind kind);

/* Whether what came and went between the two snapshots was heard, all of it. */
bool heard_all(const struct comparison *c);

/* Appends "after 1h1m": how long the entity has been there until then (CLOCK_REALTIME), where that is known.
 */
void event_put_lifetime(struct str *out, const struct snapshot *s, size_t index, uint64_t until);

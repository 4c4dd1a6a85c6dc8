/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a command tells. */
#pragma once

#include "model/event.h"
#include "model/filter.h"
#include "options.h"

struct event_pick {
	uint32_t kinds; /* bits (1U << enum event_kind) */
	bool all;	/* EXEC and EXIT wherever they are, not in containers and services only */
	const struct filter_set *filters; /* NULL = none */
};

/*
 * Sets the bits of the kinds that the words name: each a kind or several with commas between; every kind
 * where there are no words. 0, or -EINVAL with *err saying which kinds there are.
 */
int event_kinds_parse(const struct text_list *words, uint32_t *kinds, struct error *err);

/*
 * Whose event it is: the container where it happened inside of one. NULL where neither snapshot has it (it
 * came and went in between, and does not linger).
 */
const struct entity *event_owner(const struct comparison *c, const struct event *e);

bool event_is_picked(const struct event_pick *p, const struct comparison *c, const struct event *e,
		     const struct entity *owner);

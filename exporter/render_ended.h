/* SPDX-License-Identifier: Apache-2.0 */
/* Families of what the source heard and counted since it was opened: events, and sums over what has ended. */
#pragma once

#include "exporter/render.h"
#include "model/heard.h"

/* The sums that a renderer shows, by their place in the snapshot's list. */
struct ended_rows {
	uint32_t *rows;
	size_t n;
};

/* Chooses by class and name, as the options do with entities. 0 or -ENOMEM; ended_rows_free in any case. */
int ended_rows_choose(struct ended_rows *out, const struct heard *heard, const struct render_options *o);
void ended_rows_free(struct ended_rows *rows);

/* plimsoll_events_total and plimsoll_events_dropped_total; nothing where the source does not hear. */
void render_events(struct str *out, enum exposition e, const struct heard *heard);

/* plimsoll_ended_containers_total, plimsoll_ended_lifetime_seconds_total, and the rows of model/ended.def. */
#define ENDED_FAMILIES (2 + ENDED_FIGURE__COUNT)

/* Whether the family is one of a metric that is not shown. */
bool render_ended_is_hidden(size_t family, const struct metric_set *shown);
void render_ended_family_of(struct str *out, enum exposition e, size_t family);

/* The lines of one sum. `at`: its place in the snapshot's list, which tells long names apart. */
void render_ended_sum(struct str *out, size_t family, const struct ended_sum *sum, size_t at);

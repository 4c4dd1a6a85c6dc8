/* SPDX-License-Identifier: Apache-2.0 */
/* `ps --filter KEY=VALUE`: filters of one key are alternatives (labels: all must be there), those of several
 * keys must all hold, as with Docker. */
#pragma once

#include "options.h"
#include "runtime/container.h"

struct ps_filters;

/* *out is the caller's: ps_filters_free. -EINVAL with a message that says what there is. */
int ps_filters_new(const struct text_list *texts, struct ps_filters **out, struct error *err);
void ps_filters_free(struct ps_filters *filters);

/* The state must be a fresh one. */
bool ps_filters_match(const struct ps_filters *filters, const struct container *c);

/* Whether a filter asks for what has ended, so that --all goes without saying. */
bool ps_filters_want_all(const struct ps_filters *filters);

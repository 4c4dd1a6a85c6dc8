/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which containers to show: Docker's `--filter KEY=VALUE` on snapshots.
 *
 *   name=web          a part of the name            id=4f5        the start of the id
 *   label=tier        has the label                 label=tier=db has it with this value
 *   image=nginx       the image, with or without its tag          cgroup=/a   a part of the path
 *   pod= project= runtime= class= state=            the whole word
 *   web               a part of the name, image or path, or the start of the id
 *
 * With '*' or '?' a value is a pattern for the whole text. '!' in front inverts. Filters of one key are
 * alternatives (labels and inverted ones must all hold); filters of different keys must all hold.
 */
#pragma once

#include "base/error.h"
#include "model/derive.h"

#include <stdbool.h>
#include <stddef.h>

struct filter_set;

/* Texts stay the caller's. 0, or -EINVAL with *err naming the keys or words that are allowed. */
int filter_set_new(const char *const *texts, size_t n, struct filter_set **out, struct error *err);
void filter_set_free(struct filter_set *f);
static inline void filter_set_freep(struct filter_set **f)
{
	filter_set_free(*f);
}

/* Adds the metrics that the filters look at. */
void filter_set_need(const struct filter_set *f, struct metric_set *need);

/* Whether a filter names the class or the cgroup: then entities of every class are meant, not just
 * containers. */
bool filter_set_is_wide(const struct filter_set *f);

/* Whether the entity at `index` of the later snapshot passes. */
bool filter_set_match(const struct filter_set *f, const struct comparison *c, size_t index);

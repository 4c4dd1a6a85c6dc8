/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the metric table that are parts of a histogram: one family. */
#pragma once

#include "exporter/render.h"
#include "labels.h"

/* The row behind the last part of the histogram that `part` is of. */
enum metric_id render_histogram_end(enum metric_id part);

/*
 * A cgroup's lines from its row `first` on: its buckets, smallest first, +Inf, sum and count; of each
 * instance where the rows have a dimension. Nothing where it has none of it. In front of the first lines of
 * all, those of their family, under the name that the parts have in common: *family_open is set then.
 */
void render_histogram(struct str *out, enum exposition e, bool *family_open, const struct labels *l,
		      const struct labels_row *row, const struct snapshot *s, enum metric_id first);

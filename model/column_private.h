/* SPDX-License-Identifier: Apache-2.0 */
/* What composed columns and the metrics' own columns share. */
#pragma once

#include "model/column.h"

/* A column that shows one row of the table (col->metric), by that row's format. */
void metric_column_need(const struct column *col, struct metric_set *set);
void metric_column_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out);
void metric_column_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out);
bool metric_column_number(const struct column *col, const struct comparison *c, size_t index, double *out);

/* One for each row, in the table's order; those with an empty key are none. */
extern const struct column metric_columns[METRIC__COUNT];

/* The value of a row, summed over instances where it has a dimension; UNLIMITED where any instance's limit
 * is. */
bool metric_column_value(const struct comparison *c, size_t index, enum metric_id id, uint64_t *out);

/* A counter's growth a second in its base unit. */
bool metric_column_rate(const struct comparison *c, size_t index, enum metric_id id, double *out);

/* How long an entity has lived; false where its start is not known. */
bool metric_column_age(const struct comparison *c, size_t index, enum metric_id id, uint64_t *ns);

/* Composed columns about limits: column_limit.c. */
#define COLUMN_SHAPE(shape)                                                                    \
	void shape##_need(const struct column *col, struct metric_set *set);                   \
	void shape##_cell(const struct column *col, const struct comparison *c, size_t index,  \
			  struct str *out);                                                    \
	void shape##_plain(const struct column *col, const struct comparison *c, size_t index, \
			   struct str *out);                                                   \
	bool shape##_number(const struct column *col, const struct comparison *c, size_t index, double *out)
COLUMN_SHAPE(cpu_limit);
COLUMN_SHAPE(cpu_limit_percent);
COLUMN_SHAPE(limited_by);

/* Percentiles: column_latency.c. */
COLUMN_SHAPE(latency_p50);
COLUMN_SHAPE(latency_p99);
#undef COLUMN_SHAPE

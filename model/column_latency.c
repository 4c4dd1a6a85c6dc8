/* SPDX-License-Identifier: Apache-2.0 */
/* Columns about percentiles of latencies: col->metric says of which histogram. */
#include "base/clock.h"
#include "column_private.h"
#include "model/latency.h"

static enum latency_of latency_of(const struct column *col)
{
	return metrics[col->metric].dimension == DIMENSION_OPERATION ? LATENCY_OF_BLKIO : LATENCY_OF_RUNQUEUE;
}

static bool percentile(const struct column *col, const struct comparison *c, size_t index, double share,
		       double *out)
{
	struct latency_growth g;

	return latency_growth(c, index, latency_of(col), NULL, &g) && latency_percentile(&g, share, out);
}

static void percentile_cell(const struct column *col, const struct comparison *c, size_t index, double share,
			    struct str *out)
{
	double seconds;

	if (percentile(col, c, index, share, &seconds))
		format_latency(out, seconds);
	else
		str_char(out, '-');
}

static void percentile_plain(const struct column *col, const struct comparison *c, size_t index, double share,
			     struct str *out)
{
	double seconds;

	if (percentile(col, c, index, share, &seconds))
		number_trimmed(out, seconds, 9);
}

#define PERCENTILE(shape, share)                                                                             \
	void shape##_need(const struct column *col, struct metric_set *set)                                  \
	{                                                                                                    \
		latency_need(latency_of(col), set);                                                          \
	}                                                                                                    \
	bool shape##_number(const struct column *col, const struct comparison *c, size_t index, double *out) \
	{                                                                                                    \
		return percentile(col, c, index, share, out);                                                \
	}                                                                                                    \
	void shape##_cell(const struct column *col, const struct comparison *c, size_t index,                \
			  struct str *out)                                                                   \
	{                                                                                                    \
		percentile_cell(col, c, index, share, out);                                                  \
	}                                                                                                    \
	void shape##_plain(const struct column *col, const struct comparison *c, size_t index,               \
			   struct str *out)                                                                  \
	{                                                                                                    \
		percentile_plain(col, c, index, share, out);                                                 \
	}
PERCENTILE(latency_p50, 0.5)
PERCENTILE(latency_p99, 0.99)

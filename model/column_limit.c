/* SPDX-License-Identifier: Apache-2.0 */
/* Columns about what may be used, and what stands in the way. */
#include "base/clock.h"
#include "column_private.h"
#include "model/verdict.h"

#include <math.h>

#define ABSENT "-"
#define NO_LIMIT "max"
#define DECIMALS 6

/* --- the CPU quota --- */

void cpu_limit_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	metric_set_add(set, METRIC_CPU_QUOTA);
	metric_set_add(set, METRIC_CPU_PERIOD);
}

/* CPUs that the quota allows; INFINITY where there is none. */
bool cpu_limit_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	const struct snapshot *s = comparison_later(c);
	uint64_t quota;
	uint64_t period;

	(void)col;
	if (!snapshot_get(s, index, METRIC_CPU_QUOTA, &quota))
		return false;
	if (quota == UNLIMITED) {
		*out = (double)INFINITY;
		return true;
	}
	if (!snapshot_get(s, index, METRIC_CPU_PERIOD, &period) || !period)
		return false;
	*out = (double)quota / (double)period;
	return true;
}

void cpu_limit_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	double cpus;

	if (!cpu_limit_number(col, c, index, &cpus))
		str_add(out, ABSENT);
	else if (isinf(cpus))
		str_add(out, NO_LIMIT);
	else
		number_rounded(out, cpus, 2);
}

void cpu_limit_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	double cpus;

	if (!cpu_limit_number(col, c, index, &cpus))
		return;
	if (isinf(cpus))
		str_add(out, NO_LIMIT);
	else
		number_trimmed(out, cpus, DECIMALS);
}

void cpu_limit_percent_need(const struct column *col, struct metric_set *set)
{
	metric_column_need(col, set);
	cpu_limit_need(col, set);
}

bool cpu_limit_percent_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	double cpus;
	double used;

	if (!cpu_limit_number(col, c, index, &cpus) || isinf(cpus) || cpus <= 0 ||
	    !metric_column_rate(c, index, col->metric, &used))
		return false;
	*out = used / cpus;
	return true;
}

void cpu_limit_percent_cell(const struct column *col, const struct comparison *c, size_t index,
			    struct str *out)
{
	double share;

	if (cpu_limit_percent_number(col, c, index, &share))
		format_percent(out, share);
	else
		str_add(out, ABSENT);
}

void cpu_limit_percent_plain(const struct column *col, const struct comparison *c, size_t index,
			     struct str *out)
{
	double share;

	if (cpu_limit_percent_number(col, c, index, &share))
		number_trimmed(out, share, DECIMALS);
}

/* --- what limits it now --- */

void limited_by_need(const struct column *col, struct metric_set *set)
{
	(void)col;
	verdict_need(set);
}

void limited_by_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	struct verdict v;

	(void)col;
	verdict_of(c, index, &v);
	if (v.limiter == LIMITER_NONE)
		str_add(out, ABSENT);
	else
		verdict_brief(&v, out);
}

void limited_by_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	struct verdict v;

	(void)col;
	verdict_of(c, index, &v);
	str_add(out, limiter_name(v.limiter));
}

bool limited_by_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	struct verdict v;

	(void)col;
	verdict_of(c, index, &v);
	if (v.limiter == LIMITER_NONE)
		return false;
	*out = verdict_severity(&v);
	return true;
}

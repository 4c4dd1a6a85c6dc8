/* SPDX-License-Identifier: Apache-2.0 */
/* One column for each row of metrics.def. */
#include "base/text.h"
#include "column_private.h"

#define ABSENT "-"
#define NO_LIMIT "max"

bool metric_column_value(const struct comparison *c, size_t index, enum metric_id id, uint64_t *out)
{
	const struct snapshot *s = comparison_later(c);
	const struct entity *e = snapshot_entity(s, index);
	bool limits = metrics[id].kind == KIND_LIMIT || metrics[id].kind == KIND_CEILING;

	if (metrics[id].dimension == DIMENSION_ONE)
		return snapshot_get(s, index, id, out);
	for (uint32_t i = 0; limits && i < e->n_series; i++) {
		uint64_t value;

		if (series_get(snapshot_series_at(s, index, i), id, &value) && value == UNLIMITED) {
			*out = UNLIMITED;
			return true;
		}
	}
	return snapshot_sum(s, index, id, out);
}

bool metric_column_rate(const struct comparison *c, size_t index, enum metric_id id, double *out)
{
	double rate;

	if (!comparison_rate(c, index, id, &rate))
		return false;
	*out = rate / number_scale(metrics[id].unit);
	return true;
}

bool metric_column_age(const struct comparison *c, size_t index, enum metric_id id, uint64_t *ns)
{
	const struct snapshot *s = comparison_later(c);
	const struct entity *e = snapshot_entity(s, index);
	uint64_t now = e->ended ? e->seen_ns : snapshot_realtime_ns(s);
	uint64_t since;

	if (!metric_column_value(c, index, id, &since))
		return false;
	*ns = now > since ? now - since : 0;
	return true;
}

static bool shows_rate(const struct metric *m)
{
	return m->format == FORMAT_RATE_PERCENT || m->format == FORMAT_RATE_BYTES ||
	       m->format == FORMAT_RATE_COUNT;
}

static bool is_limit(const struct metric *m)
{
	return m->kind == KIND_LIMIT || m->kind == KIND_CEILING;
}

void metric_column_need(const struct column *col, struct metric_set *set)
{
	metric_set_add(set, col->metric);
}

static void rate_cell(const struct metric *m, double rate, struct str *out)
{
	if (m->format == FORMAT_RATE_PERCENT) {
		format_percent(out, rate);
		return;
	}
	if (m->format == FORMAT_RATE_BYTES)
		format_bytes(out, rate);
	else
		number_rounded(out, rate, 1);
	str_add(out, "/s");
}

static void value_cell(const struct metric *m, uint64_t value, struct str *out)
{
	char digits[NUMBER_MAX];

	if (is_limit(m) && value == UNLIMITED)
		str_add(out, NO_LIMIT);
	else if (m->format == FORMAT_BYTES)
		format_bytes(out, (double)value);
	else if (m->format == FORMAT_PERCENT)
		format_percent(out, (double)value / number_scale(m->unit));
	else
		str_append(out, digits, number_base(digits, m->unit, value));
}

void metric_column_cell(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	const struct metric *m = &metrics[col->metric];
	uint64_t value;
	double rate;

	if (m->kind == KIND_TEXT) {
		const char *text = snapshot_text(comparison_later(c), index, m->id);

		text_printable(out, slice_of(text && *text ? text : ABSENT));
	} else if (shows_rate(m)) {
		if (metric_column_rate(c, index, m->id, &rate))
			rate_cell(m, rate, out);
		else
			str_add(out, ABSENT);
	} else if (m->format == FORMAT_SINCE) {
		if (metric_column_age(c, index, m->id, &value))
			format_duration(out, value);
		else
			str_add(out, ABSENT);
	} else if (metric_column_value(c, index, m->id, &value)) {
		value_cell(m, value, out);
	} else {
		str_add(out, ABSENT);
	}
}

void metric_column_plain(const struct column *col, const struct comparison *c, size_t index, struct str *out)
{
	const struct metric *m = &metrics[col->metric];
	const char *text = snapshot_text(comparison_later(c), index, m->id);
	char digits[NUMBER_MAX];
	uint64_t value;

	if (m->kind == KIND_TEXT)
		text_utf8(out, slice_of(text ? text : ""));
	else if (!metric_column_value(c, index, m->id, &value))
		return;
	else if (is_limit(m) && value == UNLIMITED)
		str_add(out, NO_LIMIT);
	else
		str_append(out, digits, number_base(digits, m->unit, value));
}

bool metric_column_number(const struct column *col, const struct comparison *c, size_t index, double *out)
{
	const struct metric *m = &metrics[col->metric];
	uint64_t value;

	if (m->kind == KIND_TEXT)
		return false;
	if (shows_rate(m))
		return metric_column_rate(c, index, m->id, out);
	if (m->format == FORMAT_SINCE ? !metric_column_age(c, index, m->id, &value)
				      : !metric_column_value(c, index, m->id, &value))
		return false;
	*out = (double)value / number_scale(m->unit);
	return true;
}

/* Text is sorted as text; everything else is a number. */
#define NUMBER_OF(kind) (KIND_##kind == KIND_TEXT ? NULL : metric_column_number)
#define ALIGN_OF(kind) (KIND_##kind == KIND_TEXT ? ALIGN_LEFT : ALIGN_RIGHT)

const struct column metric_columns[METRIC__COUNT] = {
#define METRIC(id, group, dimension, kind, unit, cost, v2, v1, prometheus, labels, text, json, head, format) \
	[METRIC_##id] = {.key = (json),                                                                      \
			 .header = (head),                                                                   \
			 .aliases = "",                                                                      \
			 .align = ALIGN_OF(kind),                                                            \
			 .help = (text),                                                                     \
			 .need = metric_column_need,                                                         \
			 .cell = metric_column_cell,                                                         \
			 .plain = metric_column_plain,                                                       \
			 .number = NUMBER_OF(kind),                                                          \
			 .metric = METRIC_##id},
#include "model/metrics.def"
};

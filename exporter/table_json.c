/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "exporter/table.h"
#include "model/number.h"
#include "model/verdict.h"

#include <math.h>

#define RATE_DECIMALS 6

/* How a dimension's instances are written. */
static const struct {
	const char *array;
	const char *instance;
} dimensions[DIMENSION__COUNT] = {
	[DIMENSION_DEVICE] = {"devices", "device"},
	[DIMENSION_INTERFACE] = {"interfaces", "interface"},
	[DIMENSION_NODE] = {"nodes", "node"},
	[DIMENSION_PAGESIZE] = {"pagesizes", "pagesize"},
	[DIMENSION_RDMA] = {"rdma", "device"},
	[DIMENSION_MISC] = {"misc", "resource"},
	[DIMENSION_FILESYSTEM] = {"filesystems", "device"},
	[DIMENSION_OPERATION] = {"operations", "operation"},
};

/* `,"key":`, without the comma where an object or an array has just begun. Keys are our own words. */
static void put_key(struct str *out, const char *key)
{
	char last = out->len ? out->data[out->len - 1] : '\0';

	if (last != '{' && last != '[')
		str_char(out, ',');
	str_char(out, '"');
	str_add(out, key);
	str_add(out, "\":");
}

static void put_text(struct str *out, const char *key, const char *text)
{
	put_key(out, key);
	if (*text)
		text_json(out, slice_of(text));
	else
		str_add(out, "null");
}

static void put_bool(struct str *out, const char *key, bool value)
{
	put_key(out, key);
	str_add(out, value ? "true" : "false");
}

static void put_value(struct str *out, const struct metric *m, bool there, uint64_t value)
{
	char digits[NUMBER_MAX];

	put_key(out, m->json);
	if (!there)
		str_add(out, "null");
	else if (value == UNLIMITED && (m->kind == KIND_LIMIT || m->kind == KIND_CEILING))
		str_add(out, "\"max\"");
	else
		str_append(out, digits, number_base(digits, m->unit, value));
}

/* A figure that is none is NAN. */
static void put_double(struct str *out, const char *key, double value)
{
	put_key(out, key);
	if (isnan(value))
		str_add(out, "null");
	else
		number_trimmed(out, value, RATE_DECIMALS);
}

static void put_seconds(struct str *out, const char *key, uint64_t ns)
{
	char digits[NUMBER_MAX];

	put_key(out, key);
	str_append(out, digits, number_base(digits, UNIT_NSEC, ns));
}

static void put_labels(struct str *out, const struct identity *who)
{
	put_key(out, "labels");
	str_char(out, '{');
	for (size_t i = 0; i < who->n_labels; i++) {
		if (i)
			str_char(out, ',');
		text_json(out, slice_of(who->labels[i].key));
		str_char(out, ':');
		text_json(out, slice_of(who->labels[i].value));
	}
	str_char(out, '}');
}

static void put_identity(struct str *out, const struct entity *e)
{
	const struct identity *who = e->identity;

	put_text(out, "name", who->name);
	put_text(out, "id", who->id);
	put_text(out, "path", e->path);
	put_text(out, "class", entity_class_name(e->class));
	put_text(out, "runtime", runtime_name(who->runtime));
	put_text(out, "image", who->image);
	put_text(out, "pod", who->pod);
	put_text(out, "pod_namespace", who->pod_namespace);
	put_text(out, "pod_uid", who->pod_uid);
	put_text(out, "kube_container", who->kube_container);
	put_text(out, "compose_project", who->compose_project);
	put_text(out, "compose_service", who->compose_service);
	put_labels(out, who);
	put_bool(out, "ended", e->ended);
	put_seconds(out, "time_seconds", e->seen_ns);
}

static bool is_asked(const struct snapshot *s, enum metric_id id)
{
	return *metrics[id].json && metric_set_has(snapshot_metrics(s), id);
}

static void put_metrics(struct str *out, const struct snapshot *s, size_t index)
{
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		const struct metric *m = &metrics[id];
		uint64_t value = 0;
		bool there;

		if (m->dimension != DIMENSION_ONE || !is_asked(s, id))
			continue;
		if (m->kind == KIND_TEXT) {
			const char *text = snapshot_text(s, index, id);

			put_text(out, m->json, text ? text : "");
			continue;
		}
		there = snapshot_get(s, index, id, &value);
		put_value(out, m, there, value);
	}
}

static void put_series(struct str *out, const struct snapshot *s, const struct series *series)
{
	put_text(out, dimensions[series->dimension].instance, series->instance);
	if (series->dimension == DIMENSION_DEVICE)
		put_text(out, "number", series->detail);
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		uint64_t value = 0;
		bool there;

		if (metrics[id].dimension != series->dimension || !is_asked(s, id))
			continue;
		there = series_get(series, id, &value);
		put_value(out, &metrics[id], there, value);
	}
}

static bool asks_dimension(const struct snapshot *s, enum dimension d)
{
	for (enum metric_id id = 0; id < METRIC__COUNT; id++)
		if (metrics[id].dimension == d && is_asked(s, id))
			return true;
	return false;
}

static void put_dimension(struct str *out, const struct snapshot *s, size_t index, enum dimension d)
{
	uint32_t n = snapshot_entity(s, index)->n_series;
	bool first = true;

	put_key(out, dimensions[d].array);
	str_char(out, '[');
	for (uint32_t i = 0; i < n; i++) {
		const struct series *series = snapshot_series_at(s, index, i);

		if (series->dimension != d)
			continue;
		str_add(out, first ? "{" : ",{");
		put_series(out, s, series);
		str_char(out, '}');
		first = false;
	}
	str_char(out, ']');
}

static void put_rates(struct str *out, const struct comparison *c, size_t index)
{
	const struct snapshot *s = comparison_later(c);

	put_key(out, "rates");
	str_char(out, '{');
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		double rate;

		if (!is_asked(s, id) || !comparison_rate(c, index, id, &rate))
			continue;
		put_key(out, metrics[id].json);
		number_trimmed(out, rate / number_scale(metrics[id].unit), RATE_DECIMALS);
	}
	str_char(out, '}');
}

/* Null where nothing limits it, or that can't be told from what was asked for. */
static void put_verdict(struct str *out, const struct comparison *c, size_t index)
{
	const struct snapshot *s = comparison_later(c);
	struct verdict v = {.limiter = LIMITER_NONE};

	if (verdict_possible(snapshot_metrics(s)))
		verdict_of(c, index, &v);
	put_key(out, "limited_by");
	if (v.limiter == LIMITER_NONE) {
		str_add(out, "null");
		return;
	}
	str_char(out, '{');
	put_text(out, "limiter", limiter_name(v.limiter));
	put_double(out, "share", v.share);
	put_double(out, "rate", v.rate);
	put_text(out, "device", v.device);
	put_text(out, "limit_of", snapshot_entity(s, v.by)->path);
	str_char(out, '}');
}

void table_json(struct str *out, const struct comparison *c, const struct table_options *options)
{
	const struct snapshot *s = comparison_later(c);

	for (size_t row = 0; row < options->n_rows; row++) {
		size_t index = options->rows[row];

		str_char(out, '{');
		put_identity(out, snapshot_entity(s, index));
		put_verdict(out, c, index);
		put_metrics(out, s, index);
		for (enum dimension d = DIMENSION_ONE + 1; d < DIMENSION__COUNT; d++)
			if (asks_dimension(s, d))
				put_dimension(out, s, index, d);
		put_rates(out, c, index);
		str_add(out, "}\n");
	}
}

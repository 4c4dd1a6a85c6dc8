/* SPDX-License-Identifier: Apache-2.0 */
#include "render_histogram.h"

#include "exposition.h"
#include "model/number.h"

/* The length of the name that all parts have in common: "…_seconds" of "…_seconds_bucket". */
static size_t base_length(enum metric_id part)
{
	return (size_t)(strrchr(metrics[part].prometheus, '_') - metrics[part].prometheus);
}

static bool is_part_of(enum metric_id id, enum metric_id part)
{
	size_t len = base_length(part);

	return metrics[id].kind == KIND_HISTOGRAM && base_length(id) == len &&
	       memcmp(metrics[id].prometheus, metrics[part].prometheus, len) == 0;
}

enum metric_id render_histogram_end(enum metric_id part)
{
	enum metric_id id = part;

	while (id < METRIC__COUNT && is_part_of(id, part))
		id++;
	return id;
}

static void put_family(struct str *out, enum exposition e, enum metric_id part)
{
	_cleanup_str_ struct str name = {0};

	str_append(&name, metrics[part].prometheus, base_length(part));
	if (name.data)
		exposition_family(out, e, name.data, "histogram", metrics[part].help);
	out->failed |= name.failed;
}

/* Whose lines they are. */
struct subject {
	const struct labels *labels;
	const struct labels_row *row;
	const struct snapshot *s;
	const struct series *series; /* NULL: one value a cgroup */
};

static bool value_of(const struct subject *of, enum metric_id id, uint64_t *out)
{
	return of->series ? series_get(of->series, id, out) : snapshot_get(of->s, of->row->entity, id, out);
}

static void put_line(struct str *out, const struct subject *of, const struct metric *m, const char *labels,
		     uint64_t value)
{
	char digits[NUMBER_MAX];

	str_add(out, m->prometheus);
	str_char(out, '{');
	str_append(out, of->labels->text.data + of->row->at, of->row->len);
	if (of->series)
		exposition_label(out, "operation", of->series->instance);
	if (*labels) {
		str_char(out, ',');
		str_add(out, labels);
	}
	str_add(out, "} ");
	str_append(out, digits, number_base(digits, m->unit, value));
	str_char(out, '\n');
}

/* The bucket of all is the count; there is no row of its own for it. */
static void put_histogram(struct str *out, enum exposition e, bool *family_open, const struct subject *of,
			  enum metric_id first)
{
	enum metric_id count = render_histogram_end(first) - 1;
	const struct metric *bucket = NULL;
	uint64_t all;
	uint64_t value;

	if (!value_of(of, count, &all))
		return;
	if (!*family_open)
		put_family(out, e, first);
	*family_open = true;
	for (enum metric_id id = first; id <= count; id++) {
		const struct metric *m = &metrics[id];

		if (bucket && !*m->labels) {
			put_line(out, of, bucket, "le=\"+Inf\"", all);
			bucket = NULL;
		}
		if (*m->labels)
			bucket = m;
		if (value_of(of, id, &value))
			put_line(out, of, m, m->labels, value);
	}
}

void render_histogram(struct str *out, enum exposition e, bool *family_open, const struct labels *l,
		      const struct labels_row *row, const struct snapshot *s, enum metric_id first)
{
	struct subject of = {l, row, s, NULL};

	if (metrics[first].dimension == DIMENSION_ONE) {
		put_histogram(out, e, family_open, &of, first);
		return;
	}
	for (uint32_t i = 0; i < snapshot_entity(s, row->entity)->n_series; i++) {
		of.series = snapshot_series_at(s, row->entity, i);
		if (of.series->dimension == metrics[first].dimension)
			put_histogram(out, e, family_open, &of, first);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines are written straight into the caller's buffer while a whole one is sure to fit. What may not fit, and
 * whatever is not a line of the metric table, goes through `spill`, which is handed out first.
 */
#include "exporter/render.h"

#include "exposition.h"
#include "labels.h"
#include "model/number.h"
#include "render_ended.h"
#include "render_histogram.h"
#include "render_host.h"

#include <errno.h>
#include <stdlib.h>

enum stage {
	STAGE_HOST,
	STAGE_INFO,
	STAGE_ENDED,
	STAGE_LIMITED,
	STAGE_HEARD,
	STAGE_METRICS,
	STAGE_EOF,
	STAGE_DONE
};

struct renderer {
	struct snapshot *snapshot;
	const struct comparison *comparison; /* NULL: no verdicts */
	struct labels *labels;
	struct ended_rows sums;
	struct metric_set metrics;
	enum exposition exposition;
	bool compat_cadvisor;

	/* where we are */
	enum stage stage;
	enum metric_id id;  /* in STAGE_METRICS */
	size_t sums_family; /* in STAGE_HEARD */
	size_t row;	    /* of labels; in STAGE_HEARD of sums */
	uint32_t series;    /* of the row's entity */
	bool family_open;   /* HELP and TYPE of this family are written */
	const char *family; /* the table's name of it */

	/* what all lines of one row of the table have in common */
	struct str head;     /* `name{` */
	struct str tail;     /* `,constant="labels"} ` */
	struct str instance; /* `,device="/dev/vda"` */

	struct str spill;
	size_t spilled; /* of it, handed out already */
};

/* --- one row of the table after the other --- */

static bool is_exported(const struct metric *m)
{
	return *m->prometheus && m->kind != KIND_TEXT;
}

static void begin_metric(struct renderer *r)
{
	const struct metric *m;
	const char *name;

	while (r->id < METRIC__COUNT && !(metric_set_has(&r->metrics, r->id) && is_exported(&metrics[r->id])))
		r->id++;
	r->row = 0;
	r->series = 0;
	if (r->id == METRIC__COUNT)
		return;
	m = &metrics[r->id];
	if (!r->family || strcmp(r->family, m->prometheus) != 0)
		r->family_open = false;
	r->family = m->prometheus;
	name = r->compat_cadvisor ? render_cadvisor_name(m->prometheus) : m->prometheus;
	str_clear(&r->head);
	str_add(&r->head, name);
	str_char(&r->head, '{');
	str_clear(&r->tail);
	if (*m->labels) {
		str_char(&r->tail, ',');
		str_add(&r->tail, m->labels);
	}
	str_add(&r->tail, "} ");
}

static void open_family(struct renderer *r)
{
	const struct metric *m = &metrics[r->id];
	const char *name = r->compat_cadvisor ? render_cadvisor_name(m->prometheus) : m->prometheus;

	exposition_family(&r->spill, r->exposition, name, m->kind == KIND_COUNTER ? "counter" : "gauge",
			  m->help);
	r->family_open = true;
}

/* What a limit that is none looks like: 0 as in cAdvisor, or nothing at all. */
static bool is_sample(const struct metric *m, uint64_t *value)
{
	if (*value != UNLIMITED || (m->kind != KIND_LIMIT && m->kind != KIND_CEILING))
		return true;
	*value = 0;
	return m->kind == KIND_LIMIT;
}

/* --- lines --- */

static char *put(char *p, const char *text, size_t len)
{
	memcpy(p, text, len);
	return p + len;
}

static char *put_line(const struct renderer *r, const struct labels_row *row, uint64_t value, char *p)
{
	p = put(p, r->head.data, r->head.len);
	p = put(p, r->labels->text.data + row->at, row->len);
	if (r->instance.len)
		p = put(p, r->instance.data, r->instance.len);
	p = put(p, r->tail.data, r->tail.len);
	p += number_base(p, metrics[r->id].unit, value);
	*p++ = '\n';
	return p;
}

static size_t line_max(const struct renderer *r, const struct labels_row *row)
{
	return r->head.len + row->len + r->instance.len + r->tail.len + NUMBER_MAX + 1;
}

/* Writes the line at *p if it fits before `end`, and else into the spill. True where there may be room for
 * another. */
static bool emit(struct renderer *r, const struct labels_row *row, uint64_t value, char **p, const char *end)
{
	size_t max = line_max(r, row);

	if (max <= (size_t)(end - *p)) {
		*p = put_line(r, row, value, *p);
		return true;
	}
	if (str_reserve(&r->spill, max))
		r->spill.len = (size_t)(put_line(r, row, value, r->spill.data) - r->spill.data);
	return false;
}

/* Lines of a row with one value an entity, until the buffer is full or there are no more. True at their end.
 */
static bool plain_lines(struct renderer *r, char **p, const char *end)
{
	const struct metric *m = &metrics[r->id];
	const struct labels *l = r->labels;

	str_clear(&r->instance);
	for (; r->row < l->n_rows; r->row++) {
		const struct labels_row *row = &l->rows[r->row];
		uint64_t value;

		if (!snapshot_get(r->snapshot, row->entity, m->id, &value) || !is_sample(m, &value))
			continue;
		if (!r->family_open) {
			open_family(r);
			return false;
		}
		if (!emit(r, row, value, p, end)) {
			r->row++;
			return false;
		}
	}
	return true;
}

/* "254:0" → `,major="254",minor="0"` */
static void append_numbers(struct str *out, const char *detail)
{
	const char *colon = strchr(detail, ':');

	if (!colon)
		return;
	str_add(out, ",major=\"");
	exposition_label_value(out, (struct slice){detail, (size_t)(colon - detail)});
	str_add(out, "\",minor=\"");
	exposition_label_value(out, slice_of(colon + 1));
	str_char(out, '"');
}

static void write_instance(struct renderer *r, const struct metric *m, const struct series *series)
{
	static const char *const labels[DIMENSION__COUNT] = {
		[DIMENSION_ONE] = "",
		[DIMENSION_DEVICE] = ",device=\"",
		[DIMENSION_INTERFACE] = ",interface=\"",
		[DIMENSION_NODE] = ",node=\"",
		[DIMENSION_PAGESIZE] = ",pagesize=\"",
		[DIMENSION_RDMA] = ",device=\"",
		[DIMENSION_MISC] = ",resource=\"",
		[DIMENSION_FILESYSTEM] = ",device=\"",
		[DIMENSION_OPERATION] = ",operation=\"",
	};
	bool is_device = m->dimension == DIMENSION_DEVICE;

	str_clear(&r->instance);
	str_add(&r->instance, labels[m->dimension]);
	/* A device whose name could not be found goes by its numbers, and those are no file in /dev. */
	if (is_device && series->instance[0] != '/' && strcmp(series->instance, series->detail) != 0)
		str_add(&r->instance, "/dev/");
	exposition_distinct_value(&r->instance, slice_of(series->instance));
	str_char(&r->instance, '"');
	if (is_device && (m->id == METRIC_BLKIO_READ || m->id == METRIC_BLKIO_WRITE))
		append_numbers(&r->instance, series->detail);
}

/* As plain_lines, for the instances of one entity. */
static bool entity_lines(struct renderer *r, const struct labels_row *row, char **p, const char *end)
{
	const struct metric *m = &metrics[r->id];
	uint32_t n = snapshot_entity(r->snapshot, row->entity)->n_series;

	for (; r->series < n; r->series++) {
		const struct series *series = snapshot_series_at(r->snapshot, row->entity, r->series);
		uint64_t value;

		if (!series_get(series, m->id, &value) || !is_sample(m, &value))
			continue;
		if (!r->family_open) {
			open_family(r);
			return false;
		}
		write_instance(r, m, series);
		if (!emit(r, row, value, p, end)) {
			r->series++;
			return false;
		}
	}
	return true;
}

static bool instance_lines(struct renderer *r, char **p, const char *end)
{
	for (; r->row < r->labels->n_rows; r->row++) {
		if (!entity_lines(r, &r->labels->rows[r->row], p, end))
			return false;
		r->series = 0;
	}
	return true;
}

/* A cgroup's lines of a histogram stand together: it is a step of its own. True behind the last cgroup. */
static bool histogram_lines(struct renderer *r)
{
	if (r->row == r->labels->n_rows) {
		r->id = render_histogram_end(r->id) - 1;
		return true;
	}
	render_histogram(&r->spill, r->exposition, &r->family_open, r->labels, &r->labels->rows[r->row++],
			 r->snapshot, r->id);
	return false;
}

static void metric_lines(struct renderer *r, char **p, const char *end)
{
	while (r->id < METRIC__COUNT) {
		bool one = metrics[r->id].dimension == DIMENSION_ONE;

		if (metrics[r->id].kind == KIND_HISTOGRAM) {
			if (!histogram_lines(r))
				return;
		} else if (one ? !plain_lines(r, p, end) : !instance_lines(r, p, end)) {
			return;
		}
		r->id++;
		begin_metric(r);
	}
	r->stage = STAGE_EOF;
}

/* --- what is not in the table --- */

static void next_stage(struct renderer *r)
{
	r->stage++;
	r->row = 0;
	r->family_open = false;
}

static void info_line(struct renderer *r)
{
	if (r->row == r->labels->n_rows) {
		next_stage(r);
		return;
	}
	if (r->row == 0)
		render_info_family(&r->spill, r->exposition);
	render_info(&r->spill, r->labels, &r->labels->rows[r->row++]);
}

static void ended_line(struct renderer *r)
{
	const struct labels_row *row;

	if (r->row == r->labels->n_rows) {
		next_stage(r);
		return;
	}
	row = &r->labels->rows[r->row++];
	if (!snapshot_entity(r->snapshot, row->entity)->ended)
		return;
	if (!r->family_open)
		render_ended_family(&r->spill, r->exposition);
	r->family_open = true;
	render_ended(&r->spill, r->labels, row);
}

/* The row's entity in the comparison, which may be of a snapshot with more in it. */
static ptrdiff_t compared_index(const struct renderer *r, const struct labels_row *row)
{
	const struct snapshot *compared = comparison_later(r->comparison);

	if (compared == r->snapshot)
		return (ptrdiff_t)row->entity;
	return snapshot_find(compared, snapshot_entity(r->snapshot, row->entity)->id);
}

static void limited_line(struct renderer *r)
{
	const struct labels_row *row;
	struct verdict v;
	ptrdiff_t index;

	if (!r->comparison || r->row == r->labels->n_rows) {
		next_stage(r);
		render_events(&r->spill, r->exposition, snapshot_heard(r->snapshot));
		return;
	}
	row = &r->labels->rows[r->row++];
	index = compared_index(r, row);
	if (index < 0)
		return;
	verdict_of(r->comparison, (size_t)index, &v);
	if (v.limiter == LIMITER_NONE)
		return;
	if (!r->family_open)
		render_limited_family(&r->spill, r->exposition);
	r->family_open = true;
	render_limited(&r->spill, r->labels, row, &v, r->comparison);
}

/* One sum of one family after the other. */
static void heard_line(struct renderer *r)
{
	size_t at;

	if (r->sums_family == ENDED_FAMILIES || !r->sums.n) {
		next_stage(r);
		begin_metric(r);
		return;
	}
	if (r->row == r->sums.n || render_ended_is_hidden(r->sums_family, &r->metrics)) {
		r->sums_family++;
		r->row = 0;
		return;
	}
	if (r->row == 0)
		render_ended_family_of(&r->spill, r->exposition, r->sums_family);
	at = r->sums.rows[r->row++];
	render_ended_sum(&r->spill, r->sums_family, &snapshot_heard(r->snapshot)->ended[at], at);
}

/* Goes on by one piece. */
static void step(struct renderer *r, char **p, const char *end)
{
	switch (r->stage) {
	case STAGE_HOST:
		render_host(&r->spill, r->exposition, r->snapshot, &r->metrics);
		if (r->compat_cadvisor)
			render_cadvisor_version(&r->spill, r->exposition, snapshot_host(r->snapshot));
		next_stage(r);
		return;
	case STAGE_INFO:
		info_line(r);
		return;
	case STAGE_ENDED:
		ended_line(r);
		return;
	case STAGE_LIMITED:
		limited_line(r);
		return;
	case STAGE_HEARD:
		heard_line(r);
		return;
	case STAGE_METRICS:
		metric_lines(r, p, end);
		return;
	case STAGE_EOF:
		if (r->exposition == EXPOSITION_OPENMETRICS)
			str_add(&r->spill, "# EOF\n");
		next_stage(r);
		return;
	case STAGE_DONE:
		return;
	}
}

/* --- the whole --- */

struct renderer *renderer_new(struct snapshot *snapshot, const struct metric_set *shown,
			      const struct render_options *options)
{
	struct renderer *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->snapshot = snapshot_ref(snapshot);
	r->metrics = *(shown ? shown : snapshot_metrics(snapshot));
	r->exposition = options->exposition;
	r->compat_cadvisor = options->compat_cadvisor;
	r->labels = labels_get(snapshot, options);
	r->comparison = verdict_possible(&r->metrics) ? options->comparison : NULL;
	if (!r->labels || ended_rows_choose(&r->sums, snapshot_heard(snapshot), options) < 0) {
		renderer_free(r);
		return NULL;
	}
	return r;
}

/* Hands out what is in the spill; the number of bytes. */
static size_t take_spill(struct renderer *r, char *p, size_t cap)
{
	size_t n = r->spill.len - r->spilled;

	if (n > cap)
		n = cap;
	memcpy(p, r->spill.data + r->spilled, n);
	r->spilled += n;
	if (r->spilled == r->spill.len) {
		str_clear(&r->spill);
		r->spilled = 0;
	}
	return n;
}

static bool has_failed(const struct renderer *r)
{
	return r->spill.failed || r->head.failed || r->tail.failed || r->instance.failed;
}

ssize_t renderer_read(struct renderer *r, char *buf, size_t cap)
{
	char *end = buf + cap;
	char *p = buf;

	while (p < end && !has_failed(r)) {
		if (r->spill.len)
			p += take_spill(r, p, (size_t)(end - p));
		else if (r->stage == STAGE_DONE)
			break;
		else
			step(r, &p, end);
	}
	return has_failed(r) ? -ENOMEM : (ssize_t)(p - buf);
}

void renderer_free(struct renderer *r)
{
	if (!r)
		return;
	labels_unref(r->labels);
	ended_rows_free(&r->sums);
	snapshot_unref(r->snapshot);
	str_free(&r->head);
	str_free(&r->tail);
	str_free(&r->instance);
	str_free(&r->spill);
	free(r);
}

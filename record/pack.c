/* SPDX-License-Identifier: Apache-2.0 */
#include "pack.h"

#include "limits.h"
#include "model/column.h"
#include "schema.h"
#include "table.h"
#include "texts.h"

#include <errno.h>
#include <stdlib.h>

struct packer {
	bool begun; /* a section is under way */
	struct metric_set asked;
	struct schema schema;
	struct texts texts;
	struct table now[TABLE__COUNT];
	struct table before[TABLE__COUNT];

	/* Identities of this section. They are held, so that no other one gets the same address meanwhile. */
	struct identity **held;
	size_t n_held;
	size_t held_cap;
	struct map known_identities; /* address → row + 1 */
	struct map known_contents;   /* its cells → row + 1 */
	struct arena cells;
	uint64_t **identity_rows; /* the cells of each row */
	size_t n_identities;
	size_t identities_cap;

	struct map rows_before; /* entity id → row + 1 */
	uint32_t *first_series; /* of each entity before: its first row in the table of series at hand */
	size_t first_cap;
	struct str labels;
};

struct packer *packer_new(void)
{
	return calloc(1, sizeof(struct packer));
}

static void map_empty(struct map *m)
{
	map_free(m);
	*m = (struct map){0};
}

static void end_section(struct packer *p)
{
	for (size_t i = 0; i < p->n_held; i++)
		identity_unref(p->held[i]);
	p->n_held = 0;
	p->n_identities = 0;
	map_empty(&p->known_identities);
	map_empty(&p->known_contents);
	map_empty(&p->rows_before);
	arena_reset(&p->cells);
	texts_reset(&p->texts);
	for (size_t i = 0; i < TABLE__COUNT; i++) {
		p->before[i].rows = 0;
		p->now[i].rows = 0;
	}
	schema_free(&p->schema);
	p->begun = false;
}

void packer_free(struct packer *p)
{
	if (!p)
		return;
	end_section(p);
	for (size_t i = 0; i < TABLE__COUNT; i++) {
		table_free(&p->now[i]);
		table_free(&p->before[i]);
	}
	texts_free(&p->texts);
	arena_free(&p->cells);
	str_free(&p->labels);
	free(p->held);
	free(p->identity_rows);
	free(p->first_series);
	free(p);
}

static int grow(void *array, size_t *cap, size_t want, size_t size)
{
	void **at = array;
	size_t bigger = want + want / 2 + 16;
	void *fresh;

	if (want <= *cap)
		return 0;
	fresh = reallocarray(*at, bigger, size);
	if (!fresh)
		return -ENOMEM;
	*at = fresh;
	*cap = bigger;
	return 0;
}

/* The cell of the row before that `row` goes on from: a likely number for its text. */
static uint64_t hint_of(const struct packer *p, size_t kind, size_t row, size_t column)
{
	const struct table *before = &p->before[kind];
	uint32_t from = p->now[kind].from[row];

	return from == NEW_ROW ? UINT64_MAX : table_get(before, from, column, UINT64_MAX);
}

static int set_text(struct packer *p, size_t kind, size_t row, size_t column, const char *text)
{
	uint64_t number;
	int r = texts_number(&p->texts, slice_of(text), hint_of(p, kind, row, column), &number);

	if (r < 0)
		return r;
	table_set(&p->now[kind], row, column, number);
	return 0;
}

/* --- host and reports --- */
static int shape(struct packer *p, size_t kind, size_t rows)
{
	struct table *t = &p->now[kind];
	int r = table_shape(t, rows, p->schema.tables[kind].n_columns);

	for (size_t i = 0; r == 0 && i < rows; i++)
		t->from[i] = i < p->before[kind].rows ? (uint32_t)i : NEW_ROW;
	return r;
}

static int pack_host(struct packer *p, const struct host *host)
{
	int r = shape(p, TABLE_HOST, 1);

	for (size_t i = 0; r == 0 && i < n_host_members; i++) {
		const struct member *m = &host_members[i];

		if (m->type == MEMBER_TEXT)
			r = set_text(p, TABLE_HOST, 0, i, member_text(host, m));
		else
			table_set(&p->now[TABLE_HOST], 0, i, member_number(host, m));
	}
	return r;
}

static int pack_reports(struct packer *p, const struct snapshot *s)
{
	struct table *t = &p->now[TABLE_REPORTS];
	int r = shape(p, TABLE_REPORTS, GROUP__COUNT);

	for (unsigned g = 0; r == 0 && g < GROUP__COUNT; g++) {
		const struct group_report *report = snapshot_report(s, g);

		r = set_text(p, TABLE_REPORTS, g, REPORT_GROUP, metric_groups[g].name);
		table_set(t, g, REPORT_RAN, report->ran);
		table_set(t, g, REPORT_FAILED, report->failed);
		table_set(t, g, REPORT_SPENT, report->spent_ns);
	}
	return r;
}

/* --- identities --- */
/* Each label's key and value, every one of them with its NUL. */
static struct slice join_labels(struct packer *p, const struct identity *who)
{
	str_clear(&p->labels);
	for (size_t i = 0; i < who->n_labels; i++) {
		str_append(&p->labels, who->labels[i].key, strlen(who->labels[i].key) + 1);
		str_append(&p->labels, who->labels[i].value, strlen(who->labels[i].value) + 1);
	}
	return (struct slice){p->labels.data ? p->labels.data : "", p->labels.len};
}

static int fill_identity(struct packer *p, const struct identity *who, uint64_t *cells)
{
	struct slice labels = join_labels(p, who);
	int r = p->labels.failed ? -ENOMEM : 0;

	for (size_t i = 0; r == 0 && i < n_identity_members; i++) {
		const struct member *m = &identity_members[i];

		if (m->type == MEMBER_TEXT)
			r = texts_number(&p->texts, slice_of(member_text(who, m)), UINT64_MAX, &cells[i]);
		else
			cells[i] = member_number(who, m);
	}
	if (r == 0)
		r = texts_number(&p->texts, slice_of(runtime_name(who->runtime)), UINT64_MAX,
				 &cells[n_identity_members + IDENTITY_RUNTIME]);
	if (r == 0)
		r = texts_number(&p->texts, labels, UINT64_MAX, &cells[n_identity_members + IDENTITY_LABELS]);
	return r;
}

/* The row of an identity that is met for the first time; another one with the same content may have it. */
static int add_identity(struct packer *p, struct identity *who, uint64_t *row)
{
	size_t width = n_identity_members + IDENTITY__EXTRA;
	struct slice content = {NULL, width * sizeof(uint64_t)};
	uint64_t *cells = arena_alloc(&p->cells, content.len);
	uintptr_t known;
	int r;

	if (!cells || grow(&p->held, &p->held_cap, p->n_held + 1, sizeof(struct identity *)) < 0 ||
	    grow(&p->identity_rows, &p->identities_cap, p->n_identities + 1, sizeof(uint64_t *)) < 0)
		return -ENOMEM;
	r = fill_identity(p, who, cells);
	if (r < 0)
		return r;
	content.at = (const char *)cells;
	known = (uintptr_t)map_get(&p->known_contents, content);
	if (!known) {
		p->identity_rows[p->n_identities++] = cells;
		known = p->n_identities;
		if (map_put(&p->known_contents, content, (void *)known) < 0)
			return -ENOMEM;
	}
	if (map_put_u64(&p->known_identities, (uintptr_t)who, (void *)known) < 0)
		return -ENOMEM;
	p->held[p->n_held++] = identity_ref(who);
	*row = known - 1;
	return 0;
}

static int identity_row(struct packer *p, struct identity *who, uint64_t *row)
{
	uintptr_t known = (uintptr_t)map_get_u64(&p->known_identities, (uintptr_t)who);

	if (!known)
		return add_identity(p, who, row);
	*row = known - 1;
	return 0;
}

static int pack_identities(struct packer *p)
{
	size_t width = n_identity_members + IDENTITY__EXTRA;
	int r = shape(p, TABLE_IDENTITIES, p->n_identities);

	for (size_t row = 0; r == 0 && row < p->n_identities; row++)
		for (size_t i = 0; i < width; i++)
			table_set(&p->now[TABLE_IDENTITIES], row, i, p->identity_rows[row][i]);
	return r;
}

/* --- entities --- */
/* Most often they are the same ones in the same order; the map is made where they are not. */
static int find_before(struct packer *p, uint64_t id, uint32_t expected, uint32_t *found)
{
	const struct table *before = &p->before[TABLE_ENTITIES];
	uintptr_t row;

	*found = expected;
	if (expected < before->rows && table_get(before, expected, FIELD_ID, 0) == id)
		return 0;
	for (size_t i = 0; !p->rows_before.count && i < before->rows; i++)
		if (map_put_u64(&p->rows_before, table_get(before, i, FIELD_ID, 0), (void *)(i + 1)) < 0)
			return -ENOMEM;
	row = (uintptr_t)map_get_u64(&p->rows_before, id);
	*found = row ? (uint32_t)(row - 1) : NEW_ROW;
	return 0;
}

static int match_entities(struct packer *p, const struct snapshot *s)
{
	uint32_t *from = p->now[TABLE_ENTITIES].from;
	uint32_t expected = 0;

	map_empty(&p->rows_before);
	for (size_t i = 0; i < snapshot_count(s); i++) {
		if (find_before(p, snapshot_entity(s, i)->id, expected, &from[i]) < 0)
			return -ENOMEM;
		if (from[i] != NEW_ROW)
			expected = from[i] + 1;
	}
	return 0;
}

static int pack_fields(struct packer *p, const struct snapshot *s, size_t i)
{
	const struct entity *e = snapshot_entity(s, i);
	struct table *t = &p->now[TABLE_ENTITIES];
	uint64_t identity;
	int r = identity_row(p, e->identity, &identity);

	if (r == 0)
		r = set_text(p, TABLE_ENTITIES, i, FIELD_PATH, e->path);
	if (r == 0)
		r = set_text(p, TABLE_ENTITIES, i, FIELD_CLASS, entity_class_name(e->class));
	if (r < 0)
		return r;
	table_set(t, i, FIELD_IDENTITY, identity);
	table_set(t, i, FIELD_ID, e->id);
	table_set(t, i, FIELD_PARENT, (uint64_t)((int64_t)e->parent + 1));
	table_set(t, i, FIELD_DEPTH, e->depth);
	table_set(t, i, FIELD_ENDED, e->ended);
	table_set(t, i, FIELD_SEEN, e->seen_ns - snapshot_realtime_ns(s));
	table_set(t, i, FIELD_MONOTONIC, e->monotonic_ns - snapshot_monotonic_ns(s));
	table_set(t, i, FIELD_ENDED_AT, e->ended_ns);
	table_set(t, i, FIELD_LOOKED_FOR, e->dimensions);
	return 0;
}

static int pack_values(struct packer *p, const struct snapshot *s, size_t i)
{
	const struct schema_table *schema = &p->schema.tables[TABLE_ENTITIES];
	struct table *t = &p->now[TABLE_ENTITIES];

	for (size_t column = FIELD__COUNT; column < schema->n_columns; column++) {
		enum metric_id id = schema->columns[column].metric;
		const char *text;
		uint64_t value;
		int r = 0;

		if (!schema->columns[column].values || !snapshot_get(s, i, id, &value))
			continue;
		text = snapshot_text(s, i, id);
		if (text)
			r = set_text(p, TABLE_ENTITIES, i, column, text);
		else
			table_set(t, i, column, value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int pack_entities(struct packer *p, const struct snapshot *s)
{
	size_t n = snapshot_count(s);
	int r;

	if (n > LIMIT_ENTITIES || n * p->schema.tables[TABLE_ENTITIES].n_columns > LIMIT_CELLS)
		return -EFBIG;
	r = shape(p, TABLE_ENTITIES, n);
	if (r == 0)
		r = match_entities(p, s);
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = pack_fields(p, s, i);
		if (r == 0)
			r = pack_values(p, s, i);
	}
	return r;
}

/* --- series --- */
static size_t count_series(const struct snapshot *s, enum dimension d)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot_count(s); i++)
		for (size_t k = 0; k < snapshot_entity(s, i)->n_series; k++)
			n += snapshot_series_at(s, i, k)->dimension == d;
	return n;
}

/* Where the series of each entity before begin in this table, which is sorted by entity. */
static int index_series(struct packer *p, size_t kind)
{
	const struct table *before = &p->before[kind];
	size_t n = p->before[TABLE_ENTITIES].rows;
	size_t row = 0;

	if (grow(&p->first_series, &p->first_cap, n + 1, sizeof(uint32_t)) < 0)
		return -ENOMEM;
	for (size_t entity = 0; entity <= n; entity++) {
		while (row < before->rows && table_get(before, row, SERIES_ENTITY, 0) < entity)
			row++;
		p->first_series[entity] = (uint32_t)row;
	}
	return 0;
}

/* The row before of this instance among [first, end), tried from `expected` on. */
static uint32_t find_series(const struct packer *p, size_t kind, const char *instance, uint32_t first,
			    uint32_t end, uint32_t expected)
{
	for (uint32_t i = 0; i < end - first; i++) {
		uint32_t row = first + (expected - first + i) % (end - first);
		const struct slice *known =
			texts_at(&p->texts, table_get(&p->before[kind], row, SERIES_INSTANCE, UINT64_MAX));

		if (known && slice_is(*known, instance))
			return row;
	}
	return NEW_ROW;
}

static int pack_one(struct packer *p, size_t kind, size_t row, size_t entity, const struct series *series)
{
	const struct schema_table *schema = &p->schema.tables[kind];
	struct table *t = &p->now[kind];
	int r = set_text(p, kind, row, SERIES_INSTANCE, series->instance);

	if (r == 0)
		r = set_text(p, kind, row, SERIES_DETAIL, series->detail);
	table_set(t, row, SERIES_ENTITY, entity);
	for (size_t column = SERIES__COUNT; r == 0 && column < schema->n_columns; column++) {
		uint64_t value;

		if (schema->columns[column].values &&
		    series_get(series, schema->columns[column].metric, &value))
			table_set(t, row, column, value);
	}
	return r;
}

/* The series of one entity in one dimension; *row is the table's next. */
static int pack_instances(struct packer *p, const struct snapshot *s, enum dimension d, size_t entity,
			  size_t *row)
{
	size_t kind = table_of_dimension(d);
	uint32_t was = p->now[TABLE_ENTITIES].from[entity];
	uint32_t first = was == NEW_ROW ? 0 : p->first_series[was];
	uint32_t end = was == NEW_ROW ? 0 : p->first_series[was + 1];
	uint32_t expected = first;

	for (size_t k = 0; k < snapshot_entity(s, entity)->n_series; k++) {
		const struct series *series = snapshot_series_at(s, entity, k);
		uint32_t found;
		int r;

		if (series->dimension != d)
			continue;
		found = find_series(p, kind, series->instance, first, end, expected);
		p->now[kind].from[*row] = found;
		if (found != NEW_ROW)
			expected = found + 1 < end ? found + 1 : first;
		r = pack_one(p, kind, *row, entity, series);
		if (r < 0)
			return r;
		++*row;
	}
	return 0;
}

static int pack_dimension(struct packer *p, const struct snapshot *s, enum dimension d)
{
	size_t kind = table_of_dimension(d);
	size_t n = count_series(s, d);
	size_t row = 0;
	int r;

	if (n * p->schema.tables[kind].n_columns > LIMIT_CELLS)
		return -EFBIG;
	r = shape(p, kind, n);
	if (r == 0 && n)
		r = index_series(p, kind);
	for (size_t i = 0; r == 0 && n && i < snapshot_count(s); i++)
		r = pack_instances(p, s, d, i, &row);
	return r;
}

/* What a reader would refuse is not written. */
static int check_limits(const struct packer *p, const struct snapshot *s)
{
	uint64_t series = 0;
	uint64_t pairs = 0;
	uint64_t cells = 0;

	for (size_t i = 0; i < snapshot_count(s); i++) {
		uint64_t n = snapshot_entity(s, i)->n_series;

		series += n;
		pairs += n * n;
	}
	for (size_t i = 0; i < TABLE__COUNT; i++)
		cells += p->now[i].rows * p->now[i].columns;
	return series > LIMIT_SERIES || pairs > LIMIT_SERIES_PAIRS || cells > LIMIT_CELLS ? -EFBIG : 0;
}

static int fill(struct packer *p, const struct snapshot *s)
{
	int r = pack_host(p, snapshot_host(s));

	if (r == 0)
		r = pack_reports(p, s);
	if (r == 0)
		r = pack_entities(p, s);
	if (r == 0)
		r = pack_identities(p);
	for (enum dimension d = DIMENSION_ONE + 1; r == 0 && d < DIMENSION__COUNT; d++)
		r = pack_dimension(p, s, d);
	return r == 0 ? check_limits(p, s) : r;
}

static int begin_section(struct packer *p, const struct snapshot *s)
{
	end_section(p);
	p->asked = *snapshot_metrics(s);
	return schema_make(&p->schema, &p->asked);
}

static void write_tables(struct packer *p, struct str *out)
{
	for (size_t i = 0; i < TABLE__COUNT; i++) {
		struct table done;

		table_encode(&p->now[i], &p->before[i], out);
		done = p->now[i];
		p->now[i] = p->before[i];
		p->before[i] = done;
	}
}

int packer_pack(struct packer *p, const struct snapshot *s, bool *whole, struct str *out)
{
	int r = 0;

	*whole |= !p->begun || !metric_set_equal(&p->asked, snapshot_metrics(s)) ||
		  p->texts.total > LIMIT_TEXTS / 2 || p->n_identities > LIMIT_IDENTITIES / 2;
	if (*whole)
		r = begin_section(p, s);
	if (r == 0)
		r = fill(p, s);
	p->begun = false;
	if (r < 0)
		return r;
	str_clear(out);
	wire_put(out, snapshot_monotonic_ns(s));
	if (*whole)
		schema_write(&p->schema, out);
	texts_write(&p->texts, out);
	write_tables(p, out);
	if (out->failed)
		return -ENOMEM;
	p->begun = true;
	return out->len > LIMIT_RAW ? -EFBIG : 0;
}

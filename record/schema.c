/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

#include "base/cleanup.h"
#include "limits.h"

#include <errno.h>
#include <stdlib.h>

#define WHAT_TEXT "text"
#define WHAT_NUMBER "number"

struct field {
	const char *name;
	bool text;
};

static const struct field report_fields[REPORT__COUNT] = {
	[REPORT_GROUP] = {"group", true},
	[REPORT_RAN] = {"ran", false},
	[REPORT_FAILED] = {"failed", false},
	[REPORT_SPENT] = {"spent", false},
};
static const struct field identity_fields[IDENTITY__EXTRA] = {
	[IDENTITY_RUNTIME] = {"runtime", true},
	[IDENTITY_LABELS] = {"labels", true},
};
static const struct field entity_fields[FIELD__COUNT] = {
	[FIELD_PATH] = {"path", true},
	[FIELD_IDENTITY] = {"identity", false},
	[FIELD_ID] = {"id", false},
	[FIELD_PARENT] = {"parent", false},
	[FIELD_DEPTH] = {"depth", false},
	[FIELD_CLASS] = {"class", true},
	[FIELD_ENDED] = {"ended", false},
	[FIELD_SEEN] = {"seen", false},
	[FIELD_MONOTONIC] = {"monotonic", false},
	[FIELD_ENDED_AT] = {"ended_at", false},
	[FIELD_LOOKED_FOR] = {"looked_for", false},
};
static const struct field series_fields[SERIES__COUNT] = {
	[SERIES_ENTITY] = {"entity", false},
	[SERIES_INSTANCE] = {"instance", true},
	[SERIES_DETAIL] = {"detail", true},
};

_Static_assert((int)FIELD__COUNT < MEMBERS_MAX && (int)TABLE__COUNT < (int)LIMIT_TABLES, "too many");

static const char *const table_names[TABLE__COUNT] = {
	[TABLE_HOST] = "host",
	[TABLE_REPORTS] = "reports",
	[TABLE_IDENTITIES] = "identities",
	[TABLE_ENTITIES] = "entities",
	[TABLE_SERIES + DIMENSION_DEVICE - 1] = "device",
	[TABLE_SERIES + DIMENSION_INTERFACE - 1] = "interface",
	[TABLE_SERIES + DIMENSION_NODE - 1] = "node",
	[TABLE_SERIES + DIMENSION_PAGESIZE - 1] = "pagesize",
	[TABLE_SERIES + DIMENSION_RDMA - 1] = "rdma",
	[TABLE_SERIES + DIMENSION_MISC - 1] = "misc",
	[TABLE_SERIES + DIMENSION_FILESYSTEM - 1] = "filesystem",
	[TABLE_SERIES + DIMENSION_OPERATION - 1] = "operation",
};

static bool member_field(const struct member *members, size_t n, size_t i, struct field *out)
{
	if (i >= n)
		return false;
	*out = (struct field){members[i].name, members[i].type == MEMBER_TEXT};
	return true;
}

static bool listed_field(const struct field *fields, size_t n, size_t i, struct field *out)
{
	if (i >= n)
		return false;
	*out = fields[i];
	return true;
}

/* The i-th field of a table; false behind the last. */
static bool field_at(size_t kind, size_t i, struct field *out)
{
	switch (kind) {
	case TABLE_HOST:
		return member_field(host_members, n_host_members, i, out);
	case TABLE_REPORTS:
		return listed_field(report_fields, REPORT__COUNT, i, out);
	case TABLE_IDENTITIES:
		if (i >= n_identity_members)
			return listed_field(identity_fields, IDENTITY__EXTRA, i - n_identity_members, out);
		return member_field(identity_members, n_identity_members, i, out);
	case TABLE_ENTITIES:
		return listed_field(entity_fields, FIELD__COUNT, i, out);
	default:
		return listed_field(series_fields, SERIES__COUNT, i, out);
	}
}

static size_t count_fields(size_t kind)
{
	struct field f;
	size_t n = 0;

	while (field_at(kind, n, &f))
		n++;
	return n;
}

/* What a metric's stored integer means, in words that stay when an enum is sorted anew. */
static void put_meaning(struct str *out, enum metric_id id)
{
	static const char *const kinds[] = {
		[KIND_COUNTER] = "counter", [KIND_GAUGE] = "gauge",  [KIND_LIMIT] = "limit",
		[KIND_CEILING] = "ceiling", [KIND_TEXT] = WHAT_TEXT, [KIND_HISTOGRAM] = "histogram",
	};
	static const char *const units[] = {
		[UNIT_NSEC] = "ns",
		[UNIT_USEC] = "us",
		[UNIT_BYTES] = "bytes",
		[UNIT_PAGES] = "pages",
		[UNIT_COUNT] = "count",
		[UNIT_BASIS_POINTS] = "basis-points",
		[UNIT_EPOCH_NSEC] = "epoch-ns",
		[UNIT_FLAG] = "flag",
		[UNIT_INODE] = "inode",
	};

	if (metric_origin(id) != id) {
		str_add(out, "same");
		return;
	}
	str_add(out, kinds[metrics[id].kind]);
	if (metrics[id].kind == KIND_TEXT)
		return;
	str_char(out, ' ');
	str_add(out, units[metrics[id].unit]);
}

static bool in_table(enum metric_id id, size_t kind)
{
	return kind >= TABLE_ENTITIES && table_of_dimension(metrics[id].dimension) == kind;
}

static int new_tables(struct schema *s, size_t n)
{
	*s = (struct schema){.tables = calloc(n ? n : 1, sizeof(*s->tables))};
	if (!s->tables)
		return -ENOMEM;
	s->n_tables = n;
	for (size_t i = 0; i < TABLE__COUNT; i++)
		s->at[i] = n;
	return 0;
}

static int new_columns(struct schema_table *t, size_t n)
{
	t->columns = calloc(n ? n : 1, sizeof(*t->columns));
	if (!t->columns)
		return -ENOMEM;
	t->n_columns = n;
	for (size_t i = 0; i < n; i++)
		t->columns[i].metric = METRIC__COUNT;
	for (size_t i = 0; i < MEMBERS_MAX; i++)
		t->fields[i] = NO_COLUMN;
	return 0;
}

static int make_table(struct schema_table *t, size_t kind, const struct metric_set *asked)
{
	size_t n_fields = count_fields(kind);
	size_t n = n_fields;

	metric_set_foreach (id, asked)
		n += in_table(id, kind);
	if (new_columns(t, n) < 0)
		return -ENOMEM;
	t->kind = kind;
	for (size_t i = 0; i < n_fields; i++)
		t->fields[i] = (uint16_t)i;
	n = n_fields;
	metric_set_foreach (id, asked) {
		if (in_table(id, kind))
			t->columns[n++] = (struct schema_column){id, metric_origin(id) == id};
	}
	return 0;
}

int schema_make(struct schema *s, const struct metric_set *asked)
{
	int r = new_tables(s, TABLE__COUNT);

	s->asked = *asked;
	for (size_t kind = 0; r == 0 && kind < TABLE__COUNT; kind++) {
		s->at[kind] = kind;
		r = make_table(&s->tables[kind], kind, asked);
	}
	if (r < 0)
		schema_free(s);
	return r;
}

static void put_word(struct str *out, const char *word)
{
	wire_put_text(out, slice_of(word));
}

void schema_write(const struct schema *s, struct str *out)
{
	wire_put(out, s->n_tables);
	for (size_t i = 0; i < s->n_tables; i++) {
		const struct schema_table *t = &s->tables[i];
		size_t n_fields = count_fields(t->kind);
		struct field f;

		put_word(out, table_names[t->kind]);
		wire_put(out, t->n_columns);
		for (size_t k = 0; k < n_fields && field_at(t->kind, k, &f); k++) {
			put_word(out, f.name);
			put_word(out, f.text ? WHAT_TEXT : WHAT_NUMBER);
		}
		for (size_t k = n_fields; k < t->n_columns; k++) {
			_cleanup_str_ struct str meaning = {0};

			put_meaning(&meaning, t->columns[k].metric);
			put_word(out, metrics[t->columns[k].metric].id_name);
			put_word(out, meaning.data ? meaning.data : "");
			out->failed |= meaning.failed;
		}
	}
}

static void read_field(struct schema_table *t, size_t column, struct slice name, struct slice what)
{
	struct field f;

	for (size_t i = 0; field_at(t->kind, i, &f); i++)
		if (slice_is(name, f.name) && slice_is(what, f.text ? WHAT_TEXT : WHAT_NUMBER))
			t->fields[i] = (uint16_t)column;
}

static int read_metric(struct schema *s, struct schema_table *t, size_t column, struct slice name,
		       struct slice what)
{
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		_cleanup_str_ struct str meaning = {0};

		if (!in_table(id, t->kind) || !slice_is(name, metrics[id].id_name))
			continue;
		put_meaning(&meaning, id);
		if (meaning.failed)
			return -ENOMEM;
		metric_set_add(&s->asked, id);
		t->columns[column] =
			(struct schema_column){id, metric_origin(id) == id && slice_is(what, meaning.data)};
	}
	return 0;
}

static int read_table(struct schema *s, size_t index, struct wire *from)
{
	struct schema_table *t = &s->tables[index];
	struct slice name = wire_take_text(from);
	uint64_t n = wire_take_max(from, LIMIT_COLUMNS);
	int r = from->bad ? -EBADMSG : new_columns(t, n);

	if (r < 0)
		return r;
	t->kind = TABLE__COUNT;
	for (size_t kind = 0; kind < TABLE__COUNT; kind++)
		if (slice_is(name, table_names[kind]))
			t->kind = kind;
	if (t->kind < TABLE__COUNT)
		s->at[t->kind] = index;
	for (size_t column = 0; r == 0 && column < n; column++) {
		struct slice word = wire_take_text(from);
		struct slice what = wire_take_text(from);

		if (from->bad)
			return -EBADMSG;
		if (t->kind == TABLE__COUNT)
			continue;
		read_field(t, column, word, what);
		r = read_metric(s, t, column, word, what);
	}
	return r;
}

/* What no snapshot can be put together without. */
static bool is_sufficient(const struct schema *s)
{
	static const struct {
		enum table_kind kind;
		size_t fields[3];
	} wanted[] = {
		{TABLE_IDENTITIES, {0, 0, 0}},
		{TABLE_ENTITIES, {FIELD_PATH, FIELD_IDENTITY, FIELD_ID}},
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		size_t at = s->at[wanted[i].kind];

		for (size_t k = 0; k < 3; k++)
			if (at == s->n_tables || s->tables[at].fields[wanted[i].fields[k]] == NO_COLUMN)
				return false;
	}
	return true;
}

int schema_read(struct schema *s, struct wire *from)
{
	uint64_t n = wire_take_max(from, LIMIT_TABLES);
	int r = from->bad ? -EBADMSG : new_tables(s, n);

	if (r < 0)
		return r;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = read_table(s, i, from);
	if (r == 0 && !is_sufficient(s))
		r = -EBADMSG;
	if (r < 0)
		schema_free(s);
	return r;
}

void schema_free(struct schema *s)
{
	for (size_t i = 0; i < s->n_tables; i++)
		free(s->tables[i].columns);
	free(s->tables);
	*s = (struct schema){0};
}

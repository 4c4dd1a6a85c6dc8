/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack.h"

#include "limits.h"
#include "model/column.h"
#include "schema.h"
#include "table.h"
#include "texts.h"
#include "unpack_identity.h"

#include <errno.h>
#include <stdlib.h>

struct unpacker {
	bool begun;
	struct schema schema;
	struct texts texts;
	uint64_t monotonic_ns;
	size_t n_tables;
	struct table *now;
	struct table *before;
	struct identity_list identities;
};

struct unpacker *unpacker_new(void)
{
	return calloc(1, sizeof(struct unpacker));
}

static void end_section(struct unpacker *u)
{
	for (size_t i = 0; i < u->n_tables; i++) {
		table_free(&u->now[i]);
		table_free(&u->before[i]);
	}
	free(u->now);
	free(u->before);
	u->now = NULL;
	u->before = NULL;
	u->n_tables = 0;
	identity_list_clear(&u->identities);
	texts_reset(&u->texts);
	schema_free(&u->schema);
	u->begun = false;
}

void unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	end_section(u);
	texts_free(&u->texts);
	identity_list_free(&u->identities);
	free(u);
}

static int begin_section(struct unpacker *u, struct wire *from)
{
	int r;

	end_section(u);
	r = schema_read(&u->schema, from);
	if (r < 0)
		return r;
	u->now = calloc(u->schema.n_tables, sizeof(*u->now));
	u->before = calloc(u->schema.n_tables, sizeof(*u->before));
	u->n_tables = u->now && u->before ? u->schema.n_tables : 0;
	return u->n_tables ? 0 : -ENOMEM;
}

static int take_tables(struct unpacker *u, struct wire *from)
{
	size_t left = LIMIT_CELLS;

	for (size_t i = 0; i < u->n_tables; i++) {
		struct table done;
		int r = table_decode(&u->now[i], &u->before[i], u->schema.tables[i].n_columns, left, from);

		if (r < 0)
			return r;
		left -= u->now[i].rows * u->now[i].columns;
		done = u->now[i];
		u->now[i] = u->before[i];
		u->before[i] = done;
	}
	return from->at == from->end ? 0 : -EBADMSG;
}

int unpacker_take(struct unpacker *u, struct slice raw, bool whole)
{
	struct wire from = {(const unsigned char *)raw.at, (const unsigned char *)raw.at + raw.len, false};
	int r;

	if (!whole && !u->begun)
		return -EBADMSG;
	u->begun = false;
	u->monotonic_ns = wire_take(&from);
	r = whole ? begin_section(u, &from) : 0;
	if (r == 0)
		r = texts_read(&u->texts, &from);
	if (r == 0)
		r = take_tables(u, &from);
	u->begun = r == 0;
	return r;
}

/* --- to a snapshot --- */
/* One of our tables as it was read last. */
struct view {
	const struct table *table; /* NULL where the recording has none */
	const struct schema_table *schema;
};

static struct view view_of(const struct unpacker *u, size_t kind)
{
	size_t at = u->schema.at[kind];

	if (at >= u->n_tables)
		return (struct view){0};
	return (struct view){&u->before[at], &u->schema.tables[at]}; /* they were exchanged when taken */
}

static size_t rows_of(struct view v)
{
	return v.table ? v.table->rows : 0;
}

/* A field's cell, or `absent` where the recording has it not. */
static uint64_t field(struct view v, size_t row, size_t which, uint64_t absent)
{
	if (!v.table || v.schema->fields[which] == NO_COLUMN)
		return absent;
	return table_get(v.table, row, v.schema->fields[which], absent);
}

/* What one snapshot is put together with. */
struct making {
	const struct unpacker *u;
	struct snapshot *s;
	size_t texts; /* bytes that it has taken */
	uint64_t pairs;
	struct view series[DIMENSION__COUNT];
	size_t at[DIMENSION__COUNT]; /* the next row of each */
};

/* A text by its number, "" where it has none. NULL where the number is wrong, or it is too much. */
static const char *text_of(struct making *m, uint64_t number)
{
	const struct slice *text = texts_at(&m->u->texts, number);

	if (number == UINT64_MAX)
		return "";
	if (!text)
		return NULL;
	m->texts += text->len + 1;
	return m->texts > LIMIT_TEXTS ? NULL : text->at;
}

static int make_host(struct making *m, struct host *out)
{
	struct view v = view_of(m->u, TABLE_HOST);

	*out = (struct host){.hostname = "", .kernel = ""};
	for (size_t i = 0; i < n_host_members && rows_of(v); i++) {
		const struct member *member = &host_members[i];
		uint64_t cell = field(v, 0, i, UINT64_MAX);
		const char *text;

		if (member->type != MEMBER_TEXT) {
			member_set_number(out, member, field(v, 0, i, 0));
			continue;
		}
		text = text_of(m, cell);
		if (!text)
			return -EBADMSG;
		member_set_text(out, member, text);
	}
	return 0;
}

static int make_reports(struct making *m)
{
	struct view v = view_of(m->u, TABLE_REPORTS);

	for (size_t row = 0; row < rows_of(v); row++) {
		const char *name = text_of(m, field(v, row, REPORT_GROUP, UINT64_MAX));
		struct group_report report = {
			.ran = field(v, row, REPORT_RAN, 0) != 0,
			.failed = field(v, row, REPORT_FAILED, 0) != 0,
			.spent_ns = field(v, row, REPORT_SPENT, 0),
		};
		enum metric_group group = name ? metric_group_find(name) : GROUP__COUNT;

		if (!name)
			return -EBADMSG;
		if (group < GROUP__COUNT)
			snapshot_set_report(m->s, group, &report);
	}
	return 0;
}

static enum entity_class class_of(const char *name)
{
	for (unsigned c = 0; c < ENTITY_CLASS__COUNT; c++)
		if (strcmp(entity_class_name(c), name) == 0)
			return c;
	return ENTITY_GROUP;
}

static int make_entity(struct making *m, struct view v, size_t row)
{
	uint64_t parent = field(v, row, FIELD_PARENT, 0);
	uint64_t depth = field(v, row, FIELD_DEPTH, 0);
	const char *class = text_of(m, field(v, row, FIELD_CLASS, UINT64_MAX));
	struct entity e = {
		.path = text_of(m, field(v, row, FIELD_PATH, UINT64_MAX)),
		.identity = identity_list_at(&m->u->identities, field(v, row, FIELD_IDENTITY, UINT64_MAX)),
		.id = field(v, row, FIELD_ID, 0),
		.parent = (int32_t)((int64_t)parent - 1),
		.depth = (uint16_t)depth,
		.ended = field(v, row, FIELD_ENDED, 0) != 0,
		.seen_ns = field(v, row, FIELD_SEEN, 0) + snapshot_realtime_ns(m->s),
		.monotonic_ns = field(v, row, FIELD_MONOTONIC, 0) + snapshot_monotonic_ns(m->s),
		.ended_ns = field(v, row, FIELD_ENDED_AT, 0),
	};
	ptrdiff_t index;

	/* parents stand in front: who climbs them comes to an end */
	if (!class || !e.path || !e.identity || parent > row || depth > UINT16_MAX)
		return -EBADMSG;
	e.class = class_of(class);
	index = snapshot_add(m->s, &e);
	return index < 0 ? (int)index : 0;
}

static int make_values(struct making *m, struct view v, size_t row)
{
	for (size_t column = 0; column < v.schema->n_columns; column++) {
		const struct schema_column *c = &v.schema->columns[column];
		const char *text;
		int r;

		if (!c->values || !v.table->valid[column * v.table->rows + row])
			continue;
		if (metrics[c->metric].kind != KIND_TEXT) {
			snapshot_set(m->s, row, c->metric, v.table->values[column * v.table->rows + row]);
			continue;
		}
		text = text_of(m, v.table->values[column * v.table->rows + row]);
		if (!text)
			return -EBADMSG;
		r = snapshot_set_text(m->s, row, c->metric, text, strlen(text));
		if (r < 0)
			return r;
	}
	return 0;
}

static int make_one_series(struct making *m, enum dimension d, size_t row)
{
	struct view v = m->series[d];
	const char *instance = text_of(m, field(v, row, SERIES_INSTANCE, UINT64_MAX));
	const char *detail = text_of(m, field(v, row, SERIES_DETAIL, UINT64_MAX));
	ptrdiff_t handle;

	if (!instance || !detail)
		return -EBADMSG;
	handle = snapshot_series(m->s, d, instance, strlen(instance), detail);
	if (handle < 0)
		return (int)handle;
	for (size_t column = 0; column < v.schema->n_columns; column++) {
		const struct schema_column *c = &v.schema->columns[column];
		size_t at = column * v.table->rows + row;

		if (c->values && v.table->valid[at])
			snapshot_series_set(m->s, handle, c->metric, v.table->values[at]);
	}
	return 0;
}

/* Those of the entity added last. */
static int make_series(struct making *m, size_t entity, uint64_t looked_for)
{
	uint64_t n = 0;

	for (enum dimension d = DIMENSION_ONE + 1; d < DIMENSION__COUNT; d++) {
		struct view v = m->series[d];

		if (looked_for >> d & 1)
			snapshot_looked_for(m->s, d);
		for (; m->at[d] < rows_of(v) && field(v, m->at[d], SERIES_ENTITY, 0) == entity; m->at[d]++) {
			int r;

			n++;
			if (m->pairs + n * n > LIMIT_SERIES_PAIRS)
				return -EBADMSG;
			r = make_one_series(m, d, m->at[d]);
			if (r < 0)
				return r;
		}
	}
	m->pairs += n * n;
	return 0;
}

static int make_entities(struct making *m)
{
	struct view v = view_of(m->u, TABLE_ENTITIES);
	size_t n_series = 0;

	for (enum dimension d = DIMENSION_ONE + 1; d < DIMENSION__COUNT; d++) {
		m->series[d] = view_of(m->u, table_of_dimension(d));
		n_series += rows_of(m->series[d]);
	}
	if (n_series > LIMIT_SERIES)
		return -EBADMSG;
	for (size_t row = 0; row < rows_of(v); row++) {
		int r = make_entity(m, v, row);

		if (r == 0)
			r = make_values(m, v, row);
		if (r == 0)
			r = make_series(m, row, field(v, row, FIELD_LOOKED_FOR, 0));
		if (r < 0)
			return r;
	}
	/* a series that no entity claimed: they were not in order */
	for (enum dimension d = DIMENSION_ONE + 1; d < DIMENSION__COUNT; d++)
		if (m->at[d] != rows_of(m->series[d]))
			return -EBADMSG;
	return 0;
}

int unpacker_snapshot(struct unpacker *u, uint64_t realtime_ns, struct snapshot **out)
{
	struct making m = {.u = u};
	struct view identities = view_of(u, TABLE_IDENTITIES);
	struct host host;
	int r = !u->begun || rows_of(view_of(u, TABLE_ENTITIES)) > LIMIT_ENTITIES ? -EBADMSG : 0;

	if (r == 0)
		r = identity_list_extend(&u->identities, identities.table, identities.schema, &u->texts);
	if (r == 0)
		r = make_host(&m, &host);
	if (r < 0)
		return r;
	m.s = snapshot_new(&u->schema.asked, &host, u->monotonic_ns, realtime_ns,
			   rows_of(view_of(u, TABLE_ENTITIES)));
	if (!m.s)
		return -ENOMEM;
	r = make_reports(&m);
	if (r == 0)
		r = make_entities(&m);
	if (r < 0) {
		snapshot_unref(m.s);
		return r;
	}
	snapshot_seal(m.s);
	*out = m.s;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "unpack_identity.h"

#include "base/cleanup.h"
#include "limits.h"

#include <errno.h>
#include <stdlib.h>

/* A row being read. */
struct row {
	struct identity_list *list;
	const struct table *table;
	const struct schema_table *schema;
	const struct texts *texts;
	size_t index;
};

static uint64_t cell(const struct row *r, size_t field)
{
	if (r->schema->fields[field] == NO_COLUMN)
		return UINT64_MAX;
	return table_get(r->table, r->index, r->schema->fields[field], UINT64_MAX);
}

/* "" where it is absent, NULL where its number is wrong or it is too much. */
static const struct slice *text_of(const struct row *r, size_t field)
{
	static const struct slice nothing = {"", 0};
	const struct slice *text = texts_at(r->texts, cell(r, field));

	if (cell(r, field) == UINT64_MAX)
		return &nothing;
	if (text)
		r->list->texts += text->len + 1;
	return text && r->list->texts <= LIMIT_TEXTS ? text : NULL;
}

static enum runtime runtime_of(const char *name)
{
	for (unsigned i = 0; i < RUNTIME__COUNT; i++)
		if (strcmp(runtime_name(i), name) == 0)
			return i;
	return RUNTIME_NONE;
}

/* "key\0value\0…": the caller frees *out, which points into the text. */
static int split_labels(const struct row *r, const struct slice *joined, struct label **out, size_t *n)
{
	const char *at = joined->at;
	const char *end = joined->at + joined->len;
	struct label *labels;
	size_t parts = 0;

	for (const char *c = at; c < end; c++)
		parts += *c == '\0';
	/* the text itself ends with a NUL behind `end`, so a last part with none would still end */
	if (parts % 2 || parts / 2 > LIMIT_LABELS || (joined->len && end[-1] != '\0'))
		return -EBADMSG;
	labels = calloc(parts / 2 + 1, sizeof(*labels));
	if (!labels)
		return -ENOMEM;
	for (*n = 0; *n < parts / 2; ++*n) {
		labels[*n].key = at;
		at += strlen(at) + 1;
		labels[*n].value = at;
		at += strlen(at) + 1;
	}
	r->list->texts += parts * sizeof(*labels);
	*out = labels;
	return 0;
}

static int make(const struct row *r, struct identity **out)
{
	_cleanup_free_ struct label *labels = NULL;
	const struct slice *runtime = text_of(r, n_identity_members + IDENTITY_RUNTIME);
	const struct slice *joined = text_of(r, n_identity_members + IDENTITY_LABELS);
	struct identity who = {0};
	int result;

	if (!runtime || !joined)
		return -EBADMSG;
	for (size_t i = 0; i < n_identity_members; i++) {
		const struct member *m = &identity_members[i];
		const struct slice *text = m->type == MEMBER_TEXT ? text_of(r, i) : NULL;
		uint64_t number = cell(r, i);

		if (m->type == MEMBER_TEXT && !text)
			return -EBADMSG;
		if (text)
			member_set_text(&who, m, text->at);
		else
			member_set_number(&who, m, r->schema->fields[i] == NO_COLUMN ? 0 : number);
	}
	who.runtime = runtime_of(runtime->at);
	result = split_labels(r, joined, &labels, &who.n_labels);
	if (result < 0)
		return result;
	who.labels = labels;
	*out = identity_new(&who);
	return *out ? 0 : -ENOMEM;
}

int identity_list_extend(struct identity_list *list, const struct table *table,
			 const struct schema_table *schema, const struct texts *texts)
{
	if (table->rows < list->n || table->rows > LIMIT_IDENTITIES)
		return -EBADMSG;
	if (table->rows > list->cap) {
		struct identity **items = reallocarray(list->items, table->rows, sizeof(struct identity *));

		if (!items)
			return -ENOMEM;
		list->items = items;
		list->cap = table->rows;
	}
	while (list->n < table->rows) {
		const struct row row = {list, table, schema, texts, list->n};
		int r = make(&row, &list->items[list->n]);

		if (r < 0)
			return r;
		list->n++;
	}
	return 0;
}

struct identity *identity_list_at(const struct identity_list *list, uint64_t row)
{
	return row < list->n ? list->items[row] : NULL;
}

void identity_list_clear(struct identity_list *list)
{
	while (list->n)
		identity_unref(list->items[--list->n]);
	list->texts = 0;
}

void identity_list_free(struct identity_list *list)
{
	identity_list_clear(list);
	free(list->items);
	*list = (struct identity_list){0};
}

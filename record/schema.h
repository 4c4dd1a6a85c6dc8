/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tables a section has, and what their columns mean: written by name at its start, so that another
 * version, whose table of metrics has other rows, takes what it knows and leaves the rest.
 */
#pragma once

#include "member.h"
#include "wire.h"

enum table_kind {
	TABLE_HOST,	  /* one row */
	TABLE_REPORTS,	  /* a row a group of metrics */
	TABLE_IDENTITIES, /* all that the section has met; rows are only added */
	TABLE_ENTITIES,
	TABLE_SERIES, /* the first of one table a dimension, DIMENSION_DEVICE and so on */
	TABLE__COUNT = TABLE_SERIES + DIMENSION__COUNT - 1
};

/* The columns of each table that are no metrics; hosts have host_members. */
enum report_field { REPORT_GROUP, REPORT_RAN, REPORT_FAILED, REPORT_SPENT, REPORT__COUNT };
/* behind identity_members */
enum identity_field { IDENTITY_RUNTIME, IDENTITY_LABELS, IDENTITY__EXTRA };
enum entity_field {
	FIELD_PATH,
	FIELD_IDENTITY, /* a row of TABLE_IDENTITIES */
	FIELD_ID,
	FIELD_PARENT, /* its row + 1; 0 = none */
	FIELD_DEPTH,
	FIELD_CLASS, /* by name */
	FIELD_ENDED,
	FIELD_SEEN,	 /* what lies between it and the snapshot's own time, modulo 2^64 */
	FIELD_MONOTONIC, /* the same */
	FIELD_ENDED_AT,
	FIELD_LOOKED_FOR, /* bit n: the n-th dimension's instances (DIMENSION_DEVICE = 1) were looked for */
	FIELD__COUNT
};
enum series_field { SERIES_ENTITY, SERIES_INSTANCE, SERIES_DETAIL, SERIES__COUNT };

#define NO_COLUMN UINT16_MAX

struct schema_column {
	enum metric_id metric; /* METRIC__COUNT: none, or none that is known here */
	bool values;	       /* they mean the same here */
};

struct schema_table {
	size_t kind; /* TABLE__COUNT: unknown here */
	size_t n_columns;
	struct schema_column *columns;
	uint16_t fields[MEMBERS_MAX]; /* the column of each field, or NO_COLUMN */
};

struct schema {
	size_t n_tables;
	struct schema_table *tables;
	size_t at[TABLE__COUNT]; /* the index in tables of each, or n_tables */
	struct metric_set asked; /* every metric that has a column */
};

static inline enum table_kind table_of_dimension(enum dimension d)
{
	return d == DIMENSION_ONE ? TABLE_ENTITIES : (enum table_kind)(TABLE_SERIES + d - 1);
}

/* The writer's: every table, with a column for each of these metrics. 0 or -ENOMEM. */
int schema_make(struct schema *s, const struct metric_set *asked);
void schema_write(const struct schema *s, struct str *out);

/* 0, -ENOMEM, or -EBADMSG where it is broken or a table or field is missing that nothing goes without. */
int schema_read(struct schema *s, struct wire *from);
void schema_free(struct schema *s);

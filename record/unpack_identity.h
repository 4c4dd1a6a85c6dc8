/* SPDX-License-Identifier: Apache-2.0 */
/* The identities of a section, made from their table. */
#pragma once

#include "schema.h"
#include "table.h"
#include "texts.h"

struct identity_list {
	struct identity **items; /* by row */
	size_t n;
	size_t cap;
	size_t texts; /* bytes that they have taken */
};

/* Makes those that are new at the table's end. 0, -ENOMEM or -EBADMSG. */
int identity_list_extend(struct identity_list *list, const struct table *table,
			 const struct schema_table *schema, const struct texts *texts);

/* Not a reference; NULL where there is none. */
struct identity *identity_list_at(const struct identity_list *list, uint64_t row);
void identity_list_clear(struct identity_list *list);
void identity_list_free(struct identity_list *list);

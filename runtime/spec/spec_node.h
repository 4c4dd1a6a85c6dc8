/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over config.json that knows where it is, so that a message can say "linux.resources.memory.limit".
 * The first thing that is wrong is kept in the reader; after it, every node is as if it were absent, so that
 * a walk needs no check after each step. JSON's null is absent.
 */
#pragma once

#include "runtime/spec.h"

#include <json-c/json.h>

struct spec_reader {
	struct spec *spec;
	struct error *err;
	int r; /* 0, or what was wrong first */
};

/* The node above must outlive those below it. */
struct node {
	struct spec_reader *reader;
	struct json_object *value; /* borrowed; NULL = absent */
	const struct node *up;
	const char *key; /* NULL: number `index` of a list */
	size_t index;
};

/* Parses strict JSON; the text of an object or list. *out is released with json_object_put. 0, -EINVAL,
 * -ENOMEM. */
int node_parse(struct slice text, struct json_object **out, struct error *err);

/* Notes the error "WHERE: cause" unless there is one already. */
void node_fail(const struct node *n, const char *remedy, const char *cause, ...)
	__attribute__((format(printf, 3, 4)));
void node_fail_memory(const struct node *n);

/* A member of an object, an element of a list; absent where n is. */
struct node node_in(const struct node *n, const char *key);
struct node node_at(const struct node *n, size_t index);
size_t node_count(const struct node *n);

/* Calls visit for each member of an object. */
void node_each(const struct node *n, void (*visit)(const struct node *member, void *data), void *data);

/* In the spec's arena; NULL where absent. */
const char *node_text(const struct node *n);
bool node_bool(const struct node *n);
int64_t node_int(const struct node *n, int64_t min, int64_t max, int64_t otherwise);
uint64_t node_u64(const struct node *n, uint64_t max, uint64_t otherwise);
void node_texts(const struct node *n, struct spec_texts *out);

/* What this runtime does not have: an error unless it is absent or asks for nothing ("", [], {}, 0, false).
 */
void node_refuse(const struct node *n);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML that is read by a table of fields, as strictly as Go's yaml.v2 does it (which Prometheus' tools use):
 * unknown and repeated keys are errors, null leaves a default alone, yes/no/on/off are booleans, "<<" merges.
 */
#pragma once

#include "base/error.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <yaml.h>

struct yaml_tree {
	yaml_document_t document;
	const yaml_node_t *root; /* NULL for an empty document */
	unsigned visits;	 /* nodes read so far: aliases and merges can name one node again and again */
};

/* Only the first document counts, as in yaml.v2. 0, -EINVAL with line and reason, -ENOMEM. */
int yaml_tree_load(struct slice text, struct yaml_tree *out, struct error *err);
void yaml_tree_free(struct yaml_tree *t);

typedef int (*yaml_read)(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err);

struct yaml_field {
	const char *key;
	yaml_read read;
	size_t offset; /* of what is read, in the struct that yaml_read_struct fills */
};

/* A mapping with these keys. Readers are not called for null. */
int yaml_read_struct(struct yaml_tree *t, const yaml_node_t *node, const struct yaml_field *fields, size_t n,
		     void *into, struct error *err);

/* A mapping with any keys: `add` is called for each pair. A null value is "". */
int yaml_read_pairs(struct yaml_tree *t, const yaml_node_t *node,
		    int (*add)(void *into, const char *key, const char *value, struct error *err), void *into,
		    struct error *err);

/* A sequence of scalars; null items are left out. */
int yaml_read_items(struct yaml_tree *t, const yaml_node_t *node,
		    int (*add)(void *into, const char *item, struct error *err), void *into,
		    struct error *err);

/* For fields of type char * (replaced) and bool. */
int yaml_read_string(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err);
int yaml_read_bool(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err);

/* The text of a scalar, or NULL with an error. It belongs to the tree. */
const char *yaml_scalar(const yaml_node_t *node, struct error *err);

/* "~", null, or nothing, not quoted. */
bool yaml_is_null(const yaml_node_t *node);

/* An error about a node, with its line in front. */
int yaml_error(const yaml_node_t *node, struct error *err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml_tree.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "base/str.h"
#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A real file has some dozens; only a file made of aliases and merges comes near. */
enum { MAX_VISITS = 100000, MAX_MERGE_DEPTH = 16, MAX_EVENTS = 50000, MAX_DEPTH = 32 };

static int parser_error(const yaml_parser_t *parser, struct error *err)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return error_errno(err, -ENOMEM, "", "cannot read YAML");
	return error_set(err, -EINVAL, "", "line %zu: %s", parser->problem_mark.line + 1,
			 parser->problem ? parser->problem : "not YAML");
}

/* 1 at the end of the document, 0, or an error. */
static int check_event(yaml_parser_t *parser, unsigned *n, unsigned *depth, struct error *err)
{
	yaml_event_t event;
	yaml_event_type_t type;

	if (!yaml_parser_parse(parser, &event))
		return parser_error(parser, err);
	type = event.type;
	yaml_event_delete(&event);
	if (type == YAML_DOCUMENT_END_EVENT || type == YAML_STREAM_END_EVENT)
		return 1;
	if (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT)
		++*depth;
	else if (type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT)
		--*depth;
	if (++*n > MAX_EVENTS || *depth > MAX_DEPTH)
		return error_set(err, -EINVAL, "", "line %zu: the file is too complex",
				 parser->mark.line + 1);
	return 0;
}

/* libyaml takes time that grows with the square of the depth: so what is too deep is found while it is
 * shallow. */
static int check_size(struct slice text, struct error *err)
{
	yaml_parser_t parser;
	unsigned n = 0;
	unsigned depth = 0;
	int r;

	if (!yaml_parser_initialize(&parser))
		return error_errno(err, -ENOMEM, "", "cannot read YAML");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
	do
		r = check_event(&parser, &n, &depth, err);
	while (r == 0);
	yaml_parser_delete(&parser);
	return r < 0 ? r : 0;
}

int yaml_tree_load(struct slice text, struct yaml_tree *out, struct error *err)
{
	yaml_parser_t parser;
	struct yaml_tree tree = {0};
	int r = check_size(text, err);

	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&parser))
		return error_errno(err, -ENOMEM, "", "cannot read YAML");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text.at, text.len);
	if (!yaml_parser_load(&parser, &tree.document))
		r = parser_error(&parser, err);
	yaml_parser_delete(&parser);
	if (r < 0)
		return r;
	*out = tree;
	out->root = yaml_document_get_root_node(&out->document);
	return 0;
}

void yaml_tree_free(struct yaml_tree *t)
{
	yaml_document_delete(&t->document);
	*t = (struct yaml_tree){0};
}

int yaml_error(const yaml_node_t *node, struct error *err, const char *format, ...)
{
	char cause[320];
	_cleanup_str_ struct str shown = {0};
	va_list args;

	va_start(args, format);
	vsnprintf(cause, sizeof(cause), format, args);
	va_end(args);
	text_printable(&shown, slice_of(cause));
	return error_set(err, -EINVAL, "", "line %zu: %s", node->start_mark.line + 1,
			 shown.data ? shown.data : "");
}

static bool is_one_of(const char *value, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

static bool is_plain(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

bool yaml_is_null(const yaml_node_t *node)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};

	return is_plain(node) && is_one_of((const char *)node->data.scalar.value, nulls, ARRAY_SIZE(nulls));
}

static bool is_merge(const yaml_node_t *key)
{
	return is_plain(key) && strcmp((const char *)key->data.scalar.value, "<<") == 0;
}

const char *yaml_scalar(const yaml_node_t *node, struct error *err)
{
	if (node->type != YAML_SCALAR_NODE) {
		yaml_error(node, err, "a single value is wanted here");
		return NULL;
	}
	/* A NUL would end every C string early: what was checked would not be what is used. */
	if (memchr(node->data.scalar.value, '\0', node->data.scalar.length)) {
		yaml_error(node, err, "a value holds a NUL character");
		return NULL;
	}
	return (const char *)node->data.scalar.value;
}

int yaml_read_string(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	const char *value = yaml_scalar(node, err);
	char *copy;

	(void)t;
	if (!value)
		return -EINVAL;
	copy = strdup(yaml_is_null(node) ? "" : value);
	if (!copy)
		return error_errno(err, -ENOMEM, "", "cannot read YAML");
	free(*(char **)into);
	*(char **)into = copy;
	return 0;
}

int yaml_read_bool(struct yaml_tree *t, const yaml_node_t *node, void *into, struct error *err)
{
	static const char *const yes[] = {"y",	  "Y",	  "yes", "Yes", "YES", "true",
					  "True", "TRUE", "on",	 "On",	"ON"};
	static const char *const no[] = {"n",	  "N",	   "no",  "No",	 "NO", "false",
					 "False", "FALSE", "off", "Off", "OFF"};
	const char *value = yaml_scalar(node, err);
	bool typed;

	(void)t;
	if (!value)
		return -EINVAL;
	typed = is_plain(node) || strcmp((const char *)node->tag, YAML_BOOL_TAG) == 0;
	if (typed && is_one_of(value, yes, ARRAY_SIZE(yes)))
		*(bool *)into = true;
	else if (typed && is_one_of(value, no, ARRAY_SIZE(no)))
		*(bool *)into = false;
	else
		return yaml_error(node, err, "'%s' is not true or false", value);
	return 0;
}

/* --- mappings --- */

/* What is done with one pair of a mapping, merges resolved. */
struct visitor {
	int (*pair)(struct yaml_tree *t, const struct visitor *v, const char *key,
		    const yaml_node_t *key_node, const yaml_node_t *value, struct error *err);
	const struct yaml_field *fields;
	size_t n_fields;
	int (*add)(void *into, const char *key, const char *value, struct error *err);
	void *into;
};

static int visit_mapping(struct yaml_tree *t, const yaml_node_t *node, const struct visitor *v,
			 unsigned depth, struct error *err);

static int visit_merge(struct yaml_tree *t, const yaml_node_t *value, const struct visitor *v, unsigned depth,
		       struct error *err)
{
	int r = 0;

	if (depth == MAX_MERGE_DEPTH)
		return yaml_error(value, err, "merges are nested too deeply");
	if (value->type != YAML_SEQUENCE_NODE)
		return visit_mapping(t, value, v, depth + 1, err);
	/* The first of a list wins: yaml.v2 walks it from its end. */
	for (yaml_node_item_t *item = value->data.sequence.items.top;
	     r == 0 && item-- > value->data.sequence.items.start;)
		r = visit_mapping(t, yaml_document_get_node(&t->document, *item), v, depth + 1, err);
	return r;
}

static int visit_pair(struct yaml_tree *t, const yaml_node_pair_t *pair, const struct visitor *v,
		      struct map *seen, unsigned depth, struct error *err)
{
	const yaml_node_t *key_node = yaml_document_get_node(&t->document, pair->key);
	const yaml_node_t *value = yaml_document_get_node(&t->document, pair->value);
	const char *key;

	if (++t->visits > MAX_VISITS)
		return yaml_error(key_node, err, "the file is too complex");
	if (is_merge(key_node))
		return visit_merge(t, value, v, depth, err);
	key = yaml_scalar(key_node, err);
	if (!key)
		return -EINVAL;
	if (map_get(seen, slice_of(key)))
		return yaml_error(key_node, err, "'%s' is there twice", key);
	if (map_put(seen, slice_of(key), seen) < 0)
		return error_errno(err, -ENOMEM, "", "cannot read YAML");
	return v->pair(t, v, key, key_node, value, err);
}

static int visit_mapping(struct yaml_tree *t, const yaml_node_t *node, const struct visitor *v,
			 unsigned depth, struct error *err)
{
	_cleanup_(map_free) struct map seen = {0};
	int r = 0;

	if (node->type != YAML_MAPPING_NODE)
		return yaml_error(node, err, "keys with values are wanted here");
	if (++t->visits > MAX_VISITS)
		return yaml_error(node, err, "the file is too complex");
	for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     r == 0 && pair < node->data.mapping.pairs.top; pair++)
		r = visit_pair(t, pair, v, &seen, depth, err);
	return r;
}

static int struct_pair(struct yaml_tree *t, const struct visitor *v, const char *key,
		       const yaml_node_t *key_node, const yaml_node_t *value, struct error *err)
{
	for (size_t i = 0; i < v->n_fields; i++) {
		const struct yaml_field *f = &v->fields[i];

		if (strcmp(f->key, key) != 0)
			continue;
		return yaml_is_null(value) ? 0 : f->read(t, value, (char *)v->into + f->offset, err);
	}
	return yaml_error(key_node, err, "unknown key '%s'", key);
}

int yaml_read_struct(struct yaml_tree *t, const yaml_node_t *node, const struct yaml_field *fields, size_t n,
		     void *into, struct error *err)
{
	const struct visitor v = {.pair = struct_pair, .fields = fields, .n_fields = n, .into = into};

	return visit_mapping(t, node, &v, 0, err);
}

static int map_pair(struct yaml_tree *t, const struct visitor *v, const char *key,
		    const yaml_node_t *key_node, const yaml_node_t *value, struct error *err)
{
	const char *text = yaml_scalar(value, err);

	(void)t;
	(void)key_node;
	if (!text)
		return -EINVAL;
	return v->add(v->into, key, yaml_is_null(value) ? "" : text, err);
}

int yaml_read_pairs(struct yaml_tree *t, const yaml_node_t *node,
		    int (*add)(void *into, const char *key, const char *value, struct error *err), void *into,
		    struct error *err)
{
	const struct visitor v = {.pair = map_pair, .add = add, .into = into};

	return visit_mapping(t, node, &v, 0, err);
}

int yaml_read_items(struct yaml_tree *t, const yaml_node_t *node,
		    int (*add)(void *into, const char *item, struct error *err), void *into,
		    struct error *err)
{
	if (node->type != YAML_SEQUENCE_NODE)
		return yaml_error(node, err, "a list is wanted here");
	for (const yaml_node_item_t *item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		const yaml_node_t *value = yaml_document_get_node(&t->document, *item);
		const char *text = yaml_scalar(value, err);
		int r;

		if (!text)
			return -EINVAL;
		if (yaml_is_null(value))
			continue;
		r = add(into, text, err);
		if (r < 0)
			return r;
	}
	return 0;
}

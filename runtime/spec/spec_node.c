/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_node.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX ((size_t)16 << 20)

int node_parse(struct slice text, struct json_object **out, struct error *err)
{
	static const char remedy[] = "give config.json of the OCI runtime specification";
	struct json_tokener *tokener;
	struct json_object *value;
	enum json_tokener_error code;

	if (text.len > TEXT_MAX)
		return error_set(err, -EINVAL, remedy, "the text has more than %zu MiB", TEXT_MAX >> 20);
	if (text.len == 0 || memchr(text.at, '\0', text.len))
		return error_set(err, -EINVAL, remedy, "the text is no JSON");
	tokener = json_tokener_new();
	if (!tokener)
		return error_errno(err, -ENOMEM, "", "cannot read JSON");
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	value = json_tokener_parse_ex(tokener, text.at, (int)text.len);
	code = json_tokener_get_error(tokener);
	if (code == json_tokener_success && !value)
		code = json_tokener_error_parse_null;
	if (code != json_tokener_success) {
		error_set(err, -EINVAL, remedy, "the text is no JSON from byte %zu on: %s",
			  json_tokener_get_parse_end(tokener),
			  code == json_tokener_continue ? "it ends too early"
							: json_tokener_error_desc(code));
		json_object_put(value);
		json_tokener_free(tokener);
		return -EINVAL;
	}
	json_tokener_free(tokener);
	*out = value;
	return 0;
}

static void describe(const struct node *n, struct str *out)
{
	if (n->up)
		describe(n->up, out);
	if (!n->key && n->up)
		str_printf(out, "[%zu]", n->index);
	else if (n->key && *n->key)
		str_printf(out, "%s%s", out->len ? "." : "", n->key);
}

void node_fail(const struct node *n, const char *remedy, const char *cause, ...)
{
	_cleanup_str_ struct str where = {0};
	char what[256];
	va_list args;

	if (n->reader->r < 0)
		return;
	va_start(args, cause);
	vsnprintf(what, sizeof(what), cause, args);
	va_end(args);
	describe(n, &where);
	n->reader->r = error_set(n->reader->err, -EINVAL, remedy, "config.json: %.120s%s%s",
				 where.len ? where.data : "", where.len ? ": " : "", what);
}

void node_fail_memory(const struct node *n)
{
	if (n->reader->r == 0)
		n->reader->r = error_errno(n->reader->err, -ENOMEM, "", "cannot read config.json");
}

static bool expect(const struct node *n, enum json_type type, const char *what)
{
	if (!n->value || n->reader->r < 0)
		return false;
	if (json_object_get_type(n->value) == type)
		return true;
	node_fail(n, "", "this is no %s", what);
	return false;
}

struct node node_in(const struct node *n, const char *key)
{
	struct node member = {.reader = n->reader, .up = n, .key = key};

	if (expect(n, json_type_object, "object"))
		json_object_object_get_ex(n->value, key, &member.value);
	return member;
}

struct node node_at(const struct node *n, size_t index)
{
	struct node element = {.reader = n->reader, .up = n, .index = index};

	if (expect(n, json_type_array, "list"))
		element.value = json_object_array_get_idx(n->value, index);
	return element;
}

size_t node_count(const struct node *n)
{
	return expect(n, json_type_array, "list") ? json_object_array_length(n->value) : 0;
}

void node_each(const struct node *n, void (*visit)(const struct node *member, void *data), void *data)
{
	struct json_object_iterator at;
	struct json_object_iterator end;

	if (!expect(n, json_type_object, "object"))
		return;
	at = json_object_iter_begin(n->value);
	end = json_object_iter_end(n->value);
	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		struct node member = {
			.reader = n->reader,
			.value = json_object_iter_peek_value(&at),
			.up = n,
			.key = json_object_iter_peek_name(&at),
		};

		if (member.value && n->reader->r == 0)
			visit(&member, data);
	}
}

const char *node_text(const struct node *n)
{
	const char *text;
	const char *copy;

	if (!expect(n, json_type_string, "text"))
		return NULL;
	text = json_object_get_string(n->value);
	if (strlen(text) != (size_t)json_object_get_string_len(n->value)) {
		node_fail(n, "", "there is a NUL byte in it");
		return NULL;
	}
	copy = spec_text(n->reader->spec, text);
	if (!copy)
		node_fail_memory(n);
	return copy;
}

bool node_bool(const struct node *n)
{
	return expect(n, json_type_boolean, "true or false") && json_object_get_boolean(n->value);
}

/* json-c answers with the nearest number that fits the type asked for. */
static bool is_huge(const struct node *n)
{
	return json_object_get_uint64(n->value) > INT64_MAX;
}

int64_t node_int(const struct node *n, int64_t min, int64_t max, int64_t otherwise)
{
	int64_t value;

	if (!expect(n, json_type_int, "whole number"))
		return otherwise;
	value = json_object_get_int64(n->value);
	if (is_huge(n) || value < min || value > max) {
		node_fail(n, "", "this is not from %lld to %lld", (long long)min, (long long)max);
		return otherwise;
	}
	return value;
}

uint64_t node_u64(const struct node *n, uint64_t max, uint64_t otherwise)
{
	uint64_t value;

	if (!expect(n, json_type_int, "whole number"))
		return otherwise;
	value = json_object_get_uint64(n->value);
	if (json_object_get_int64(n->value) < 0 || value > max) {
		node_fail(n, "", "this is not from 0 to %llu", (unsigned long long)max);
		return otherwise;
	}
	return value;
}

void node_texts(const struct node *n, struct spec_texts *out)
{
	size_t count = node_count(n);

	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node element = node_at(n, i);
		const char *text = node_text(&element);
		const char **slot;

		if (!text) {
			node_fail(&element, "", "this is no text");
			return;
		}
		slot = spec_push(n->reader->spec, &out->at, &out->n, sizeof(*out->at));
		if (!slot) {
			node_fail_memory(n);
			return;
		}
		*slot = text;
	}
}

static bool asks_for_nothing(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		return json_object_get_string_len(value) == 0;
	case json_type_array:
		return json_object_array_length(value) == 0;
	case json_type_object:
		return json_object_object_length(value) == 0;
	case json_type_int:
		return json_object_get_int64(value) == 0;
	case json_type_boolean:
		return !json_object_get_boolean(value);
	case json_type_null:
		return true;
	case json_type_double:
		break;
	}
	return false;
}

void node_refuse(const struct node *n)
{
	if (n->value && !asks_for_nothing(n->value))
		node_fail(n, "take it out of config.json", "%s is not supported", n->key ? n->key : "this");
}

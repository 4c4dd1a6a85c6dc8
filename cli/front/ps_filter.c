/* SPDX-License-Identifier: Apache-2.0 */
#include "ps_filter.h"

#include "base/cleanup.h"
#include "base/nearest.h"
#include "base/parse.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum key { KEY_ANCESTOR, KEY_EXITED, KEY_ID, KEY_LABEL, KEY_NAME, KEY_STATUS, KEY__COUNT };

static const char *const keys[KEY__COUNT] = {"ancestor", "exited", "id", "label", "name", "status"};

struct filter {
	enum key key;
	const char *value;
	regex_t pattern; /* id, name */
	enum container_status status;
	int64_t code;
};

struct ps_filters {
	size_t n;
	struct filter list[];
};

static bool is_pattern(enum key key)
{
	return key == KEY_ID || key == KEY_NAME;
}

static int unknown_key(struct slice word, struct error *err)
{
	char text[64];
	struct nearest near = {.word = text};

	snprintf(text, sizeof(text), "%.*s", (int)word.len, word.at);
	for (size_t i = 0; i < KEY__COUNT; i++)
		nearest_consider(&near, keys[i]);
	if (near.best)
		return error_set(err, -EINVAL, "", "there is no filter '%s': did you mean '%s'?", text,
				 near.best);
	return error_set(err, -EINVAL, "there are ancestor, exited, id, label, name and status",
			 "there is no filter '%s'", text);
}

static int parse_status(const char *value, enum container_status *out, struct error *err)
{
	for (unsigned s = CONTAINER_CREATED; s <= CONTAINER_EXITED; s++) {
		if (strcmp(value, container_status_name((enum container_status)s)) == 0) {
			*out = (enum container_status)s;
			return 0;
		}
	}
	return error_set(err, -EINVAL, "it is one of created, running, paused, restarting and exited",
			 "no container's status is '%s'", value);
}

static int parse_value(struct filter *f, struct error *err)
{
	switch (f->key) {
	case KEY_STATUS:
		return parse_status(f->value, &f->status, err);
	case KEY_EXITED:
		if (parse_i64(slice_of(f->value), &f->code) == 0)
			return 0;
		return error_set(err, -EINVAL, "it takes a number: exited=0", "no exit code is '%s'",
				 f->value);
	case KEY_ID:
	case KEY_NAME:
		if (regcomp(&f->pattern, f->value, REG_EXTENDED | REG_NOSUB) == 0)
			return 0;
		return error_set(err, -EINVAL, "see regex(7)", "'%s' is no regular expression", f->value);
	case KEY_ANCESTOR:
	case KEY_LABEL:
	case KEY__COUNT:
		break;
	}
	return 0;
}

static int parse_filter(const char *text, struct filter *f, struct error *err)
{
	const char *equals = strchr(text, '=');
	struct slice word = {text, equals ? (size_t)(equals - text) : strlen(text)};

	if (!equals || !equals[1])
		return error_set(err, -EINVAL, "it takes KEY=VALUE: status=exited, name=web, label=tier=db",
				 "'--filter' cannot be '%s'", text);
	for (unsigned k = 0; k < KEY__COUNT; k++) {
		if (slice_is(word, keys[k])) {
			*f = (struct filter){.key = (enum key)k, .value = equals + 1};
			return parse_value(f, err);
		}
	}
	return unknown_key(word, err);
}

int ps_filters_new(const struct text_list *texts, struct ps_filters **out, struct error *err)
{
	struct ps_filters *filters = calloc(1, sizeof(*filters) + texts->n * sizeof(struct filter));

	if (!filters)
		return error_errno(err, -ENOMEM, "", "cannot start");
	for (size_t i = 0; i < texts->n; i++) {
		int r = parse_filter(texts->items[i], &filters->list[i], err);

		if (r < 0) {
			ps_filters_free(filters);
			return r;
		}
		filters->n++;
	}
	*out = filters;
	return 0;
}

void ps_filters_free(struct ps_filters *filters)
{
	for (size_t i = 0; filters && i < filters->n; i++)
		if (is_pattern(filters->list[i].key))
			regfree(&filters->list[i].pattern);
	free(filters);
}

/* "KEY" or "KEY=VALUE" */
static bool has_label(const struct container *c, const char *wanted)
{
	const char *equals = strchr(wanted, '=');
	struct slice key = {wanted, equals ? (size_t)(equals - wanted) : strlen(wanted)};

	for (size_t i = 0; i < c->config.labels.n; i++) {
		const struct spec_pair *label = &c->config.labels.at[i];

		if (slice_is(key, label->key) &&
		    (!equals || (label->value && strcmp(label->value, equals + 1) == 0)))
			return true;
	}
	return false;
}

static bool holds(const struct filter *f, const struct container *c)
{
	switch (f->key) {
	case KEY_ANCESTOR:
		return c->config.image && strcmp(c->config.image, f->value) == 0;
	case KEY_EXITED:
		return c->state.status == CONTAINER_EXITED && c->state.exit_known &&
		       c->state.exit_code == f->code;
	case KEY_ID:
		return regexec(&f->pattern, c->id, 0, NULL, 0) == 0;
	case KEY_LABEL:
		return has_label(c, f->value);
	case KEY_NAME:
		return c->config.name && regexec(&f->pattern, c->config.name, 0, NULL, 0) == 0;
	case KEY_STATUS:
		return !c->broken && c->state.status == f->status;
	case KEY__COUNT:
		break;
	}
	return false;
}

bool ps_filters_match(const struct ps_filters *filters, const struct container *c)
{
	bool asked[KEY__COUNT] = {false};
	bool met[KEY__COUNT] = {false};

	for (size_t i = 0; i < filters->n; i++) {
		const struct filter *f = &filters->list[i];
		bool yes = holds(f, c);

		if (f->key == KEY_LABEL && !yes)
			return false;
		asked[f->key] = true;
		met[f->key] |= yes;
	}
	for (unsigned k = 0; k < KEY__COUNT; k++)
		if (asked[k] && !met[k])
			return false;
	return true;
}

bool ps_filters_want_all(const struct ps_filters *filters)
{
	for (size_t i = 0; i < filters->n; i++)
		if (filters->list[i].key == KEY_STATUS || filters->list[i].key == KEY_EXITED)
			return true;
	return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model/filter.h"

#include "base/cleanup.h"
#include "base/nearest.h"
#include "base/text.h"
#include "model/column.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum key {
	KEY_WORD,
	KEY_NAME,
	KEY_ID,
	KEY_LABEL,
	KEY_RUNTIME,
	KEY_IMAGE,
	KEY_POD,
	KEY_PROJECT,
	KEY_STATE,
	KEY_CLASS,
	KEY_CGROUP,
	KEY__COUNT
};

static const char *const key_names[KEY__COUNT] = {
	[KEY_WORD] = "",	   [KEY_NAME] = "name",	  [KEY_ID] = "id",	   [KEY_LABEL] = "label",
	[KEY_RUNTIME] = "runtime", [KEY_IMAGE] = "image", [KEY_POD] = "pod",	   [KEY_PROJECT] = "project",
	[KEY_STATE] = "state",	   [KEY_CLASS] = "class", [KEY_CGROUP] = "cgroup",
};

/* Docker's own words for some of them. */
static const struct {
	const char *name;
	enum key key;
} aliases[] = {{"status", KEY_STATE}, {"ancestor", KEY_IMAGE}};

/* What the column STATE says. */
static const char *const states[] = {"running", "paused", "empty", "ended"};

struct filter {
	enum key key;
	bool inverted;
	char *label;	   /* KEY_LABEL: the key, owned */
	const char *value; /* the pattern; NULL: any value of the label */
};

struct filter_set {
	size_t n;
	struct filter filters[];
};

static bool is_pattern(const char *value)
{
	return strpbrk(value, "*?") != NULL;
}

static bool match_whole(const char *value, const char *text)
{
	return is_pattern(value) ? text_glob(value, text) : strcmp(value, text) == 0;
}

static bool match_part(const char *value, const char *text)
{
	return is_pattern(value) ? text_glob(value, text) : strstr(text, value) != NULL;
}

static bool match_start(const char *value, const char *text)
{
	return is_pattern(value) ? text_glob(value, text) : strncmp(text, value, strlen(value)) == 0;
}

/* "nginx" means any tag of nginx; a registry's port is no tag. */
static bool match_image(const char *value, const char *image)
{
	size_t n = strlen(value);

	if (match_whole(value, image))
		return true;
	return !is_pattern(value) && strncmp(image, value, n) == 0 && (image[n] == ':' || image[n] == '@') &&
	       !strchr(image + n, '/');
}

static bool match_label(const struct filter *f, const struct identity *who)
{
	const char *value = identity_label(who, f->label);

	return value && (!f->value || match_whole(f->value, value));
}

static bool match_pod(const char *value, const struct identity *who)
{
	return match_whole(value, who->pod) || match_whole(value, who->pod_uid);
}

static bool match_state(const char *value, const struct comparison *c, size_t index)
{
	const struct column *state = column_find("state");
	_cleanup_str_ struct str word = {0};

	state->plain(state, c, index, &word);
	return match_whole(value, word.data ? word.data : "");
}

static bool match(const struct filter *f, const struct comparison *c, size_t index)
{
	const struct entity *e = snapshot_entity(comparison_later(c), index);
	const struct identity *who = e->identity;

	switch (f->key) {
	case KEY_WORD:
		return match_part(f->value, who->name) || match_start(f->value, who->id) ||
		       match_part(f->value, who->image) || match_part(f->value, e->path);
	case KEY_NAME:
		return match_part(f->value, who->name);
	case KEY_ID:
		return match_start(f->value, who->id);
	case KEY_LABEL:
		return match_label(f, who);
	case KEY_RUNTIME:
		return match_whole(f->value, runtime_name(who->runtime));
	case KEY_IMAGE:
		return match_image(f->value, who->image);
	case KEY_POD:
		return match_pod(f->value, who);
	case KEY_PROJECT:
		return match_whole(f->value, who->compose_project);
	case KEY_STATE:
		return match_state(f->value, c, index);
	case KEY_CLASS:
		return match_whole(f->value, entity_class_name(e->class));
	case KEY_CGROUP:
		return match_part(f->value, e->path);
	case KEY__COUNT:
		break;
	}
	return false;
}

bool filter_set_match(const struct filter_set *f, const struct comparison *c, size_t index)
{
	unsigned asked = 0;  /* keys of which one alternative must hold */
	unsigned passed = 0; /* … and does */

	for (size_t i = 0; i < f->n; i++) {
		const struct filter *one = &f->filters[i];
		bool holds = match(one, c, index);

		if (one->inverted ? holds : one->key == KEY_LABEL && !holds)
			return false;
		if (one->inverted || one->key == KEY_LABEL)
			continue;
		asked |= 1U << one->key;
		passed |= holds ? 1U << one->key : 0;
	}
	return asked == passed;
}

bool filter_set_is_wide(const struct filter_set *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->filters[i].key == KEY_CLASS || f->filters[i].key == KEY_CGROUP)
			return true;
	return false;
}

void filter_set_need(const struct filter_set *f, struct metric_set *need)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->filters[i].key == KEY_STATE)
			column_find("state")->need(column_find("state"), need);
}

/* Appends "name, id, label …". */
static void list_words(char *out, size_t cap, const char *const *words, size_t n)
{
	size_t used = strlen(out);
	const char *comma = "";

	for (size_t i = 0; i < n && used < cap; i++) {
		if (!*words[i])
			continue;
		used += (size_t)snprintf(out + used, cap - used, "%s%s", comma, words[i]);
		comma = ", ";
	}
}

static int refuse(struct error *err, const char *what, const char *given, const char *const *words, size_t n)
{
	struct nearest near = {.word = given};
	char remedy[256] = "there are: ";

	for (size_t i = 0; i < n; i++)
		if (*words[i])
			nearest_consider(&near, words[i]);
	list_words(remedy, sizeof(remedy), words, n);
	if (near.best)
		return error_set(err, -EINVAL, "", "'%s' is no %s of a filter: did you mean '%s'?", given,
				 what, near.best);
	return error_set(err, -EINVAL, remedy, "'%s' is no %s of a filter", given, what);
}

#define WORDS_MAX 16

/* The words that a key's value comes from; 0 where it may be anything. */
static size_t words_of(enum key key, const char *words[WORDS_MAX])
{
	size_t n = 0;

	for (unsigned i = 0; key == KEY_RUNTIME && i < RUNTIME__COUNT; i++)
		words[n++] = runtime_name((enum runtime)i);
	for (unsigned i = 0; key == KEY_CLASS && i < ENTITY_CLASS__COUNT; i++)
		words[n++] = entity_class_name((enum entity_class)i);
	for (unsigned i = 0; key == KEY_STATE && i < ARRAY_SIZE(states); i++)
		words[n++] = states[i];
	return n;
}

/* A typing error is an error, not an empty table. */
static int check_value(enum key key, const char *value, struct error *err)
{
	const char *words[WORDS_MAX];
	size_t n = words_of(key, words);

	for (size_t i = 0; i < n; i++)
		if (*words[i] && match_whole(value, words[i]))
			return 0;
	return n ? refuse(err, key_names[key], value, words, n) : 0;
}

static enum key find_key(struct slice name)
{
	for (unsigned k = KEY_WORD + 1; k < KEY__COUNT; k++)
		if (slice_is(name, key_names[k]))
			return (enum key)k;
	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (slice_is(name, aliases[i].name))
			return aliases[i].key;
	return KEY__COUNT;
}

static int parse_label(const char *text, struct filter *out)
{
	const char *equals = strchr(text, '=');

	out->value = equals ? equals + 1 : NULL;
	out->label = strndup(text, equals ? (size_t)(equals - text) : strlen(text));
	return out->label ? 0 : -ENOMEM;
}

static int parse(const char *text, struct filter *out, struct error *err)
{
	const char *equals;
	char key[64];

	*out = (struct filter){.inverted = *text == '!'};
	text += out->inverted;
	equals = strchr(text, '=');
	if (!*text || equals == text || (equals && !equals[1]))
		return error_set(err, -EINVAL, "write KEY=VALUE, such as name=web, or a word to look for",
				 "the filter '%s' is incomplete", text - out->inverted);
	out->value = text;
	if (!equals)
		return 0;
	out->key = find_key((struct slice){text, (size_t)(equals - text)});
	if (out->key == KEY__COUNT) {
		snprintf(key, sizeof(key), "%.*s", (int)(equals - text), text);
		return refuse(err, "key", key, key_names, KEY__COUNT);
	}
	out->value = equals + 1;
	if (out->key != KEY_LABEL)
		return check_value(out->key, out->value, err);
	if (equals[1] == '=')
		return error_set(err, -EINVAL, "write label=KEY or label=KEY=VALUE",
				 "the filter '%s' names no label", text);
	return parse_label(equals + 1, out);
}

int filter_set_new(const char *const *texts, size_t n, struct filter_set **out, struct error *err)
{
	struct filter_set *f = calloc(1, sizeof(*f) + n * sizeof(f->filters[0]));

	if (!f)
		return error_errno(err, -ENOMEM, "", "cannot read the filters");
	for (size_t i = 0; i < n; i++) {
		int r = parse(texts[i], &f->filters[f->n], err);

		if (r < 0) {
			filter_set_free(f);
			return r == -ENOMEM ? error_errno(err, r, "", "cannot read the filters") : r;
		}
		f->n++;
	}
	*out = f;
	return 0;
}

void filter_set_free(struct filter_set *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->n; i++)
		free(f->filters[i].label);
	free(f);
}

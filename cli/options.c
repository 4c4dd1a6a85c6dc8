/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "base/cleanup.h"
#include "base/nearest.h"
#include "base/slice.h"
#include "option_value.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct parser {
	const struct option_group *groups;
	size_t n_groups;
	char **at;  /* the next word */
	char **end; /* behind the last one */
	bool operands_end_options;
	void *settings;
	struct text_list *operands;
	enum options_outcome outcome;
	struct error *err;
};

struct found {
	const struct option_spec *row;
	void *field;
};

/* Every command has these; their field is the outcome itself. */
static const struct option_spec common[] = {
	{.name = "help", .letter = 'h'},
	{.name = "version"},
};

static void *field_of(const struct parser *p, size_t group, const struct option_spec *row)
{
	return (char *)p->settings + p->groups[group].offset + row->offset;
}

/* The row with this name or, where the name is empty, this letter. */
static struct found find(const struct parser *p, struct slice name, char letter)
{
	for (size_t g = 0; g < p->n_groups; g++) {
		for (size_t i = 0; i < p->groups[g].n_rows; i++) {
			const struct option_spec *row = &p->groups[g].rows[i];

			if (name.len ? slice_is(name, row->name) : letter && row->letter == letter)
				return (struct found){row, field_of(p, g, row)};
		}
	}
	return (struct found){NULL, NULL};
}

static bool is_common(struct parser *p, struct slice name, char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(common); i++) {
		if (name.len ? slice_is(name, common[i].name) : letter && common[i].letter == letter) {
			p->outcome = i == 0 ? OPTIONS_HELP : OPTIONS_VERSION;
			return true;
		}
	}
	return false;
}

static int unknown(const struct parser *p, struct slice name)
{
	bool negated = name.len > 3 && memcmp(name.at, "no-", 3) == 0;
	char word[64];
	struct nearest near = {.word = word};

	snprintf(word, sizeof(word), "%.*s", (int)name.len - 3 * negated, name.at + 3 * negated);
	for (size_t g = 0; g < p->n_groups; g++)
		for (size_t i = 0; i < p->groups[g].n_rows; i++)
			if (!negated || !option_takes_value(&p->groups[g].rows[i]))
				nearest_consider(&near, p->groups[g].rows[i].name);
	for (size_t i = 0; !negated && i < ARRAY_SIZE(common); i++)
		nearest_consider(&near, common[i].name);
	if (near.best)
		return error_set(p->err, -EINVAL, "", "unknown option '--%.*s': did you mean '--%s%s'?",
				 (int)name.len, name.at, negated ? "no-" : "", near.best);
	return error_set(p->err, -EINVAL, "'--help' lists the options", "unknown option '--%.*s'",
			 (int)name.len, name.at);
}

/* The value of an option that was given without '=': the next word. */
static int take_value(struct parser *p, const struct option_spec *row, const char **out)
{
	if (p->at == p->end)
		return error_set(p->err, -EINVAL, "", "'--%s' needs a value: --%s %s", row->name, row->name,
				 row->value);
	*out = *p->at++;
	return 0;
}

static int refuse(const struct parser *p, const struct option_spec *row)
{
	return error_set(p->err, -EOPNOTSUPP, "", "'--%s' is not available: %s", row->name, row->help);
}

static int parse_long(struct parser *p, const char *word)
{
	const char *equals = strchr(word, '=');
	struct slice name = {word, equals ? (size_t)(equals - word) : strlen(word)};
	const char *value = equals ? equals + 1 : "yes";
	struct found f = find(p, name, 0);
	int r;

	if (f.row && f.row->type == OPTION_REFUSED)
		return refuse(p, f.row);
	if (f.row) {
		if (!equals && option_takes_value(f.row) && (r = take_value(p, f.row, &value)) < 0)
			return r;
		return option_value_set(f.row, f.field, value, p->err);
	}
	if (!equals && is_common(p, name, 0))
		return 0;
	if (!equals && name.len > 3 && memcmp(word, "no-", 3) == 0) {
		f = find(p, (struct slice){word + 3, name.len - 3}, 0);
		if (f.row && !option_takes_value(f.row))
			return option_value_set(f.row, f.field, "no", p->err);
	}
	return unknown(p, name);
}

/* A word such as "-a", "-ab" or "-fVALUE". */
static int parse_letters(struct parser *p, const char *letters)
{
	for (; *letters; letters++) {
		struct found f = find(p, (struct slice){"", 0}, *letters);
		const char *value = "yes";
		int r;

		if (!f.row && is_common(p, (struct slice){"", 0}, *letters))
			continue;
		if (!f.row)
			return error_set(p->err, -EINVAL, "'--help' lists the options",
					 "unknown option '-%c'", *letters);
		if (f.row->type == OPTION_REFUSED)
			return refuse(p, f.row);
		if (option_takes_value(f.row)) {
			value = letters[1] ? letters + 1 : NULL;
			if (!value && (r = take_value(p, f.row, &value)) < 0)
				return r;
			return option_value_set(f.row, f.field, value, p->err);
		}
		r = option_value_set(f.row, f.field, value, p->err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int add_operand(struct parser *p, const char *word)
{
	if (text_list_add(p->operands, word) < 0)
		return error_errno(p->err, -ENOMEM, "", "cannot read the command line");
	return 0;
}

static int parse_words(struct parser *p)
{
	bool options = true;
	int r = 0;

	while (r == 0 && p->at < p->end) {
		const char *word = *p->at++;

		if (!options || word[0] != '-' || !word[1]) {
			r = add_operand(p, word);
			options &= !p->operands_end_options;
		} else if (word[1] != '-') {
			r = parse_letters(p, word + 1);
		} else if (word[2]) {
			r = parse_long(p, word + 2);
		} else {
			options = false;
		}
	}
	return r;
}

/*
 * What holds unless it is given: everything but lists before the words are read, lists behind them, because a
 * list that is given replaces its fallback.
 */
static int apply_fallbacks(const struct parser *p, bool lists)
{
	for (size_t g = 0; g < p->n_groups; g++) {
		for (size_t i = 0; i < p->groups[g].n_rows; i++) {
			const struct option_spec *row = &p->groups[g].rows[i];
			void *field = field_of(p, g, row);
			int r;

			if (!row->fallback || (row->type == OPTION_LIST) != lists)
				continue;
			if (lists && ((const struct text_list *)field)->n)
				continue;
			r = option_value_set(row, field, row->fallback, p->err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int options_parse(const struct option_group *groups, size_t n_groups, int argc, char **argv,
		  bool operands_end_options, void *settings, struct text_list *operands, struct error *err)
{
	struct parser p = {
		.groups = groups,
		.n_groups = n_groups,
		.at = argv,
		.end = argv + argc,
		.operands_end_options = operands_end_options,
		.settings = settings,
		.operands = operands,
		.err = err,
	};
	int r = apply_fallbacks(&p, false);

	if (r == 0)
		r = parse_words(&p);
	if (p.outcome != OPTIONS_OK)
		return (int)p.outcome; /* --help helps whoever mistyped the rest, too */
	if (r == 0)
		r = apply_fallbacks(&p, true);
	return r;
}

void options_release(const struct option_group *groups, size_t n_groups, void *settings)
{
	for (size_t g = 0; g < n_groups; g++)
		for (size_t i = 0; i < groups[g].n_rows; i++)
			if (groups[g].rows[i].type == OPTION_LIST)
				text_list_free((struct text_list *)(void *)((char *)settings +
									    groups[g].offset +
									    groups[g].rows[i].offset));
}

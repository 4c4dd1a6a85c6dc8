/* SPDX-License-Identifier: Apache-2.0 */
#include "option_value.h"

#include "base/clock.h"
#include "base/nearest.h"
#include "base/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int text_list_add(struct text_list *list, const char *text)
{
	const char **items = reallocarray(list->items, list->n + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	items[list->n++] = text;
	list->items = items;
	return 0;
}

void text_list_free(struct text_list *list)
{
	free(list->items);
	*list = (struct text_list){0};
}

bool option_takes_value(const struct option_spec *row)
{
	return row->type != OPTION_FLAG && row->type != OPTION_SWITCH && row->type != OPTION_REFUSED;
}

static void describe_choices(struct str *out, const char *const *choices)
{
	for (size_t i = 0; choices[i]; i++) {
		if (i)
			str_add(out, choices[i + 1] ? ", " : " or ");
		str_add(out, choices[i]);
	}
}

/* "500ms", "1s", "24h": the largest unit that leaves no fraction. */
static void describe_duration(struct str *out, uint64_t ns)
{
	if (ns && ns % (3600 * NSEC_PER_SEC) == 0)
		str_printf(out, "%lluh", (unsigned long long)(ns / (3600 * NSEC_PER_SEC)));
	else if (ns % NSEC_PER_SEC == 0)
		str_printf(out, "%llus", (unsigned long long)(ns / NSEC_PER_SEC));
	else
		str_printf(out, "%llums", (unsigned long long)(ns / NSEC_PER_MSEC));
}

static void describe_bound(struct str *out, const struct option_spec *row, uint64_t bound)
{
	if (row->type == OPTION_DURATION)
		describe_duration(out, bound);
	else
		str_u64(out, bound);
}

static void describe_bounds(struct str *out, const struct option_spec *row)
{
	if (row->min) {
		str_add(out, ", at least ");
		describe_bound(out, row, row->min);
	}
	if (row->max) {
		str_add(out, row->min ? " and at most " : ", at most ");
		describe_bound(out, row, row->max);
	}
}

void option_value_describe(struct str *out, const struct option_spec *row)
{
	switch (row->type) {
	case OPTION_FLAG:
	case OPTION_SWITCH:
		str_add(out, "yes or no");
		break;
	case OPTION_TEXT:
	case OPTION_LIST:
		str_add(out, row->value);
		break;
	case OPTION_CHOICE:
		describe_choices(out, row->choices);
		break;
	case OPTION_SET:
		str_add(out, "any of ");
		describe_choices(out, row->choices);
		str_add(out, ", separated by commas");
		break;
	case OPTION_NUMBER:
		str_add(out, "a whole number");
		describe_bounds(out, row);
		break;
	case OPTION_DURATION:
		str_add(out, "a duration such as 500ms, 1s or 1m30s");
		describe_bounds(out, row);
		break;
	case OPTION_SIZE:
		str_add(out, "a size such as 512k, 64m or 1g");
		describe_bounds(out, row);
		break;
	case OPTION_REFUSED:
		break;
	}
}

/* The index of a choice, or -EINVAL. */
static int find_choice(const char *const *choices, struct slice text)
{
	for (int i = 0; choices[i]; i++)
		if (slice_is(text, choices[i]))
			return i;
	return -EINVAL;
}

static int parse_set(const struct option_spec *row, struct slice text, uint32_t *out)
{
	uint32_t bits = 0;
	struct slice word;

	while (next_word(&text, ",", &word)) {
		int i = find_choice(row->choices, word);

		if (i < 0)
			return i;
		bits |= UINT32_C(1) << i;
	}
	if (!bits)
		return -EINVAL;
	*out = bits;
	return 0;
}

static int parse_integer(const struct option_spec *row, struct slice text, uint64_t *out)
{
	uint64_t value;
	int r = row->type == OPTION_NUMBER     ? parse_u64(text, &value)
		: row->type == OPTION_DURATION ? parse_duration(text, &value)
					       : parse_size(text, &value);

	if (r < 0)
		return r;
	if (value < row->min || (row->max && value > row->max))
		return -ERANGE;
	*out = value;
	return 0;
}

static int set_field(const struct option_spec *row, void *field, const char *text)
{
	int r;

	switch (row->type) {
	case OPTION_FLAG:
	case OPTION_SWITCH:
		return parse_bool(slice_of(text), field);
	case OPTION_TEXT:
		if (!*text)
			return -EINVAL;
		*(const char **)field = text;
		return 0;
	case OPTION_LIST:
		return *text ? text_list_add(field, text) : -EINVAL;
	case OPTION_CHOICE:
		r = find_choice(row->choices, slice_of(text));
		if (r < 0)
			return r;
		*(unsigned *)field = (unsigned)r;
		return 0;
	case OPTION_SET:
		return parse_set(row, slice_of(text), field);
	case OPTION_NUMBER:
	case OPTION_DURATION:
	case OPTION_SIZE:
		return parse_integer(row, slice_of(text), field);
	case OPTION_REFUSED:
		break;
	}
	return -EINVAL;
}

static const char *near_choice(const struct option_spec *row, const char *text)
{
	struct nearest near = {.word = text};

	for (size_t i = 0; row->choices && row->choices[i]; i++)
		nearest_consider(&near, row->choices[i]);
	return near.best;
}

int option_value_set(const struct option_spec *row, void *field, const char *text, struct error *err)
{
	_cleanup_str_ struct str remedy = {0};
	const char *near;
	int r = set_field(row, field, text);

	if (r == 0)
		return 0;
	if (r == -ENOMEM)
		return error_errno(err, r, "", "cannot read the command line");
	near = near_choice(row, text);
	if (near)
		str_printf(&remedy, "did you mean '%s'? ", near);
	str_add(&remedy, near ? "It takes " : "it takes ");
	option_value_describe(&remedy, row);
	return error_set(err, -EINVAL, remedy.data, "'--%s' cannot be '%s'", row->name, text);
}

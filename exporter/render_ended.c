/* SPDX-License-Identifier: Apache-2.0 */
#include "render_ended.h"

#include "base/text.h"
#include "exposition.h"
#include "model/column.h"
#include "model/event.h"
#include "model/number.h"

#include <errno.h>
#include <stdlib.h>

#define EVENTS "plimsoll_events_total"
#define DROPPED "plimsoll_events_dropped_total"
#define REPLACEMENT "\xEF\xBF\xBD"

enum { FAMILY_CONTAINERS, FAMILY_LIFETIME, FAMILY_FIGURES };

/* ---- events */

/* The others are told from figures by who compares samples; the source has no count of them. */
static bool is_counted(const struct heard *heard, enum event_kind kind)
{
	static const uint32_t kernels = 1U << EVENT_START | 1U << EVENT_END | 1U << EVENT_OOM_KILL |
					1U << EVENT_FROZEN | 1U << EVENT_THAWED | 1U << EVENT_EXEC |
					1U << EVENT_EXIT | 1U << EVENT_FORK_STORM;

	return kernels >> kind & 1 || heard->counts[kind];
}

void render_events(struct str *out, enum exposition e, const struct heard *heard)
{
	if (!heard->hears)
		return;
	exposition_family(out, e, EVENTS, "counter",
			  "Events that the kernel told of since the exporter started, by kind.");
	for (enum event_kind k = 0; k < EVENT__COUNT; k++) {
		if (!is_counted(heard, k))
			continue;
		str_add(out, EVENTS "{event=\"");
		event_kind_key(out, k);
		str_printf(out, "\"} %llu\n", (unsigned long long)heard->counts[k]);
	}
	exposition_family(out, e, DROPPED, "counter",
			  "Events that were lost because the kernel's buffer was full.");
	str_printf(out, DROPPED " %llu\n", (unsigned long long)heard->dropped);
}

/* ---- which sums */

static bool is_shown(const struct render_options *o, const struct ended_sum *sum)
{
	if (o->classes && !(o->classes >> sum->class & 1))
		return false;
	for (size_t i = 0; i < o->n_names; i++)
		if (*sum->name && text_glob(o->names[i], sum->name))
			return true;
	return o->n_names == 0;
}

int ended_rows_choose(struct ended_rows *out, const struct heard *heard, const struct render_options *o)
{
	*out = (struct ended_rows){0};
	if (!heard->n_ended)
		return 0;
	out->rows = calloc(heard->n_ended, sizeof(*out->rows));
	if (!out->rows)
		return -ENOMEM;
	for (size_t i = 0; i < heard->n_ended; i++)
		if (is_shown(o, &heard->ended[i]))
			out->rows[out->n++] = (uint32_t)i;
	return 0;
}

void ended_rows_free(struct ended_rows *rows)
{
	free(rows->rows);
	*rows = (struct ended_rows){0};
}

/* ---- sums */

static enum ended_figure figure_of(size_t family)
{
	return (enum ended_figure)(family - FAMILY_FIGURES);
}

static const char *family_name(size_t family)
{
	if (family == FAMILY_CONTAINERS)
		return "plimsoll_ended_containers_total";
	if (family == FAMILY_LIFETIME)
		return "plimsoll_ended_lifetime_seconds_total";
	return ended_figure_name(figure_of(family));
}

bool render_ended_is_hidden(size_t family, const struct metric_set *shown)
{
	return family >= FAMILY_FIGURES && !metric_set_has(shown, ended_figure_metric(figure_of(family)));
}

void render_ended_family_of(struct str *out, enum exposition e, size_t family)
{
	const char *help = family == FAMILY_CONTAINERS ? "Containers and other cgroups that have ended since "
							 "the exporter started, by how they did."
			   : family == FAMILY_LIFETIME ? "How long what has ended was there, summed up."
						       : ended_figure_help(figure_of(family));

	exposition_family(out, e, family_name(family), "counter", help);
}

/* Two sums differ in class, name or image, and so do their labels: as ids do, see render.h. */
static void put_distinct(struct str *out, const char *label, const char *value, size_t at)
{
	struct slice text = slice_of(value);

	if (!text.len)
		return;
	str_printf(out, ",%s=\"", label);
	if (text.len <= RENDER_LABEL_MAX) {
		exposition_distinct_value(out, text);
	} else {
		exposition_label_value(out, exposition_cut(text, RENDER_LABEL_MAX));
		str_printf(out, REPLACEMENT "~#%zx", at);
	}
	str_char(out, '"');
}

static void begin(struct str *out, size_t family, const struct ended_sum *sum, size_t at)
{
	str_printf(out, "%s{class=\"%s\"", family_name(family), entity_class_name(sum->class));
	put_distinct(out, "name", sum->name, at);
	put_distinct(out, "image", sum->image, at);
}

static void put_value(struct str *out, enum metric_unit unit, uint64_t value)
{
	char text[NUMBER_MAX];

	str_add(out, "} ");
	str_append(out, text, number_base(text, unit, value));
	str_char(out, '\n');
}

static void put_reasons(struct str *out, const struct ended_sum *sum, size_t at)
{
	for (enum ended_reason r = 0; r < ENDED_REASON__COUNT; r++) {
		if (!sum->ended[r])
			continue;
		begin(out, FAMILY_CONTAINERS, sum, at);
		str_printf(out, ",reason=\"%s\"", ended_reason_name(r));
		put_value(out, UNIT_COUNT, sum->ended[r]);
	}
}

void render_ended_sum(struct str *out, size_t family, const struct ended_sum *sum, size_t at)
{
	if (family == FAMILY_CONTAINERS) {
		put_reasons(out, sum, at);
		return;
	}
	begin(out, family, sum, at);
	if (family == FAMILY_LIFETIME)
		put_value(out, UNIT_NSEC, sum->lifetime_ns);
	else
		put_value(out, metrics[ended_figure_metric(figure_of(family))].unit,
			  sum->figures[figure_of(family)]);
}

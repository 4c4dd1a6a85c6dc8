/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "model/heard.h"
#include "parser.h"
#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)
#define _cleanup_parsed_ _cleanup_(parsed_free)

static void parse(struct parsed *p, struct snapshot *s, const struct metric_set *shown,
		  const struct render_options *o)
{
	struct renderer *r = renderer_new(s, shown, o);
	_cleanup_str_ struct str text = {0};
	char buf[100];
	ssize_t n;

	assert_non_null(r);
	while ((n = renderer_read(r, buf, sizeof(buf))) > 0)
		str_append(&text, buf, (size_t)n);
	assert_int_equal(n, 0);
	renderer_free(r);
	str_add(&text, "");
	parse_exposition(p, text.data, o->exposition);
	assert_string_equal(p->error, "");
}

static struct snapshot *heard_of(const struct ended_sum *ended, size_t n)
{
	const enum metric_id ids[] = {METRIC_CPU_USAGE, METRIC_OOM_KILLS};
	struct snapshot *s = sample_new_at(0, ids, ARRAY_SIZE(ids));
	struct heard heard = {.hears = true, .n_ended = n, .ended = ended};

	assert_int_equal(snapshot_set_heard(s, &heard), 0);
	snapshot_seal(s);
	return s;
}

/* How many series of a family there are, whatever their labels. */
static size_t count(const struct parsed *p, const char *name)
{
	size_t len = strlen(name);
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += strncmp(p->samples[i].series, name, len) == 0 &&
		     (p->samples[i].series[len] == '{' || !p->samples[i].series[len]);
	return n;
}

static void assert_value(const struct parsed *p, const char *series, const char *expected)
{
	const char *value = parsed_value(p, series);

	assert_non_null(value);
	assert_string_equal(value, expected);
}

static void both_formats(void **state)
{
	(void)state;
	for (int open = 0; open < 2; open++) {
		struct render_options o = {.exposition = open ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT};
		_cleanup_snapshot_ struct snapshot *s = sample_full();
		_cleanup_parsed_ struct parsed p = {0};

		parse(&p, s, NULL, &o);
		assert_value(&p, "plimsoll_events_total{event=\"oom_kill\"}", "2");
		assert_value(&p, "plimsoll_events_total{event=\"exec\"}", "1234");
		assert_value(&p, "plimsoll_events_total{event=\"fork_storm\"}", "0");
		assert_null(parsed_value(&p, "plimsoll_events_total{event=\"throttled\"}"));
		assert_value(&p, "plimsoll_events_dropped_total", "12");
		assert_value(
			&p,
			"plimsoll_ended_containers_total{class=\"container\",image=\"alpine\",name=\"job\","
			"reason=\"done\"}",
			"40");
		assert_value(
			&p,
			"plimsoll_ended_containers_total{class=\"container\",image=\"alpine\",name=\"job\","
			"reason=\"oom\"}",
			"2");
		assert_value(&p, "plimsoll_ended_containers_total{class=\"group\",reason=\"unknown\"}", "3");
		assert_int_equal(count(&p, "plimsoll_ended_containers_total"), 3);
		assert_value(&p,
			     "plimsoll_ended_lifetime_seconds_total{class=\"container\",image=\"alpine\","
			     "name=\"job\"}",
			     "84.5");
		assert_value(&p,
			     "plimsoll_ended_cpu_usage_seconds_total{class=\"container\",image=\"alpine\","
			     "name=\"job\"}",
			     "4.2");
		assert_value(&p, "plimsoll_ended_cpu_cfs_periods_total{class=\"group\"}", "0");
		for (enum ended_figure f = 0; f < ENDED_FIGURE__COUNT; f++)
			assert_int_equal(count(&p, ended_figure_name(f)), 2);
	}
}

/* Who does not hear has no counts of events, and where nothing has ended there are no sums. */
static void nothing_heard(void **state)
{
	const struct render_options o = {0};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_parsed_ struct parsed p = {0};

	(void)state;
	snapshot_seal(s);
	parse(&p, s, NULL, &o);
	for (size_t i = 0; i < p.n_families; i++) {
		assert_null(strstr(p.families[i], "plimsoll_events"));
		assert_null(strstr(p.families[i], "plimsoll_ended"));
	}
}

/* Figures that were not asked for would be sums of nothing; classes and names choose as with entities. */
static void what_is_asked_for(void **state)
{
	const struct ended_sum ended[] = {
		{.class = ENTITY_CONTAINER, .name = "web-1", .image = "x", .ended = {1}},
		{.class = ENTITY_SERVICE, .name = "web.service", .image = "", .ended = {1}},
		{.class = ENTITY_CONTAINER, .name = "db", .image = "x", .ended = {1}},
	};
	const char *const names[] = {"web*"};
	const struct render_options by_name = {.names = names, .n_names = 1};
	const struct render_options by_class = {.classes = 1U << ENTITY_SERVICE};
	_cleanup_snapshot_ struct snapshot *s = heard_of(ended, ARRAY_SIZE(ended));
	_cleanup_parsed_ struct parsed named = {0};
	_cleanup_parsed_ struct parsed classed = {0};
	_cleanup_parsed_ struct parsed some = {0};
	struct metric_set shown = {0};

	(void)state;
	parse(&named, s, NULL, &by_name);
	assert_int_equal(count(&named, "plimsoll_ended_containers_total"), 2);
	assert_int_equal(count(&named, "plimsoll_ended_oom_events_total"), 2);
	assert_int_equal(count(&named, "plimsoll_ended_cpu_user_seconds_total"), 0);
	parse(&classed, s, NULL, &by_class);
	assert_value(
		&classed,
		"plimsoll_ended_containers_total{class=\"service\",name=\"web.service\",reason=\"unknown\"}",
		"1");
	assert_int_equal(count(&classed, "plimsoll_ended_containers_total"), 1);
	metric_set_add(&shown, METRIC_OOM_KILLS);
	parse(&some, s, &shown, &by_class);
	assert_int_equal(count(&some, "plimsoll_ended_oom_events_total"), 1);
	assert_int_equal(count(&some, "plimsoll_ended_cpu_usage_seconds_total"), 0);
}

/* The parser refuses two series that are alike. */
static void hostile_names_stay_apart(void **state)
{
	static const char *const names[] = {
		"\xFF", "\xFE", "\xEF\xBF\xBD", "\xEF\xBF\xBD~ff", "\xEF\xBF\xBD~#2", "a\"b\\c\nd\x1B[31m",
		"",
	};
	char longs[3][RENDER_LABEL_MAX + 8];
	struct ended_sum ended[2 * ARRAY_SIZE(names) + ARRAY_SIZE(longs)];
	_cleanup_snapshot_ struct snapshot *s = NULL;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		ended[n++] = (struct ended_sum){
			.class = ENTITY_CONTAINER, .name = names[i], .image = "x", .ended = {1}};
		ended[n++] = (struct ended_sum){
			.class = ENTITY_CONTAINER, .name = "x", .image = names[i], .ended = {1}};
	}
	for (size_t i = 0; i < ARRAY_SIZE(longs); i++) {
		memset(longs[i], 'a', sizeof(longs[i]) - 1);
		longs[i][sizeof(longs[i]) - 1] = '\0';
		longs[i][RENDER_LABEL_MAX + 2] = (char)('0' + i);
		ended[n++] = (struct ended_sum){
			.class = ENTITY_CONTAINER, .name = longs[i], .image = "x", .ended = {1}};
	}
	s = heard_of(ended, n);
	for (int open = 0; open < 2; open++) {
		struct render_options o = {.exposition = open ? EXPOSITION_OPENMETRICS : EXPOSITION_TEXT};
		_cleanup_parsed_ struct parsed p = {0};

		parse(&p, s, NULL, &o);
		assert_int_equal(count(&p, "plimsoll_ended_containers_total"), n);
		assert_int_equal(count(&p, "plimsoll_ended_cpu_usage_seconds_total"), n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_formats),
		cmocka_unit_test(nothing_heard),
		cmocka_unit_test(what_is_asked_for),
		cmocka_unit_test(hostile_names_stay_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

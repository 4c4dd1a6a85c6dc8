/* SPDX-License-Identifier: Apache-2.0 */
/* The table itself: what every row has to keep to, and the sets of rows. */
#include "model/derive.h"
#include "model/metric.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

static void fail_row(const struct metric *m, const char *why)
{
	fail_msg("%s: %s", m->id_name, why);
}

static void rows_are_whole(void **state)
{
	(void)state;
	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		const struct metric *m = &metrics[id];

		assert_int_equal(m->id, id);
		assert_true(m->group < GROUP__COUNT && m->dimension < DIMENSION__COUNT);
		if (!*m->help || m->help[strlen(m->help) - 1] != '.')
			fail_row(m, "HELP is not a sentence");
		if (strchr(m->help, '\n') || strchr(m->help, '\\'))
			fail_row(m, "HELP needs escaping");
		if (!*m->json != !*m->header)
			fail_row(m, "a column needs a key and a header");
		if (!*m->json && !*m->prometheus)
			fail_row(m, "nobody can ask for it");
		if (m->v2.kind == PLACE_NOWHERE && m->v1.kind == PLACE_NOWHERE)
			fail_row(m, "it is nowhere");
		if ((m->kind == KIND_TEXT) != (m->format == FORMAT_TEXT))
			fail_row(m, "a text is shown as one");
		if (m->kind == KIND_TEXT && (m->dimension != DIMENSION_ONE || *m->prometheus))
			fail_row(m, "a text has one value and is no sample");
		for (const char *c = m->json; *c; c++)
			if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '_')
				fail_row(m, "its JSON key is not in lower case");
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);

	return len >= strlen(end) && strcmp(text + len - strlen(end), end) == 0;
}

/* What promtool and OpenMetrics ask of names. */
static void prometheus_names(void **state)
{
	(void)state;
	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		const struct metric *m = &metrics[id];

		if (!*m->prometheus)
			continue;
		for (const char *c = m->prometheus; *c; c++)
			if (!isalnum((unsigned char)*c) && *c != '_')
				fail_row(m, "its name has a character that no name has");
		if (strncmp(m->prometheus, "container_", 10) != 0)
			fail_row(m, "its name is not a container's");
		if ((m->kind == KIND_COUNTER) != ends_with(m->prometheus, "_total"))
			fail_row(m, "counters, and nothing else, end in _total");
		if ((ends_with(m->prometheus, "_count") || ends_with(m->prometheus, "_sum") ||
		     ends_with(m->prometheus, "_bucket")) != (m->kind == KIND_HISTOGRAM))
			fail_row(m, "its name is one of a histogram's part, or is none");
		if (m->unit == UNIT_NSEC && m->kind == KIND_COUNTER &&
		    !ends_with(m->prometheus, "_seconds_total"))
			fail_row(m, "a time is in seconds");
	}
}

/* A family's rows stand together, agree, and differ in their labels. */
static void families(void **state)
{
	(void)state;
	for (unsigned a = 0; a < METRIC__COUNT; a++) {
		for (unsigned b = a + 1; b < METRIC__COUNT; b++) {
			const struct metric *x = &metrics[a];
			const struct metric *y = &metrics[b];

			if (!*x->prometheus || strcmp(x->prometheus, y->prometheus) != 0)
				continue;
			if (strcmp(metrics[b - 1].prometheus, y->prometheus) != 0)
				fail_row(y, "its family is interrupted");
			if (strcmp(x->labels, y->labels) == 0)
				fail_row(y, "another row has its name and labels");
			if (x->kind != y->kind || x->unit != y->unit || x->dimension != y->dimension ||
			    strcmp(x->help, y->help) != 0)
				fail_row(y, "its family does not agree");
		}
	}
}

static void keys_are_unique(void **state)
{
	(void)state;
	for (unsigned a = 0; a < METRIC__COUNT; a++) {
		if (!*metrics[a].json)
			continue;
		assert_int_equal(metric_find(metrics[a].json), a);
		for (unsigned b = a + 1; b < METRIC__COUNT; b++)
			if (strcasecmp(metrics[a].json, metrics[b].json) == 0 ||
			    strcasecmp(metrics[a].json, metrics[b].header) == 0)
				fail_row(&metrics[b], "another row has its key");
	}
}

static void places_are_whole(void **state)
{
	(void)state;
	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		const struct metric_place *const places[] = {&metrics[id].v2, &metrics[id].v1};

		for (size_t i = 0; i < 2; i++) {
			const struct metric_place *p = places[i];
			const char *star = p->file ? strchr(p->file, '*') : NULL;

			if (p->kind == PLACE_CGROUP || p->kind == PLACE_PID) {
				if (!p->file || !*p->file || strlen(p->file) > 48 ||
				    (star && strchr(star + 1, '*')))
					fail_row(&metrics[id], "its file has an odd name");
				if ((star != NULL) != (metrics[id].dimension == DIMENSION_PAGESIZE))
					fail_row(&metrics[id], "a '*' is a page size");
				if ((p->scale == SCALE_AS_TEXT) != (metrics[id].kind == KIND_TEXT))
					fail_row(&metrics[id], "its scale and kind don't fit");
			}
			if (p->kind == PLACE_SAME_AS) {
				const struct metric *origin = &metrics[p->same_as];

				if (metrics[id].v2.same_as != metrics[id].v1.same_as ||
				    metrics[id].v1.kind != PLACE_SAME_AS ||
				    metrics[id].v2.kind != PLACE_SAME_AS)
					fail_row(&metrics[id], "it is the same as two others");
				if (origin->v2.kind == PLACE_SAME_AS ||
				    origin->dimension != metrics[id].dimension ||
				    origin->kind != metrics[id].kind || origin->unit != metrics[id].unit)
					fail_row(&metrics[id], "it is unlike what it is the same as");
			}
		}
	}
}

static void slots_are_dense(void **state)
{
	(void)state;
	for (unsigned d = 0; d < DIMENSION__COUNT; d++) {
		uint64_t seen[(METRIC__COUNT + 63) / 64] = {0};
		unsigned n = 0;

		for (unsigned id = 0; id < METRIC__COUNT; id++) {
			unsigned slot = metric_slot(id);

			if (metrics[id].dimension != d)
				continue;
			assert_true(slot < dimension_width(d));
			assert_int_equal(slot, metric_slot(metric_origin(id)));
			if (metric_origin(id) != id)
				continue;
			assert_false(seen[slot / 64] >> (slot % 64) & 1);
			seen[slot / 64] |= UINT64_C(1) << (slot % 64);
			n++;
		}
		assert_int_equal(n, dimension_width(d));
		/* the valid bits of a series are one word */
		assert_true(d == DIMENSION_ONE || n <= 64);
		assert_true(n > 0);
	}
}

/* --- derived rows --- */

static void derived_rows_have_inputs(void **state)
{
	(void)state;
	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		enum metric_id from[8];
		size_t n = derive_inputs(id, from, 8);

		if ((metrics[id].v2.kind == PLACE_DERIVED || metrics[id].v1.kind == PLACE_DERIVED) && n == 0)
			fail_row(&metrics[id], "nobody computes it");
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(metrics[from[i]].dimension, DIMENSION_ONE);
			assert_int_not_equal(from[i], id);
		}
	}
	assert_int_equal(derive_inputs(METRIC_MEMORY_USAGE, (enum metric_id[8]){0}, 8), 0);
	assert_int_equal(derive_inputs(METRIC_MEMORY_WORKING_SET, (enum metric_id[1]){0}, 1), 1);
}

static void closing(void **state)
{
	struct metric_set s = {0};
	struct metric_set again;

	(void)state;
	metric_set_add(&s, METRIC_MEMORY_WORKING_SET);
	metric_set_add(&s, METRIC_BLKIO_READ);
	metric_set_add(&s, METRIC_CPU_PERIODS);
	metric_set_close(&s);
	assert_true(metric_set_has(&s, METRIC_MEMORY_USAGE));
	assert_true(metric_set_has(&s, METRIC_MEMORY_INACTIVE_FILE));
	assert_true(metric_set_has(&s, METRIC_IO_READ_BYTES));
	assert_true(metric_set_has(&s, METRIC_CPU_QUOTA));
	assert_false(metric_set_has(&s, METRIC_IO_WRITE_BYTES));
	again = s;
	metric_set_close(&again);
	assert_true(metric_set_equal(&s, &again));
}

/* --- sets --- */

static void sets(void **state)
{
	struct metric_set a = {0};
	struct metric_set b = {0};
	unsigned n = 0;

	(void)state;
	assert_true(metric_set_contains(&a, &b));
	metric_set_add(&a, 0);
	metric_set_add(&a, 63);
	metric_set_add(&a, 64);
	metric_set_add(&a, METRIC__COUNT - 1);
	assert_true(metric_set_contains(&a, &b));
	assert_false(metric_set_contains(&b, &a));
	assert_false(metric_set_equal(&a, &b));
	metric_set_foreach (id, &a)
		n++;
	assert_int_equal(n, 4);
	metric_set_unite(&b, &a);
	assert_true(metric_set_equal(&a, &b));
	metric_set_remove(&b, 64);
	assert_false(metric_set_has(&b, 64));
	assert_true(metric_set_has(&b, 63));
	assert_true(metric_set_contains(&a, &b));
	assert_false(metric_set_contains(&b, &a));
}

static void groups(void **state)
{
	struct metric_set all = {0};
	struct metric_set defaults = {0};

	(void)state;
	for (unsigned g = 0; g < GROUP__COUNT; g++) {
		struct metric_set one = {0};

		assert_int_equal(metric_group_find(metric_groups[g].name), g);
		assert_true(*metric_groups[g].help);
		assert_false(metric_set_has_group(&one, g));
		metric_set_add_group(&one, g);
		assert_true(metric_set_has_group(&one, g)); /* no group is empty */
		for (unsigned other = 0; other < GROUP__COUNT; other++)
			assert_int_equal(metric_set_has_group(&one, other), other == g);
		metric_set_unite(&all, &one);
	}
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		assert_true(metric_set_has(&all, id));
	assert_int_equal(metric_group_find("nobody"), GROUP__COUNT);
	assert_int_equal(metric_group_find(""), GROUP__COUNT);
	metric_set_defaults(&defaults);
	for (unsigned id = 0; id < METRIC__COUNT; id++)
		assert_int_equal(metric_set_has(&defaults, id),
				 metric_groups[metrics[id].group].on_by_default);
}

static void finding(void **state)
{
	(void)state;
	assert_int_equal(metric_find("memory_usage_bytes"), METRIC_MEMORY_USAGE);
	assert_int_equal(metric_find("MEMORY_USAGE_BYTES"), METRIC_MEMORY_USAGE);
	assert_int_equal(metric_find("mem peak"), METRIC_MEMORY_PEAK);
	assert_int_equal(metric_find("nobody"), METRIC__COUNT);
	assert_int_equal(metric_find(""), METRIC__COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_whole),
		cmocka_unit_test(prometheus_names),
		cmocka_unit_test(families),
		cmocka_unit_test(keys_are_unique),
		cmocka_unit_test(places_are_whole),
		cmocka_unit_test(slots_are_dense),
		cmocka_unit_test(derived_rows_have_inputs),
		cmocka_unit_test(closing),
		cmocka_unit_test(sets),
		cmocka_unit_test(groups),
		cmocka_unit_test(finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

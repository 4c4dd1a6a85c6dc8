/* SPDX-License-Identifier: Apache-2.0 */
#include "exporter/table.h"

#include "sample.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
DEFINE_CLEANUP(struct comparison *, comparison_free)
DEFINE_CLEANUP(struct json_tokener *, json_tokener_free)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)
#define _cleanup_comparison_ _cleanup_(comparison_freep)

static void put_object(struct json_object *o)
{
	json_object_put(o);
}
DEFINE_CLEANUP(struct json_object *, put_object)
#define _cleanup_json_ _cleanup_(put_objectp)

/* One row, read back by a strict parser. */
static struct json_object *row_of(const struct comparison *c, size_t index, struct str *text)
{
	_cleanup_(json_tokener_freep) struct json_tokener *parser = json_tokener_new();
	const struct table_options options = {.rows = &index, .n_rows = 1};
	struct json_object *o;

	table_json(text, c, &options);
	assert_false(text->failed);
	assert_int_equal(text->data[text->len - 1], '\n');
	assert_ptr_equal(strchr(text->data, '\n'), text->data + text->len - 1);
	json_tokener_set_flags(parser, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(parser, text->data, (int)text->len);
	if (!o)
		fail_msg("%s", json_tokener_error_desc(json_tokener_get_error(parser)));
	return o;
}

/* The member's own text, as it was written; NULL for null. It has to be there. */
static const char *member(struct json_object *o, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value))
		fail_msg("no %s", key);
	return value ? json_object_get_string(value) : NULL;
}

static bool has(struct json_object *o, const char *key)
{
	return json_object_object_get_ex(o, key, NULL);
}

static void test_identity(void **state)
{
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_comparison_ struct comparison *c = comparison_new(NULL, s);
	_cleanup_str_ struct str text = {0};
	_cleanup_str_ struct str other = {0};
	_cleanup_json_ struct json_object *web = NULL;
	_cleanup_json_ struct json_object *job = NULL;
	struct json_object *labels;

	(void)state;
	assert_non_null(c);
	web = row_of(c, 0, &text);
	assert_string_equal(member(web, "name"), "web");
	assert_string_equal(member(web, "id"), SAMPLE_ID);
	assert_string_equal(member(web, "path"), "/docker/" SAMPLE_ID);
	assert_string_equal(member(web, "class"), "container");
	assert_string_equal(member(web, "runtime"), "docker");
	assert_string_equal(member(web, "image"), "nginx:1.25");
	assert_string_equal(member(web, "compose_project"), "shop");
	assert_null(member(web, "pod"));
	assert_string_equal(member(web, "ended"), "false");
	assert_string_equal(member(web, "time_seconds"), "1700000000");
	assert_true(json_object_object_get_ex(web, "labels", &labels));
	assert_string_equal(member(labels, "tier"), "front \"end\"");
	job = row_of(c, 2, &other);
	assert_string_equal(member(job, "ended"), "true");
}

static void test_every_metric_is_there(void **state)
{
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_comparison_ struct comparison *c = comparison_new(NULL, s);
	_cleanup_str_ struct str text = {0};
	_cleanup_str_ struct str other = {0};
	_cleanup_json_ struct json_object *web = NULL;
	_cleanup_json_ struct json_object *work = NULL;

	(void)state;
	assert_non_null(c);
	web = row_of(c, 0, &text);
	work = row_of(c, 1, &other);
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		char key[128];

		if (!*metrics[id].json)
			continue;
		/* Keys stand once, whether at the top or in an instance. */
		snprintf(key, sizeof(key), "\"%s\":", metrics[id].json);
		assert_non_null(strstr(text.data, key));
		if (metrics[id].dimension != DIMENSION_ONE)
			continue;
		assert_non_null(member(web, metrics[id].json));
		assert_ptr_equal(strstr(strstr(text.data, key) + 1, key), NULL);
		assert_true(has(work, metrics[id].json));
	}
	assert_string_equal(member(work, "cpu_usage_seconds"), "0.5");
	assert_null(member(work, "cpu_user_seconds"));
	assert_string_equal(member(work, "memory_limit_bytes"), "max");
	assert_string_equal(member(work, "devices"), "[ ]");
	assert_string_equal(member(work, "rates"), "{ }");
}

static void test_exact_numbers(void **state)
{
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_comparison_ struct comparison *c = NULL;
	_cleanup_str_ struct str text = {0};
	_cleanup_json_ struct json_object *o = NULL;
	size_t i = sample_add_plain(s, "/x");

	(void)state;
	snapshot_set(s, i, METRIC_MEMORY_USAGE, UINT64_MAX);
	snapshot_set(s, i, METRIC_CPU_USAGE, UINT64_C(9007199254740993));
	snapshot_set(s, i, METRIC_PRESSURE_IO_FULL_AVG10, 1);
	snapshot_seal(s);
	c = comparison_new(NULL, s);
	assert_non_null(c);
	o = row_of(c, i, &text);
	assert_non_null(strstr(text.data, "\"memory_usage_bytes\":18446744073709551615,"));
	assert_non_null(strstr(text.data, "\"cpu_usage_seconds\":9007199.254740993,"));
	assert_non_null(strstr(text.data, "\"pressure_io_full_avg10_ratio\":0.0001,"));
	assert_null(member(o, "cpuset_cpus"));
}

static void test_instances(void **state)
{
	static const enum metric_id ids[] = {METRIC_IO_READ_BYTES, METRIC_IO_WRITE_BYTES,
					     METRIC_NET_RX_BYTES};
	_cleanup_snapshot_ struct snapshot *s = sample_new_at(0, ids, ARRAY_SIZE(ids));
	_cleanup_comparison_ struct comparison *c = NULL;
	_cleanup_str_ struct str text = {0};
	_cleanup_json_ struct json_object *o = NULL;

	(void)state;
	sample_add_plain(s, "/x");
	sample_series(s, DIMENSION_DEVICE, "vdb", "254:16", METRIC_IO_READ_BYTES, 1);
	sample_series(s, DIMENSION_DEVICE, "vda", "254:0", METRIC_IO_WRITE_BYTES, 2);
	snapshot_seal(s);
	c = comparison_new(NULL, s);
	assert_non_null(c);
	o = row_of(c, 0, &text);
	assert_non_null(
		strstr(text.data,
		       ",\"devices\":[{\"device\":\"vda\",\"number\":\"254:0\",\"io_read_bytes\":null,"
		       "\"io_write_bytes\":2},{\"device\":\"vdb\",\"number\":\"254:16\",\"io_read_bytes\":1,"
		       "\"io_write_bytes\":null}],\"interfaces\":[],\"rates\":{}}\n"));
	assert_false(has(o, "nodes"));
	assert_false(has(o, "cpu_usage_seconds"));
}

static void test_rates(void **state)
{
	static const enum metric_id ids[] = {METRIC_CPU_USAGE, METRIC_IO_READ_BYTES, METRIC_MEMORY_PGFAULT,
					     METRIC_MEMORY_USAGE};
	_cleanup_snapshot_ struct snapshot *a = sample_new_at(0, ids, ARRAY_SIZE(ids));
	_cleanup_snapshot_ struct snapshot *b = sample_new_at(3000000000, ids, ARRAY_SIZE(ids));
	_cleanup_comparison_ struct comparison *c = NULL;
	_cleanup_str_ struct str text = {0};
	_cleanup_json_ struct json_object *o = NULL;

	(void)state;
	snapshot_set(a, sample_add_plain(a, "/x"), METRIC_CPU_USAGE, 1000000000);
	snapshot_set(a, 0, METRIC_MEMORY_USAGE, 1);
	snapshot_set(a, 0, METRIC_MEMORY_PGFAULT, 10);
	sample_series(a, DIMENSION_DEVICE, "vda", "254:0", METRIC_IO_READ_BYTES, 0);
	snapshot_seal(a);
	snapshot_set(b, sample_add_plain(b, "/x"), METRIC_CPU_USAGE, 2000000000);
	snapshot_set(b, 0, METRIC_MEMORY_USAGE, 2);
	snapshot_set(b, 0, METRIC_MEMORY_PGFAULT, 9);
	sample_series(b, DIMENSION_DEVICE, "vda", "254:0", METRIC_IO_READ_BYTES, 4096);
	snapshot_seal(b);
	c = comparison_new(a, b);
	assert_non_null(c);
	o = row_of(c, 0, &text);
	/* A counter that went back has no rate, and a gauge never has one. */
	assert_non_null(strstr(
		text.data, ",\"rates\":{\"cpu_usage_seconds\":0.333333,\"io_read_bytes\":1365.333333}}\n"));
	assert_true(has(o, "rates"));
}

static void test_limited_by(void **state)
{
	static const enum metric_id ids[] = {METRIC_CPU_PERIODS, METRIC_CPU_THROTTLED_PERIODS,
					     METRIC_MEMORY_FAILCNT, METRIC_MEMORY_USAGE, METRIC_MEMORY_LIMIT};
	_cleanup_snapshot_ struct snapshot *a = sample_new_at(0, ids, ARRAY_SIZE(ids));
	_cleanup_snapshot_ struct snapshot *b = sample_new_at(1000000000, ids, ARRAY_SIZE(ids));
	_cleanup_snapshot_ struct snapshot *little = sample_new_at(1000000000, ids, 1);
	_cleanup_comparison_ struct comparison *c = NULL;
	_cleanup_comparison_ struct comparison *blind = NULL;
	_cleanup_str_ struct str text = {0};
	_cleanup_str_ struct str idle = {0};
	_cleanup_str_ struct str unknown = {0};
	_cleanup_json_ struct json_object *o = NULL;
	_cleanup_json_ struct json_object *p = NULL;
	_cleanup_json_ struct json_object *q = NULL;

	(void)state;
	sample_add_plain(a, "/x");
	sample_add_plain(a, "/y");
	sample_add_plain(b, "/x");
	sample_add_plain(b, "/y");
	sample_add_plain(little, "/x");
	snapshot_set(a, 0, METRIC_CPU_PERIODS, 0);
	snapshot_set(a, 0, METRIC_CPU_THROTTLED_PERIODS, 0);
	snapshot_set(b, 0, METRIC_CPU_PERIODS, 8);
	snapshot_set(b, 0, METRIC_CPU_THROTTLED_PERIODS, 2);
	snapshot_seal(a);
	snapshot_seal(b);
	snapshot_seal(little);
	c = comparison_new(a, b);
	blind = comparison_new(a, little);
	assert_true(c && blind);
	o = row_of(c, 0, &text);
	assert_string_equal(member(o, "limited_by"),
			    "{ \"limiter\": \"cpu.max\", \"share\": 0.25, \"rate\": null, "
			    "\"device\": null, \"limit_of\": \"\\/x\" }");
	p = row_of(c, 1, &idle);
	assert_true(has(p, "limited_by"));
	assert_null(member(p, "limited_by"));
	q = row_of(blind, 0, &unknown);
	assert_true(has(q, "limited_by"));
	assert_null(member(q, "limited_by"));
}

static void test_hostile_text(void **state)
{
	static const struct label labels[] = {{"k\"\n", "\xFF\x01"}, {"", "empty"}};
	static const struct identity who = {.name = "a\"b\\c\nd\x1B\xFF", .n_labels = 2, .labels = labels};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_comparison_ struct comparison *c = NULL;
	_cleanup_str_ struct str text = {0};
	_cleanup_json_ struct json_object *o = NULL;
	struct json_object *found;

	(void)state;
	sample_add(s, "/\xC3/{", ENTITY_CONTAINER, &who, 0, false);
	snapshot_seal(s);
	c = comparison_new(NULL, s);
	assert_non_null(c);
	o = row_of(c, 0, &text);
	assert_string_equal(member(o, "name"), "a\"b\\c\nd\x1B\xEF\xBF\xBD");
	assert_string_equal(member(o, "path"), "/\xEF\xBF\xBD/{");
	assert_true(json_object_object_get_ex(o, "labels", &found));
	assert_string_equal(member(found, "k\"\n"), "\xEF\xBF\xBD\x01");
	assert_string_equal(member(found, ""), "empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),      cmocka_unit_test(test_every_metric_is_there),
		cmocka_unit_test(test_exact_numbers), cmocka_unit_test(test_instances),
		cmocka_unit_test(test_rates),	      cmocka_unit_test(test_limited_by),
		cmocka_unit_test(test_hostile_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

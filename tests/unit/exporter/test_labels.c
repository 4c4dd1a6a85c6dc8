/* SPDX-License-Identifier: Apache-2.0 */
#include "labels.h"

#include "sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

DEFINE_CLEANUP(struct labels *, labels_unref)
DEFINE_CLEANUP(struct snapshot *, snapshot_unref)
#define _cleanup_labels_ _cleanup_(labels_unrefp)
#define _cleanup_snapshot_ _cleanup_(snapshot_unrefp)

static void assert_block(const struct labels *l, size_t row, const char *expected)
{
	const char *block;

	assert_true(row < l->n_rows);
	block = l->text.data + l->rows[row].at;
	if (!slice_is((struct slice){block, l->rows[row].len}, expected))
		fail_msg("%.*s\nis not\n%s", (int)l->rows[row].len, block, expected);
}

static void test_blocks(void **state)
{
	static const struct identity pod = {.runtime = RUNTIME_CONTAINERD,
					    .id = "c1",
					    .name = "c1",
					    .image = "busybox",
					    .kube_container = "main",
					    .pod = "pod-1",
					    .pod_namespace = "default"};
	static const struct identity unit = {
		.runtime = RUNTIME_SYSTEMD, .id = "a.service", .name = "a.service"};
	const struct render_options options = {0};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_labels_ struct labels *l = NULL;

	(void)state;
	sample_add_web(s);
	sample_add(s, "/kubepods/c1", ENTITY_CONTAINER, &pod, 0, false);
	sample_add(s, "/system.slice/a.service", ENTITY_SERVICE, &unit, 0, false);
	sample_add_plain(s, "/");
	snapshot_seal(s);
	l = labels_get(s, &options);
	assert_non_null(l);
	assert_int_equal(l->n_rows, 4);
	assert_block(l, 0, "id=\"/docker/" SAMPLE_ID "\",image=\"nginx:1.25\",name=\"web\"");
	assert_block(l, 1,
		     "id=\"/kubepods/c1\",image=\"busybox\",name=\"c1\",container=\"main\",pod=\"pod-1\","
		     "namespace=\"default\"");
	assert_block(l, 2, "id=\"/system.slice/a.service\"");
	assert_block(l, 3, "id=\"/\"");
}

static void test_allow_list(void **state)
{
	static const char *const some[] = {"com.docker.*", "nothing"};
	static const char *const all[] = {"*"};
	const struct render_options two = {.labels = some, .n_labels = ARRAY_SIZE(some)};
	const struct render_options any = {.labels = all, .n_labels = ARRAY_SIZE(all)};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_labels_ struct labels *l = NULL;
	_cleanup_labels_ struct labels *more = NULL;

	(void)state;
	sample_add_web(s);
	snapshot_seal(s);
	l = labels_get(s, &two);
	more = labels_get(s, &any);
	assert_non_null(l);
	assert_non_null(more);
	assert_block(l, 0,
		     "id=\"/docker/" SAMPLE_ID "\",image=\"nginx:1.25\",name=\"web\","
		     "container_label_com_docker_compose_project=\"shop\"");
	assert_block(more, 0,
		     "id=\"/docker/" SAMPLE_ID "\",image=\"nginx:1.25\",name=\"web\","
		     "container_label_com_docker_compose_project=\"shop\",container_label_tier=\"front "
		     "\\\"end\\\"\"");
}

static void test_label_names_that_collide(void **state)
{
	static const char *const all[] = {"*"};
	static const struct label labels[] = {{"a.b", "dot"},	{"a_b", "itself"},     {"a-b", "dash"},
					      {"x/y", "slash"}, {"x y", "space"},      {"\xC3\xA9", "accent"},
					      {"e", ""},	{"Upper.Case", "kept"}};
	static const struct identity who = {.runtime = RUNTIME_DOCKER,
					    .id = "c",
					    .name = "c",
					    .n_labels = ARRAY_SIZE(labels),
					    .labels = labels};
	const struct render_options any = {.labels = all, .n_labels = ARRAY_SIZE(all)};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_labels_ struct labels *l = NULL;

	(void)state;
	sample_add(s, "/docker/c", ENTITY_CONTAINER, &who, 0, false);
	snapshot_seal(s);
	l = labels_get(s, &any);
	assert_non_null(l);
	assert_block(l, 0,
		     "id=\"/docker/"
		     "c\",name=\"c\",container_label_Upper_Case=\"kept\",container_label___=\"accent\","
		     "container_label_a_b=\"itself\",container_label_x_y=\"space\"");
}

/* A label of 10 MB, and 100,000 labels: what a series may carry is bounded. */
static void test_labels_are_bounded(void **state)
{
	enum { MANY = 1000, BIG = 10 * 1024 * 1024 };
	static const char *const all[] = {"*"};
	const struct render_options any = {.labels = all, .n_labels = ARRAY_SIZE(all)};
	static char keys[MANY][16];
	static struct label labels[MANY];
	_cleanup_free_ char *big = calloc(1, BIG + 1);
	struct identity who = {.runtime = RUNTIME_DOCKER, .n_labels = MANY, .labels = labels};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_labels_ struct labels *l = NULL;

	(void)state;
	assert_non_null(big);
	memset(big, 'x', BIG);
	for (size_t i = 0; i < MANY; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%04zu", i);
		labels[i] = (struct label){keys[i], i ? "v" : big};
	}
	who.image = big;
	sample_add(s, "/docker/c", ENTITY_CONTAINER, &who, 0, false);
	snapshot_seal(s);
	l = labels_get(s, &any);
	assert_non_null(l);
	assert_in_range(l->rows[0].len, 2 * RENDER_LABEL_MAX, 2 * RENDER_LABEL_MAX + 4096);
	assert_non_null(strstr(l->text.data, ",container_label_k0063=\"v\""));
	assert_null(strstr(l->text.data, "container_label_k0064"));
}

static void test_long_paths_stay_distinct(void **state)
{
	enum { LONG = 3000 };
	const struct render_options options = {0};
	char path[LONG + 1] = "/";
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_labels_ struct labels *l = NULL;
	const char *first;

	(void)state;
	memset(path + 1, 'd', LONG - 1);
	path[LONG] = '\0';
	path[LONG - 1] = '1';
	sample_add_plain(s, path);
	path[LONG - 1] = '2';
	sample_add_plain(s, path);
	snapshot_seal(s);
	l = labels_get(s, &options);
	assert_non_null(l);
	assert_int_equal(l->n_rows, 2);
	assert_int_equal(l->rows[0].len, l->rows[1].len);
	assert_true(l->rows[0].len < RENDER_LABEL_MAX + 64);
	first = l->text.data + l->rows[0].at;
	assert_memory_not_equal(first, l->text.data + l->rows[1].at, l->rows[0].len);
	assert_memory_equal(first + l->rows[0].len - 22, "\xEF\xBF\xBD~#0000000000000001\"", 22);
}

static void test_one_path_one_row(void **state)
{
	static const struct identity who = {
		.runtime = RUNTIME_SYSTEMD, .id = "a.service", .name = "a.service"};
	const struct render_options lingering = {.lingering = true};
	const struct render_options living = {0};
	_cleanup_snapshot_ struct snapshot *s = sample_new();
	_cleanup_labels_ struct labels *l = NULL;
	_cleanup_labels_ struct labels *few = NULL;

	(void)state;
	sample_add(s, "/a.service", ENTITY_SERVICE, &who, 7, true);
	sample_add(s, "/b.service", ENTITY_SERVICE, &who, 8, true);
	sample_add(s, "/a.service", ENTITY_SERVICE, &who, 9, false);
	sample_add(s, "/b.service", ENTITY_SERVICE, &who, 10, true);
	sample_add(s, "/a.service", ENTITY_SERVICE, &who, 6, true);
	snapshot_seal(s);
	l = labels_get(s, &lingering);
	assert_non_null(l);
	assert_int_equal(l->n_rows, 2);
	assert_int_equal(l->rows[0].entity, 2); /* alive */
	assert_int_equal(l->rows[1].entity, 3); /* the later one */
	few = labels_get(s, &living);
	assert_non_null(few);
	assert_int_equal(few->n_rows, 1);
	assert_int_equal(few->rows[0].entity, 2);
}

static size_t count_selected(struct snapshot *s, const struct render_options *options)
{
	_cleanup_labels_ struct labels *l = labels_get(s, options);

	assert_non_null(l);
	return l->n_rows;
}

static size_t count_named(struct snapshot *s, const char *glob)
{
	const struct render_options options = {.names = &glob, .n_names = 1, .lingering = true};

	return count_selected(s, &options);
}

static void test_selection(void **state)
{
	const struct render_options all = {.lingering = true};
	const struct render_options living = {0};
	const struct render_options groups = {.classes = 1U << ENTITY_GROUP};
	_cleanup_snapshot_ struct snapshot *s = sample_full();

	(void)state;
	assert_int_equal(count_selected(s, &all), 3);
	assert_int_equal(count_selected(s, &living), 2);
	assert_int_equal(count_selected(s, &groups), 1);
	assert_int_equal(count_named(s, "web"), 1);
	assert_int_equal(count_named(s, "we"), 0);
	assert_int_equal(count_named(s, "w*"), 1);
	assert_int_equal(count_named(s, "/*"), 3);
	assert_int_equal(count_named(s, "/work"), 1);
	assert_int_equal(count_named(s, SAMPLE_ID), 1);
	assert_int_equal(count_named(s, "4f5c01234567"), 1);
	assert_int_equal(count_named(s, "4f5c"), 0);
	assert_int_equal(count_named(s, "4f5c*"), 1);
	assert_int_equal(count_named(s, ""), 0);
}

static void test_sharing(void **state)
{
	static const char *const globs[] = {"a", "b"};
	const struct render_options plain = {0};
	const struct render_options other_format = {.exposition = EXPOSITION_OPENMETRICS};
	const struct render_options one = {.labels = globs, .n_labels = 1};
	const struct render_options two = {.labels = globs, .n_labels = 2};
	const struct render_options names = {.names = globs, .n_names = 2};
	_cleanup_snapshot_ struct snapshot *s = sample_full();
	_cleanup_snapshot_ struct snapshot *t = sample_full();
	_cleanup_labels_ struct labels *a = labels_get(s, &plain);
	_cleanup_labels_ struct labels *b = labels_get(s, &other_format);
	_cleanup_labels_ struct labels *c = labels_get(s, &one);
	_cleanup_labels_ struct labels *d = labels_get(s, &two);
	_cleanup_labels_ struct labels *e = labels_get(s, &names);
	_cleanup_labels_ struct labels *f = labels_get(t, &plain);

	(void)state;
	assert_non_null(a);
	assert_ptr_equal(a, b);
	assert_ptr_not_equal(a, c);
	assert_ptr_not_equal(c, d);
	assert_ptr_not_equal(d, e);
	assert_ptr_not_equal(a, f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_allow_list),
		cmocka_unit_test(test_label_names_that_collide),
		cmocka_unit_test(test_labels_are_bounded),
		cmocka_unit_test(test_long_paths_stay_distinct),
		cmocka_unit_test(test_one_path_one_row),
		cmocka_unit_test(test_selection),
		cmocka_unit_test(test_sharing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

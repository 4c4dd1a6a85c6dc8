/* SPDX-License-Identifier: Apache-2.0 */
/* Every allocation fails once: what renders says so, and neither crashes nor leaks (with sanitizers). */
#include "exporter/render.h"
#include "exporter/table.h"
#include "sample.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);

/* Allocations that still succeed. */
static int left = INT32_MAX;

static bool allowed(void)
{
	return left == INT32_MAX || left-- > 0;
}

void *__wrap_malloc(size_t size)
{
	return allowed() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return allowed() ? __real_calloc(n, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return allowed() ? __real_realloc(old, size) : NULL;
}

/* Bytes of a whole exposition, or a negative errno. */
static ssize_t render(struct snapshot *s, const struct render_options *o)
{
	struct renderer *r = renderer_new(s, NULL, o);
	char piece[256];
	ssize_t total = 0;
	ssize_t n;

	if (!r)
		return -ENOMEM;
	do {
		n = renderer_read(r, piece, sizeof(piece));
		total += n > 0 ? n : 0;
	} while (n > 0);
	renderer_free(r);
	return n < 0 ? n : total;
}

static void test_renderer(void **state)
{
	static const char *const all[] = {"*"};
	const struct render_options options = {
		.exposition = EXPOSITION_OPENMETRICS, .labels = all, .n_labels = 1, .lingering = true};
	struct snapshot *s = sample_full();
	ssize_t whole = render(s, &options);
	int failures = 0;

	(void)state;
	assert_true(whole > 10000);
	for (int n = 0;; n++) {
		ssize_t got;
		bool ran_out;

		left = n;
		got = render(s, &options);
		ran_out = left <= 0;
		left = INT32_MAX;
		/* Giving memory back may fail, and then nothing is lost; otherwise nothing is half done. */
		if (got != whole)
			assert_int_equal(got, -ENOMEM);
		failures += got < 0;
		if (got == whole && !ran_out)
			break;
	}
	assert_in_range(failures, 10, 1000);
	snapshot_unref(s);
}

static void test_tables(void **state)
{
	const struct column *columns[] = {column_find("name"), column_find("pod"), column_find("cpu_time")};
	const size_t rows[] = {0, 1, 2};
	const struct table_options options = {.columns = columns, .n_columns = 3, .rows = rows, .n_rows = 3};
	struct snapshot *s = sample_full();
	struct comparison *c = comparison_new(NULL, s);
	int failures = 0;

	(void)state;
	assert_non_null(c);
	for (int n = 0; n < 40; n++) {
		struct str text = {0};
		struct str csv = {0};
		struct str json = {0};

		left = n;
		table_text(&text, c, &options);
		left = n;
		table_csv(&csv, c, &options, true);
		left = n;
		table_json(&json, c, &options);
		left = INT32_MAX;
		failures += text.failed + csv.failed + json.failed;
		str_free(&text);
		str_free(&csv);
		str_free(&json);
	}
	assert_in_range(failures, 5, 100);
	comparison_free(c);
	snapshot_unref(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_renderer),
		cmocka_unit_test(test_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "list.h"

#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

static struct list *sorted_list(const char *column, bool reversed)
{
	struct list *l = list_new();

	assert_non_null(l);
	list_sort_by(l, column ? column_find(column) : NULL, reversed);
	return l;
}

static void update(struct list *l, struct comparison **c, unsigned tick, uint32_t without)
{
	struct comparison *fresh = fixture_compare(fixture_snapshot_without(tick - 1, without),
						   fixture_snapshot_without(tick, without));

	assert_int_equal(list_update(l, fresh), 0);
	comparison_free(*c);
	*c = fresh;
}

/* The lines as "web db >cache" with two spaces a depth instead of one. */
static void lines_of(const struct list *l, const struct comparison *c, struct str *out)
{
	for (size_t i = 0; i < list_count(l); i++) {
		const struct list_row *row = list_row(l, i);
		const struct entity *e =
			row->index < 0 ? NULL : snapshot_entity(comparison_later(c), (size_t)row->index);

		str_add(out, i ? " " : "");
		for (unsigned d = 0; d < row->depth; d++)
			str_char(out, '.');
		if (e)
			str_add(out, *e->identity->name ? e->identity->name : e->path);
		else
			str_printf(out, "%s:%s(%zu)", row->kind, row->title, row->n_below);
		str_add(out, row->folded ? "+" : "");
		str_add(out, row->tagged ? "*" : "");
	}
}

static void assert_lines(const struct list *l, const struct comparison *c, const char *expected)
{
	_cleanup_str_ struct str text = {0};

	lines_of(l, c, &text);
	assert_string_equal(text.len ? text.data : "", expected);
}

static size_t line_of(const struct list *l, uint64_t id)
{
	for (size_t i = 0; i < list_count(l); i++)
		if (list_row(l, i)->id == id)
			return i;
	fail_msg("entity %llu is not in the list", (unsigned long long)id);
	return 0;
}

#define WIDE "\xe6\x95\xb0\xe6\x8d\xae\xe5\xba\x93-\xe5\xa4\x87\xe4\xbb\xbd"
#define EVIL "evil\033[31m\nname\xff\xe2\x80\xae"

static void flat(void **state)
{
	struct list *l = sorted_list("cpu", false);
	struct comparison *c = NULL;

	(void)state;
	update(l, &c, 1, 0);
	/* Idle ones by name; the one that has ended has no rate. */
	assert_lines(l, c,
		     "/build api-1 cache web db proxy " WIDE " worker " EVIL " batch-nightly migrate-2");
	list_sort_by(l, column_find("cpu"), true);
	assert_int_equal(list_update(l, c), 0);
	/* What is absent comes last all the same. */
	assert_lines(l, c,
		     "batch-nightly " EVIL " worker " WIDE " proxy db web cache api-1 /build migrate-2");
	list_sort_by(l, column_find("name"), false);
	assert_int_equal(list_update(l, c), 0);
	assert_lines(l, c, "/build api-1 batch-nightly cache db " EVIL " migrate-2 proxy web worker " WIDE);
	list_sort_by(l, NULL, false);
	assert_int_equal(list_update(l, c), 0);
	assert_lines(l, c,
		     "api-1 db worker cache migrate-2 " WIDE " " EVIL " web proxy batch-nightly /build");
	list_free(l);
	comparison_free(c);
}

static void ties_by_name(void **state)
{
	struct list *l = sorted_list("threads_max", false);
	struct comparison *c = NULL;

	(void)state;
	update(l, &c, 1, 0);
	assert_lines(l, c, "/build api-1 batch-nightly cache db " EVIL " migrate-2 proxy web worker " WIDE);
	list_sort_by(l, column_find("threads_max"), true);
	assert_int_equal(list_update(l, c), 0);
	assert_lines(l, c,
		     "api-1 batch-nightly cache db " EVIL " migrate-2 proxy web worker " WIDE " /build");
	list_free(l);
	comparison_free(c);
}

static void by_project(void **state)
{
	struct list *l = sorted_list("cpu", false);
	struct comparison *c = NULL;
	double value;

	(void)state;
	list_group_by(l, GROUPING_PROJECT);
	update(l, &c, 1, 0);
	assert_lines(l, c,
		     "compose:shop(4) .api-1 .cache .db .worker /build pod:front-7d(2) .web .proxy " WIDE
		     " " EVIL " batch-nightly migrate-2");
	assert_true(list_row(l, 0)->id >> 63);
	assert_true(list_number(l, c, 0, column_find("mem_used"), &value));
	assert_true(value == (811.0 + 1638 + 160 + 600) * 1024 * 1024);
	/* Shares have no sum: the worst of them. */
	assert_true(list_number(l, c, 0, column_find("psi_mem"), &value));
	assert_true(value > 0.37 && value < 0.39);
	assert_false(list_number(l, c, 0, column_find("mem_limit"), &value));
	assert_false(list_number(l, c, 0, column_find("name"), &value));
	assert_false(list_number(l, c, 0, column_find("namespace_net"), &value));
	assert_true(list_number(l, c, 1, column_find("mem_limit"), &value));
	assert_true(value == 1024.0 * 1024 * 1024);
	assert_false(list_number(l, c, list_count(l) - 1, column_find("cpu"), &value));
	list_free(l);
	comparison_free(c);
}

/* What is inside of a container is in its figures already. */
static void sums_count_once(void **state)
{
	struct list *l = sorted_list("cpu", false);
	struct comparison *c = NULL;
	double value;

	(void)state;
	list_group_by(l, GROUPING_PROJECT);
	list_show_all(l, true);
	update(l, &c, 1, 0);
	for (size_t i = 0; i < list_count(l); i++) {
		const struct list_row *row = list_row(l, i);

		if (row->index >= 0)
			continue;
		assert_true(list_number(l, c, i, column_find("pids"), &value));
		if (strcmp(row->kind, "compose") == 0) {
			assert_int_equal(row->n_below, 5);
			assert_true(value == 66 + 44 + 43 + 61);
		} else {
			assert_int_equal(row->n_below, 3); /* the pod's slice, too */
			assert_true(value == 18);
		}
	}
	list_free(l);
	comparison_free(c);
}

static void by_runtime(void **state)
{
	struct list *l = sorted_list("name", false);
	struct comparison *c = NULL;

	(void)state;
	list_group_by(l, GROUPING_RUNTIME);
	update(l, &c, 1, 0);
	assert_lines(l, c,
		     "/build runtime:containerd(2) .proxy .web runtime:docker(7) .api-1 .cache .db ." EVIL
		     " .migrate-2 .worker ." WIDE " runtime:plimsoll(1) .batch-nightly");
	list_free(l);
	comparison_free(c);
}

static void by_cgroup(void **state)
{
	struct list *l = sorted_list("cpu", false);
	struct comparison *c = NULL;
	struct error err;

	(void)state;
	list_group_by(l, GROUPING_CGROUP);
	update(l, &c, 1, 0);
	assert_lines(l, c,
		     "/docker .api-1 .cache .db ." WIDE " .worker ." EVIL
		     " .migrate-2 /build /kubepods.slice ./kubepods.slice/kubepods-pod7e.slice ..web ..proxy "
		     "/plimsoll .batch-nightly");
	assert_int_equal(list_filter(l, "proxy", &err), 0);
	assert_int_equal(list_update(l, c), 0);
	/* Branches lead to what matches. */
	assert_lines(l, c, "/kubepods.slice ./kubepods.slice/kubepods-pod7e.slice ..proxy");
	assert_true(list_next_match(l));
	assert_int_equal(list_cursor(l), 2);
	assert_true(list_next_match(l));
	assert_int_equal(list_cursor(l), 2);
	list_free(l);
	comparison_free(c);
}

static void everything(void **state)
{
	struct list *l = sorted_list(NULL, false);
	struct comparison *c = NULL;

	(void)state;
	update(l, &c, 1, 0);
	assert_int_equal(list_count(l), 11);
	list_show_all(l, true);
	assert_true(list_shows_all(l));
	assert_int_equal(list_update(l, c), 0);
	assert_int_equal(list_count(l), FIXTURE__COUNT);
	list_group_by(l, GROUPING_CGROUP);
	assert_int_equal(list_update(l, c), 0);
	assert_int_equal(list_count(l), FIXTURE__COUNT);
	assert_int_equal(list_row(l, 0)->n_below, FIXTURE__COUNT - 1);
	assert_int_equal(list_row(l, 1)->depth, 1);
	list_free(l);
	comparison_free(c);
}

static void filters(void **state)
{
	static const struct {
		const char *text;
		const char *lines;
	} cases[] = {{"web", "web"},
		     {"name=b", "db web batch-nightly"},
		     {"project=shop !worker", "api-1 db cache"},
		     {"  project=shop \t b ", "db"},
		     {"state=paused", "batch-nightly"},
		     {"class=service", "ssh.service"},
		     {"zzz", ""},
		     {"runtime=docker state=running image=postgres", "db"}};
	struct list *l = sorted_list(NULL, false);
	struct comparison *c = NULL;
	struct error err;

	(void)state;
	update(l, &c, 1, 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(list_filter(l, cases[i].text, &err), 0);
		assert_string_equal(list_filter_text(l), cases[i].text);
		assert_int_equal(list_update(l, c), 0);
		assert_lines(l, c, cases[i].lines);
	}
	/* What is no whole filter leaves the one before. */
	assert_int_equal(list_filter(l, "web name=", &err), -EINVAL);
	assert_true(*err.cause);
	assert_int_equal(list_filter(l, "!", &err), -EINVAL);
	assert_int_equal(list_filter(l, "state=x", &err), -EINVAL);
	assert_string_equal(list_filter_text(l), cases[ARRAY_SIZE(cases) - 1].text);
	assert_int_equal(list_update(l, c), 0);
	assert_lines(l, c, "db");
	assert_int_equal(list_filter(l, "", &err), 0);
	assert_int_equal(list_update(l, c), 0);
	assert_int_equal(list_count(l), 11);
	list_free(l);
	comparison_free(c);
}

/* The fleet's CPU figures differ from tick to tick: who is where changes, the cursor doesn't. */
static struct comparison *fleet(unsigned tick)
{
	return fixture_compare(fixture_fleet(tick - 1, 200), fixture_fleet(tick, 200));
}

static void feed(struct list *l, struct comparison **c, unsigned tick)
{
	struct comparison *fresh = fleet(tick);

	assert_int_equal(list_update(l, fresh), 0);
	comparison_free(*c);
	*c = fresh;
}

static void cursor_stays_with_its_own(void **state)
{
	struct list *l = sorted_list("mem_used", false);
	struct comparison *c = NULL;
	uint64_t id;

	(void)state;
	list_move(l, 1, true); /* nothing there */
	assert_int_equal(list_cursor(l), 0);
	feed(l, &c, 1);
	list_move_to(l, 50, false);
	id = list_row(l, 50)->id;
	list_sort_by(l, column_find("name"), false);
	assert_int_equal(list_update(l, c), 0);
	assert_int_equal(list_row(l, list_cursor(l))->id, id);
	assert_true(list_cursor(l) != 50);
	list_move(l, -1000, false);
	assert_int_equal(list_cursor(l), 0);
	list_move(l, 1000, false);
	assert_int_equal(list_cursor(l), 199);
	list_move_to(l, SIZE_MAX, false);
	assert_int_equal(list_cursor(l), 199);
	assert_true(list_move_to_id(l, id));
	assert_int_equal(list_row(l, list_cursor(l))->id, id);
	assert_false(list_move_to_id(l, 987654));
	list_free(l);
	comparison_free(c);
}

/* Until somebody puts it somewhere, the cursor is on whatever comes first. */
static void the_first_line_until_it_is_moved(void **state)
{
	struct list *l = sorted_list("name", false);
	struct comparison *c = NULL;
	uint64_t id;

	(void)state;
	list_choose_cursor(l); /* on nobody yet */
	update(l, &c, 1, 0);
	update(l, &c, 2, 1U << FIXTURE_BUILD);
	assert_int_equal(list_row(l, list_cursor(l))->id, FIXTURE_ENTITY(API));
	list_sort_by(l, column_find("mem_used"), false);
	update(l, &c, 3, 0);
	assert_int_equal(list_cursor(l), 0);
	/* Something is done to the first: from now on it is meant, wherever it goes. */
	list_choose_cursor(l);
	id = list_row(l, 0)->id;
	list_sort_by(l, column_find("mem_used"), true);
	update(l, &c, 4, 0);
	assert_int_equal(list_row(l, list_cursor(l))->id, id);
	assert_int_not_equal(list_cursor(l), 0);
	list_free(l);
	comparison_free(c);
}

static void the_selected_one_goes_away(void **state)
{
	struct list *l = sorted_list("name", false);
	struct comparison *c = NULL;

	(void)state;
	update(l, &c, 1, 0);
	assert_true(list_move_to_id(l, FIXTURE_ENTITY(DB)));
	assert_int_equal(list_cursor(l), 4);
	update(l, &c, 2, 1U << FIXTURE_DB);
	assert_int_equal(list_cursor(l), 4);
	assert_int_equal(list_row(l, 4)->id, FIXTURE_ENTITY(EVIL));
	/* … and it is the new one that is selected from now on. */
	update(l, &c, 3, 0);
	assert_int_equal(list_row(l, list_cursor(l))->id, FIXTURE_ENTITY(EVIL));
	list_move_to(l, SIZE_MAX, false);
	update(l, &c, 4, 1U << FIXTURE_WIDE | 1U << FIXTURE_WORKER);
	assert_int_equal(list_cursor(l), list_count(l) - 1);
	list_free(l);
	comparison_free(c);
}

static bool in_order(const struct list *l, const struct comparison *c, const struct column *column)
{
	double before = 1e300;

	for (size_t i = 0; i < list_count(l); i++) {
		double value;

		if (!list_number(l, c, i, column, &value))
			return false;
		if (value > before)
			return false;
		before = value;
	}
	return true;
}

/* For five pictures after a cursor key everybody stays where they were; who is new comes last. */
static void the_order_is_held(void **state)
{
	const struct column *cpu =
		column_find("cpu_seconds") ? column_find("cpu_seconds") : column_find("cpu_time");
	struct list *l = sorted_list(cpu->key, false);
	struct comparison *c = NULL;
	uint64_t ids[200];

	(void)state;
	feed(l, &c, 1);
	assert_true(in_order(l, c, cpu));
	for (size_t i = 0; i < 200; i++)
		ids[i] = list_row(l, i)->id;
	list_move(l, 3, true);
	for (unsigned t = 2; t <= 6; t++) {
		feed(l, &c, t);
		assert_false(in_order(l, c, cpu));
		assert_int_equal(list_cursor(l), 3);
		for (size_t i = 0; i < 200; i++)
			assert_int_equal(list_row(l, i)->id, ids[i]);
		/* The same picture again doesn't count. */
		assert_int_equal(list_update(l, c), 0);
	}
	feed(l, &c, 7);
	assert_true(in_order(l, c, cpu));
	assert_int_equal(list_row(l, list_cursor(l))->id, ids[3]);
	/* Another order is another order. */
	list_move(l, 1, true);
	list_sort_by(l, column_find("name"), false);
	feed(l, &c, 8);
	assert_int_equal(list_row(l, 0)->id, 3);
	list_free(l);
	comparison_free(c);
}

static void the_new_come_last(void **state)
{
	struct list *l = sorted_list("name", false);
	struct comparison *c = NULL;

	(void)state;
	update(l, &c, 1, 1U << FIXTURE_API | 1U << FIXTURE_CACHE);
	list_move(l, 1, true);
	update(l, &c, 2, 0);
	assert_lines(l, c,
		     "/build batch-nightly db " EVIL " migrate-2 proxy web worker " WIDE " api-1 cache");
	list_free(l);
	comparison_free(c);
}

static void scrolling(void **state)
{
	struct list *l = sorted_list("cpu_time", false);
	struct comparison *c = NULL;
	uint64_t id;

	(void)state;
	feed(l, &c, 1);
	assert_int_equal(list_top(l, 10), 0);
	list_move(l, 9, true);
	assert_int_equal(list_top(l, 10), 0);
	list_move(l, 1, true);
	assert_int_equal(list_top(l, 10), 1);
	list_move(l, -5, true);
	assert_int_equal(list_top(l, 10), 1);
	list_move_to(l, SIZE_MAX, true);
	assert_int_equal(list_top(l, 10), 190);
	assert_int_equal(list_top(l, 300), 0);
	assert_int_equal(list_top(l, 0), 0);
	/* Once the order moves again, the lines stay and the selected one wanders off … */
	list_move_to(l, 0, true);
	id = list_row(l, 0)->id;
	list_top(l, 10);
	for (unsigned t = 2; t <= 8; t++) {
		feed(l, &c, t);
		assert_int_equal(list_top(l, 10), 0);
	}
	assert_int_equal(list_row(l, list_cursor(l))->id, id);
	if (!list_cursor_in_view(l)) {
		list_show_cursor(l);
		list_top(l, 10);
	}
	assert_true(list_cursor_in_view(l));
	/* … but not where it is followed. */
	list_follow(l, true);
	for (unsigned t = 9; t <= 20; t++) {
		feed(l, &c, t);
		list_top(l, 10);
		assert_true(list_cursor_in_view(l));
		assert_int_equal(list_row(l, list_cursor(l))->id, id);
	}
	list_free(l);
	comparison_free(c);
}

/* Out of view, a cursor key starts from what is seen. */
static void back_into_view(void **state)
{
	struct list *l = sorted_list("name", false);
	struct comparison *c = NULL;

	(void)state;
	feed(l, &c, 1);
	list_top(l, 10);
	list_move_to(l, 0, false);
	for (unsigned t = 2; t < 4; t++)
		feed(l, &c, t);
	list_sort_by(l, column_find("name"), true); /* now it is the last one */
	assert_int_equal(list_update(l, c), 0);
	assert_int_equal(list_top(l, 10), 0);
	assert_int_equal(list_cursor(l), 199);
	assert_false(list_cursor_in_view(l));
	list_move(l, 1, true);
	assert_int_equal(list_cursor(l), 0);
	assert_int_equal(list_top(l, 10), 0);
	list_free(l);
	comparison_free(c);
}

static void folding(void **state)
{
	struct list *l = sorted_list("cpu", false);
	struct comparison *c = NULL;

	(void)state;
	list_group_by(l, GROUPING_PROJECT);
	update(l, &c, 1, 0);
	assert_true(list_move_to_id(l, FIXTURE_ENTITY(DB)));
	list_fold(l, true); /* at a leaf: its branch */
	assert_int_equal(list_update(l, c), 0);
	assert_lines(l, c,
		     "compose:shop(4)+ /build pod:front-7d(2) .web .proxy " WIDE " " EVIL
		     " batch-nightly migrate-2");
	assert_int_equal(list_cursor(l), 0); /* what it was folded into */
	update(l, &c, 2, 1U << FIXTURE_CACHE);
	assert_true(list_row(l, line_of(l, list_row(l, list_cursor(l))->id))->folded);
	list_fold(l, false);
	assert_int_equal(list_update(l, c), 0);
	assert_false(list_row(l, list_cursor(l))->folded);
	list_fold_all(l);
	assert_int_equal(list_update(l, c), 0);
	for (size_t i = 0; i < list_count(l); i++)
		assert_int_equal(list_row(l, i)->depth, 0);
	list_fold_all(l);
	assert_int_equal(list_update(l, c), 0);
	assert_int_equal(list_count(l), 12);
	list_free(l);
	comparison_free(c);
}

static void tags(void **state)
{
	struct list *l = sorted_list("name", false);
	struct comparison *c = NULL;
	uint64_t ids[8];

	(void)state;
	list_group_by(l, GROUPING_PROJECT);
	update(l, &c, 1, 0);
	assert_true(list_move_to_id(l, FIXTURE_ENTITY(WEB)));
	list_tag(l);
	assert_int_equal(list_update(l, c), 0);
	assert_true(list_row(l, line_of(l, FIXTURE_ENTITY(WEB)))->tagged);
	assert_int_equal(list_tagged(l, ids, 8), 1);
	assert_int_equal(ids[0], FIXTURE_ENTITY(WEB));
	/* A group: all below it. */
	list_move_to(l, line_of(l, FIXTURE_ENTITY(API)) - 1, false);
	assert_int_equal(list_row(l, list_cursor(l))->index, -1);
	list_tag(l);
	assert_int_equal(list_update(l, c), 0);
	assert_int_equal(list_tagged(l, ids, 2), 5);
	assert_true(list_row(l, line_of(l, FIXTURE_ENTITY(API)) - 1)->tagged);
	/* The gone are no longer tagged, even when they come back. */
	update(l, &c, 2, 1U << FIXTURE_DB);
	assert_int_equal(list_tagged(l, ids, 8), 4);
	update(l, &c, 3, 0);
	assert_int_equal(list_tagged(l, ids, 8), 4);
	assert_false(list_row(l, line_of(l, FIXTURE_ENTITY(DB)))->tagged);
	assert_true(list_move_to_id(l, FIXTURE_ENTITY(API)));
	list_tag(l);
	assert_int_equal(list_tagged(l, NULL, 0), 3);
	list_untag_all(l);
	assert_int_equal(list_tagged(l, ids, 8), 0);
	list_free(l);
	comparison_free(c);
}

static void what_it_needs(void **state)
{
	struct list *l = sorted_list("psi_io", false);
	struct metric_set need = {0};
	struct error err;

	(void)state;
	assert_int_equal(list_filter(l, "state=paused", &err), 0);
	list_need(l, &need);
	assert_true(metric_set_has(&need, METRIC_PRESSURE_IO_SOME));
	assert_true(metric_set_has(&need, METRIC_FROZEN));
	assert_true(metric_set_has(&need, METRIC_PROCESSES));
	list_free(l);
}

/* A hierarchy as deep as paths allow. */
static void deep_trees(void **state)
{
	struct snapshot *s = fixture_new_snapshot(1, 2050);
	struct list *l = sorted_list("cpu", false);
	struct fixture f = fixtures[FIXTURE_BUILD];
	struct comparison *c;

	(void)state;
	fixture_add(s, &fixtures[FIXTURE_HOST], 1, 1);
	f.who.pod = "p";
	for (unsigned i = 1; i <= 2048; i++) {
		f.parent = (int32_t)i - 1;
		fixture_add(s, &f, i + 1, 1);
	}
	snapshot_seal(s);
	c = fixture_compare(NULL, s);
	list_show_all(l, true);
	for (unsigned g = 0; g < GROUPING__COUNT; g++) {
		list_group_by(l, (enum grouping)g);
		assert_int_equal(list_update(l, c), 0);
		assert_true(list_count(l) >= 2049);
	}
	assert_int_equal(list_row(l, 2048)->depth, 2048);
	list_free(l);
	comparison_free(c);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 2,000 containers: the best of several, so that a busy machine doesn't fail it; far above what it takes. */
static void many(void **state)
{
	struct list *l = sorted_list("cpu", false);
	struct comparison *c = fixture_compare(fixture_fleet(1, 2000), fixture_fleet(2, 2000));
	double best[GROUPING__COUNT];

	(void)state;
	for (unsigned g = 0; g < GROUPING__COUNT; g++) {
		list_group_by(l, (enum grouping)g);
		best[g] = 1e9;
		for (int i = 0; i < 7; i++) {
			double start = seconds();

			assert_int_equal(list_update(l, c), 0);
			best[g] = seconds() - start < best[g] ? seconds() - start : best[g];
		}
		print_message("grouping %u: %zu lines, %.2f ms\n", g, list_count(l), best[g] * 1e3);
		assert_true(list_count(l) >= 2000);
		assert_true(best[g] < 0.1);
	}
	list_free(l);
	comparison_free(c);
}

/* A container that ended, maybe twice, and runs again: the ends are at the same path. */
static struct snapshot *started_again(unsigned tick, size_t ended, bool running)
{
	struct snapshot *s = fixture_new_snapshot(tick, 8);
	struct fixture f = fixtures[FIXTURE_API];

	fixture_add(s, &fixtures[FIXTURE_HOST], 1, tick);
	fixture_add(s, &fixtures[FIXTURE_DOCKER], 2, tick);
	f.parent = 1;
	for (size_t i = 0; i < ended + running; i++) {
		f.ended = i < ended;
		fixture_add(s, &f, 10 + i, tick);
	}
	f = fixtures[FIXTURE_MIGRATE];
	f.parent = 1;
	fixture_add(s, &f, 20, tick);
	f = fixtures[FIXTURE_DB];
	f.parent = 1;
	fixture_add(s, &f, 21, tick);
	snapshot_seal(s);
	return s;
}

static void update_again(struct list *l, struct comparison **c, unsigned tick, size_t ended, bool running)
{
	struct comparison *fresh =
		fixture_compare(started_again(tick - 1, ended, running), started_again(tick, ended, running));

	list_sort_by(l, column_find("name"), false); /* not held as it was */
	assert_int_equal(list_update(l, fresh), 0);
	comparison_free(*c);
	*c = fresh;
}

/* One line, which stays selected and tagged: what is done is never done to the one that ended. */
static void one_started_again(void **state)
{
	struct list *l = sorted_list("name", false);
	struct comparison *c = NULL;
	uint64_t tagged = 0;

	(void)state;
	update_again(l, &c, 1, 0, true);
	assert_lines(l, c, "api-1 db migrate-2");
	assert_true(list_move_to_id(l, 10));
	list_tag(l);
	assert_true(list_move_to_id(l, 10));
	for (size_t ended = 1; ended < 4; ended++) {
		update_again(l, &c, 1 + (unsigned)ended, ended, true);
		assert_lines(l, c, "api-1* db migrate-2");
		assert_int_equal(list_row(l, list_cursor(l))->id, 10 + ended);
		assert_int_equal(list_tagged(l, &tagged, 1), 1);
		assert_int_equal(tagged, 10 + ended);
	}
	update_again(l, &c, 5, 4, false); /* and ends once more: of its ends one is shown */
	assert_lines(l, c, "api-1* db migrate-2");
	list_free(l);
	comparison_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flat),
		cmocka_unit_test(ties_by_name),
		cmocka_unit_test(by_project),
		cmocka_unit_test(sums_count_once),
		cmocka_unit_test(by_runtime),
		cmocka_unit_test(by_cgroup),
		cmocka_unit_test(everything),
		cmocka_unit_test(filters),
		cmocka_unit_test(cursor_stays_with_its_own),
		cmocka_unit_test(the_first_line_until_it_is_moved),
		cmocka_unit_test(the_selected_one_goes_away),
		cmocka_unit_test(the_order_is_held),
		cmocka_unit_test(the_new_come_last),
		cmocka_unit_test(scrolling),
		cmocka_unit_test(back_into_view),
		cmocka_unit_test(folding),
		cmocka_unit_test(tags),
		cmocka_unit_test(what_it_needs),
		cmocka_unit_test(deep_trees),
		cmocka_unit_test(many),
		cmocka_unit_test(one_started_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

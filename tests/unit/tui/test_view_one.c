/* SPDX-License-Identifier: Apache-2.0 */
#include "app_fixture.h"

static const char *const tab_names[] = {"overview", "cpu",	 "memory", "io",	 "net",	  "pressure",
					"latency",  "processes", "limits", "namespaces", "events"};

static void open_one(struct rig *r, uint64_t entity, const char *tab)
{
	app_push(&r->app, view_one_new(&r->app, entity, tab));
	assert_view(r, "one");
}

static void goldens_of(enum glyph_level glyphs, const char *letters, int rows, int cols)
{
	for (size_t i = 0; i < ARRAY_SIZE(tab_names); i++) {
		struct rig r;
		char name[64];

		rig_prepare(&r);
		rig_open(&r, 60, rows, cols, glyphs);
		open_one(&r, FIXTURE_ENTITY(API), tab_names[i]);
		rig_tick(&r, 2);
		snprintf(name, sizeof(name), "one-%s-%dx%d%s", tab_names[i], cols, rows, letters);
		rig_golden(&r, name);
		rig_close(&r);
	}
}

static void goldens(void **state)
{
	(void)state;
	goldens_of(GLYPH_BRAILLE, "", 24, 80);
	goldens_of(GLYPH_BRAILLE, "", 10, 40);
	goldens_of(GLYPH_BRAILLE, "", 30, 100);
	goldens_of(GLYPH_ASCII, "-ascii", 30, 100);
	goldens_of(GLYPH_BLOCKS, "-blocks", 50, 200);
}

static void each_tab_by_its_key(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 5, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(DB), "");
	for (size_t i = 0; i < 2 * ARRAY_SIZE(tab_names); i++) {
		char active[32];

		snprintf(active, sizeof(active), "[%s", tab_names[i % ARRAY_SIZE(tab_names)]);
		assert_non_null(strcasestr(rig_screen(&r), active));
		rig_code(&r, KEYCODE_TAB);
	}
	rig_code(&r, KEYCODE_SHIFT_TAB);
	assert_shows(&r, "[Events]");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_view(&r, "list");
	rig_close(&r);
}

static void tabs_by_mouse(void **state)
{
	struct rig r;
	int y, x;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 5, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(DB), "");
	rig_find(&r, " Memory ", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, 2, x + 2);
	rig_find(&r, "Pressure ", &y, &x);
	assert_shows(&r, "[");
	rig_click(&r, KEYCODE_MOUSE_PRESS, 999, 999);
	rig_click(&r, KEYCODE_MOUSE_PRESS, -1, -1);
	rig_close(&r);
}

/* Every tab of every kind of entity at every size down to nothing. */
static void every_size(void **state)
{
	static const int sizes[][2] = {{1, 1},	 {2, 3},   {3, 80},   {10, 40}, {11, 41},  {5, 200},
				       {24, 80}, {60, 20}, {50, 200}, {7, 15},	{100, 300}};
	static const uint64_t entities[] = {FIXTURE_ENTITY(API),   FIXTURE_ENTITY(MIGRATE),
					    FIXTURE_ENTITY(EVIL),  FIXTURE_ENTITY(WIDE),
					    FIXTURE_ENTITY(EMPTY), FIXTURE_ENTITY(HOST)};
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 3, 24, 80, GLYPH_BRAILLE);
	for (size_t e = 0; e < ARRAY_SIZE(entities); e++) {
		for (size_t t = 0; t < ARRAY_SIZE(tab_names); t++) {
			open_one(&r, entities[e], tab_names[t]);
			for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
				assert_int_equal(canvas_resize(&r.canvas, sizes[i][0], sizes[i][1]), 0);
				rig_screen(&r);
				rig_code(&r, KEYCODE_END);
				rig_screen(&r);
				rig_code(&r, KEYCODE_PAGE_UP);
			}
			rig_tick(&r, 1);
			app_pop(&r.app);
		}
	}
	rig_close(&r);
}

static void end_keeps_the_last_values(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 20, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(DB), "");
	assert_shows(&r, "running");
	assert_shows(&r, "Memory 1.6GiB");
	r.source.without = 1U << FIXTURE_DB;
	rig_tick(&r, 12);
	assert_shows(&r, "ended 12s ago");
	assert_shows(&r, "Memory 1.6GiB");
	assert_shows(&r, "Block I/O read 2.0MiB/s"); /* its last rates too */
	assert_not_shown(&r, "running");
	for (size_t i = 0; i < ARRAY_SIZE(tab_names); i++) {
		rig_code(&r, KEYCODE_TAB);
		assert_shows(&r, "ended 12s ago");
	}
	rig_close(&r);
}

static void ended_but_still_listed(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 8, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(MIGRATE), "");
	assert_shows(&r, "ended 7s ago");
	rig_close(&r);
}

static void not_there_yet(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	r.source.without = 1U << FIXTURE_DB;
	rig_open(&r, 5, 24, 100, GLYPH_ASCII);
	r.source.without = 0;
	rig_tick(&r, 5);
	open_one(&r, FIXTURE_ENTITY(DB), "");
	assert_shows(&r, "db");
	app_go_back(&r.app, 7);
	assert_shows(&r, "it was not there yet");
	app_go_back(&r.app, 0);
	assert_shows(&r, "running");
	rig_close(&r);
	rig_prepare(&r);
	rig_open(&r, 2, 24, 100, GLYPH_ASCII);
	open_one(&r, 4711, "");
	assert_shows(&r, "it is gone");
	rig_close(&r);
}

/* Before anything was sampled there is nothing, and nothing breaks. */
static void without_a_picture(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 0, 24, 80, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(API), "limits");
	rig_screen(&r);
	rig_code(&r, KEYCODE_ENTER);
	rig_type(&r, "LlieRpx[]{}Zo%");
	rig_screen(&r);
	rig_close(&r);
}

static void processes(void **state)
{
	struct rig r;
	unsigned calls;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(API), "");
	calls = rig_process_calls;
	rig_tick(&r, 3);
	assert_int_equal(rig_process_calls, calls); /* only while the tab is open */
	app_pop(&r.app);
	open_one(&r, FIXTURE_ENTITY(API), "processes");
	calls = rig_process_calls;
	rig_tick(&r, 2);
	assert_int_equal(rig_process_calls, calls + 2);
	assert_shows(&r, "    101   1000 S   40   39.0%   40.0MiB nginx: master"); /* the busiest first */
	assert_not_shown(&r, "worker\n");
	rig_code(&r, KEYCODE_END);
	assert_shows(&r, "    140   1000 D    1    0.0%    1.0MiB nginx: master");
	app_go_back(&r.app, 1);
	rig_tick(&r, 3);
	assert_int_equal(rig_process_calls, calls + 2); /* those of now are not those of then */
	assert_shows(&r, "as they are now");
	rig_close(&r);
	rig_prepare(&r);
	r.options.details = NULL;
	r.options.replay = true;
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(API), "processes");
	assert_shows(&r, "processes were not recorded");
	rig_close(&r);
}

static void limits_in_place(void **state)
{
	struct rig r;
	int y, x;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 30, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(API), "limits");
	assert_shows(&r, "1.0GiB");
	assert_shows(&r, "raise"); /* the hint */
	rig_code(&r, KEYCODE_DOWN);
	rig_screen(&r);
	rig_code(&r, KEYCODE_ENTER);
	assert_view(&r, "input");
	assert_shows(&r, "Memory of api-1: 1g");
	rig_code(&r, KEYCODE_BACKSPACE);
	rig_code(&r, KEYCODE_BACKSPACE);
	rig_type(&r, "64m\n");
	assert_view(&r, "one");
	assert_string_equal(rig_asked.argument, "memory=64m");
	assert_int_equal(rig_asked.entity, FIXTURE_ENTITY(API));
	rig_find(&r, "  Threads", &y, &x);
	rig_click(&r, KEYCODE_MOUSE_PRESS, y, x + 3);
	rig_code(&r, KEYCODE_ENTER);
	assert_shows(&r, "Threads of api-1: 512");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_view(&r, "one");
	assert_int_equal(rig_asked.n, 1);
	rig_close(&r);
}

static void limits_of_others_than_us(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	r.options.readonly = true;
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(API), "limits");
	rig_screen(&r);
	rig_code(&r, KEYCODE_ENTER);
	assert_view(&r, "one");
	assert_shows(&r, "--readonly");
	rig_close(&r);
	rig_prepare(&r);
	r.options.actions = NULL;
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(API), "limits");
	assert_shows(&r, "Memory, high");
	rig_code(&r, KEYCODE_ENTER);
	assert_shows(&r, "no way to change a limit");
	rig_close(&r);
}

static void namespaces(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(WORKER), "namespaces");
	assert_shows(&r, "net    202         network        shared with db");
	assert_shows(&r, "ipc    3005        shared memory  its own");
	assert_shows(&r, "shared with the host, 9: api-1, db, cache"); /* users */
	rig_close(&r);
}

static void events(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(WEB), "events");
	assert_shows(&r, "nothing has happened");
	event_log_add(r.app.events, &(struct event){.kind = EVENT_OOM_KILL,
						    .entity = FIXTURE_ENTITY(WEB),
						    .realtime_ns = (FIXTURE_EPOCH + 2) * NSEC_PER_SEC,
						    .count = 3,
						    .detail = "limit 1\033[0m"});
	event_log_add(r.app.events, &(struct event){.kind = EVENT_START,
						    .entity = FIXTURE_ENTITY(DB),
						    .realtime_ns = (FIXTURE_EPOCH + 2) * NSEC_PER_SEC,
						    .detail = "another's"});
	assert_shows(&r, "22:13:22 OOM-KILL     3x limit 1");
	assert_not_shown(&r, "another's");
	app_go_back(&r.app, 1); /* before it happened */
	assert_shows(&r, "nothing has happened");
	rig_close(&r);
}

static void cpu_scales(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 5, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(API), "cpu");
	assert_shows(&r, "limit 2 CPUs  throttled 31.0%");
	rig_code(&r, '%');
	assert_shows(&r, "% of its limit");
	rig_code(&r, '%');
	assert_shows(&r, "% of 16 CPUs");
	rig_code(&r, '%');
	assert_not_shown(&r, "% of 16 CPUs");
	rig_close(&r);
}

/* What is shown is sampled; what is closed is not. */
static void needs(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 2, 24, 100, GLYPH_ASCII);
	assert_false(metric_set_has(&r.app.need, METRIC_MEMORY_SOCK));
	open_one(&r, FIXTURE_ENTITY(API), "memory");
	assert_true(metric_set_has(&r.app.need, METRIC_MEMORY_SOCK));
	rig_code(&r, KEYCODE_TAB);
	assert_false(metric_set_has(&r.app.need, METRIC_MEMORY_SOCK));
	app_pop(&r.app);
	assert_false(metric_set_has(&r.app.need, METRIC_MEMORY_SOCK));
	rig_close(&r);
}

/* Programs in the kernel cost others something: they are asked for by nothing but this tab. */
static void latencies_only_while_they_are_seen(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 20, 30, 100, GLYPH_BRAILLE);
	for (size_t i = 0; i < ARRAY_SIZE(tab_names); i++) {
		open_one(&r, FIXTURE_ENTITY(DB), tab_names[i]);
		assert_int_equal(metric_set_has_group(&r.app.need, GROUP_latency),
				 strcmp(tab_names[i], "latency") == 0);
		app_pop(&r.app);
		assert_false(metric_set_has_group(&r.app.need, GROUP_latency));
	}
	rig_type(&r, "w");
	assert_view(&r, "one");
	assert_shows(&r, "[Latency]");
	assert_true(metric_set_has_group(&r.app.need, GROUP_latency));
	rig_code(&r, KEYCODE_TAB);
	assert_false(metric_set_has_group(&r.app.need, GROUP_latency));
	rig_type(&r, "w");
	assert_shows(&r, "[Latency]");
	rig_close(&r);
}

static void latencies_of_reads_and_writes(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 60, 30, 100, GLYPH_BLOCKS);
	open_one(&r, FIXTURE_ENTITY(BUILD), "latency");
	rig_tick(&r, 2);
	rig_golden(&r, "one-latency-io-100x30-blocks");
	rig_close(&r);
	rig_prepare(&r);
	rig_open(&r, 20, 24, 100, GLYPH_ASCII);
	open_one(&r, FIXTURE_ENTITY(EMPTY), "latency");
	assert_shows(&r, "not measured");
	rig_close(&r);
}

static void opened_often(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	rig_open(&r, 3, 24, 80, GLYPH_BRAILLE);
	for (unsigned i = 0; i < 1000; i++) {
		open_one(&r, 3 + i % 15, tab_names[i % ARRAY_SIZE(tab_names)]);
		rig_screen(&r);
		rig_type(&r, i % 2 ? "\t" : "j");
		rig_code(&r, KEYCODE_ESCAPE);
		assert_view(&r, "list");
	}
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goldens),
		cmocka_unit_test(each_tab_by_its_key),
		cmocka_unit_test(tabs_by_mouse),
		cmocka_unit_test(every_size),
		cmocka_unit_test(end_keeps_the_last_values),
		cmocka_unit_test(ended_but_still_listed),
		cmocka_unit_test(not_there_yet),
		cmocka_unit_test(without_a_picture),
		cmocka_unit_test(processes),
		cmocka_unit_test(limits_in_place),
		cmocka_unit_test(limits_of_others_than_us),
		cmocka_unit_test(namespaces),
		cmocka_unit_test(events),
		cmocka_unit_test(cpu_scales),
		cmocka_unit_test(needs),
		cmocka_unit_test(latencies_only_while_they_are_seen),
		cmocka_unit_test(latencies_of_reads_and_writes),
		cmocka_unit_test(opened_often),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "app_fixture.h"

static uint64_t shown_second(const struct rig *r)
{
	return snapshot_realtime_ns(comparison_later(r->app.shown)) / NSEC_PER_SEC - FIXTURE_EPOCH;
}

static void start(struct rig *r, unsigned ticks)
{
	rig_prepare(r);
	rig_open(r, ticks, 24, 100, GLYPH_ASCII);
}

static void start_replay(struct rig *r, unsigned length, unsigned ticks)
{
	rig_prepare(r);
	r->options.replay = true;
	r->options.time = &rig_replay;
	r->source.n_ticks = length;
	rig_open(r, ticks, 24, 100, GLYPH_ASCII);
}

static void freezes(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 10);
	assert_int_equal(shown_second(&r), 9);
	rig_type(&r, "Z");
	rig_tick(&r, 5);
	assert_int_equal(shown_second(&r), 9);
	assert_int_equal(r.app.back, 5);
	rig_screen(&r);
	rig_tick(&r, 400); /* longer than the history: the picture stays */
	assert_int_equal(shown_second(&r), 9);
	rig_screen(&r);
	rig_type(&r, "Z");
	assert_int_equal(shown_second(&r), 414);
	assert_int_equal(r.app.back, 0);
	rig_close(&r);
}

static void steps(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 100);
	rig_type(&r, "[[[");
	assert_int_equal(shown_second(&r), 96);
	assert_true(r.app.frozen);
	rig_tick(&r, 2);
	assert_int_equal(shown_second(&r), 96);
	rig_type(&r, "]");
	assert_int_equal(shown_second(&r), 97);
	rig_type(&r, "{");
	assert_int_equal(shown_second(&r), 37);
	rig_type(&r, "{");
	assert_int_equal(shown_second(&r), 0);
	assert_shows(&r, "nothing older is kept");
	rig_type(&r, "[");
	assert_int_equal(shown_second(&r), 0);
	rig_type(&r, "}");
	assert_int_equal(shown_second(&r), 60);
	rig_type(&r, "}"); /* beyond the newest: live again */
	assert_false(r.app.frozen);
	assert_int_equal(shown_second(&r), 101);
	rig_type(&r, "[]");
	assert_false(r.app.frozen);
	app_go_back(&r.app, 5);
	app_go_back(&r.app, 0);
	assert_int_equal(shown_second(&r), 101);
	rig_close(&r);
}

static void goes_to_a_time(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 100);
	rig_type(&r, "b22:14:00\n");
	assert_int_equal(shown_second(&r), 40);
	rig_type(&r, "b-10s\n");
	assert_int_equal(shown_second(&r), 30);
	rig_type(&r, "b22:14\n");
	assert_int_equal(shown_second(&r), 40);
	rig_type(&r, "bnoon\n");
	assert_shows(&r, "'noon' is no time");
	assert_int_equal(shown_second(&r), 40);
	rig_type(&r, "b22:14:59\n"); /* the newest: live */
	assert_false(r.app.frozen);
	rig_close(&r);
}

static void time_texts(void **state)
{
	/* 2023-11-14 22:15:00 */
	uint64_t latest = (FIXTURE_EPOCH + 100) * NSEC_PER_SEC;
	static const char *const bad[] = {
		"",   "x",    "25:00", "12:60", "1:2:3:4", "12",	"12:00x",  "-",
		"-1", "- 5s", "1:-2",  "12::",	":",	   "123:00:00", "\xff:01", "-99999999999999999999s"};
	struct error err;
	uint64_t t;

	(void)state;
	assert_int_equal(app_parse_time("22:14:59", latest, &t, &err), 0);
	assert_int_equal(t, latest - NSEC_PER_SEC);
	assert_int_equal(app_parse_time("23:00", latest, &t, &err), 0); /* yesterday's */
	assert_int_equal(t, latest + 2700 * NSEC_PER_SEC - 86400 * NSEC_PER_SEC);
	assert_int_equal(app_parse_time(" -1m30s", latest, &t, &err), 0);
	assert_int_equal(t, latest - 90 * NSEC_PER_SEC);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		t = 4711;
		if (app_parse_time(bad[i], latest, &t, &err) != -EINVAL)
			fail_msg("'%s' is taken for a time", bad[i]);
		assert_int_equal(t, 4711);
		assert_true(err.remedy[0]);
	}
}

static void replays(void **state)
{
	struct error err = {0};
	struct rig r;

	(void)state;
	start_replay(&r, 20, 10);
	assert_int_equal(shown_second(&r), 9);
	rig_type(&r, "Z"); /* still */
	rig_tick(&r, 5);
	assert_int_equal(shown_second(&r), 9);
	rig_type(&r, "]");
	assert_int_equal(shown_second(&r), 10);
	rig_type(&r, "[[[");
	assert_int_equal(shown_second(&r), 7);
	rig_type(&r, "Z"); /* goes on from what is shown */
	rig_tick(&r, 1);
	assert_int_equal(shown_second(&r), 8);
	rig_tick(&r, 11);
	assert_int_equal(shown_second(&r), 19);
	assert_int_equal(app_sample(&r.app, &err), -ENODATA);
	assert_true(r.app.frozen);
	assert_shows(&r, "the recording ends here");
	assert_int_equal(shown_second(&r), 19);
	rig_type(&r, "]]");
	assert_int_equal(shown_second(&r), 19);
	rig_close(&r);
}

/* Beyond the history the source is moved, and the pictures before are read: rates and charts are there. */
static void replay_moves_the_source(void **state)
{
	struct rig r;
	float values[HISTORY_SAMPLES];
	double rate;

	(void)state;
	start_replay(&r, 5000, 2);
	rig_type(&r, "b22:43:20\n"); /* 1800 s */
	assert_int_equal(shown_second(&r), 1800);
	assert_true(history_pictures(r.app.history) > 50);
	assert_true(history_values(r.app.history, FIXTURE_ENTITY(API), FIGURE_CPU, 0, values,
				   HISTORY_SAMPLES) > 50);
	assert_true(comparison_rate(r.app.shown, FIXTURE_API, METRIC_CPU_USAGE, &rate));
	rig_type(&r, "{");
	assert_int_equal(shown_second(&r), 1740);
	rig_type(&r, "{");
	assert_int_equal(shown_second(&r), 1680);
	rig_type(&r, "[[");
	assert_int_equal(shown_second(&r), 1678);
	app_go_back(&r.app, 500); /* more than any history */
	assert_int_equal(shown_second(&r), 1178);
	rig_type(&r, "}");
	assert_int_equal(shown_second(&r), 1238);
	app_go_to(&r.app, 0);
	assert_int_equal(shown_second(&r), 0);
	rig_type(&r, "[");
	assert_shows(&r, "this is where the recording begins");
	app_go_to(&r.app, UINT64_MAX);
	assert_int_equal(shown_second(&r), 4999);
	rig_screen(&r);
	rig_close(&r);
}

/* Without functions to move it, a replay is bounded by what has been read. */
static void replay_without_moving(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	r.options.replay = true;
	r.source.n_ticks = 50;
	rig_open(&r, 10, 24, 100, GLYPH_ASCII);
	app_go_back(&r.app, 100);
	assert_int_equal(shown_second(&r), 0);
	app_go_to(&r.app, (FIXTURE_EPOCH + 30) * NSEC_PER_SEC); /* forward it can be read */
	assert_int_equal(shown_second(&r), 30);
	app_go_to(&r.app, UINT64_MAX);
	assert_int_equal(shown_second(&r), 49);
	rig_close(&r);
}

static void messages(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	r.options.notice = "no BPF here";
	rig_open(&r, 1, 24, 100, GLYPH_ASCII);
	assert_shows(&r, "no BPF here");
	rig_time += MESSAGE_NS;
	assert_not_shown(&r, "no BPF here");
	app_say(&r.app, ROLE_BAD, "bad \033[2J %s", "name\n");
	assert_shows(&r, "bad ?[2J name?");
	app_say_error(&r.app, &(struct error){.cause = "it broke", .remedy = "mend it"});
	assert_shows(&r, "it broke: mend it");
	rig_type(&r, "b"); /* a line is typed below the message */
	assert_shows(&r, "it broke: mend it");
	assert_shows(&r, "Go to time: ");
	rig_close(&r);
}

/* A filter that is no whole one changes nothing while it is typed, and ends nothing. */
static void broken_filter(void **state)
{
	static const char *const broken[] = {
		"[",	       "(",  "*",      "!",    "=",  "a=",	     "=b",
		"nosuchkey=1", "\\", "label=", "!!!!", "  ", "?*?*?*?*?*?*x"};
	struct rig r;

	(void)state;
	start(&r, 3);
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		rig_type(&r, "/");
		rig_code(&r, 'U' - 64);
		rig_type(&r, broken[i]);
		rig_screen(&r);
		rig_tick(&r, 1);
		rig_type(&r, "\n");
		rig_screen(&r);
		rig_code(&r, KEYCODE_ESCAPE);
		assert_view(&r, "list");
	}
	rig_close(&r);
}

static void the_stack(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_code(&r, KEYCODE_ESCAPE); /* never quits, never empties it */
	rig_code(&r, KEYCODE_ESCAPE);
	app_pop(&r.app);
	assert_view(&r, "list");
	assert_false(r.app.quit);
	rig_select(&r, FIXTURE_ENTITY(DB));
	rig_type(&r, "o");
	assert_view(&r, "one");
	rig_type(&r, "?");
	assert_view(&r, "pager");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_view(&r, "one");
	rig_code(&r, KEYCODE_ESCAPE);
	rig_code(&r, 12);
	assert_true(r.app.redraw_all);
	app_push(&r.app, NULL); /* no memory for a view */
	assert_view(&r, "list");
	rig_type(&r, "q");
	assert_true(r.app.quit);
	rig_close(&r);
}

/* Any keys in any order, with pictures in between, at any size. */
static void any_keys(void **state)
{
	uint32_t seed = 12345;
	struct rig r;

	(void)state;
	start(&r, 5);
	for (int i = 0; i < 30000; i++) {
		uint32_t n = seed = seed * 1664525 + 1013904223;
		struct key key = {.y = (int)(n >> 8 & 31), .x = (int)(n >> 13 & 127)};

		if ((n >> 24) % 50 == 0)
			rig_tick(&r, 1);
		if ((n >> 24) % 61 == 0)
			assert_int_equal(
				canvas_resize(&r.canvas, 1 + (int)(n >> 5 & 31), 1 + (int)(n >> 12 & 127)),
				0);
		key.code = n >> 30 ? n >> 16 & 127 : KEYCODE_UP + (n >> 16 & 63);
		if ((n >> 18 & 63) == 0) /* one of those that nothing is below of comes or goes */
			r.source.without ^= 1U << (FIXTURE_DB + (n >> 6) % (FIXTURE_EVIL - FIXTURE_DB + 1));
		if (key.code == 'S') /* would be written */
			continue;
		app_key(&r.app, &key);
		if (i % 7 == 0)
			rig_screen(&r);
		free(r.app.terminal_command);
		r.app.terminal_command = NULL;
		jobs_poll(r.app.jobs, app_job_done, &r.app);
	}
	rig_close(&r);
}

/* What the command line asks for and can't be had is refused before there is a screen. */
static void refuses(void **state)
{
	static const struct {
		struct tui_options asked;
		const char *words;
	} cases[] = {
		{{.sort = "cpuu"}, "did you mean 'cpu'"},
		{{.sort = "-cpuu"}, "'cpuu' is no column for '--sort'"},
		{{.sort = ""}, "--sort"},
		{{.columns = "name,qqqq"}, "'qqqq' is no column for '--columns'"},
		{{.filter = "colour=red"}, "no key of a filter"},
	};
	struct rig r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct error err = {0};

		rig_prepare(&r);
		r.options.sort = cases[i].asked.sort;
		r.options.columns = cases[i].asked.columns;
		r.options.filter = cases[i].asked.filter;
		assert_int_equal(app_open(&r.app, &r.options, &err), -EINVAL);
		assert_non_null(strstr(err.cause, cases[i].words));
	}
}

static void turned_round(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	r.options.sort = "-mem";
	rig_open(&r, 1, 24, 100, GLYPH_ASCII);
	assert_true(list_is_reversed(r.app.list));
	assert_string_equal(list_sort_column(r.app.list)->key, "mem");
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses),
		cmocka_unit_test(turned_round),
		cmocka_unit_test(freezes),
		cmocka_unit_test(steps),
		cmocka_unit_test(goes_to_a_time),
		cmocka_unit_test(time_texts),
		cmocka_unit_test(replays),
		cmocka_unit_test(replay_moves_the_source),
		cmocka_unit_test(replay_without_moving),
		cmocka_unit_test(messages),
		cmocka_unit_test(broken_filter),
		cmocka_unit_test(the_stack),
		cmocka_unit_test(any_keys),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}

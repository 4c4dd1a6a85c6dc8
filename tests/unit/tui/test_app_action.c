/* SPDX-License-Identifier: Apache-2.0 */
#include "app_fixture.h"

static void start(struct rig *r, unsigned ticks)
{
	rig_prepare(r);
	rig_open(r, ticks, 24, 100, GLYPH_ASCII);
	rig_screen(r);
}

/* Lets the background's jobs end. */
static void wait_for_jobs(struct rig *r)
{
	for (int i = 0; i < 1000 && jobs_count(r->app.jobs) > 0; i++) {
		int fds[64];
		struct pollfd polled[64];
		size_t n = jobs_fds(r->app.jobs, fds, 64);

		for (size_t f = 0; f < n; f++)
			polled[f] = (struct pollfd){.fd = fds[f], .events = POLLIN};
		assert_true(poll(polled, n, 20000) > 0);
		jobs_poll(r->app.jobs, app_job_done, &r->app);
	}
	assert_int_equal(jobs_count(r->app.jobs), 0);
}

static void pause_and_unpause(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_select(&r, FIXTURE_ENTITY(API));
	rig_type(&r, "p");
	assert_int_equal(rig_asked.n, 1);
	assert_string_equal(rig_asked.key, "pause");
	assert_int_equal(rig_asked.entity, FIXTURE_ENTITY(API));
	assert_shows(&r, "pause api-1 ...");
	wait_for_jobs(&r);
	assert_shows(&r, "pause api-1: done");
	rig_select(&r, FIXTURE_ENTITY(BATCH)); /* is frozen */
	rig_type(&r, "p");
	assert_string_equal(rig_asked.key, "unpause");
	wait_for_jobs(&r);
	rig_close(&r);
}

/* The target is pinned when the dialog opens, wherever the order takes it meanwhile. */
static void pinned_when_the_list_sorts_anew(void **state)
{
	struct rig r;
	uint64_t first;

	(void)state;
	start(&r, 60);
	first = list_row(r.app.list, 0)->id;
	rig_select(&r, FIXTURE_ENTITY(DB));
	rig_type(&r, "R");
	assert_shows(&r, "Remove db?");
	rig_tick(&r, 20);
	assert_int_not_equal(list_row(r.app.list, 0)->id, first); /* it is another order now */
	assert_shows(&r, "Remove db?");
	rig_type(&r, "y");
	assert_string_equal(rig_asked.key, "remove");
	assert_int_equal(rig_asked.entity, FIXTURE_ENTITY(DB));
	wait_for_jobs(&r);
	rig_close(&r);
}

static void gone_before_the_answer(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_select(&r, FIXTURE_ENTITY(DB));
	rig_type(&r, "R");
	r.source.without = 1U << FIXTURE_DB;
	rig_tick(&r, 1);
	rig_type(&r, "y");
	assert_int_equal(rig_asked.n, 0);
	assert_shows(&r, "db is gone");
	rig_close(&r);
}

/* What the picture of the past shows is not what is now. */
static void gone_since_the_picture_that_is_shown(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 5);
	app_freeze(&r.app, true);
	rig_select(&r, FIXTURE_ENTITY(DB));
	r.source.without = 1U << FIXTURE_DB;
	rig_tick(&r, 3);
	rig_type(&r, "p");
	assert_int_equal(rig_asked.n, 0);
	assert_shows(&r, "db is gone");
	rig_type(&r, "l"); /* but its log can still be read */
	assert_view(&r, "pager");
	assert_string_equal(rig_asked.key, "logs");
	rig_close(&r);
}

static void enter_cancels(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_select(&r, FIXTURE_ENTITY(DB));
	rig_type(&r, "R\n");
	assert_view(&r, "list");
	assert_int_equal(rig_asked.n, 0);
	rig_close(&r);
}

static void read_only(void **state)
{
	static const char typed[] = "peRxLn";
	struct rig r;

	(void)state;
	rig_prepare(&r);
	r.options.readonly = true;
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	rig_screen(&r);
	rig_select(&r, FIXTURE_ENTITY(DB));
	for (const char *c = typed; *c; c++) {
		r.app.message[0] = '\0';
		rig_type(&r, (const char[]){*c, '\0'});
		assert_view(&r, "list");
		assert_shows(&r, "--readonly");
	}
	rig_type(&r, "\n");
	assert_shows(&r, "Remove   --readonly");
	rig_type(&r, "R");
	assert_view(&r, "choose");
	rig_code(&r, KEYCODE_ESCAPE);
	assert_int_equal(rig_asked.n, 0);
	rig_type(&r, "i"); /* looking is allowed */
	assert_view(&r, "pager");
	assert_int_equal(rig_asked.n, 1);
	rig_close(&r);
}

static void nothing_can_be_done_to_a_recording(void **state)
{
	struct rig r;

	(void)state;
	rig_prepare(&r);
	r.options.replay = true;
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	rig_screen(&r);
	rig_select(&r, FIXTURE_ENTITY(DB));
	rig_type(&r, "pRl");
	assert_view(&r, "list");
	assert_int_equal(rig_asked.n, 0);
	assert_shows(&r, "this is a recording");
	rig_close(&r);
}

static void refused_with_a_reason(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_select(&r, FIXTURE_ENTITY(MIGRATE));
	rig_type(&r, "p");
	assert_shows(&r, "Pause: migrate-2: it has ended");
	rig_type(&r, "l");
	assert_view(&r, "pager");
	rig_close(&r);
	start(&r, 3);
	app_act(&r.app, "fly");
	assert_shows(&r, "there is no way to fly here");
	rig_close(&r);
	rig_prepare(&r);
	r.options.actions = NULL;
	rig_open(&r, 3, 24, 100, GLYPH_ASCII);
	rig_screen(&r);
	rig_type(&r, "pxLnR");
	assert_view(&r, "list");
	rig_type(&r, "\n\n");
	assert_view(&r, "one"); /* "Open" is what is left in the menu */
	rig_close(&r);
}

static void all_that_are_tagged(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_select(&r, FIXTURE_ENTITY(DB));
	list_tag(r.app.list);
	rig_select(&r, FIXTURE_ENTITY(CACHE));
	list_tag(r.app.list);
	rig_select(&r, FIXTURE_ENTITY(MIGRATE)); /* refused: left out */
	list_tag(r.app.list);
	rig_select(&r, FIXTURE_ENTITY(API)); /* not tagged: not meant */
	rig_screen(&r);
	app_act(&r.app, "stop");
	assert_shows(&r, "Stop 2 containers (");
	rig_type(&r, "y");
	assert_int_equal(rig_asked.n, 2);
	wait_for_jobs(&r);
	rig_type(&r, "\n"); /* the menu is for all, too; but not what is for one */
	assert_shows(&r, "3 containers (");
	assert_shows(&r, "for one at a time");
	rig_type(&r, "p");
	assert_int_equal(rig_asked.n, 4);
	wait_for_jobs(&r);
	rig_type(&r, "l"); /* the log of the one under the cursor */
	assert_view(&r, "pager");
	assert_int_equal(rig_asked.entity, FIXTURE_ENTITY(API));
	rig_close(&r);
}

static void any_signal(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_select(&r, FIXTURE_ENTITY(DB));
	rig_type(&r, "x");
	assert_shows(&r, ">15 TERM");
	rig_code(&r, KEYCODE_HOME);
	rig_type(&r, "\n");
	assert_shows(&r, "Send HUP to db?");
	rig_type(&r, "y");
	assert_string_equal(rig_asked.argument, "HUP");
	assert_int_equal(rig_asked.entity, FIXTURE_ENTITY(DB));
	wait_for_jobs(&r);
	rig_close(&r);
}

static void limits(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 30);
	rig_select(&r, FIXTURE_ENTITY(API));
	rig_type(&r, "L");
	assert_shows(&r, "Memory      1.0GiB");
	assert_shows(&r, "raise --cpus");
	rig_type(&r, "\n");
	assert_shows(&r, "CPUs of api-1: 2 ");
	rig_code(&r, 'U' - 64);
	rig_type(&r, "  1.5 \n");
	assert_string_equal(rig_asked.argument, "cpus=1.5");
	wait_for_jobs(&r);
	rig_type(&r, "L\n");
	rig_code(&r, 'U' - 64);
	rig_type(&r, "bad\n");
	assert_shows(&r, "'cpus=bad' is not good: give a good one");
	assert_int_equal(rig_asked.n, 1);
	rig_type(&r, "L\n");
	rig_code(&r, 'U' - 64);
	rig_type(&r, " \n"); /* nothing is no value */
	assert_int_equal(rig_asked.n, 1);
	rig_close(&r);
}

static void launch(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_type(&r, "n");
	assert_shows(&r, "Launch: --name  --memory 256m --cpus 1 --rootfs / -- ");
	rig_type(&r, "web");
	rig_code(&r, KEYCODE_END);
	rig_type(&r, "sh\n");
	assert_string_equal(rig_asked.key, "run");
	assert_int_equal(rig_asked.entity, 0);
	assert_string_equal(rig_asked.argument, "--name web --memory 256m --cpus 1 --rootfs / -- sh");
	wait_for_jobs(&r);
	rig_close(&r);
}

static void shell_wants_the_terminal(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_select(&r, FIXTURE_ENTITY(DB));
	rig_type(&r, "e");
	assert_non_null(r.app.terminal_command);
	assert_string_equal(r.app.terminal_command[0], "true");
	rig_type(&r, "e"); /* the first is not lost in memory */
	rig_close(&r);
}

static void commands_that_fail(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_program = "/nonexistent/program";
	rig_select(&r, FIXTURE_ENTITY(DB));
	rig_type(&r, "p");
	assert_shows(&r, "/nonexistent/program");
	rig_type(&r, "l");
	assert_view(&r, "list");
	assert_shows(&r, "/nonexistent/program");
	rig_program = "false";
	rig_type(&r, "p");
	wait_for_jobs(&r);
	assert_shows(&r, "pause db: ");
	assert_int_equal(r.app.message_role, ROLE_BAD);
	app_job_done(&r.app, "stop x\033", true, "no\nsuch \xff");
	assert_shows(&r, "stop x?: no?such ?");
	rig_close(&r);
}

/* In its view the container is meant, whatever the cursor of the list is on or is tagged there. */
static void of_the_view(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 3);
	rig_select(&r, FIXTURE_ENTITY(CACHE));
	list_tag(r.app.list);
	rig_select(&r, FIXTURE_ENTITY(WORKER));
	app_push(&r.app, view_one_new(&r.app, FIXTURE_ENTITY(DB), ""));
	rig_type(&r, "p");
	assert_int_equal(rig_asked.entity, FIXTURE_ENTITY(DB));
	assert_int_equal(rig_asked.n, 1);
	wait_for_jobs(&r);
	rig_type(&r, "\n");
	assert_not_shown(&r, "charts, processes"); /* it is open already */
	rig_type(&r, "c");
	assert_view(&r, "one");
	rig_close(&r);
}

static void nobody_is_selected(void **state)
{
	struct rig r;

	(void)state;
	start(&r, 0);
	rig_type(&r, "oxR\np"); /* no picture yet */
	assert_view(&r, "list");
	app_act(&r.app, "remove");
	assert_shows(&r, "nothing is selected");
	rig_close(&r);
	start(&r, 3);
	assert_int_equal(list_filter(r.app.list, "there-is-no-such-one", &(struct error){0}), 0);
	app_pictured(&r.app);
	assert_int_equal(list_count(r.app.list), 0);
	rig_type(&r, "oxR\np");
	assert_view(&r, "list");
	assert_shows(&r, "nothing is selected");
	assert_int_equal(rig_asked.n, 0);
	rig_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pause_and_unpause),
		cmocka_unit_test(pinned_when_the_list_sorts_anew),
		cmocka_unit_test(gone_before_the_answer),
		cmocka_unit_test(gone_since_the_picture_that_is_shown),
		cmocka_unit_test(enter_cancels),
		cmocka_unit_test(read_only),
		cmocka_unit_test(nothing_can_be_done_to_a_recording),
		cmocka_unit_test(refused_with_a_reason),
		cmocka_unit_test(all_that_are_tagged),
		cmocka_unit_test(any_signal),
		cmocka_unit_test(limits),
		cmocka_unit_test(launch),
		cmocka_unit_test(shell_wants_the_terminal),
		cmocka_unit_test(commands_that_fail),
		cmocka_unit_test(of_the_view),
		cmocka_unit_test(nobody_is_selected),
	};

	return cmocka_run_group_tests(tests, rig_set_up, NULL);
}

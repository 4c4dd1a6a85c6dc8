/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which picture is shown. Live: the newest, or one of the history. A replay is read picture by picture into
 * the same history; beyond that the source is moved, and the pictures before the one that is wanted are read
 * again, so that charts and rates are there at once.
 */
#include "app_private.h"

#include "base/clock.h"
#include "base/parse.h"
#include "views.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define WARM_UP 60			/* pictures before the one that a replay is moved to */
#define READ_AT_MOST 4096		/* pictures in one move */
#define READ_ON_NS (300 * NSEC_PER_SEC) /* forward: read on to there; further is a jump */

static uint64_t time_of(const struct comparison *c)
{
	return snapshot_realtime_ns(comparison_later(c));
}

/* A picture of the history of our own, which stays when that has gone on. */
static struct comparison *copy_picture(const struct history *h, size_t back)
{
	struct comparison *c = history_picture(h, back);
	struct comparison *before = history_picture(h, back + 1);

	if (!c)
		return NULL;
	return comparison_new(before ? comparison_later(before) : NULL, comparison_later(c));
}

static void show(struct app *app, size_t back)
{
	struct comparison *held = back ? copy_picture(app->history, back) : NULL;

	if (back && !held)
		back = 0;
	comparison_free(app->held);
	app->held = held;
	app->back = back;
	app->shown = held ? held : app->live;
	app_pictured(app);
}

/* The newest picture is replaced; what is frozen stays. */
static void replace_live(struct app *app, struct comparison *c)
{
	if (app->frozen && app->shown && app->shown == app->live) {
		app->held = app->live; /* nothing was held: live was shown */
		app->live = NULL;
	}
	comparison_free(app->live);
	app->live = c;
	if (!app->frozen)
		app->shown = c;
	else if (app->shown)
		app->back++;
	else
		app->shown = c;
}

/* One more picture of the source. */
static int take(struct app *app, struct error *err)
{
	struct snapshot *s = NULL;
	struct comparison *c;
	int r = source_sample(app->options->source, &app->need, &s, err);

	if (r < 0)
		return r;
	c = comparison_new(app->live ? comparison_later(app->live) : NULL, s);
	snapshot_unref(s);
	if (!c)
		return error_set(err, -ENOMEM, "", "there is not enough memory for another picture");
	if (history_add(app->history, c) < 0)
		app_say(app, ROLE_WARNING, "there is not enough memory to keep this picture");
	events_following(&app->conditions, c, event_log_add, app->events);
	replace_live(app, c);
	return 0;
}

int app_sample(struct app *app, struct error *err)
{
	int r;

	if (app->options->replay && app->frozen)
		return 0;
	if (app->options->replay && app->back > 0) {
		show(app, app->back - 1);
		return 0;
	}
	r = take(app, err);
	if (r == -ENODATA && app->options->replay) {
		app->frozen = true;
		app_say(app, ROLE_NOTICE, "the recording ends here");
	}
	if (r < 0)
		return r;
	if (!app->frozen || app->shown == app->live)
		app_pictured(app);
	else
		app->changed = true;
	return 0;
}

/* Forgets every picture and event: the next ones are from another time. */
static int forget(struct app *app)
{
	struct history *old = app->history;
	struct event_log *log = event_log_new(1000);

	app->history = NULL;
	app_history_anew(app);
	if (!app->history || !log) {
		history_free(app->history);
		event_log_free(log);
		app->history = old;
		return -ENOMEM;
	}
	history_free(old);
	event_log_free(app->events);
	app->events = log;
	event_memory_free(&app->conditions);
	app->conditions = (struct event_memory){0};
	comparison_free(app->held);
	comparison_free(app->live);
	app->held = app->live = app->shown = NULL;
	app->back = 0;
	return 0;
}

/* Reads on until the picture of that time is the newest. */
static int read_on(struct app *app, uint64_t realtime_ns, struct error *err)
{
	int r = 0;

	for (int i = 0; i < READ_AT_MOST && (!app->live || time_of(app->live) < realtime_ns); i++) {
		bool frozen = app->frozen;

		app->frozen = false;
		r = take(app, err);
		app->frozen = frozen;
		if (r < 0)
			break;
	}
	return r;
}

static int find_time(struct app *app, uint64_t *realtime_ns, struct error *err)
{
	struct source *source = app->options->source;
	struct snapshot *s = NULL;
	int r = app->options->time->seek(source, *realtime_ns, err);

	if (r == 0)
		r = source_sample(source, &app->need, &s, err);
	if (r < 0)
		return r;
	*realtime_ns = snapshot_realtime_ns(s);
	snapshot_unref(s);
	return 0;
}

/* Moves a replay to the last picture at or before this time. */
static int move_to(struct app *app, uint64_t realtime_ns, struct error *err)
{
	const struct tui_replay *time = app->options->time;
	int r = find_time(app, &realtime_ns, err);

	if (r == 0 && forget(app) < 0)
		r = error_set(err, -ENOMEM, "", "there is not enough memory for another history");
	if (r == 0)
		r = time->step ? time->step(app->options->source, -WARM_UP, err)
			       : time->seek(app->options->source, realtime_ns, err);
	if (r == 0)
		r = read_on(app, realtime_ns, err);
	if (r == -ENODATA && app->live)
		r = 0;
	show(app, 0);
	return r;
}

static bool can_move(const struct app *app)
{
	return app->options->replay && app->options->time && app->options->time->seek;
}

static uint64_t oldest_time(const struct app *app)
{
	size_t n = history_pictures(app->history);
	struct comparison *c = n ? history_picture(app->history, n - 1) : app->live;

	return c ? time_of(c) : 0;
}

static bool at_start(const struct app *app, uint64_t oldest)
{
	uint64_t first = 0, last = 0;

	if (!can_move(app))
		return true;
	if (app->options->time->span)
		app->options->time->span(app->options->source, &first, &last);
	return oldest <= first || oldest == 0;
}

static void say_oldest(struct app *app)
{
	app_say(app, ROLE_NOTICE, "%s",
		app->options->replay ? "this is where the recording begins" : "nothing older is kept");
}

static void step_back(struct app *app, size_t by)
{
	struct error err = {0};

	app->frozen = true;
	while (by > 0) {
		size_t n = history_pictures(app->history);
		size_t room = n > app->back + 1 ? n - 1 - app->back : 0;
		size_t now = by < room ? by : room;
		uint64_t oldest;

		if (now) {
			show(app, app->back + now);
			by -= now;
			continue;
		}
		oldest = oldest_time(app);
		if (at_start(app, oldest)) {
			say_oldest(app);
			return;
		}
		if (move_to(app, oldest - 1, &err) < 0) {
			app_say_error(app, &err);
			return;
		}
		if (oldest_time(app) >= oldest) { /* it does not get older: a recording that lies */
			say_oldest(app);
			return;
		}
		by--;
	}
}

static void step_forward(struct app *app, size_t by)
{
	struct error err = {0};
	size_t in_history = by < app->back ? by : app->back;
	size_t n = history_pictures(app->history);

	if (in_history) {
		size_t back = app->back - in_history;

		show(app, n && back >= n ? n - 1 : back);
	}
	if (!app->options->replay) {
		if (app->back == 0)
			app_freeze(app, false);
		return;
	}
	app->frozen = true;
	for (by -= in_history; by > 0 && app->live; by--) {
		if (read_on(app, time_of(app->live) + 1, &err) < 0) {
			app_say(app, ROLE_NOTICE, "the recording ends here");
			break;
		}
	}
	show(app, app->back);
}

void app_go_back(struct app *app, ptrdiff_t by)
{
	if (!app->shown)
		return;
	if (by == 0)
		app_freeze(app, false);
	else if (by > 0)
		step_back(app, (size_t)by);
	else
		step_forward(app, (size_t)-by);
}

void app_freeze(struct app *app, bool freeze)
{
	app->frozen = freeze;
	if (!freeze && !app->options->replay && app->shown != app->live)
		show(app, 0);
	app->changed = true;
}

void app_go_to(struct app *app, uint64_t realtime_ns)
{
	struct error err = {0};
	uint64_t oldest = oldest_time(app);
	uint64_t newest;
	int r = 0;

	if (!app->live)
		return;
	newest = time_of(app->live);
	if (realtime_ns >= newest && !app->options->replay) {
		app_freeze(app, false);
		return;
	}
	app->frozen = true;
	if (realtime_ns > newest && (realtime_ns - newest < READ_ON_NS || !can_move(app))) {
		r = read_on(app, realtime_ns, &err);
		show(app, 0);
	} else if (realtime_ns > newest || (realtime_ns < oldest && !at_start(app, oldest))) {
		r = move_to(app, realtime_ns, &err);
	} else {
		show(app, history_at(app->history, realtime_ns));
		if (realtime_ns < oldest)
			say_oldest(app);
	}
	if (r == -ENODATA)
		app_say(app, ROLE_NOTICE, "the recording ends here");
	else if (r < 0)
		app_say_error(app, &err);
}

void app_move_in_time(struct app *app, int64_t by_ns)
{
	uint64_t now;

	if (!app->shown)
		return;
	now = time_of(app->shown);
	if (by_ns >= 0)
		app_go_to(app, now + (uint64_t)by_ns);
	else
		app_go_to(app, now > (uint64_t)-by_ns ? now - (uint64_t)-by_ns : 0);
}

static int number_of(struct slice text, unsigned max, unsigned *out)
{
	uint64_t value;

	if (text.len > 2 || parse_u64(text, &value) < 0 || value > max)
		return -EINVAL;
	*out = (unsigned)value;
	return 0;
}

static int parse_clock(struct slice text, struct tm *out)
{
	unsigned part[3] = {0};
	static const unsigned max[3] = {23, 59, 59};
	struct slice word;
	size_t n = 0;

	while (next_word(&text, ":", &word)) {
		if (n == 3 || number_of(word, max[n], &part[n]) < 0)
			return -EINVAL;
		n++;
	}
	if (n < 2)
		return -EINVAL;
	out->tm_hour = (int)part[0];
	out->tm_min = (int)part[1];
	out->tm_sec = (int)part[2];
	return 0;
}

int app_parse_time(const char *text, uint64_t latest_ns, uint64_t *out, struct error *err)
{
	time_t latest = (time_t)(latest_ns / NSEC_PER_SEC);
	struct tm local;
	uint64_t ago;
	time_t t;

	while (*text == ' ')
		text++;
	if (*text == '-') {
		if (parse_duration(slice_of(text + 1), &ago) < 0)
			goto bad;
		*out = latest_ns > ago ? latest_ns - ago : 0;
		return 0;
	}
	if (!localtime_r(&latest, &local) || parse_clock(slice_of(text), &local) < 0)
		goto bad;
	local.tm_isdst = -1;
	t = mktime(&local);
	if (t > latest) { /* yesterday's */
		local.tm_mday--;
		local.tm_isdst = -1;
		t = mktime(&local);
	}
	if (t < 0)
		goto bad;
	*out = (uint64_t)t * NSEC_PER_SEC;
	return 0;
bad:
	return error_set(err, -EINVAL, "such as 15:04:05, 15:04 or -90s", "'%.40s' is no time", text);
}

static uint64_t latest_time(const struct app *app)
{
	uint64_t first = 0, last = 0;

	if (can_move(app) && app->options->time->span) {
		app->options->time->span(app->options->source, &first, &last);
		return last;
	}
	return app->live ? time_of(app->live) : 0;
}

static void time_typed(struct app *app, void *context, const char *text)
{
	struct error err = {0};
	uint64_t t = 0;

	(void)context;
	if (!app->live || !text[0])
		return;
	if (app_parse_time(text, text[0] == '-' ? time_of(app->shown) : latest_time(app), &t, &err) < 0) {
		app_say_error(app, &err);
		return;
	}
	/* The whole second is meant. */
	app_go_to(app, t + (text[0] == '-' ? 0 : NSEC_PER_SEC - 1));
}

void app_ask_time(struct app *app)
{
	static const struct input_calls calls = {.done = time_typed};

	app_push(app, dialog_input_new(app, "Go to time", "", "15:04:05, 15:04 or -90s", &calls, NULL));
}

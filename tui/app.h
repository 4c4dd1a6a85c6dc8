/* SPDX-License-Identifier: Apache-2.0 */
/* The dashboard without a terminal: the picture that is shown, the stack of views, and what all of them
 * share. */
#pragma once

#include "event_log.h"
#include "history.h"
#include "job.h"
#include "list.h"
#include "settings.h"
#include "tui/tui.h"
#include "view.h"

#define MESSAGE_NS (UINT64_C(5) * 1000000000)

struct app {
	const struct tui_options *options;
	struct settings settings;
	struct list *list;
	struct history *history;
	struct event_log *events;
	struct event_memory conditions; /* what is told of already */
	struct jobs *jobs;		/* actions that are running in the background */
	struct view *top;		/* of the stack */
	struct comparison *live;	/* the newest; owned */
	struct comparison *shown;	/* what is on the screen: live, or one of the history. NULL before the
					   first. Borrowed */
	struct comparison *held; /* what is shown while it isn't `live`: kept however the history goes on;
				    owned */
	size_t back;		 /* steps back in time of `shown`; 0 = live */
	bool frozen;		 /* new pictures are kept, but not shown (in a replay: none are taken) */
	struct metric_set need;	 /* what the views show: sampled next time */
	bool quit;
	bool redraw_all; /* ^L, or back from another program: the terminal's content is unknown */
	bool changed;	 /* the screen is to be drawn again */
	/* As it was drawn last: the line of the function bar, -1 = none can be seen; and its columns. */
	int bar_y, bar_cols;
	char message[256];
	enum role message_role;
	uint64_t message_until; /* options.now */
	/* A command that wants the terminal: the loop leaves the screen, runs it, and comes back. Owned; NULL
	 * = none. */
	char **terminal_command;
	struct input_memory *inputs; /* dialog_input.c: the lines that were typed before */
	uint64_t (*now)(void);
};

/* Settings are read, nothing is sampled yet. 0 or -errno with *err. */
int app_open(struct app *app, const struct tui_options *options, struct error *err);
void app_close(struct app *app);

/* A sample of the source: history, events, and the picture unless it is frozen. 0 or -errno with *err
 * (-ENODATA: a replay's end, which freezes). */
int app_sample(struct app *app, struct error *err);

/* A key: to the view on top, then by the bindings. */
void app_key(struct app *app, const struct key *pressed);
/* A command that no view took: what is the same everywhere. */
void app_command(struct app *app, enum command command);

/* The next event to show, as event_log_next has it: without those of processes where they are hidden. */
const struct event *app_event(const struct app *app, uint64_t realtime_ns, size_t *at);

/* There is another picture, or the list's settings have changed: list_update, then every view's `pictured`.
 */
void app_pictured(struct app *app);

/* For jobs_poll: what a job said at its end becomes the message. */
void app_job_done(void *context, const char *title, bool failed, const char *text);

/* Draws everything: views from the lowest that is seen, then the message. */
void app_draw(struct app *app, struct canvas *canvas);

/* The stack. push takes ownership; pop closes the topmost, never the lowest. */
void app_push(struct app *app, struct view *view);
void app_pop(struct app *app);

/* A line for the user, for some seconds; text is made printable when drawn. */
void app_say(struct app *app, enum role role, const char *format, ...) __attribute__((format(printf, 3, 4)));
void app_say_error(struct app *app, const struct error *err);

/* Time: `by` steps further back (negative: forward), bounded by what there is; 0 goes live. In a replay the
 * source is moved where the history ends. */
void app_go_back(struct app *app, ptrdiff_t by);
void app_freeze(struct app *app, bool freeze);
void app_go_to(struct app *app, uint64_t realtime_ns);
/* "15:04:05", "15:04" (local, the last such time before `latest_ns`) or "-90s" (before `latest_ns`) as
 * CLOCK_REALTIME. 0 or -EINVAL with *err. */
int app_parse_time(const char *text, uint64_t latest_ns, uint64_t *out, struct error *err);

/* Which metrics to sample has to be found anew: another tab, other columns, a view came or went. */
void app_need_changed(struct app *app);

/* The selected entity of the picture as a target (copies, for target_free), or of the view of one container.
 * -ENOENT where there is none. */
int app_target(struct app *app, struct action_target *out);
void target_free(struct action_target *target);
int target_of(const struct snapshot *s, size_t index, struct action_target *out);
int target_copy(const struct action_target *from, struct action_target *out);

/* Opens what an action asks for (confirmation, signal, limit, command line) and runs it in the end, for the
 * selected container or all that are tagged. Unknown, refused or read-only: a message. */
void app_act(struct app *app, const char *key);
/* Runs it now: input and confirmation were given. target is NULL for no_target. */
void app_run_action(struct app *app, const struct action *action, const struct action_target *target,
		    const char *argument);
/* The same with what it asks for before: the argument where that is NULL and the action wants one, then a
 * confirmation; targets are copied. Those it is refused for are left out, and said. */
void app_ask_action(struct app *app, const struct action *action, const struct action_target *targets,
		    size_t n, const char *argument);
const struct action *app_action(const struct app *app, const char *key); /* NULL = unknown */

/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/slice.h"
#include "foreground.h"
#include "theme.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>

#define BARREN_MAX 1000
#define CTRL_Z 26
#define END_SECONDS 3 /* for the terminal to be restored */

static int gone(struct error *err)
{
	return error_set(err, -EIO, "", "the terminal is gone");
}

/* ---- drawing */

static struct screen_look look_of(const struct loop *l)
{
	return (struct screen_look){.theme = l->app.settings.theme,
				    .glyphs = l->app.settings.glyphs,
				    .colour = l->colour,
				    .mouse = l->app.settings.mouse};
}

static int draw(struct loop *l, struct error *err)
{
	struct screen_look look = look_of(l);
	uint64_t start = clock_monotonic_ns();
	int rows, cols, r;

	screen_set_look(l->screen, &look);
	screen_size(l->screen, &rows, &cols);
	l->canvas.glyphs = screen_glyphs(l->screen);
	if ((rows != l->canvas.rows || cols != l->canvas.cols) && canvas_resize(&l->canvas, rows, cols) < 0)
		return error_errno(err, -ENOMEM, "", "cannot draw the screen");
	if (l->app.redraw_all)
		screen_forget(l->screen);
	l->app.redraw_all = l->app.changed = false;
	app_draw(&l->app, &l->canvas);
	r = screen_show(l->screen, &l->canvas);
	if (screen_pending(l->screen))
		l->app.changed = true;
	l->stats.draw_ns += clock_monotonic_ns() - start;
	if (l->key_at && clock_monotonic_ns() - l->key_at > l->stats.slowest_key)
		l->stats.slowest_key = clock_monotonic_ns() - l->key_at;
	l->key_at = 0;
	return r < 0 ? gone(err) : 0;
}

/* ---- what happens */

/* What went wrong is said, and the next tick tries again: a dashboard does not end over one bad look. */
static void sample(struct loop *l)
{
	struct error err = {0};
	int r = app_sample(&l->app, &err);

	l->stats.samples++;
	l->dispatched = clock_monotonic_ns();
	if (r < 0 && r != -ENODATA)
		app_say_error(&l->app, &err);
}

static void dispatch(struct loop *l)
{
	uint64_t now = clock_monotonic_ns();
	struct error err = {0};

	if (l->options->replay || source_event_fd(l->options->source) < 0)
		return;
	if (!loop_ready(l, LOOP_SOURCE) && now - l->dispatched < NSEC_PER_SEC)
		return;
	l->dispatched = now;
	if (source_dispatch(l->options->source, &err) < 0)
		app_say_error(&l->app, &err);
}

/* As the shell expects of ^Z: the whole group stops, with the terminal as it was. */
static void stop(struct loop *l)
{
	struct sigaction before, usual = {.sa_handler = SIG_DFL};
	sigset_t set;

	screen_suspend(l->screen);
	sigaction(SIGTSTP, &usual, &before);
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	kill(0, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGTSTP, &before, NULL);
	screen_resume(l->screen);
	l->app.changed = true;
}

static void take_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch ((int)info.ssi_signo) {
		case SIGWINCH:
			screen_resize(l->screen);
			l->app.changed = true;
			break;
		case SIGTSTP:
			stop(l);
			break;
		case SIGCONT: /* whoever had the terminal meanwhile may have left anything there */
			screen_resume(l->screen);
			l->app.changed = true;
			break;
		default:
			l->end = (int)info.ssi_signo;
			break;
		}
	}
}

static int take_keys(struct loop *l, struct error *err)
{
	struct key key;
	bool any = false;
	int waiting = 0;

	while (!l->app.quit && !l->app.terminal_command && screen_key(l->screen, &key)) {
		any = true;
		l->stats.keys++;
		if (!l->key_at)
			l->key_at = clock_monotonic_ns();
		if (key.code == CTRL_Z)
			stop(l);
		else
			app_key(&l->app, &key);
	}
	if (l->fds[LOOP_TTY].revents & (POLLHUP | POLLERR | POLLNVAL))
		return gone(err);
	/* Readable with nothing to read is an end; and what gives bytes but never a key can't go on for ever.
	 */
	if (!any && (ioctl(l->in, FIONREAD, &waiting) < 0 || ++l->barren > BARREN_MAX))
		return gone(err);
	if (any)
		l->barren = 0;
	return 0;
}

static void run_command(struct loop *l)
{
	_cleanup_free_ char **argv = TAKE_PTR(l->app.terminal_command);
	struct error err = {0};
	int r;

	screen_suspend(l->screen);
	r = foreground_run(argv, l->in, l->out, l->spoken.real >= 0 ? l->spoken.real : l->out, l->signals,
			   &l->end, &err);
	screen_resume(l->screen);
	l->app.changed = true;
	if (r < 0)
		app_say_error(&l->app, &err);
	else if (r > 0)
		app_say(&l->app, ROLE_WARNING, "%s ended with exit code %d", argv[0], r);
}

static int take_watches(struct loop *l, struct error *err)
{
	for (size_t i = 0; i < l->options->n_watches; i++) {
		const struct tui_watch *watch = &l->options->watches[i];
		int r = loop_ready(l, LOOP_WATCHES + i) ? watch->ready(watch->context, err) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

static void take_timer(struct loop *l)
{
	uint64_t ticks;

	/* Several at once is one late sample: what was missed is not made up for. */
	if (loop_ready(l, LOOP_TIMER) && read(l->timer, &ticks, sizeof(ticks)) == (ssize_t)sizeof(ticks))
		sample(l);
}

static void take_words(struct loop *l)
{
	_cleanup_str_ struct str said = {0};

	if (spoken_news(&l->spoken, &said) && !said.failed)
		app_say(&l->app, ROLE_WARNING, "%s", said.data);
}

/* A message that has stood long enough goes. */
static void expire_message(struct app *app)
{
	if (!app->message[0] || app->now() < app->message_until)
		return;
	app->message[0] = '\0';
	app->changed = true;
}

static int once_around(struct loop *l, struct error *err)
{
	struct view *top = l->app.top;
	int r;

	loop_set_timer(l);
	if (l->app.changed || l->app.redraw_all) {
		r = draw(l, err);
		if (r < 0)
			return r;
	}
	r = loop_wait(l);
	if (r < 0)
		return error_errno(err, r, "", "cannot wait for what happens");
	/* First, while the view that was asked is still there. */
	if (loop_ready(l, LOOP_VIEW))
		top->ops->readable(top, &l->app);
	if (loop_ready(l, LOOP_SIGNALS))
		take_signals(l);
	r = take_watches(l, err);
	if (r == 0 && loop_ready(l, LOOP_TTY))
		r = take_keys(l, err);
	if (r < 0)
		return r;
	dispatch(l);
	take_timer(l);
	if (jobs_count(l->app.jobs))
		jobs_poll(l->app.jobs, app_job_done, &l->app);
	if (l->app.terminal_command)
		run_command(l);
	take_words(l);
	expire_message(&l->app);
	return 0;
}

/* ---- start and end */

static int open_terminal(struct loop *l)
{
	l->out = STDOUT_FILENO;
	l->in = STDIN_FILENO;
	/* `… | plimsoll top`: the keyboard is still there. */
	if (!isatty(l->in) && isatty(l->out)) {
		l->in = open("/dev/tty", O_RDWR | O_CLOEXEC);
		l->own_in = l->in >= 0;
	}
	return l->in < 0 ? -errno : 0;
}

static int loop_open(struct loop *l, struct error *err)
{
	struct screen_look look;
	int r = app_open(&l->app, l->options, err);

	if (r < 0)
		return r;
	r = open_terminal(l);
	if (r < 0)
		return error_errno(err, r, "--once writes the same as text, to anywhere",
				   "the dashboard needs a terminal to read keys from");
	r = loop_poll_open(l);
	if (r < 0)
		return error_errno(err, r, "", "cannot watch signals and the clock");
	l->colour = !l->options->no_colour && theme_colour_wanted(getenv("NO_COLOR"), getenv("TERM"));
	look = look_of(l);
	r = screen_open(&l->screen, l->in, l->out, &look, err);
	if (r < 0)
		return r;
	screen_set_wake(l->screen, l->signals);
	/* Where it can't be captured, the words land on the screen: no reason not to start. */
	spoken_open(&l->spoken);
	sample(l);
	l->app.changed = true;
	return 0;
}

static void loop_close(struct loop *l)
{
	l->stats.bytes = l->screen ? screen_bytes(l->screen) : 0;
	l->stats.frames = l->screen ? screen_frames(l->screen) : 0;
	if (l->options->stats)
		*l->options->stats = l->stats;
	screen_close(l->screen);
	spoken_close(&l->spoken);
	app_close(&l->app);
	canvas_free(&l->canvas);
	loop_poll_close(l);
	if (l->own_in)
		close(l->in);
}

/* Widths of characters, and whether they can be shown, come from the locale. Numbers stay as they are. */
static void take_locale(void)
{
	const char *now = setlocale(LC_CTYPE, NULL);

	if (!now || slice_is(slice_of(now), "C"))
		setlocale(LC_CTYPE, "");
}

int tui_run(const struct tui_options *options, struct error *err)
{
	struct loop *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return error_errno(err, -ENOMEM, "", "cannot open the dashboard");
	take_locale();
	l->options = options;
	l->signals = l->timer = l->in = -1;
	l->spoken = (struct spoken){.real = -1, .file = -1};
	r = loop_open(l, err);
	while (r == 0 && !l->app.quit && !l->end)
		r = once_around(l, err);
	if (r == 0 && l->end == SIGHUP)
		r = gone(err);
	/* A serial line may never take what restores it. */
	if (l->end)
		alarm(END_SECONDS);
	loop_close(l);
	alarm(0);
	free(l);
	return r;
}

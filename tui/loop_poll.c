/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "loop.h"

#include <errno.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

/* Descriptors of jobs that are watched; of more, those come when some have ended. */
#define JOB_FDS 128

/* Looked at about once a second; and where a host makes and ends cgroups all the time, not more often than
 * this. */
#define DISPATCH_NS NSEC_PER_SEC
#define DISPATCH_LEAST_NS (100 * NSEC_PER_MSEC)

/* The first figures that are rates come soon. */
#define FIRST_NS (300 * NSEC_PER_MSEC)

static int block_signals(struct loop *l)
{
	static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		sigaddset(&set, ours[i]);
	if (sigprocmask(SIG_BLOCK, &set, &l->mask_before) < 0)
		return -errno;
	l->blocked = true;
	l->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return l->signals < 0 ? -errno : 0;
}

int loop_poll_open(struct loop *l)
{
	int r = block_signals(l);

	if (r < 0)
		return r;
	l->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (l->timer < 0)
		return -errno;
	l->fds = calloc(LOOP_WATCHES + l->options->n_watches + JOB_FDS, sizeof(*l->fds));
	return l->fds ? 0 : -ENOMEM;
}

void loop_poll_close(struct loop *l)
{
	struct signalfd_siginfo info;

	/* The same signal again (a hangup comes twice) is not to strike when it is no longer blocked. */
	while (l->signals >= 0 && read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		;
	if (l->signals >= 0)
		close(l->signals);
	if (l->timer >= 0)
		close(l->timer);
	free(l->fds);
	if (l->blocked)
		sigprocmask(SIG_SETMASK, &l->mask_before, NULL);
}

static struct timespec timespec_of(uint64_t ns)
{
	return (struct timespec){.tv_sec = (time_t)(ns / NSEC_PER_SEC), .tv_nsec = (long)(ns % NSEC_PER_SEC)};
}

void loop_set_timer(struct loop *l)
{
	uint64_t interval = l->app.settings.interval_ns ? l->app.settings.interval_ns : NSEC_PER_SEC;
	bool first = l->timer_interval == 0;
	struct itimerspec spec;

	if (interval == l->timer_interval)
		return;
	/* Absolute, and the kernel adds the interval itself: ticks don't drift. */
	spec.it_value =
		timespec_of(clock_monotonic_ns() +
			    (first && interval > FIRST_NS && !l->options->replay ? FIRST_NS : interval));
	spec.it_interval = timespec_of(interval);
	timerfd_settime(l->timer, TFD_TIMER_ABSTIME, &spec, NULL);
	l->timer_interval = interval;
}

static void watch(struct loop *l, size_t which, int fd)
{
	l->fds[which] = (struct pollfd){.fd = fd, .events = POLLIN};
}

static int milliseconds(uint64_t ns)
{
	return ns > UINT64_C(60) * NSEC_PER_SEC ? 60000 : (int)(ns / NSEC_PER_MSEC) + 1;
}

/* Until something is due that no descriptor tells: the source's look, a message's end. */
static int timeout_of(const struct loop *l, bool has_source)
{
	uint64_t wait = UINT64_MAX;
	uint64_t now = clock_monotonic_ns();

	if (has_source) {
		uint64_t due = l->dispatched + DISPATCH_NS;

		wait = due > now ? due - now : 0;
	}
	if (l->app.message[0]) {
		uint64_t app_now = l->app.now();
		uint64_t rest = l->app.message_until > app_now ? l->app.message_until - app_now : 0;

		wait = rest < wait ? rest : wait;
	}
	return wait == UINT64_MAX ? -1 : milliseconds(wait);
}

static void gather(struct loop *l)
{
	const struct tui_options *o = l->options;
	const struct view *top = l->app.top;
	int source = source_event_fd(o->source);
	int jobs[JOB_FDS];
	size_t n_jobs = jobs_fds(l->app.jobs, jobs, JOB_FDS);

	if (source >= 0 && clock_monotonic_ns() - l->dispatched < DISPATCH_LEAST_NS)
		source = -1;
	watch(l, LOOP_TTY, l->in);
	watch(l, LOOP_SIGNALS, l->signals);
	watch(l, LOOP_TIMER, l->timer);
	watch(l, LOOP_SOURCE, source);
	watch(l, LOOP_VIEW, top && top->ops->fd ? top->ops->fd(l->app.top) : -1);
	l->n_fds = LOOP_WATCHES;
	for (size_t i = 0; i < o->n_watches; i++)
		watch(l, l->n_fds++, o->watches[i].fd);
	for (size_t i = 0; i < n_jobs; i++)
		watch(l, l->n_fds++, jobs[i]);
}

int loop_wait(struct loop *l)
{
	bool has_source = !l->options->replay && source_event_fd(l->options->source) >= 0;

	gather(l);
	if (poll(l->fds, l->n_fds, timeout_of(l, has_source)) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
		for (size_t i = 0; i < l->n_fds; i++)
			l->fds[i].revents = 0;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "sampler.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>

/* A source wants to be called about this often, so that what is new gets its first look (model/source.h). */
#define DISPATCH_INTERVAL_NS NSEC_PER_SEC

struct sampler {
	struct source *source;
	struct metric_set need;
	struct snapshot *last;
	uint64_t due_ns; /* when the last sample was due */
	int stop_fd;
};

int stop_signals_open(struct error *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return error_errno(err, -errno, "", "cannot block signals");
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? error_errno(err, -errno, "", "cannot listen for signals") : fd;
}

int sampler_open_source(struct source *source, const struct metric_set *need, struct sampler **out,
			struct error *err)
{
	_cleanup_sampler_ struct sampler *s = calloc(1, sizeof(*s));
	int r;

	if (!s) {
		source_close(source);
		return error_errno(err, -ENOMEM, "", "cannot start");
	}
	s->source = source;
	s->need = *need;
	s->stop_fd = stop_signals_open(err);
	if (s->stop_fd < 0)
		return s->stop_fd;
	s->due_ns = clock_monotonic_ns();
	r = source_sample(s->source, &s->need, &s->last, err);
	if (r < 0)
		return r;
	*out = TAKE_PTR(s);
	return 0;
}

void sampler_close(struct sampler *s)
{
	if (!s)
		return;
	snapshot_unref(s->last);
	source_close(s->source);
	if (s->stop_fd >= 0)
		close(s->stop_fd);
	free(s);
}

struct source *sampler_source(struct sampler *s)
{
	return s->source;
}

struct snapshot *sampler_last(const struct sampler *s)
{
	return s->last;
}

/* One wait of at most a second; looks for signals even where no time is left. 0, SAMPLER_ENDED or -errno. */
static int wait_once(struct sampler *s, uint64_t left, struct error *err)
{
	struct pollfd fds[] = {{.fd = s->stop_fd, .events = POLLIN},
			       {.fd = source_event_fd(s->source), .events = POLLIN}};
	uint64_t ns = left < DISPATCH_INTERVAL_NS ? left : DISPATCH_INTERVAL_NS;
	int n = poll(fds, ARRAY_SIZE(fds), (int)((ns + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC));

	if (n < 0 && errno != EINTR)
		return error_errno(err, -errno, "", "cannot wait");
	if (n > 0 && fds[0].revents)
		return SAMPLER_ENDED;
	if ((n > 0 && fds[1].revents) || (n == 0 && left >= DISPATCH_INTERVAL_NS))
		return source_dispatch(s->source, err);
	return 0;
}

static int wait_until(struct sampler *s, uint64_t until, struct error *err)
{
	uint64_t now;
	int r;

	do {
		now = clock_monotonic_ns();
		r = wait_once(s, until > now ? until - now : 0, err);
	} while (r == 0 && clock_monotonic_ns() < until);
	return r;
}

int sampler_next(struct sampler *s, uint64_t interval_ns, struct comparison **out, struct error *err)
{
	uint64_t now = clock_monotonic_ns();
	struct snapshot *snapshot;
	struct comparison *c;
	int r;

	/* One that is late already (the machine slept, or sampling takes longer) is not made up for. */
	s->due_ns = s->due_ns + interval_ns > now ? s->due_ns + interval_ns : now;
	r = wait_until(s, s->due_ns, err);
	if (r != 0)
		return r;
	r = source_sample(s->source, &s->need, &snapshot, err);
	if (r < 0)
		return r == -ENODATA ? SAMPLER_ENDED : r;
	c = comparison_new(s->last, snapshot);
	snapshot_unref(s->last);
	s->last = snapshot;
	if (!c)
		return error_errno(err, -ENOMEM, "", "cannot compare two samples");
	*out = c;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "watchdog.h"

#include "base/clock.h"
#include "sd_notify.h"

static struct watchdog *of(struct source *s)
{
	return (struct watchdog *)(void *)s;
}

static int sample(struct source *s, const struct metric_set *need, struct snapshot **out, struct error *err)
{
	return source_sample(of(s)->inner, need, out, err);
}

static int event_fd(struct source *s)
{
	return source_event_fd(of(s)->inner);
}

static int dispatch(struct source *s, struct error *err)
{
	struct watchdog *w = of(s);
	uint64_t now = clock_monotonic_ns();

	if (w->interval_ns && now - w->told_ns >= w->interval_ns) {
		w->told_ns = now;
		sd_notify_send(w->socket, "WATCHDOG=1");
	}
	return source_dispatch(w->inner, err);
}

static void nothing(struct source *s)
{
	(void)s;
}

void watchdog_init(struct watchdog *w, struct source *inner, const char *socket, uint64_t timeout_ns)
{
	static const struct source_ops ops = {"watchdog", sample, event_fd, dispatch, nothing};

	/* A dispatch comes about once a second: telling at a third of the time-out leaves room for one that
	 * is late. */
	*w = (struct watchdog){
		.source = {&ops}, .inner = inner, .socket = socket, .interval_ns = timeout_ns / 3};
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What has happened to a container, up to the picture that is shown. */
#include "one.h"

#include "base/clock.h"

#include <time.h>

static enum role role_of(enum event_kind kind)
{
	switch (event_severity(kind)) {
	case SEVERITY_ERROR:
		return ROLE_BAD;
	case SEVERITY_WARNING:
		return ROLE_WARNING;
	case SEVERITY_INFO:
		break;
	}
	return ROLE_TEXT;
}

static void event_row(const struct scene *sc, int y, struct rect area, const struct event *e)
{
	time_t t = (time_t)(e->realtime_ns / NSEC_PER_SEC);
	_cleanup_str_ struct str what = {0};
	struct tm local = {0};
	int x = area.x + 1;

	localtime_r(&t, &local);
	canvas_printf(sc->canvas, y, x, 9, ROLE_DIM, "%02d:%02d:%02d", local.tm_hour, local.tm_min,
		      local.tm_sec);
	x += 9;
	canvas_text(sc->canvas, y, x, 12, role_of(e->kind), event_kind_name(e->kind));
	x += 13;
	if (e->count > 1)
		x += canvas_printf(sc->canvas, y, x, area.x + area.cols - x, ROLE_STRONG, "%llux ",
				   (unsigned long long)e->count);
	event_describe(&what, e);
	canvas_text(sc->canvas, y, x, area.x + area.cols - x, ROLE_TEXT, what.data ? what.data : "");
}

void one_events_draw(const struct scene *sc, struct rect area)
{
	uint64_t now = sc->app->shown ? snapshot_realtime_ns(comparison_later(sc->app->shown)) : UINT64_MAX;
	struct roll roll = roll_begin(sc, area);
	const struct event *e;
	size_t at = 0;

	while ((e = app_event(sc->app, now, &at))) {
		int y;

		if (e->entity != sc->one->target.entity)
			continue;
		y = roll_line(&roll);
		if (y >= 0)
			event_row(sc, y, area, e);
	}
	if (roll.n == 0)
		canvas_text(sc->canvas, area.y, area.x + 1, area.cols - 1, ROLE_DIM,
			    "nothing has happened to it since we look");
	roll_end(&roll);
}

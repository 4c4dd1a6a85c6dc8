/* SPDX-License-Identifier: Apache-2.0 */
#include "top_replay.h"

#include "base/cleanup.h"
#include "record/record.h"
#include "replay_time.h"

/* One before the time itself, so that the first picture has rates. */
static int go_to(struct source *s, const char *at, struct error *err)
{
	uint64_t first_ns;
	uint64_t last_ns;
	struct snapshot *there = NULL;
	uint64_t time_ns;
	int r;

	replay_span(s, &first_ns, &last_ns);
	r = replay_time_parse("at", at, first_ns, last_ns, &time_ns, err);
	if (r == 0)
		r = replay_seek(s, time_ns, err);
	if (r == 0)
		r = source_sample(s, &(struct metric_set){0}, &there, err);
	if (r < 0)
		return r;
	snapshot_unref(there);
	return replay_step(s, -1, err);
}

int top_replay_open(const char *file, const char *at, struct source **out, struct tui_replay *time,
		    struct error *err)
{
	_cleanup_source_ struct source *source = NULL;
	int r = replay_open(file, &source, err);

	if (r == 0 && at)
		r = go_to(source, at, err);
	if (r < 0)
		return r;
	*time = (struct tui_replay){.step = replay_step, .seek = replay_seek, .span = replay_span};
	*out = TAKE_PTR(source);
	return 0;
}

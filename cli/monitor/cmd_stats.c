/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "collector/collector.h"
#include "columns.h"
#include "command.h"
#include "exit_code.h"
#include "exporter/render.h"
#include "exporter/table.h"
#include "host_report.h"
#include "kernel_source.h"
#include "message.h"
#include "output.h"
#include "pick.h"
#include "record/record.h"
#include "replay_time.h"
#include "sampler.h"
#include "selection.h"
#include "source_settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_COLUMNS "name,id,cpu,mem,mem_percent,net,block,pids,throttled,limited_by"
#define STREAM_INTERVAL NSEC_PER_SEC
#define FIRST_INTERVAL (500 * NSEC_PER_MSEC)

enum stats_format { AS_TABLE, AS_JSON, AS_CSV, AS_PROMETHEUS };

struct settings {
	struct source_settings source;
	unsigned format;
	bool stream;
	bool all;
	bool cut;
	bool all_metrics;
	uint64_t interval_ns; /* 0 = not given */
	struct text_list filters;
	const char *sort;
	const char *columns;
	const char *replay;
	const char *at;
};

static const char *const formats[] = {"table", "json", "csv", "prom", NULL};

static const struct option_spec rows[] = {
	{.name = "all",
	 .letter = 'a',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, all),
	 .help = "show services, slices, what is inside containers, helpers and empty cgroups too"},
	{.name = "columns",
	 .letter = 'c',
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, columns),
	 .value = "LIST",
	 .help = "names, headers or aliases of columns, separated by commas; 'help' lists them"},
	{.name = "filter",
	 .letter = 'f',
	 .type = OPTION_LIST,
	 .offset = offsetof(struct settings, filters),
	 .value = "FILTER",
	 .help = "show what matches KEY=VALUE, KEY being name, id, label, runtime, image, pod, project, "
		 "state, class or "
		 "cgroup, or a word of the name, id, image or path; * and ? are wildcards, ! in front "
		 "inverts"},
	{.name = "format",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct settings, format),
	 .value = "FORMAT",
	 .choices = formats,
	 .fallback = "table",
	 .help = "how to show it"},
	{.name = "sort",
	 .letter = 's',
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, sort),
	 .value = "COLUMN",
	 .fallback = "cpu",
	 .help = "numbers come largest first, texts from A to Z; - in front of the name turns it round"},
	{.name = "interval",
	 .letter = 'i',
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct settings, interval_ns),
	 .value = "DURATION",
	 .min = 10 * NSEC_PER_MSEC,
	 .max = 24 * 3600 * NSEC_PER_SEC,
	 .help = "time between two samples (default: 1s; with --no-stream 500ms)"},
	{.name = "stream",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, stream),
	 .fallback = "yes",
	 .help = "show it once and end"},
	{.name = "trunc",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, cut),
	 .fallback = "yes",
	 .help = "neither shorten ids nor cut lines at the terminal's edge"},
	{.name = "all-metrics",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, all_metrics),
	 .help = "json and prom: every metric there is, those that cost more to read too"},
	{.name = "replay",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, replay),
	 .value = "FILE",
	 .help = "show a recording of 'plimsoll record' in place of this host: all of it, one sample after "
		 "the "
		 "other; with --no-stream its last"},
	{.name = "at",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, at),
	 .value = "TIME",
	 .help = "with --replay: the sample at this time alone, such as 15:04:05, 2026-01-31T15:04:05Z, -5m "
		 "(before "
		 "the recording's end) or +30s (behind its start)"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
	SOURCE_OPTIONS(struct settings, source),
};

/* What one run works with. */
struct stats {
	const struct settings *settings;
	struct column_list columns;
	struct filter_set *filters;
	struct selection selection;
	struct metric_set need;
	struct sampler *sampler;
	struct str notices; /* shown below a table that is painted in place */
	bool in_place;
	bool header_done;
	bool found;	    /* something was shown */
	uint64_t moment_ns; /* CLOCK_REALTIME of the sample that --at means */
};

static void stats_free(struct stats *s)
{
	column_list_free(&s->columns);
	filter_set_free(s->filters);
	sampler_close(s->sampler);
	str_free(&s->notices);
}

static void choose_metrics(struct stats *s)
{
	const struct settings *settings = s->settings;
	bool by_columns = settings->format == AS_TABLE || settings->format == AS_CSV;

	selection_need(&s->selection, &s->need);
	if (by_columns || settings->columns)
		column_list_need(&s->columns, &s->need);
	else
		metric_set_defaults(&s->need);
	for (unsigned g = 0; settings->all_metrics && g < GROUP__COUNT; g++)
		metric_set_add_group(&s->need, (enum metric_group)g);
	metric_set_close(&s->need);
}

static int prepare(struct stats *s, const struct text_list *names, struct error *err)
{
	const struct settings *settings = s->settings;
	int r = 0;

	if (settings->at && !settings->replay)
		return error_set(err, -EINVAL, "add --replay FILE", "'--at' is a time in a recording");
	if (settings->format == AS_CSV)
		r = column_list_add(&s->columns, &timestamp_column);
	if (r < 0)
		return error_errno(err, r, "", "cannot start");
	r = column_list_parse(settings->columns ? settings->columns : DEFAULT_COLUMNS, &s->columns, err);
	if (r == 0)
		r = filter_set_new(settings->filters.items, settings->filters.n, &s->filters, err);
	if (r < 0)
		return r;
	s->selection = (struct selection){.filters = s->filters, .names = names, .all = settings->all};
	r = selection_sort_by(&s->selection, settings->sort, err);
	if (r < 0)
		return r;
	if (!settings->cut)
		column_list_full_ids(&s->columns);
	s->in_place =
		settings->stream && !settings->at && settings->format == AS_TABLE && output_is_terminal();
	choose_metrics(s);
	return 0;
}

/* What this host can't give of what was asked for: said once, below the table where that is painted over. */
static void notice_gaps(struct stats *s)
{
	struct collector_options options = source_settings_apply(&s->settings->source);
	struct host_report report;
	struct host_facts facts;
	struct str *out = &s->notices;

	host_facts_gather(&facts, sampler_source(s->sampler), NULL, &options.roots);
	host_report_judge(&report, &facts);
	for (size_t i = 0; i < report.n; i++)
		if (finding_concerns(&report.findings[i], &s->need))
			finding_notice(out, &report.findings[i]);
	host_report_free(&report);
	if (!s->in_place && out->len)
		fwrite(out->data, 1, out->len, stderr);
}

static int put_prometheus(struct str *out, const struct comparison *c, const struct table_options *o)
{
	struct render_options options = {.exposition = EXPOSITION_TEXT, .lingering = true, .comparison = c};
	struct snapshot *picked = snapshot_pick(comparison_later(c), o->rows, o->n_rows);
	struct renderer *r = picked ? renderer_new(picked, NULL, &options) : NULL;
	char buf[65536];
	ssize_t n = r ? 0 : -ENOMEM;

	while (r && (n = renderer_read(r, buf, sizeof(buf))) > 0)
		str_append(out, buf, (size_t)n);
	renderer_free(r);
	snapshot_unref(picked);
	return (int)n;
}

/* Appends one block. 0 or -ENOMEM. */
static int put_block(struct stats *s, const struct comparison *c, const struct table_options *options,
		     struct str *out)
{
	switch ((enum stats_format)s->settings->format) {
	case AS_JSON:
		table_json(out, c, options);
		break;
	case AS_CSV:
		table_csv(out, c, options, !s->header_done);
		break;
	case AS_PROMETHEUS:
		return put_prometheus(out, c, options);
	case AS_TABLE:
		table_text(out, c, options);
		if (s->in_place && s->notices.len) {
			str_char(out, '\n');
			str_append(out, s->notices.data, s->notices.len);
		}
		break;
	}
	s->header_done = true;
	return out->failed ? -ENOMEM : 0;
}

static int write_block(struct stats *s, const struct str *block)
{
	_cleanup_str_ struct str painted = {0};

	if (!s->in_place)
		return output_write(block);
	output_in_place(&painted, block, output_size().rows);
	return output_write(&painted);
}

static int show(struct stats *s, const struct comparison *c, const size_t *indexes, size_t n,
		struct error *err)
{
	_cleanup_str_ struct str block = {0};
	struct table_options options = {
		.columns = s->columns.items,
		.n_columns = s->columns.n,
		.rows = indexes,
		.n_rows = n,
		.width = s->settings->cut && output_is_terminal() ? output_size().columns : 0,
	};
	int r = put_block(s, c, &options, &block);

	if (r == 0)
		r = write_block(s, &block);
	if (r == -EPIPE)
		return SAMPLER_ENDED;
	return r < 0 ? error_errno(err, r, "", "cannot write to standard output") : 0;
}

static void hint_at_all(const struct stats *s)
{
	if (s->settings->format == AS_TABLE && !s->settings->all && s->settings->filters.n == 0)
		fputs("no container is running here: --all shows services, slices and other cgroups\n",
		      stderr);
}

/* A recording keeps what has ended for a while, for the dashboard; live it would not be there. */
static size_t leave_out_ended(const struct stats *s, const struct comparison *c, size_t *indexes, size_t n)
{
	size_t kept = 0;

	if (s->settings->all || s->settings->filters.n)
		return n;
	for (size_t i = 0; i < n; i++)
		if (!snapshot_entity(comparison_later(c), indexes[i])->ended)
			indexes[kept++] = indexes[i];
	return kept;
}

/* Shows the selection of one comparison. A name that is gone later on is no error: its container has ended.
 */
static int show_selected(struct stats *s, const struct comparison *c, bool first, struct error *err)
{
	_cleanup_free_ size_t *indexes = NULL;
	size_t n;
	int r = selection_rows(&s->selection, c, &indexes, &n, err);

	if (r < 0 && (first || !indexes))
		return r;
	if (s->settings->replay)
		n = leave_out_ended(s, c, indexes, n);
	s->found |= n > 0;
	r = show(s, c, indexes, n, err);
	if (r == 0 && first && n == 0 && !s->in_place)
		hint_at_all(s);
	return r;
}

static int stream(struct stats *s, struct error *err)
{
	const struct settings *settings = s->settings;
	bool once = !settings->stream || settings->format == AS_PROMETHEUS;
	uint64_t interval = settings->interval_ns ? settings->interval_ns : STREAM_INTERVAL;
	uint64_t wait = settings->interval_ns ? settings->interval_ns : FIRST_INTERVAL;

	for (bool first = true;; first = false) {
		struct comparison *c;
		int r = sampler_next(s->sampler, wait, &c, err);

		if (r != 0)
			return r;
		if (first)
			notice_gaps(s);
		r = show_selected(s, c, first, err);
		comparison_free(c);
		if (r != 0 || once)
			return r;
		wait = interval;
	}
}

/* Whether one sample of the recording is meant, not all. */
static bool is_one_moment(const struct settings *settings)
{
	return settings->at || !settings->stream || settings->format == AS_PROMETHEUS;
}

/* Where the time that was asked for is outside of the recording, it says so. */
static int find_moment(struct stats *s, struct source *source, uint64_t *time_ns, struct error *err)
{
	uint64_t first;
	uint64_t last;
	int r = 0;

	replay_span(source, &first, &last);
	*time_ns = last;
	if (s->settings->at)
		r = replay_time_parse("at", s->settings->at, first, last, time_ns, err);
	if (r == 0 && *time_ns < first)
		fputs("the recording begins later: this is its first sample\n", stderr);
	if (r == 0 && *time_ns > last)
		fputs("the recording ends before: this is its last sample\n", stderr);
	return r;
}

/* Makes the sample at that time the second one, so that it has rates. */
static int go_to_moment(struct stats *s, struct source *source, struct error *err)
{
	struct snapshot *there = NULL;
	uint64_t time_ns;
	int r = find_moment(s, source, &time_ns, err);

	if (r == 0)
		r = replay_seek(source, time_ns, err);
	if (r == 0)
		r = source_sample(source, &s->need, &there, err);
	if (r < 0)
		return r;
	s->moment_ns = snapshot_realtime_ns(there);
	snapshot_unref(there);
	return replay_step(source, -1, err);
}

static int open_replay(struct stats *s, struct error *err)
{
	struct source *source;
	int r = replay_open(s->settings->replay, &source, err);

	if (r < 0)
		return r;
	if (is_one_moment(s->settings))
		r = go_to_moment(s, source, err);
	if (r < 0) {
		source_close(source);
		return r;
	}
	return sampler_open_source(source, &s->need, &s->sampler, err);
}

/* The first sample of all has none before it: it is shown too, with no rates. */
static int show_first(struct stats *s, struct error *err)
{
	struct comparison *c = comparison_new(NULL, sampler_last(s->sampler));
	int r = c ? show_selected(s, c, false, err) : error_errno(err, -ENOMEM, "", "cannot start");

	comparison_free(c);
	return r;
}

/* One sample after the other: on a terminal at a pace to look at, else as fast as it goes. */
static int play(struct stats *s, struct error *err)
{
	const struct settings *settings = s->settings;
	uint64_t wait = settings->interval_ns || !s->in_place ? settings->interval_ns : STREAM_INTERVAL;
	int r = show_first(s, err);

	while (r == 0) {
		struct comparison *c;

		r = sampler_next(s->sampler, wait, &c, err);
		if (r != 0)
			break;
		r = show_selected(s, c, false, err);
		comparison_free(c);
	}
	return r;
}

/* The moment that go_to_moment chose. */
static int show_moment(struct stats *s, struct error *err)
{
	struct comparison *c;
	int r;

	if (snapshot_realtime_ns(sampler_last(s->sampler)) == s->moment_ns)
		return show_first(s, err); /* none is before it */
	r = sampler_next(s->sampler, 0, &c, err);
	if (r != 0)
		return r;
	r = show_selected(s, c, true, err);
	comparison_free(c);
	return r;
}

static int replay(struct stats *s, struct error *err)
{
	uint64_t damaged;
	int r = open_replay(s, err);

	if (r < 0)
		return r;
	r = is_one_moment(s->settings) ? show_moment(s, err) : play(s, err);
	damaged = replay_damaged(sampler_source(s->sampler));
	if (damaged)
		fprintf(stderr, "%llu snapshot%s of the recording could not be read\n",
			(unsigned long long)damaged, damaged == 1 ? "" : "s");
	if (r >= 0 && !s->found && s->selection.names->n)
		return error_set(err, -ENOENT, "", "nothing that is called so is in the recording");
	return r;
}

static int run(void *settings, const struct text_list *names)
{
	_cleanup_(stats_free) struct stats s = {.settings = settings};
	struct collector_options options = source_settings_apply(&s.settings->source);
	struct error err;
	int r;

	if (s.settings->columns && strcmp(s.settings->columns, "help") == 0) {
		_cleanup_str_ struct str text = {0};

		columns_help(&text);
		return output_write(&text) < 0 ? EXIT_FAILED : EXIT_OK;
	}
	r = prepare(&s, names, &err);
	if (r < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	if (s.settings->replay) {
		r = replay(&s, &err);
	} else {
		options.classes = selection_classes(&s.selection);
		options.often = true;
		r = kernel_source_sampler(&s.settings->source, &options, &s.need, KERNEL_SIDE_FIGURES, false,
					  &s.sampler, &err);
		if (r == 0)
			r = stream(&s, &err);
	}
	if (r >= 0)
		return EXIT_OK;
	message_error(&err);
	return EXIT_FAILED;
}

static const struct example examples[] = {
	{"plimsoll stats", "a table of the running containers that is painted anew each second"},
	{"plimsoll stats --no-stream web db", "these two, once"},
	{"plimsoll stats --filter label=tier=backend --sort mem", "those with this label, the largest first"},
	{"plimsoll stats --all --columns name,class,cpu,pids --filter '!class=helper'",
	 "every cgroup but helpers"},
	{"plimsoll stats --format csv --interval 10s > log.csv",
	 "a line a container each ten seconds, for a spreadsheet"},
	{"plimsoll stats --format json --no-stream | jq .memory_working_set_bytes", "figures for a script"},
	{"plimsoll stats --replay today.plr --at 15:04:05", "what it was like then, out of a recording"},
};

const struct command command_stats = {
	.name = "stats",
	.operands = "[NAME...]",
	.description =
		"Shows a line for each container, and for each other cgroup that holds processes and belongs "
		"to no systemd "
		"unit. A NAME is a container's name, its id or the start of it, or the path of a cgroup.\n\n"
		"The columns are docker stats' own (name, id, cpu, mem, mem_percent, net, block, pids) and "
		"throttled, the "
		"share of scheduling periods in which the CPU quota ran out, and limited_by, what limits it "
		"now: a limit of "
		"its own (cpu.max, memory.max, memory.high, oom, pids.max, io.max), of an ancestor (with a ^ "
		"behind it), or what "
		"others take (cpu, memory or io contention), with the share of time or periods lost to it. "
		"Rates are taken between two "
		"samples. What this "
		"host can't give is shown as - and said once on standard error.\n\n"
		"json writes an object a line, csv a header and then a line a container and sample, prom the "
		"text that "
		"Prometheus would scrape, once.\n\n"
		"With --replay the samples come from a recording, each as it was then: on a terminal one a "
		"second "
		"(or --interval), else without waiting. Each is compared with the one before it in the "
		"recording. What a "
		"container recorded before it ended is left out, as it would not be there live, unless --all "
		"or "
		"--filter asks for it.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

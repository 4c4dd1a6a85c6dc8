/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "collector/collector.h"
#include "command.h"
#include "exit_code.h"
#include "kernel_source.h"
#include "message.h"
#include "model/event.h"
#include "model/number.h"
#include "model/verdict.h"
#include "pick.h"
#include "record/record.h"
#include "sampler.h"
#include "selection.h"
#include "source_settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

/* As the dashboard has it: what has ended is seen for a while in a replay, too. */
#define LINGER_NS (60 * NSEC_PER_SEC)

struct settings {
	struct source_settings source;
	uint64_t interval_ns;
	uint64_t max_size;
	uint64_t max_age_ns;
	uint64_t keep;
	uint64_t duration_ns;
	struct text_list filters;
	bool all_metrics;
	bool quiet;
};

static const struct option_spec rows[] = {
	{.name = "interval",
	 .letter = 'i',
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct settings, interval_ns),
	 .value = "DURATION",
	 .min = 10 * NSEC_PER_MSEC,
	 .max = 24 * 3600 * NSEC_PER_SEC,
	 .fallback = "1s",
	 .help = "time between two samples"},
	{.name = "duration",
	 .letter = 'd',
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct settings, duration_ns),
	 .value = "DURATION",
	 .help = "end by itself after so long; 0: only when it is told to"},
	{.name = "filter",
	 .letter = 'f',
	 .type = OPTION_LIST,
	 .offset = offsetof(struct settings, filters),
	 .value = "FILTER",
	 .help = "record what matches alone, and what is above it; as in plimsoll stats"},
	{.name = "all-metrics",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, all_metrics),
	 .help = "every metric there is, those that cost more to read too"},
	{.name = "max-size",
	 .type = OPTION_SIZE,
	 .offset = offsetof(struct settings, max_size),
	 .value = "SIZE",
	 .fallback = "100m",
	 .help = "begin a new file before this one gets larger; 0: never"},
	{.name = "max-age",
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct settings, max_age_ns),
	 .value = "DURATION",
	 .help = "begin a new file when this one covers so long; 0: never"},
	{.name = "keep",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct settings, keep),
	 .value = "N",
	 .min = 1,
	 .max = RECORDER_KEEP_MAX,
	 .fallback = "5",
	 .help = "how many full files are kept, as FILE.1 (the newest), FILE.2 and so on"},
	{.name = "quiet",
	 .letter = 'q',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, quiet),
	 .help = "do not say at the end what was recorded"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
	SOURCE_OPTIONS(struct settings, source),
};

/* What one run works with. */
struct recording {
	const struct settings *settings;
	const char *path;
	struct text_list no_names;
	struct selection selection;
	struct filter_set *filters;
	struct metric_set need;
	struct sampler *sampler;
	struct recorder *recorder;
	uint64_t n_snapshots;
};

static void recording_free(struct recording *r)
{
	sampler_close(r->sampler);
	recorder_close(r->recorder);
	filter_set_free(r->filters);
}

static int prepare(struct recording *r, struct error *err)
{
	const struct settings *settings = r->settings;
	int result = filter_set_new(settings->filters.items, settings->filters.n, &r->filters, err);

	if (result < 0)
		return result;
	r->selection = (struct selection){.filters = r->filters, .names = &r->no_names, .all = true};
	metric_set_defaults(&r->need);
	metric_set_add_group(&r->need, GROUP_namespace); /* cheap, and the dashboard has a tab of them */
	selection_need(&r->selection, &r->need);
	verdict_need(&r->need);
	event_need(&r->need);
	for (unsigned g = 0; settings->all_metrics && g < GROUP__COUNT; g++)
		metric_set_add_group(&r->need, (enum metric_group)g);
	metric_set_close(&r->need);
	return 0;
}

static int open_both(struct recording *r, struct error *err)
{
	const struct settings *settings = r->settings;
	struct collector_options options = source_settings_apply(&settings->source);
	struct recorder_options into = {
		.max_size = settings->max_size,
		.max_age_ns = settings->max_age_ns,
		.keep = (unsigned)settings->keep,
	};
	int result = recorder_open(r->path, &into, &r->recorder, err);

	options.classes = selection_classes(&r->selection);
	options.linger_ns = LINGER_NS;
	options.host_meters = true;
	options.often = true;
	if (result == 0)
		result = kernel_source_sampler(&settings->source, &options, &r->need, KERNEL_SIDE_FIGURES,
					       true, &r->sampler, err);
	return result;
}

/* Of the last comparison, or of a sample that has none before it. */
static int record_one(struct recording *r, struct comparison *c, struct error *err)
{
	struct snapshot *whole = comparison_later(c);
	struct snapshot *part = NULL;
	int result = 0;

	if (r->settings->filters.n) {
		_cleanup_free_ size_t *indexes = NULL;
		size_t n;

		result = selection_rows(&r->selection, c, &indexes, &n, err);
		if (result < 0)
			return result;
		part = snapshot_prune(whole, indexes, n);
		if (!part)
			return error_errno(err, -ENOMEM, "", "cannot record");
	}
	result = recorder_write(r->recorder, part ? part : whole, err);
	r->n_snapshots += result == 0;
	snapshot_unref(part);
	return result;
}

static int record_first(struct recording *r, struct error *err)
{
	struct comparison *c = comparison_new(NULL, sampler_last(r->sampler));
	int result = c ? record_one(r, c, err) : error_errno(err, -ENOMEM, "", "cannot record");

	comparison_free(c);
	return result;
}

static int record(struct recording *r, struct error *err)
{
	const struct settings *settings = r->settings;
	uint64_t n = settings->duration_ns ? settings->duration_ns / settings->interval_ns + 1 : UINT64_MAX;
	int result = record_first(r, err);

	while (result == 0 && r->n_snapshots < n) {
		struct comparison *c;

		result = sampler_next(r->sampler, settings->interval_ns, &c, err);
		if (result != 0)
			break;
		result = record_one(r, c, err);
		comparison_free(c);
	}
	return result;
}

static void say_what(const struct recording *r)
{
	_cleanup_str_ struct str text = {0};

	if (r->settings->quiet || !r->recorder)
		return;
	format_bytes(&text, (double)recorder_bytes(r->recorder));
	fprintf(stderr, "%llu snapshot%s recorded, %s\n", (unsigned long long)r->n_snapshots,
		r->n_snapshots == 1 ? "" : "s", text.data ? text.data : "");
}

static int run(void *settings, const struct text_list *operands)
{
	_cleanup_(recording_free) struct recording r = {.settings = settings};
	struct error err;
	int result;

	if (operands->n != 1) {
		error_set(&err, -EINVAL, "such as 'plimsoll record /var/tmp/today.plr'", "%s",
			  operands->n ? "one file is recorded into, not several" : "no file was given");
		message_error(&err);
		return EXIT_USAGE;
	}
	r.path = operands->items[0];
	result = prepare(&r, &err);
	if (result < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	result = open_both(&r, &err);
	if (result == 0)
		result = record(&r, &err);
	if (result < 0)
		message_error(&err);
	say_what(&r);
	return result < 0 ? EXIT_FAILED : EXIT_OK;
}

static const struct example examples[] = {
	{"plimsoll record today.plr", "everything of this host, until Ctrl-C"},
	{"plimsoll record --interval 5s --max-age 1d --keep 7 /var/log/plimsoll.plr",
	 "the last week, a file a day"},
	{"plimsoll record --duration 10m --filter name=web web.plr", "ten minutes of one container"},
	{"plimsoll stats --replay today.plr --at 15:04:05", "what it was like then"},
};

const struct command command_record = {
	.name = "record",
	.operands = "FILE",
	.description =
		"Samples what containers and other cgroups use, and appends it to FILE: compressed, with the "
		"differences alone, some tens of bytes a container and sample. 'plimsoll stats --replay "
		"FILE' and "
		"'plimsoll top --replay FILE' show it again.\n\n"
		"A FILE that is a recording already is gone on with. Where it was cut off in the middle of a "
		"write, "
		"what is whole stays. One FILE can be recorded into by one plimsoll at a time, and be "
		"replayed "
		"meanwhile.\n\n"
		"It ends with SIGINT or SIGTERM, and says how much it has recorded.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "collector/collector.h"
#include "command.h"
#include "event_line.h"
#include "event_pick.h"
#include "exit_code.h"
#include "kernel_source.h"
#include "message.h"
#include "output.h"
#include "record/record.h"
#include "sampler.h"
#include "source_settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

/* What has ended can still be told apart, and filtered, in the next samples. */
#define LINGER_NS (5 * NSEC_PER_SEC)
/* How old the figures of a cgroup that does nothing may be: nothing happens to it. */
#define IDLE_NS (5 * NSEC_PER_SEC)
/* Of what happens inside of a container it is to be known whose it is. */
#define EVERY_CLASS ((1U << ENTITY_CLASS__COUNT) - 1)

struct settings {
	struct source_settings source;
	unsigned format;
	bool all;
	struct text_list filters;
	struct text_list kinds;
	uint64_t interval_ns;
	uint64_t duration_ns; /* 0 = without end */
	uint64_t count;	      /* 0 = without end */
	const char *replay;
};

enum events_format { AS_TEXT, AS_JSON };
static const char *const formats[] = {"text", "json", NULL};

static const struct option_spec rows[] = {
	{.name = "all",
	 .letter = 'a',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, all),
	 .help = "EXEC and EXIT of every cgroup, not of containers and services alone"},
	{.name = "count",
	 .letter = 'n',
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct settings, count),
	 .value = "N",
	 .help = "end by itself after so many events; 0: only when it is told to"},
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
	 .help = "of what matches KEY=VALUE or a word, as in plimsoll stats"},
	{.name = "format",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct settings, format),
	 .value = "FORMAT",
	 .choices = formats,
	 .fallback = "text",
	 .help = "how to show it"},
	{.name = "interval",
	 .letter = 'i',
	 .type = OPTION_DURATION,
	 .offset = offsetof(struct settings, interval_ns),
	 .value = "DURATION",
	 .min = 10 * NSEC_PER_MSEC,
	 .max = 3600 * NSEC_PER_SEC,
	 .fallback = "250ms",
	 .help = "time between two looks; what the kernel tells is kept in between"},
	{.name = "kind",
	 .letter = 'k',
	 .type = OPTION_LIST,
	 .offset = offsetof(struct settings, kinds),
	 .value = "KINDS",
	 .help = "these kinds only: START, END, OOM-KILL, MEMORY-MAX, MEMORY-HIGH, THROTTLED, PIDS-MAX, "
		 "FROZEN, THAWED, LIMIT, EXEC, EXIT, FORK-STORM"},
	{.name = "replay",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, replay),
	 .value = "FILE",
	 .help = "tell what happened in a recording of 'plimsoll record' in place of this host"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
	SOURCE_OPTIONS(struct settings, source),
};

/* What one run works with. */
struct events {
	const struct settings *settings;
	struct event_pick pick;
	struct filter_set *filters;
	struct metric_set need;
	struct sampler *sampler;
	struct event_memory memory;
	const struct comparison *now; /* whose events are being told */
	uint64_t told;
	uint64_t dropped;
	int failed; /* of writing; 0 = none */
};

static void events_free(struct events *e)
{
	event_memory_free(&e->memory);
	sampler_close(e->sampler);
	filter_set_free(e->filters);
}

static int prepare(struct events *e, struct error *err)
{
	const struct settings *settings = e->settings;
	int r = event_kinds_parse(&settings->kinds, &e->pick.kinds, err);

	if (r == 0)
		r = filter_set_new(settings->filters.items, settings->filters.n, &e->filters, err);
	if (r < 0)
		return r;
	e->pick.all = settings->all;
	e->pick.filters = settings->filters.n ? e->filters : NULL;
	filter_set_need(e->filters, &e->need);
	event_need(&e->need);
	metric_set_close(&e->need);
	return 0;
}

/* --- where they come from --- */

/* Said once: less is told then. */
static void say_not_heard(const struct events *e, const struct kernel *kernel, const struct error *why)
{
	const char *cause = why->code ? why->cause : "";
	const char *remedy = why->code ? why->remedy : "";
	_cleanup_str_ struct str text = {0};
	struct kernel_status status;

	if (kernel) {
		kernel_status(kernel, &status);
		if (status.on[KERNEL_EVENTS])
			return;
		cause = status.why[KERNEL_EVENTS];
		remedy = status.remedy[KERNEL_EVENTS];
	} else if (e->settings->source.source == SOURCE_FILES) {
		cause = "--source files leaves them out";
	}
	str_printf(&text, "the kernel's own events are not to be had%s", *cause ? ": " : "");
	message_safe(&text, cause);
	str_add(&text,
		"\n  files alone tell: no EXEC, EXIT or FORK-STORM, no victims of OOM kills, and nothing "
		"of containers that live shorter than an interval\n");
	if (*remedy) {
		str_add(&text, "  ");
		message_safe(&text, remedy);
		str_char(&text, '\n');
	}
	if (text.data)
		fwrite(text.data, 1, text.len, stderr);
}

static int open_live(struct events *e, struct error *err)
{
	struct collector_options options = source_settings_apply(&e->settings->source);
	struct source *source;
	struct error why;
	int r;

	options.classes = EVERY_CLASS;
	options.linger_ns = LINGER_NS;
	options.idle_ns = IDLE_NS;
	options.often = true;
	options.tell_events = true;
	r = collector_open(&options, &source, err);
	if (r < 0)
		return r;
	r = kernel_source_use(&e->settings->source, source, 1U << KERNEL_FIGURES | KERNEL_SIDE_EVENTS, true,
			      &why);
	if (r < 0) {
		source_close(source);
		*err = why;
		return r;
	}
	say_not_heard(e, collector_kernel(source), &why);
	return sampler_open_source(source, &e->need, &e->sampler, err);
}

static int open_replay(struct events *e, struct error *err)
{
	struct source *source;
	int r = replay_open(e->settings->replay, &source, err);

	return r < 0 ? r : sampler_open_source(source, &e->need, &e->sampler, err);
}

/* --- telling --- */

static void tell(void *context, const struct event *event)
{
	struct events *e = context;
	const struct entity *owner = event_owner(e->now, event);
	_cleanup_str_ struct str line = {0};

	if (e->failed || (e->settings->count && e->told == e->settings->count) ||
	    !event_is_picked(&e->pick, e->now, event, owner))
		return;
	if (e->settings->format == AS_JSON)
		event_line_json(&line, event, owner);
	else
		event_line_text(&line, event, owner);
	e->failed = output_write(&line);
	e->told++;
}

static void say_dropped(struct events *e)
{
	uint64_t dropped = snapshot_heard(comparison_later(e->now))->dropped;

	if (dropped > e->dropped)
		fprintf(stderr, "%llu event%s lost: the buffer was full\n",
			(unsigned long long)(dropped - e->dropped),
			dropped - e->dropped == 1 ? " was" : "s were");
	e->dropped = dropped;
}

/* 0, SAMPLER_ENDED where it was asked for no more or nobody reads, or -errno. */
static int tell_all(struct events *e, const struct comparison *c, struct error *err)
{
	e->now = c;
	events_following(&e->memory, c, tell, e);
	say_dropped(e);
	e->now = NULL;
	if (e->failed == -EPIPE)
		return SAMPLER_ENDED;
	if (e->failed)
		return error_errno(err, e->failed, "", "cannot write to standard output");
	return e->settings->count && e->told == e->settings->count ? SAMPLER_ENDED : 0;
}

/* What happened before it was told to end is told, too. */
static int last_look(struct events *e, struct error *err)
{
	struct snapshot *snapshot;
	struct comparison *c;
	int r = source_sample(sampler_source(e->sampler), &e->need, &snapshot, err);

	if (r < 0)
		return r;
	c = comparison_new(sampler_last(e->sampler), snapshot);
	snapshot_unref(snapshot);
	if (!c)
		return error_errno(err, -ENOMEM, "", "cannot compare two samples");
	r = tell_all(e, c, err);
	comparison_free(c);
	return r;
}

static int follow(struct events *e, struct error *err)
{
	const struct settings *settings = e->settings;
	uint64_t until = settings->duration_ns ? clock_monotonic_ns() + settings->duration_ns : UINT64_MAX;

	while (true) {
		uint64_t now = clock_monotonic_ns();
		uint64_t left = until > now ? until - now : 0;
		struct comparison *c;
		int r = sampler_next(e->sampler, left < settings->interval_ns ? left : settings->interval_ns,
				     &c, err);

		if (r == SAMPLER_ENDED)
			return last_look(e, err);
		if (r == 0) {
			r = tell_all(e, c, err);
			comparison_free(c);
		}
		if (r != 0 || clock_monotonic_ns() >= until)
			return r;
	}
}

static int replay(struct events *e, struct error *err)
{
	uint64_t damaged;
	int r = 0;

	while (r == 0) {
		struct comparison *c;

		r = sampler_next(e->sampler, 0, &c, err);
		if (r != 0)
			break;
		r = tell_all(e, c, err);
		comparison_free(c);
	}
	damaged = replay_damaged(sampler_source(e->sampler));
	if (damaged)
		fprintf(stderr, "%llu snapshot%s of the recording could not be read\n",
			(unsigned long long)damaged, damaged == 1 ? "" : "s");
	return r;
}

static int run(void *settings, const struct text_list *operands)
{
	_cleanup_(events_free) struct events e = {.settings = settings};
	struct error err;
	int r;

	if (operands->n) {
		error_set(&err, -EINVAL, "use --filter", "'plimsoll events' takes no words: what is '%s'?",
			  operands->items[0]);
		message_error(&err);
		return EXIT_USAGE;
	}
	r = prepare(&e, &err);
	if (r < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	r = e.settings->replay ? open_replay(&e, &err) : open_live(&e, &err);
	if (r == 0)
		r = e.settings->replay ? replay(&e, &err) : follow(&e, &err);
	if (r >= 0)
		return EXIT_OK;
	message_error(&err);
	return EXIT_FAILED;
}

static const struct example examples[] = {
	{"plimsoll events", "everything that happens to containers and services, until Ctrl-C"},
	{"plimsoll events --kind oom-kill,end --filter runtime=docker",
	 "Docker's containers: who died, and of what"},
	{"plimsoll events --kind exec --filter name=web", "every program that is started in one container"},
	{"plimsoll events --format json --kind oom_kill --count 1 | jq .limit_of",
	 "wait for an OOM kill, and see whose limit it was"},
	{"plimsoll events --replay monday.plr", "what a recording tells"},
};

const struct command command_events = {
	.name = "events",
	.operands = "",
	.description =
		"Tells what happens to containers and services, a line each as it comes: START, END with its "
		"exit code or signal; EXEC and EXIT of each process; OOM-KILL with the victim, its size, and "
		"whose limit it was; FROZEN, THAWED; LIMIT for a limit that was changed; THROTTLED, "
		"MEMORY-MAX, "
		"MEMORY-HIGH and PIDS-MAX where a limit begins to be hit; FORK-STORM where a thousand "
		"processes "
		"were made within a second.\n\n"
		"The kernel tells where it lets us (--source, plimsoll doctor): then nothing is too short to "
		"be "
		"seen. Otherwise it is told from files, without processes and without what lived between two "
		"looks, which is said once on standard error. So is how many events were lost, if the buffer "
		"ran full.\n\n"
		"json writes an object a line. Its keys: time_seconds (since the epoch), event (the kind in "
		"lower case, such as oom_kill), name, id, path (the cgroup), class, runtime, image, count "
		"(kills, "
		"hits, processes; 1 elsewhere), pid (as the host counts), program (EXEC: its file; EXIT and "
		"OOM-KILL: its short name), exit_code, signal, reason (END: unknown, done, failed, signal or "
		"oom), resident_bytes (OOM-KILL), limit_of (OOM-KILL: the cgroup whose limit it was, / where "
		"the host ran out of memory), detail. What is not known, or no matter of the kind, is "
		"null.\n\n"
		"It ends with SIGINT or SIGTERM, and tells before what has happened until then.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "collector/collector.h"
#include "command.h"
#include "exit_code.h"
#include "host_report.h"
#include "kernel_source.h"
#include "message.h"
#include "output.h"
#include "process_table.h"
#include "source_settings.h"
#include "top_actions.h"
#include "top_listen.h"
#include "top_replay.h"
#include "tui/tui.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LINGER_NS (60 * NSEC_PER_SEC)
/* How old the memory, I/O and pressure of a container that does nothing may be: nobody sees it change. */
#define IDLE_NS (5 * NSEC_PER_SEC)
/* Latencies are measured while their tab is open, and so long after: going to another and back is not to lose
 * any.
 */
#define LATENCY_HOLD_NS (10 * NSEC_PER_SEC)
#define BATCH_COLUMNS 160

struct settings {
	struct source_settings source;
	uint64_t interval_ns;
	const char *sort;
	const char *columns;
	struct text_list filters;
	const char *listen;
	const char *replay;
	const char *at;
	unsigned theme; /* 0 = as the settings say */
	unsigned glyphs;
	bool all;
	bool tree;
	bool readonly;
	bool once;
	bool mouse;
};

static const char *const themes[] = {"kept", "dark", "light", "mono", "colour-blind", NULL};
static const char *const glyph_words[] = {"auto", "ascii", "blocks", "braille", NULL};

#define AT(field) .offset = offsetof(struct settings, field)

static const struct option_spec rows[] = {
	{.name = "all",
	 .letter = 'a',
	 .type = OPTION_FLAG,
	 AT(all),
	 .help = "show services, slices, what is inside containers, helpers and empty cgroups too"},
	{.name = "batch",
	 .letter = 'b',
	 .type = OPTION_FLAG,
	 AT(once),
	 .help = "print the main screen once, as text, and end"},
	{.name = "columns",
	 .letter = 'c',
	 .type = OPTION_TEXT,
	 AT(columns),
	 .value = "LIST",
	 .help = "columns of the first tab: names, headers or aliases, separated by commas"},
	{.name = "filter",
	 .letter = 'f',
	 .type = OPTION_LIST,
	 AT(filters),
	 .value = "FILTER",
	 .help = "show what matches KEY=VALUE or a word, as in plimsoll stats"},
	{.name = "interval",
	 .letter = 'i',
	 .type = OPTION_DURATION,
	 AT(interval_ns),
	 .value = "DURATION",
	 .min = 100 * NSEC_PER_MSEC,
	 .max = 3600 * NSEC_PER_SEC,
	 .help = "time between two samples (default: as kept in the settings, else 1s)"},
	{.name = "listen",
	 .type = OPTION_TEXT,
	 AT(listen),
	 .value = "ADDRESS",
	 .help = "also serve /metrics to Prometheus, from the same samples: 127.0.0.1:9753, :9753, "
		 "unix:/path"},
	{.name = "replay",
	 .type = OPTION_TEXT,
	 AT(replay),
	 .value = "FILE",
	 .help = "show a recording of 'plimsoll record' in place of this host"},
	{.name = "at",
	 .type = OPTION_TEXT,
	 AT(at),
	 .value = "TIME",
	 .help = "with --replay: begin there, such as 15:04:05, 2026-01-31T15:04:05Z, or -90s from its end"},
	{.name = "readonly",
	 .type = OPTION_FLAG,
	 AT(readonly),
	 .help = "look, and change nothing: no action is to be had"},
	{.name = "sort",
	 .letter = 's',
	 .type = OPTION_TEXT,
	 AT(sort),
	 .value = "COLUMN",
	 .help = "numbers come largest first, texts from A to Z; - in front of the name turns it round"},
	{.name = "tree", .letter = 't', .type = OPTION_FLAG, AT(tree), .help = "grouped by pod and project"},
	{.name = "theme",
	 .type = OPTION_CHOICE,
	 AT(theme),
	 .value = "THEME",
	 .choices = themes,
	 .fallback = "kept",
	 .help = "colours: as kept in the settings, or another"},
	{.name = "glyphs",
	 .type = OPTION_CHOICE,
	 AT(glyphs),
	 .value = "KIND",
	 .choices = glyph_words,
	 .fallback = "auto",
	 .help = "what charts are drawn with"},
	{.name = "mouse",
	 .type = OPTION_SWITCH,
	 AT(mouse),
	 .fallback = "yes",
	 .help = "take mouse clicks; without, the terminal's own selecting works"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
	SOURCE_OPTIONS(struct settings, source),
};

/* What one run works with. */
struct top {
	const struct settings *settings;
	struct source *source;
	struct top_actions actions;
	struct process_table processes;
	struct tui_details details;
	struct top_listen listen;
	struct tui_replay time;
	struct str filter;
	struct str notice;
	struct str host_line;
	char settings_path[4096];
	struct tui_options options;
};

static void top_close(struct top *t)
{
	top_listen_close(&t->listen);
	process_table_close(&t->processes);
	source_close(t->source);
	str_free(&t->filter);
	str_free(&t->notice);
	str_free(&t->host_line);
}

static const char *settings_path(struct top *t)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	size_t cap = sizeof(t->settings_path);
	int n = -1;

	if (config && config[0] == '/')
		n = snprintf(t->settings_path, cap, "%s/plimsoll/top.conf", config);
	else if (home && home[0] == '/')
		n = snprintf(t->settings_path, cap, "%s/.config/plimsoll/top.conf", home);
	return n > 0 && (size_t)n < cap ? t->settings_path : NULL;
}

/* The findings that cost figures, in a line each, and what the title line says of the host. */
static void describe_host(struct top *t, const struct collector_options *options)
{
	struct host_report report;
	struct host_facts facts;
	struct metric_set need = {0};

	metric_set_defaults(&need);
	host_facts_gather(&facts, t->source, NULL, &options->roots);
	host_report_judge(&report, &facts);
	for (size_t i = 0; i < report.n; i++)
		if (finding_concerns(&report.findings[i], &need))
			finding_notice(&t->notice, &report.findings[i]);
	host_report_free(&report);
	str_add(&t->host_line,
		facts.layout && facts.layout->n_hierarchies == 1 ? "cgroup2" : "cgroup hybrid");
}

static int open_live(struct top *t, struct error *err)
{
	struct collector_options options = source_settings_apply(&t->settings->source);
	int r;

	options.linger_ns = LINGER_NS;
	options.host_meters = true;
	options.often = true;
	options.tell_events = true;
	options.latency_hold_ns = LATENCY_HOLD_NS;
	/* scrapes are to have it all */
	options.idle_ns = t->settings->listen ? 0 : IDLE_NS;
	if (t->settings->all)
		options.classes = (1U << ENTITY_CLASS__COUNT) - 1;
	r = collector_open(&options, &t->source, err);
	if (r == 0)
		r = kernel_source_use(&t->settings->source, t->source,
				      KERNEL_SIDE_FIGURES | KERNEL_SIDE_EVENTS | KERNEL_SIDE_LATENCY_LATER,
				      true, err);
	if (r == 0)
		r = process_table_open(collector_layout(t->source), t->settings->source.procfs, &t->processes,
				       err);
	if (r == 0)
		r = top_actions_init(&t->actions, err);
	if (r < 0)
		return r;
	/* actions are other programs: they find the store that this one looks at */
	if (options.plimsoll_root)
		setenv("PLIMSOLL_ROOT", options.plimsoll_root, 0);
	describe_host(t, &options);
	t->details = (struct tui_details){.context = &t->processes, .processes = process_table_read};
	t->options.actions = &t->actions.table;
	t->options.details = &t->details;
	return 0;
}

static int open_listen(struct top *t, struct error *err)
{
	const struct settings *s = t->settings;
	int r;

	if (!s->listen)
		return 0;
	if (s->replay)
		return error_set(err, -EINVAL, "leave one of them out",
				 "--listen serves this host, and --replay shows a recording");
	r = top_listen_open(&t->listen, t->source, s->listen, s->interval_ns ? s->interval_ns : NSEC_PER_SEC,
			    err);
	if (r < 0)
		return r;
	t->options.source = &t->listen.shared.first.source;
	t->options.watches = &t->listen.watch;
	t->options.n_watches = 1;
	return 0;
}

static void set_options(struct top *t)
{
	const struct settings *s = t->settings;

	for (size_t i = 0; i < s->filters.n; i++)
		str_printf(&t->filter, "%s%s", i ? " " : "", s->filters.items[i]);
	t->options = (struct tui_options){
		.interval_ns = s->interval_ns,
		.settings_path = settings_path(t),
		.sort = s->sort,
		.columns = s->columns,
		.filter = t->filter.data,
		.tree = s->tree,
		.all = s->all,
		.readonly = s->readonly,
		.no_mouse = !s->mouse,
		.theme_given = s->theme > 0,
		.theme = s->theme ? (enum tui_theme)(s->theme - 1) : THEME_DARK,
		.glyphs = (enum tui_glyphs)s->glyphs,
	};
}

static int top_open(struct top *t, struct error *err)
{
	const struct settings *s = t->settings;
	int r;

	set_options(t);
	if (s->at && !s->replay)
		return error_set(err, -EINVAL, "", "--at needs --replay");
	r = s->replay ? top_replay_open(s->replay, s->at, &t->source, &t->time, err) : open_live(t, err);
	if (r < 0)
		return r;
	t->options.source = t->source;
	t->options.replay = s->replay != NULL;
	t->options.time = s->replay ? &t->time : NULL;
	r = open_listen(t, err);
	t->options.notice = t->notice.data;
	t->options.host_line = t->host_line.data;
	return r;
}

static int print_once(struct top *t, struct error *err)
{
	_cleanup_str_ struct str text = {0};
	size_t width = output_size().columns;
	int r = tui_once(&t->options, 0, width ? (int)width : BATCH_COLUMNS, &text, err);

	if (r < 0)
		return r;
	r = output_write(&text);
	return r < 0 && r != -EPIPE ? error_errno(err, r, "", "cannot write to standard output") : 0;
}

static int run(void *settings, const struct text_list *operands)
{
	struct top t = {.settings = settings, .processes = {.procfs = -1}};
	struct error err = {0};
	int r;

	if (operands->n) {
		error_set(&err, -EINVAL, "use --filter", "'plimsoll top' takes no words: what is '%s'?",
			  operands->items[0]);
		message_error(&err);
		return EXIT_USAGE;
	}
	r = top_open(&t, &err);
	if (r == 0)
		r = t.settings->once ? print_once(&t, &err) : tui_run(&t.options, &err);
	top_close(&t);
	if (r >= 0)
		return EXIT_OK;
	message_error(&err);
	return r == -EINVAL ? EXIT_USAGE : EXIT_FAILED;
}

static const struct example examples[] = {
	{"plimsoll top", "press ? for the keys"},
	{"plimsoll top --tree --filter runtime=docker", "Docker's containers by compose project"},
	{"plimsoll top --listen :9753", "and serve /metrics meanwhile"},
	{"plimsoll top --replay monday.plr --at 15:04:05", "what it looked like then"},
	{"plimsoll top -b | head", "once, as text"},
};

const struct command command_top = {
	.name = "top",
	.operands = "",
	.description = "A dashboard: the host's meters, every container with what it uses, a minute of "
		       "history, and what "
		       "limits it; one container's charts, processes, limits, log and events; and actions: "
		       "pause, stop, "
		       "signals, limits, a shell. Press ? for the keys, Enter for what can be done, o to "
		       "open one.\n\n"
		       "Settings are kept in $XDG_CONFIG_HOME/plimsoll/top.conf when S is pressed. Colour is "
		       "left out with "
		       "NO_COLOR.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "command.h"
#include "exit_code.h"
#include "message.h"
#include "output.h"
#include "ps_filter.h"
#include "ps_view.h"
#include "runtime/host.h"
#include "runtime/life.h"

#include <errno.h>

enum ps_format { AS_TABLE, AS_JSON };

struct settings {
	bool all;
	bool quiet;
	bool cut;
	bool latest;
	uint64_t last;
	unsigned format;
	struct text_list filters;
};

static const char *const formats[] = {"table", "json", NULL};

static const struct option_spec rows[] = {
	{.name = "all",
	 .letter = 'a',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, all),
	 .help = "show those that don't run, too"},
	{.name = "filter",
	 .letter = 'f',
	 .type = OPTION_LIST,
	 .offset = offsetof(struct settings, filters),
	 .value = "FILTER",
	 .help = "show what matches KEY=VALUE: status, name or id (regular expressions), label=KEY[=VALUE], "
		 "exited "
		 "(a code), ancestor"},
	{.name = "format",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct settings, format),
	 .value = "FORMAT",
	 .choices = formats,
	 .fallback = "table",
	 .help = "how to show it; json is an object a line"},
	{.name = "last",
	 .letter = 'n',
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct settings, last),
	 .value = "N",
	 .min = 1,
	 .help = "show the N newest, whether they run or not"},
	{.name = "latest",
	 .letter = 'l',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, latest),
	 .help = "show the newest, whether it runs or not"},
	{.name = "quiet",
	 .letter = 'q',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, quiet),
	 .help = "show ids only"},
	{.name = "size",
	 .letter = 's',
	 .type = OPTION_REFUSED,
	 .value = "",
	 .help = "files are not counted here; 'plimsoll stats --columns help' lists what is"},
	{.name = "trunc",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, cut),
	 .fallback = "yes",
	 .help = "show whole ids and commands"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

struct containers {
	struct container **list;
	size_t n;
};

static void containers_free(struct containers *all)
{
	container_list_free(all->list, all->n);
}

/* One that is removed just now is none any more. */
static bool is_wanted(struct container *c, const struct host *host, const struct settings *s,
		      const struct ps_filters *filters)
{
	struct error err;
	bool all = s->all || s->last || s->latest || ps_filters_want_all(filters);

	if (!c->broken && container_refresh(c, host->layout, &err) == -ENOENT)
		return false;
	if (!all && (c->broken || !life_is_up(&c->state)))
		return false;
	return ps_filters_match(filters, c);
}

static int show(const struct settings *s, struct container *const *list, size_t n)
{
	_cleanup_str_ struct str text = {0};
	uint64_t now = clock_realtime_ns();
	int r;

	for (size_t i = 0; s->quiet && i < n; i++) {
		struct slice id = ps_id(list[i], s->cut);

		str_append(&text, id.at, id.len);
		str_char(&text, '\n');
	}
	if (!s->quiet && s->format == AS_JSON)
		ps_json(&text, list, n, s->cut, now);
	else if (!s->quiet)
		ps_table(&text, list, n, s->cut, now);
	r = output_write(&text);
	return r == 0 || r == -EPIPE ? EXIT_OK : EXIT_FAILED;
}

static int list_all(const struct settings *s, const struct host *host, const struct ps_filters *filters,
		    struct error *err)
{
	_cleanup_(containers_free) struct containers all = {0};
	_cleanup_free_ struct container **picked = NULL;
	_cleanup_(store_close) struct store store = {.fd = -1, .procfs = -1};
	size_t most = s->latest ? 1 : s->last ? (size_t)s->last : SIZE_MAX;
	size_t n = 0;
	int r = store_open(&store, err);

	if (r == 0)
		r = container_list_brief(&store, &all.list, &all.n, err);
	if (r < 0)
		return r;
	picked = calloc(all.n + 1, sizeof(struct container *));
	if (!picked)
		return error_errno(err, -ENOMEM, "", "cannot list the containers");
	for (size_t i = 0; i < all.n && n < most; i++)
		if (is_wanted(all.list[i], host, s, filters))
			picked[n++] = all.list[i];
	return show(s, picked, n);
}

static int run(void *settings, const struct text_list *operands)
{
	_cleanup_(host_close) struct host host = {0};
	struct ps_filters *filters = NULL;
	const struct settings *s = settings;
	struct error err = {0};
	int r;

	if (operands->n) {
		error_set(&err, -EINVAL, "'--filter name=PATTERN' shows some of them",
			  "'plimsoll ps' takes no name: what is '%s'?", operands->items[0]);
		message_error(&err);
		return EXIT_USAGE;
	}
	if (ps_filters_new(&s->filters, &filters, &err) < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	r = host_open(&host, &err);
	if (r == 0)
		r = list_all(s, &host, filters, &err);
	ps_filters_free(filters);
	if (r < 0) {
		message_error(&err);
		return EXIT_FAILED;
	}
	return r;
}

static const struct example examples[] = {
	{"plimsoll ps", "what runs now"},
	{"plimsoll ps --all --filter status=exited --filter exited=137", "what was killed"},
	{"plimsoll ps --quiet --filter label=tier=db | xargs plimsoll stop", "for scripts"},
	{"plimsoll ps --all --format json | jq -r 'select(.OOMKilled).Names'",
	 "those that ran out of memory"},
};

const struct command command_ps = {
	.name = "ps",
	.operands = "",
	.description =
		"Lists the containers that plimsoll runs, the newest first. 'plimsoll stats' shows what they "
		"use, and the containers of other runtimes too.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/parse.h"
#include "command.h"
#include "exit_code.h"
#include "log_show.h"
#include "log_time.h"
#include "message.h"
#include "pick_containers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

struct settings {
	bool follow;
	bool timestamps;
	const char *since;
	const char *until;
	const char *tail;
};

static const struct option_spec rows[] = {
	{.name = "details",
	 .type = OPTION_REFUSED,
	 .value = "",
	 .help = "nothing but the output itself is written to the log"},
	{.name = "follow",
	 .letter = 'f',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, follow),
	 .help = "go on with what is written from now on, until the container ends"},
	{.name = "since",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, since),
	 .value = "TIME",
	 .help = "leave out what is older: a duration such as 10m (so long ago), 2024-02-29T12:00:00Z, or "
		 "seconds "
		 "since 1970"},
	{.name = "tail",
	 .letter = 'n',
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, tail),
	 .value = "LINES",
	 .fallback = "all",
	 .help = "only the last so many lines, or all"},
	{.name = "timestamps",
	 .letter = 't',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, timestamps),
	 .help = "put the time in front of each line"},
	{.name = "until",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, until),
	 .value = "TIME",
	 .help = "leave out what is newer; as --since"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

static int parse_tail(const char *text, int64_t *tail, struct error *err)
{
	uint64_t n;

	if (strcmp(text, "all") == 0 || strcmp(text, "-1") == 0) {
		*tail = -1;
		return 0;
	}
	if (parse_u64(slice_of(text), &n) < 0 || n > INT64_MAX)
		return error_set(err, -EINVAL, "it takes a number of lines, or all",
				 "'--tail' cannot be '%s'", text);
	*tail = (int64_t)n;
	return 0;
}

static int prepare(const struct settings *s, struct log_show *how, struct error *err)
{
	uint64_t now = clock_realtime_ns();
	int r = parse_tail(s->tail, &how->query.tail, err);

	if (r == 0 && s->since)
		r = log_time_parse("since", s->since, now, &how->query.since_ns, err);
	if (r == 0 && s->until)
		r = log_time_parse("until", s->until, now, &how->query.until_ns, err);
	how->follow = s->follow;
	how->timestamps = s->timestamps;
	return r;
}

static int check_driver(const struct container *c, const char *name, struct error *err)
{
	if (c->config.log_driver == LOG_NONE)
		return error_set(err, -ENOENT, "'plimsoll attach' shows what it writes from now on",
				 "'%s' was run with --log-driver none: it has no log", name);
	return 0;
}

static int run(void *settings, const struct text_list *names)
{
	_cleanup_pick_ struct pick pick = {0};
	struct log_show how = {0};
	struct error err = {0};
	int code;
	int r;

	if (prepare(settings, &how, &err) < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	code = pick_open(&pick, "logs", names, PICK_ONE);
	if (code != EXIT_OK || pick.n == 0)
		return code != EXIT_OK ? code : EXIT_FAILED;
	signal(SIGPIPE, SIG_IGN);
	r = check_driver(pick.list[0], pick.names[0], &err);
	if (r == 0)
		r = container_refresh(pick.list[0], NULL, &err);
	if (r == 0)
		r = log_show(pick.list[0], &how, &err);
	if (r < 0 && r != -EPIPE)
		pick_say(&pick, 0, &err);
	return pick_code(&pick);
}

static const struct example examples[] = {
	{"plimsoll logs --follow --tail 20 web", "the last 20 lines, and then each one as it is written"},
	{"plimsoll logs --since 10m --timestamps web", "the last ten minutes, with times"},
	{"plimsoll logs web 2>/dev/null | grep error", "what it wrote to standard output only"},
};

const struct command command_logs = {
	.name = "logs",
	.operands = "NAME",
	.description =
		"Shows what a container has written, byte by byte as it wrote it: its standard output on "
		"standard output, its standard error on standard error (one stream where it has a "
		"terminal). What was rotated away (--log-opt max-size, max-file) is gone.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

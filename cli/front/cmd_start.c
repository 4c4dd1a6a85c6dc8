/* SPDX-License-Identifier: Apache-2.0 */
#include "attach_options.h"
#include "base/cleanup.h"
#include "command.h"
#include "exit_code.h"
#include "message.h"
#include "pick_containers.h"
#include "runtime/life.h"

struct settings {
	bool attach;
	bool interactive;
	const char *detach_keys;
};

static const struct option_spec rows[] = {
	{.name = "attach",
	 .letter = 'a',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, attach),
	 .help = "show its output here, pass signals on, and end with its exit code"},
	{.name = "checkpoint",
	 .type = OPTION_REFUSED,
	 .value = "",
	 .help = "there are no checkpoints of containers"},
	{.name = "checkpoint-dir",
	 .type = OPTION_REFUSED,
	 .value = "",
	 .help = "there are no checkpoints of containers"},
	{.name = "detach-keys",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, detach_keys),
	 .value = "KEYS",
	 .help = "with --attach: the keys that leave it running (ctrl-p,ctrl-q unless it was run with "
		 "others)"},
	{.name = "interactive",
	 .letter = 'i',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, interactive),
	 .help = "as --attach, and what is typed goes to it if it was run with -i"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

/* One that runs already is fine, as with Docker. */
static int start_one(struct container *c, const struct host *host, void *arg, struct error *err)
{
	(void)arg;
	return life_start(c, host, NULL, err);
}

/* This process supervises it, so that not a byte of its output is missed. */
static int run_here(const struct settings *s, struct pick *pick)
{
	struct container *c = pick->list[0];
	struct foreground foreground = foreground_of(c, s->interactive, true);
	struct supervised ended = {0};
	struct error err = {0};
	int r = container_refresh(c, pick->host.layout, &err);

	if (s->detach_keys)
		c->config.detach_keys = s->detach_keys;
	if (r == 0 && life_is_up(&c->state))
		return attach_to(c, pick->names[0], &foreground, c->config.detach_keys);
	if (r == 0)
		r = supervise(c, &pick->host, &foreground, -1, &ended, &err);
	if (r < 0) {
		pick_say(pick, 0, &err);
		return EXIT_FAILED;
	}
	return attach_code(pick->names[0], &ended);
}

static int run(void *settings, const struct text_list *names)
{
	const struct settings *s = settings;
	_cleanup_pick_ struct pick pick = {0};
	int code;

	if (!s->attach && !s->interactive)
		return pick_each("start", names, PICK_HOST, start_one, NULL);
	code = pick_open(&pick, "start --attach", names, PICK_HOST | PICK_ONE);
	if (code != EXIT_OK || pick.n == 0)
		return code != EXIT_OK ? code : EXIT_FAILED;
	return run_here(s, &pick);
}

static const struct example examples[] = {
	{"plimsoll start web db", "both run again, in the background"},
	{"plimsoll start --attach job", "runs job once more, and ends with its exit code"},
};

const struct command command_start = {
	.name = "start",
	.operands = "NAME...",
	.description =
		"Starts containers that have ended, or were never started, with what they were run with. "
		"Their files are as they left them.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

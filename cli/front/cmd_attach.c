/* SPDX-License-Identifier: Apache-2.0 */
#include "attach_options.h"
#include "base/cleanup.h"
#include "command.h"
#include "exit_code.h"
#include "message.h"
#include "pick_containers.h"

#include <errno.h>

struct settings {
	bool input;
	bool pass_signals;
	const char *detach_keys;
};

static const struct option_spec rows[] = {
	{.name = "detach-keys",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, detach_keys),
	 .value = "KEYS",
	 .help = "the keys that leave it running, such as ctrl-p,ctrl-q, which is the default unless it was "
		 "run "
		 "with others"},
	{.name = "sig-proxy",
	 .type = OPTION_SWITCH,
	 .offset = offsetof(struct settings, pass_signals),
	 .fallback = "yes",
	 .help = "pass signals that come here on to the container"},
	{.name = "stdin",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, input),
	 .fallback = "yes",
	 .help = "only look: send nothing that is typed"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

static int check_state(struct container *c, const struct host *host, const char *name, struct error *err)
{
	int r = container_refresh(c, host->layout, err);

	if (r < 0)
		return r;
	switch (c->state.status) {
	case CONTAINER_RUNNING:
	case CONTAINER_RESTARTING:
		return 0;
	case CONTAINER_PAUSED:
		return error_set(err, -EBUSY, "'plimsoll unpause' lets it go on",
				 "'%s' is paused: there is nothing to attach to", name);
	case CONTAINER_CREATED:
	case CONTAINER_EXITED:
		break;
	}
	return error_set(err, -ESRCH,
			 "'plimsoll start --attach' starts it; 'plimsoll logs' shows what it has written",
			 "'%s' does not run", name);
}

static int run(void *settings, const struct text_list *names)
{
	const struct settings *s = settings;
	_cleanup_pick_ struct pick pick;
	struct foreground foreground;
	const char *keys;
	struct error err = {0};
	int code = pick_open(&pick, "attach", names, PICK_HOST | PICK_ONE);

	if (code != EXIT_OK || pick.n == 0)
		return code != EXIT_OK ? code : EXIT_FAILED;
	if (check_state(pick.list[0], &pick.host, pick.names[0], &err) < 0) {
		pick_say(&pick, 0, &err);
		return EXIT_FAILED;
	}
	foreground = foreground_of(pick.list[0], s->input, s->pass_signals);
	keys = s->detach_keys ? s->detach_keys : pick.list[0]->config.detach_keys;
	return attach_to(pick.list[0], pick.names[0], &foreground, keys);
}

static const struct example examples[] = {
	{"plimsoll attach web", "web's output here, and what is typed to web if it was run with -i"},
	{"plimsoll attach --no-stdin --no-sig-proxy web", "only look: Ctrl-C ends the looking, not web"},
};

const struct command command_attach = {
	.name = "attach",
	.operands = "NAME",
	.description =
		"Connects this terminal, or these pipes, to a running container until it ends. The detach "
		"keys leave it and let it run. The exit code is the container's own.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

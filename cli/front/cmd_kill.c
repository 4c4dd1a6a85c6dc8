/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "exit_code.h"
#include "message.h"
#include "pick_cgroups.h"
#include "runtime/life.h"
#include "runtime/value.h"

#include <stddef.h>

struct settings {
	const char *signal;
	struct text_list cgroups;
};

static const struct option_spec rows[] = {
	CGROUP_OPTION(offsetof(struct settings, cgroups)),
	{.name = "signal",
	 .letter = 's',
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, signal),
	 .value = "SIGNAL",
	 .fallback = "KILL",
	 .help = "which signal: a name with or without SIG, or a number"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

static int kill_one(struct container *c, const struct host *host, void *arg, struct error *err)
{
	(void)host;
	return life_kill(c, *(int *)arg, err);
}

static int kill_cgroup(const char *path, const struct host *host, void *arg, struct error *err)
{
	return life_kill_cgroup(path, host, *(int *)arg, err);
}

static int run(void *settings, const struct text_list *names)
{
	const struct settings *s = settings;
	struct error err;
	int number;

	if (value_signal(s->signal, &number, &err) < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	return pick_both("kill", names, 0, kill_one, &s->cgroups, kill_cgroup, &number);
}

static const struct example examples[] = {
	{"plimsoll kill web", "ends web at once"},
	{"plimsoll kill --signal HUP web db", "what many servers take for: read your configuration again"},
};

const struct command command_kill = {
	.name = "kill",
	.operands = "[NAME...]",
	.description =
		"Sends a signal to the first process of each running container. SIGKILL, unless another is "
		"given, can't be refused, and the container's other processes end with the first. Of a "
		"--cgroup, "
		"every process gets it.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

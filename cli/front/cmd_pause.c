/* SPDX-License-Identifier: Apache-2.0 */
/* pause, and unpause: its opposite. */
#include "base/cleanup.h"
#include "command.h"
#include "pick_cgroups.h"
#include "runtime/life.h"

#include <stddef.h>

struct settings {
	struct text_list cgroups;
};

static const struct option_spec rows[] = {
	CGROUP_OPTION(offsetof(struct settings, cgroups)),
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

static int freeze_one(struct container *c, const struct host *host, void *arg, struct error *err)
{
	return life_pause(c, host, *(const bool *)arg, err);
}

static int freeze_cgroup(const char *path, const struct host *host, void *arg, struct error *err)
{
	return life_pause_cgroup(path, host, *(const bool *)arg, err);
}

static int freeze(const char *verb, const struct settings *s, const struct text_list *names, bool pause)
{
	return pick_both(verb, names, PICK_HOST, freeze_one, &s->cgroups, freeze_cgroup, &pause);
}

static int run_pause(void *settings, const struct text_list *names)
{
	return freeze("pause", settings, names, true);
}

static int run_unpause(void *settings, const struct text_list *names)
{
	return freeze("unpause", settings, names, false);
}

static const struct example pause_examples[] = {
	{"plimsoll pause web", "web gets no CPU time, and keeps its memory, until it is unpaused"},
	{"plimsoll pause --cgroup /system.slice/backup.service", "the same for what is not plimsoll's"},
};

static const struct example unpause_examples[] = {
	{"plimsoll unpause web", "web goes on where it stood"},
};

const struct command command_pause = {
	.name = "pause",
	.operands = "[NAME...]",
	.description =
		"Freezes every process of each container, and returns once they stand still. A NAME is a "
		"container's name, its id, or the start of it.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = pause_examples,
	.n_examples = ARRAY_SIZE(pause_examples),
	.settings_size = sizeof(struct settings),
	.run = run_pause,
};

const struct command command_unpause = {
	.name = "unpause",
	.operands = "[NAME...]",
	.description = "Lets the processes of each paused container go on.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = unpause_examples,
	.n_examples = ARRAY_SIZE(unpause_examples),
	.settings_size = sizeof(struct settings),
	.run = run_unpause,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "pick_containers.h"
#include "runtime/life.h"

static const struct option_group option_groups[] = {
	{"options", NULL, 0, 0},
};

static int pause_one(struct container *c, const struct host *host, void *arg, struct error *err)
{
	(void)arg;
	return life_pause(c, host, true, err);
}

static int run(void *settings, const struct text_list *names)
{
	(void)settings;
	return pick_each("pause", names, PICK_HOST, pause_one, NULL);
}

static const struct example examples[] = {
	{"plimsoll pause web", "web gets no CPU time, and keeps its memory, until it is unpaused"},
};

const struct command command_pause = {
	.name = "pause",
	.operands = "NAME...",
	.description =
		"Freezes every process of each container, and returns once they stand still. A NAME is a "
		"container's name, its id, or the start of it.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = 1,
	.run = run,
};

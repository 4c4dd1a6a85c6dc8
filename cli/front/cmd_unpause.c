/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "pick_containers.h"
#include "runtime/life.h"

static const struct option_group option_groups[] = {
	{"options", NULL, 0, 0},
};

static int unpause_one(struct container *c, const struct host *host, void *arg, struct error *err)
{
	(void)arg;
	return life_pause(c, host, false, err);
}

static int run(void *settings, const struct text_list *names)
{
	(void)settings;
	return pick_each("unpause", names, PICK_HOST, unpause_one, NULL);
}

static const struct example examples[] = {
	{"plimsoll unpause web", "web goes on where it stood"},
};

const struct command command_unpause = {
	.name = "unpause",
	.operands = "NAME...",
	.description = "Lets the processes of each paused container go on.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = 1,
	.run = run,
};

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "pick_containers.h"
#include "runtime/life.h"

#include <stdio.h>

static const struct option_group option_groups[] = {
	{"options", NULL, 0, 0},
};

static int run(void *settings, const struct text_list *names)
{
	_cleanup_pick_ struct pick pick;
	int code = pick_open(&pick, "wait", names, 0);

	(void)settings;
	if (code != 0)
		return code;
	for (size_t i = 0; i < pick.n; i++) {
		struct error err = {0};
		int ended;

		if (life_wait(pick.list[i], &ended, &err) < 0)
			pick_say(&pick, i, &err);
		else if (printf("%d\n", ended) < 0 || fflush(stdout) != 0)
			pick.failed = true;
	}
	return pick_code(&pick);
}

static const struct example examples[] = {
	{"plimsoll wait job", "blocks until job has ended, and prints its exit code"},
	{"code=$(plimsoll wait job)", "for a script"},
};

const struct command command_wait = {
	.name = "wait",
	.operands = "NAME...",
	.description =
		"Blocks until each container has ended, and prints their exit codes, a line each, in the "
		"order of the names.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = 1,
	.run = run,
};

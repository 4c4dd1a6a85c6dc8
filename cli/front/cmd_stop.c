/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "stop_options.h"

static const struct option_group option_groups[] = {
	{"options", stop_options, N_STOP_OPTIONS, 0},
};

static int run(void *settings, const struct text_list *names)
{
	return stop_each("stop", settings, names, NULL, NULL);
}

static const struct example examples[] = {
	{"plimsoll stop web db", "asks both to end, and returns once they have"},
	{"plimsoll stop --time 60 db", "gives it a minute before it is killed"},
};

const struct command command_stop = {
	.name = "stop",
	.operands = "NAME...",
	.description =
		"Sends each container its stop signal (SIGTERM unless it was run with another one), all at "
		"once, waits until they have ended, and kills those that take longer than their stop "
		"timeout (10 seconds unless they were run with another one). A paused one goes on first. "
		"What was stopped is not restarted, and stays until it is removed, unless it was run with "
		"--rm.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct stop_settings),
	.run = run,
};

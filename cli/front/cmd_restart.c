/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "runtime/life.h"
#include "stop_options.h"

#include <errno.h>

static const struct option_group option_groups[] = {
	{"options", stop_options, N_STOP_OPTIONS, 0},
};

/* What is removed when it ends can't be started again: said before it is stopped, and left out. */
static void leave_out_fleeting(struct pick *pick)
{
	size_t kept = 0;

	for (size_t i = 0; i < pick->n; i++) {
		struct error err;

		if (pick->list[i]->config.auto_remove) {
			error_set(
				&err, -EOPNOTSUPP, "stop it, and run it again",
				"'%s' was run with --rm: it is removed once it ends, and can't be restarted",
				pick->names[i]);
			pick_say(pick, i, &err);
			container_free(pick->list[i]);
			continue;
		}
		pick->list[kept] = pick->list[i];
		pick->names[kept++] = pick->names[i];
	}
	pick->n = kept;
}

static int start_again(struct container *c, const struct host *host, void *arg, struct error *err)
{
	(void)arg;
	return life_start(c, host, NULL, err);
}

static int run(void *settings, const struct text_list *names)
{
	return stop_each("restart", settings, names, leave_out_fleeting, start_again);
}

static const struct example examples[] = {
	{"plimsoll restart web", "stops web, and starts it again with the same settings and files"},
};

const struct command command_restart = {
	.name = "restart",
	.operands = "NAME...",
	.description =
		"Stops each container as 'plimsoll stop' does, where it runs, and starts it again. What it "
		"wrote is still there; what it held in memory is not.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct stop_settings),
	.run = run,
};

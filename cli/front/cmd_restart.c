/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "exit_code.h"
#include "message.h"
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

static void start_again(struct pick *pick, const struct error *errs)
{
	for (size_t i = 0; i < pick->n; i++) {
		struct error err = {0};

		if (errs[i].code < 0)
			continue;
		if (life_start(pick->list[i], &pick->host, NULL, &err) < 0)
			pick_say(pick, i, &err);
		else
			pick_done(pick, i);
	}
}

static int run(void *settings, const struct text_list *names)
{
	_cleanup_pick_ struct pick pick = {0};
	_cleanup_free_ struct error *errs = NULL;
	struct error err;
	int64_t timeout;
	int signal;
	int code;

	if (stop_settings_parse(settings, &signal, &timeout, &err) < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	code = pick_open(&pick, "restart", names, PICK_HOST);
	if (code != EXIT_OK)
		return code;
	leave_out_fleeting(&pick);
	errs = stop_picked(&pick, signal, timeout);
	if (errs)
		start_again(&pick, errs);
	return pick_code(&pick);
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

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "exit_code.h"
#include "message.h"
#include "pick_containers.h"
#include "runtime/life.h"

#include <errno.h>

struct settings {
	bool force;
};

static const struct option_spec rows[] = {
	{.name = "force",
	 .letter = 'f',
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, force),
	 .help = "kill it first where it runs"},
	{.name = "link",
	 .letter = 'l',
	 .type = OPTION_REFUSED,
	 .value = "",
	 .help = "there are no links between containers"},
	{.name = "volumes",
	 .letter = 'v',
	 .type = OPTION_REFUSED,
	 .value = "",
	 .help = "there are no anonymous volumes: what is mounted into a container are folders of the host, "
		 "which "
		 "stay"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

static int remove_picked(struct pick *pick, bool force)
{
	_cleanup_free_ struct error *errs = calloc(pick->n ? pick->n : 1, sizeof(*errs));

	if (!errs) {
		struct error err;

		error_errno(&err, -ENOMEM, "", "cannot remove anything");
		message_error(&err);
		return EXIT_FAILED;
	}
	life_remove_all(pick->list, pick->n, &pick->host, force, errs);
	for (size_t i = 0; i < pick->n; i++) {
		if (errs[i].code < 0)
			pick_say(pick, i, &errs[i]);
		else
			pick_done(pick, i);
	}
	return pick_code(pick);
}

/* What a crash left behind goes by the way. It is nobody's container, so it decides nothing. */
static void clean(const struct pick *pick)
{
	struct error err = {0};

	if (store_clean(&pick->store, &err) < 0)
		message_error(&err);
}

static int run(void *settings, const struct text_list *names)
{
	const struct settings *s = settings;
	_cleanup_pick_ struct pick pick;
	int code = pick_open(&pick, "rm", names, PICK_HOST | PICK_BROKEN);

	if (code != EXIT_OK)
		return code;
	code = remove_picked(&pick, s->force);
	clean(&pick);
	return code;
}

static const struct example examples[] = {
	{"plimsoll rm job", "removes job, which has ended, with its log and the files that it wrote"},
	{"plimsoll rm --force web db", "ends and removes them, whatever they do"},
	{"plimsoll ps --all --quiet --filter status=exited | xargs plimsoll rm",
	 "removes all that have ended"},
};

const struct command command_rm = {
	.name = "rm",
	.operands = "NAME...",
	.description =
		"Removes containers: their writable files, log, cgroups and name. One that runs is left "
		"alone unless --force is given. It also removes what is left of a container after a crash, "
		"and one whose files are broken.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

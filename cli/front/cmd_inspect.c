/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "exit_code.h"
#include "inspect_view.h"
#include "message.h"
#include "output.h"
#include "pick_containers.h"

#include <errno.h>

struct settings {
	unsigned type;
};

static const char *const types[] = {"container", NULL};

static const struct option_spec rows[] = {
	{.name = "format",
	 .letter = 'f',
	 .type = OPTION_REFUSED,
	 .value = "",
	 .help = "there are no Go templates here; pipe the JSON into jq: plimsoll inspect web | jq -r "
		 "'.[0].State.Pid'"},
	{.name = "size",
	 .letter = 's',
	 .type = OPTION_REFUSED,
	 .value = "",
	 .help = "files are not counted here; 'plimsoll stats --columns help' lists what is"},
	{.name = "type",
	 .type = OPTION_CHOICE,
	 .offset = offsetof(struct settings, type),
	 .value = "TYPE",
	 .choices = types,
	 .fallback = "container",
	 .help = "what to inspect; there is only this"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

static int run(void *settings, const struct text_list *names)
{
	_cleanup_pick_ struct pick pick = {0};
	_cleanup_str_ struct str text = {0};
	struct json_out j = {.text = &text};
	int code = pick_open(&pick, "inspect", names, PICK_HOST | PICK_BROKEN);
	int r;

	(void)settings;
	if (code != EXIT_OK)
		return code;
	json_out_open(&j, NULL, '[');
	for (size_t i = 0; i < pick.n; i++) {
		struct error err = {0};

		if (!pick.list[i]->broken && container_refresh(pick.list[i], pick.host.layout, &err) < 0)
			pick_say(&pick, i, &err);
		else
			inspect_object(&j, pick.list[i], pick.host.layout);
	}
	json_out_close(&j, '[');
	str_char(&text, '\n');
	r = output_write(&text);
	return r < 0 && r != -EPIPE ? EXIT_FAILED : pick_code(&pick);
}

static const struct example examples[] = {
	{"plimsoll inspect web", "all that is known of web"},
	{"plimsoll inspect web | jq -r '.[0].State.Pid'", "its first process, as the host counts"},
	{"plimsoll inspect web | jq '.[0].Spec' > config.json", "as a spec of the OCI runtime specification"},
};

const struct command command_inspect = {
	.name = "inspect",
	.operands = "NAME...",
	.description =
		"Prints a JSON array with an object for each container. Its main keys are docker inspect's; "
		"Cgroups "
		"(where its cgroups are, one for each hierarchy) and Spec (the OCI runtime specification's "
		"config.json that it was made from) are ours.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

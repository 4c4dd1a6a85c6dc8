/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "command.h"
#include "exit_code.h"
#include "message.h"
#include "pick_cgroups.h"
#include "runtime/life.h"
#include "update_limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct settings {
	struct update_limits limits;
	const char *restart;
	struct text_list cgroups;
	bool force;
};

static const struct option_spec rows[] = {
	CGROUP_OPTION(offsetof(struct settings, cgroups)),
	{.name = "force",
	 .type = OPTION_FLAG,
	 .offset = offsetof(struct settings, force),
	 .help = "lower a memory limit below what is in use, although the kernel may kill for it"},
	{.name = "restart",
	 .type = OPTION_TEXT,
	 .offset = offsetof(struct settings, restart),
	 .value = "POLICY",
	 .help = "when it is started again: no, on-failure[:TIMES], always or unless-stopped"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
	{"CPU", update_cpu, N_UPDATE_CPU, offsetof(struct settings, limits)},
	{"memory and processes", update_memory, N_UPDATE_MEMORY, offsetof(struct settings, limits)},
	{"block I/O and others", update_io, N_UPDATE_IO, offsetof(struct settings, limits)},
};

static int check_words(const struct settings *s, const struct text_list *names, struct error *err)
{
	if (!s->restart && !update_limits_any(&s->limits))
		return error_set(err, -EINVAL, "'plimsoll update --help' lists the limits",
				 "there is nothing to change: no limit was given");
	if (s->restart && s->cgroups.n)
		return error_set(err, -EINVAL, "",
				 "--restart is for containers of plimsoll, not for a --cgroup");
	if (names->n == 0 && s->cgroups.n == 0)
		return error_set(
			err, -EINVAL,
			"'plimsoll ps' lists plimsoll's containers; 'plimsoll stats --columns name,path' "
			"shows the path of every container's cgroup, for --cgroup",
			"'plimsoll update' needs the name or id of a container");
	return 0;
}

static int prepare(const struct settings *s, const struct host *host, struct spec *spec,
		   struct life_update *update, struct error *err)
{
	char cwd[PATH_MAX];
	struct value_host values = value_host_real(getcwd(cwd, sizeof(cwd)), NULL);
	int r = update_limits_read(&s->limits, &values, host->cpus, spec, err);

	if (r < 0)
		return r;
	*update = (struct life_update){
		.limits = spec->linux_.limits,
		.has_restart = s->restart != NULL,
		.force = s->force,
	};
	return s->restart ? restart_parse(s->restart, &update->restart, &update->restart_max, err) : 0;
}

static int update_one(struct container *c, const struct host *host, void *arg, struct error *err)
{
	const struct life_update *update = arg;

	if (update->has_restart && update->restart != RESTART_NO && c->config.auto_remove)
		return error_set(err, -EINVAL, "",
				 "it was run with --rm: what is removed can't be restarted");
	return life_update(c, host, update, err);
}

static int update_cgroup(const char *path, const struct host *host, void *arg, struct error *err)
{
	return life_update_cgroup(path, host, arg, err);
}

static int run(void *settings, const struct text_list *names)
{
	_cleanup_(host_close) struct host host = {0};
	_cleanup_spec_ struct spec *spec = spec_new();
	const struct settings *s = settings;
	struct life_update update;
	struct error err = {0};
	int code = EXIT_OK;

	if (check_words(s, names, &err) < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	if (!spec || host_open(&host, &err) < 0) {
		if (!spec)
			error_errno(&err, -ENOMEM, "", "cannot start");
		message_error(&err);
		return EXIT_FAILED;
	}
	if (prepare(s, &host, spec, &update, &err) < 0) {
		message_error(&err);
		return EXIT_USAGE;
	}
	if (names->n)
		code = pick_each("update", names, PICK_HOST, update_one, &update);
	if (pick_each_cgroup(&s->cgroups, &host, update_cgroup, &update) != EXIT_OK)
		code = EXIT_FAILED;
	return code;
}

static const struct example examples[] = {
	{"plimsoll update --cpus 0.5 --memory 256m web", "changes both at once, while web runs"},
	{"plimsoll update --memory -1 web", "takes web's memory limit away"},
	{"plimsoll update --cgroup /docker/$(docker ps -q --no-trunc -f name=db) --memory-high 1g",
	 "what docker update can't do to a container of Docker's"},
	{"plimsoll stats --no-stream --columns name,runtime,path", "the paths for --cgroup"},
};

const struct command command_update = {
	.name = "update",
	.operands = "[NAME...]",
	.description =
		"Changes limits of containers while they run, and for when they are started again. Every "
		"change is "
		"checked before the first is made: a memory limit below what is in use is refused, since the "
		"kernel "
		"would kill for it. As with docker update, 0 leaves a number as it is; -1 takes a limit "
		"away.\n\n"
		"A container of another runtime is named by the path of its cgroup, below the mount of its "
		"hierarchy, as 'plimsoll stats --columns name,path' shows it. That runtime does not come to "
		"know of "
		"it, and may set its own limits again.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

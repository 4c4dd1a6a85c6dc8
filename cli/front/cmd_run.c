/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "command.h"
#include "exit_code.h"
#include "message.h"
#include "output.h"
#include "run_launch.h"
#include "run_options.h"
#include "run_spec.h"
#include "runtime/life.h"
#include "runtime/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What one run works with. */
struct run {
	const struct run_settings *s;
	const struct text_list *command;
	struct store store;
	struct host host;
	struct value_host files;
	char id[CONTAINER_ID_LENGTH + 1];
	char name[128]; /* made up, where --name gives none */
	char *cwd;
	char *rootfs_path;
	int rootfs;
	bool has_store;
	enum store_half half;
	struct str folder;
};

static void run_free(struct run *run)
{
	host_close(&run->host);
	if (run->has_store)
		store_close(&run->store);
	free(run->cwd);
	free(run->rootfs_path);
	cleanup_closep(&run->rootfs);
	str_free(&run->folder);
}

/* For container:NAME. */
static int find_container(void *context, const char *name, struct run_target *out, struct error *err)
{
	const struct run *run = context;
	_cleanup_container_ struct container *c = NULL;
	struct join_target target = {.pidfd = -1};
	int r = container_open(&run->store, name, &c, err);

	if (r == 0)
		r = life_target(c, &target, err);
	if (r < 0)
		return r;
	close(target.pidfd);
	*out = (struct run_target){.pid = target.pid, .ipc_shareable = c->config.ipc_shareable};
	/* the beginning of an id may be that of two by the next start */
	snprintf(out->called, sizeof(out->called), "%s", strcmp(name, c->config.name) == 0 ? name : c->id);
	return 0;
}

static int open_rootfs(struct run *run, struct error *err)
{
	if (!run->s->rootfs)
		return error_set(err, -EOPNOTSUPP,
				 "--rootfs / runs the host's own programs, with their changes kept apart; "
				 "--rootfs DIR what is in "
				 "a folder",
				 "%s%s%s: images come in a later version",
				 run->command->n ? "'" : "there is no --rootfs",
				 run->command->n ? run->command->items[0] : "",
				 run->command->n ? "' would be an image" : "");
	run->rootfs_path = realpath(run->s->rootfs, NULL);
	if (!run->rootfs_path)
		return error_errno(err, -errno, "it takes a folder that is a root file system",
				   "'--rootfs': cannot use '%s'", run->s->rootfs);
	run->rootfs = open(run->rootfs_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (run->rootfs < 0)
		return error_errno(err, -errno, "it takes a folder that is a root file system",
				   "'--rootfs': cannot use '%s'", run->s->rootfs);
	return 0;
}

static int run_open(struct run *run, struct error *err)
{
	int r = open_rootfs(run, err);

	if (r == 0)
		r = host_open(&run->host, err);
	if (r == 0) {
		r = store_open(&run->store, err);
		run->has_store = r == 0;
	}
	if (r == 0)
		r = container_new_id(run->id, err);
	if (r < 0)
		return r;
	run->cwd = getcwd(NULL, 0);
	run->files = value_host_real(run->cwd, (const char *const *)environ);
	if (run_is_short_lived(run->s))
		run->half = store_choose(&run->store);
	str_printf(&run->folder, "%s/containers/%s", store_half_path(&run->store, run->half), run->id);
	return run->folder.failed ? run_no_memory(err) : 0;
}

static int make_spec(struct run *run, struct spec **spec, struct container_config *config,
		     struct run_files *files, struct error *err)
{
	const struct run_facts facts = {
		.host = &run->host,
		.files = &run->files,
		.id = run->id,
		.folder = run->folder.data,
		.in_memory = run->half == STORE_MEMORY,
		.rootfs_path = run->rootfs_path,
		.rootfs = run->rootfs,
		.find = find_container,
		.context = run,
	};

	return run_spec_make(run->s, run->command, &facts, spec, config, files, err);
}

static int dry_run(struct run *run, const struct spec *spec, struct error *err)
{
	const struct plan_context context = {
		.id = run->id,
		.folder = run->folder.data,
		.init = run->s->init,
	};
	_cleanup_plan_ struct plan *plan = NULL;
	_cleanup_str_ struct str text = {0};
	int r = plan_make(spec, &run->host, &context, &plan, err);

	if (r < 0)
		return r;
	plan_print(plan, &text);
	return output_write(&text) < 0 ? run_no_memory(err) : 0;
}

/* The host is asked before anything is made; what is made is removed again where the rest of it can't be. */
static int create(struct run *run, struct spec *spec, struct container_config *config,
		  const struct run_files *files, struct container **out, struct error *err)
{
	int r = 0;

	config->name = run->s->name;
	config->half = run->half;
	config->created_ns = clock_realtime_ns();
	if (!config->name) {
		r = container_new_name(&run->store, run->name, sizeof(run->name), err);
		config->name = run->name;
	}
	if (r < 0) {
		spec_free(spec);
		return r;
	}
	r = container_create(&run->store, run->id, config, spec, out, err);
	return r == 0 ? run_write_files(*out, files, err) : r;
}

static int check_plan(const struct run *run, const struct spec *spec, struct error *err)
{
	const struct plan_context context = {.id = run->id, .folder = run->folder.data, .init = run->s->init};
	_cleanup_plan_ struct plan *plan = NULL;

	return plan_make(spec, &run->host, &context, &plan, err);
}

/* It runs all the same, so it is said and no error. */
static void say_one_id(const struct run *run, const struct spec *spec)
{
	struct error note;

	if (!run->host.ids_missing[0] || spec->linux_.namespaces[SPEC_NS_USER].how != SPEC_NS_NEW ||
	    spec->linux_.uid_maps.n > 1)
		return;
	error_set(&note, 0, run->host.ids_remedy, "the container has a single user, you as its root: %s",
		  run->host.ids_missing);
	message_error(&note);
}

static int start(struct run *run, struct error *err)
{
	_cleanup_container_ struct container *c = NULL;
	_cleanup_run_files_ struct run_files files = {0};
	_cleanup_spec_ struct spec *spec = NULL;
	struct container_config config = {0};
	_cleanup_close_ int cidfile = -1;
	int code;
	int r = make_spec(run, &spec, &config, &files, err);

	if (r == 0 && run->s->dry_run)
		return dry_run(run, spec, err) < 0 ? -1 : EXIT_OK;
	if (r == 0)
		r = run_check_terminal(run->s, err);
	if (r == 0)
		r = check_plan(run, spec, err);
	if (r == 0)
		r = run_open_cidfile(run->s, &cidfile, err);
	if (r < 0)
		return r;
	say_one_id(run, spec);
	r = create(run, TAKE_PTR(spec), &config, &files, &c, err);
	if (r == 0)
		r = run_write_cidfile(run->s, cidfile, run->id, err);
	if (r < 0) {
		if (c)
			run_undo(c, &run->host);
		if (cidfile >= 0)
			unlink(run->s->cidfile);
		return r;
	}
	code = run_launch(run->s, c, &run->host, err);
	return code;
}

static int run(void *settings, const struct text_list *operands)
{
	struct run run = {.s = settings, .command = operands, .rootfs = -1};
	struct error err = {0};
	int code = run_open(&run, &err);

	if (code == 0)
		code = start(&run, &err);
	if (err.code < 0)
		message_error(&err);
	run_free(&run);
	return code < 0 ? RUN_FAILED : code;
}

static const struct example examples[] = {
	{"plimsoll run --rm --rootfs / --cpus 0.5 -m 256m make -j4",
	 "builds with half a CPU and 256 MiB; what it writes is gone at the end"},
	{"plimsoll run --rm --rootfs / --cpuset-cpus 1 --network host -v $PWD:/out ./bench -o /out/result",
	 "a benchmark pinned to CPU 1 that leaves its result in this folder"},
	{"plimsoll run -d --name io --rootfs / --device-write-bps /dev/sda:5mb ./write-much",
	 "in the background, writing at most 5 MB a second"},
	{"plimsoll run -it --rm --rootfs /srv/debian bash", "a shell in a folder's root file system"},
	{"plimsoll run --dry-run --rootfs / -m 64m true", "shows each step and does none"},
};

const struct command command_run = {
	.name = "run",
	.operands = "COMMAND [ARGUMENTS]",
	.description = "Launches a command in a container of its own: namespaces, cgroup limits, a file "
		       "system whose changes are kept "
		       "apart, few capabilities, filtered system calls. The flags are docker run's; those "
		       "that are not to be had are "
		       "refused by name.\n\n"
		       "The root file system is --rootfs; images come in a later version. Without --network "
		       "a container has a network of "
		       "its own with nothing but loopback. Memory, CPU and processes are unlimited unless a "
		       "flag limits them.\n\n"
		       "The exit code is the command's own; 125 where plimsoll failed, 126 where the command "
		       "can't be executed, 127 where "
		       "it was not found, 128 and the signal's number where a signal ended it.",
	.groups = run_groups,
	.n_groups = RUN_GROUPS_COUNT,
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct run_settings),
	.usage_code = RUN_FAILED,
	.operands_end_options = true,
	.run = run,
};

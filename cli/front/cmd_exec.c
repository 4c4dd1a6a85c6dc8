/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "cgroup/group.h"
#include "command.h"
#include "exec_spec.h"
#include "exec_wait.h"
#include "exit_code.h"
#include "message.h"
#include "run_launch.h"
#include "runtime/control.h"
#include "runtime/detach_keys.h"
#include "runtime/life.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define AT(field) .offset = offsetof(struct exec_settings, field)

static const struct option_spec rows[] = {
	{.name = "detach",
	 .letter = 'd',
	 .type = OPTION_FLAG,
	 AT(detach),
	 .help = "run it in the background"},
	{.name = "interactive",
	 .letter = 'i',
	 .type = OPTION_FLAG,
	 AT(interactive),
	 .help = "pass on what is typed, or comes by a pipe"},
	{.name = "tty", .letter = 't', .type = OPTION_FLAG, AT(tty), .help = "give it a terminal"},
	{.name = "user",
	 .letter = 'u',
	 .type = OPTION_TEXT,
	 AT(user),
	 .value = "USER[:GROUP]",
	 .help = "who it runs as (default: as the container)"},
	{.name = "workdir",
	 .letter = 'w',
	 .type = OPTION_TEXT,
	 AT(workdir),
	 .value = "DIR",
	 .help = "where it starts (default: as the container)"},
	{.name = "env",
	 .letter = 'e',
	 .type = OPTION_LIST,
	 AT(env),
	 .value = "KEY[=VALUE]",
	 .help = "set a variable besides the container's; KEY alone passes on what it is here"},
	{.name = "env-file",
	 .type = OPTION_LIST,
	 AT(env_files),
	 .value = "FILE",
	 .help = "set the variables that a file lists, one KEY=VALUE a line"},
	{.name = "privileged",
	 .type = OPTION_FLAG,
	 AT(privileged),
	 .help = "give it every capability, and no filter of system calls"},
	{.name = "detach-keys",
	 .type = OPTION_TEXT,
	 AT(detach_keys),
	 .value = "KEYS",
	 .help = "with a terminal: the keys that leave it running alone (default: ctrl-p,ctrl-q)"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

/* What one exec works with. */
struct work {
	const struct exec_settings *s;
	struct store store;
	bool has_store;
	struct host host;
	struct container *container;
	struct join_target target;
	int rootfs;
	char *cwd;
};

static void work_free(struct work *w)
{
	container_free(w->container);
	if (w->has_store)
		store_close(&w->store);
	host_close(&w->host);
	cleanup_closep(&w->target.pidfd);
	cleanup_closep(&w->rootfs);
	free(w->cwd);
}

/* Its root by its pid, which is still the same process' if the pidfd has not ended by then. */
static int open_root(struct work *w, const char *name, struct error *err)
{
	struct pollfd ended = {.fd = w->target.pidfd, .events = POLLIN};
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/root", (int)w->target.pid);
	w->rootfs = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->rootfs < 0)
		return error_errno(err, -errno, "", "cannot look into '%s'", name);
	if (poll(&ended, 1, 0) != 0)
		return error_set(err, -ESRCH, "", "'%s' has just ended", name);
	return 0;
}

static int work_open(struct work *w, const char *name, struct error *err)
{
	int r = store_open(&w->store, err);

	w->has_store = r == 0;
	if (r == 0)
		r = host_open(&w->host, err);
	if (r == 0)
		r = container_open(&w->store, name, &w->container, err);
	if (r == 0)
		r = container_refresh(w->container, w->host.layout, err);
	if (r == 0 && w->container->state.status == CONTAINER_PAUSED)
		return error_set(err, -EBUSY, "'plimsoll unpause' lets it go on",
				 "'%s' is paused: nothing runs in it", name);
	if (r == 0)
		r = life_target(w->container, &w->target, err);
	return r == 0 ? open_root(w, name, err) : r;
}

static int check(const struct exec_settings *s, struct error *err)
{
	unsigned char keys[DETACH_KEYS_MAX];

	if (s->tty && s->interactive && !s->detach && !isatty(STDIN_FILENO))
		return error_set(err, -ENOTTY, "leave -t out, or -i",
				 "'-it' needs a terminal, and standard input is none");
	return s->detach_keys ? detach_keys_parse(s->detach_keys, keys, sizeof(keys), err) : 0;
}

static int follow(struct work *w, const struct launched *launched, int signals, struct error *err)
{
	const struct exec_terminal terminal = {.input = w->s->interactive, .detach_keys = w->s->detach_keys};
	int code = RUN_FAILED;

	if (w->s->detach)
		return w->s->tty && exec_leave(launched, err) < 0 ? RUN_FAILED : 0;
	if (exec_wait(launched, signals, w->s->tty ? &terminal : NULL, &code, err) < 0)
		return RUN_FAILED;
	return code;
}

static int execute(struct work *w, const struct spec_process *process, struct error *err)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	_cleanup_close_ int signals = w->s->detach ? -1 : exec_signals(err);
	enum launch_failure failure = LAUNCH_FAILED;
	struct launched launched = {.pidfd = -1, .console = -1};
	struct launch_io io = {
		.in = w->s->interactive && !w->s->detach ? STDIN_FILENO : null,
		.out = w->s->detach ? null : STDOUT_FILENO,
		.err = w->s->detach ? null : STDERR_FILENO,
	};
	int code;

	if (null < 0)
		return error_errno(err, -errno, "", "cannot open /dev/null"), RUN_FAILED;
	if (!w->s->detach && signals < 0)
		return RUN_FAILED;
	if (launch_exec(w->container->spec, &w->host, &w->target, process, &io, w->s->privileged, &launched,
			&failure, err) < 0)
		return launch_exit_code(failure);
	code = follow(w, &launched, signals, err);
	cleanup_closep(&launched.pidfd);
	cleanup_closep(&launched.console);
	cgroup_group_close(launched.group);
	return code;
}

static int run(void *settings, const struct text_list *operands)
{
	struct work w = {.s = settings, .target.pidfd = -1, .rootfs = -1, .cwd = getcwd(NULL, 0)};
	const struct value_host files = value_host_real(w.cwd, (const char *const *)environ);
	struct text_list command = {0};
	struct spec_process process;
	struct error err = {0};
	int code = RUN_FAILED;
	int r = check(w.s, &err);

	if (r >= 0 && operands->n == 0)
		r = error_set(&err, -EINVAL, "plimsoll exec NAME COMMAND; 'plimsoll ps' lists containers",
			      "no container was named");
	if (r >= 0) {
		command = (struct text_list){operands->items + 1, operands->n - 1};
		r = work_open(&w, operands->items[0], &err);
	}
	if (r >= 0)
		r = exec_process(w.s, &command, &files, w.rootfs, w.container->spec, &process, &err);
	if (r >= 0)
		code = execute(&w, &process, &err);
	if (err.code < 0)
		message_error(&err);
	work_free(&w);
	return code;
}

static const struct example examples[] = {
	{"plimsoll exec -it web sh", "a shell inside of web"},
	{"plimsoll exec -u nobody -e DEBUG=1 web ps aux", "a command there, as another user"},
	{"plimsoll exec web cat /result | sort", "its output goes on as any command's"},
};

const struct command command_exec = {
	.name = "exec",
	.operands = "NAME COMMAND [ARGUMENTS]",
	.description = "Runs a further command inside of a running container: in its namespaces, its cgroups "
		       "and its limits. It ends "
		       "with the container.\n\n"
		       "The exit code is the command's own; 125 where plimsoll failed, 126 where the command "
		       "can't be executed, 127 where "
		       "it was not found, 128 and the signal's number where a signal ended it.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct exec_settings),
	.usage_code = RUN_FAILED,
	.operands_end_options = true,
	.run = run,
};

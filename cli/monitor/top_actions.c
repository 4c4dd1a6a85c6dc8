/* SPDX-License-Identifier: Apache-2.0 */
#include "top_actions.h"

#include "base/cleanup.h"
#include "base/program.h"
#include "base/str.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_program(const char *file)
{
	struct stat st;

	return stat(file, &st) == 0 && S_ISREG(st.st_mode) && access(file, X_OK) == 0;
}

/* Whether PATH has a program of this name. */
static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char file[4096];

	while (path && *path) {
		size_t n = strcspn(path, ":");
		int len = snprintf(file, sizeof(file), "%.*s/%s", (int)n, path, program);

		if (len > 0 && (size_t)len < sizeof(file) && is_program(file))
			return true;
		path += n + (path[n] == ':');
	}
	return false;
}

static bool wants_ended(const struct action *action)
{
	return strcmp(action->key, "start") == 0;
}

/* What the end of a container leaves possible. */
static bool works_when_ended(const struct action *action)
{
	return wants_ended(action) || strcmp(action->key, "remove") == 0 ||
	       strcmp(action->key, "logs") == 0 || strcmp(action->key, "inspect") == 0;
}

static const char *state_refusal(const struct action *action, const struct action_target *target)
{
	if (target->ended && !works_when_ended(action))
		return "it has ended";
	if (!target->ended && wants_ended(action))
		return "it is running";
	if (strcmp(action->key, "pause") == 0 && target->frozen)
		return "it is paused already";
	if (strcmp(action->key, "unpause") == 0 && !target->frozen)
		return "it is not paused";
	return NULL;
}

static bool any_tool(const char *program)
{
	(void)program;
	return true;
}

/* Why there is no command line, once there is none. */
static const char *no_command(const struct top_actions *a, const struct action *action,
			      const struct action_target *target)
{
	char **argv;

	if (target->runtime == RUNTIME_NONE)
		return "a plain cgroup can only be paused, signalled and limited";
	if (top_command(action->key, target, "", a->front, any_tool, &argv) < 0)
		return "its runtime has no command for that";
	free(argv);
	return "the tool of its runtime is not in PATH";
}

static const char *refusal(void *context, const struct action *action, const struct action_target *target)
{
	const struct top_actions *a = context;
	char **argv;
	const char *why = state_refusal(action, target);

	if (why)
		return why;
	if (top_command(action->key, target, "", a->front, in_path, &argv) < 0)
		return no_command(a, action, target);
	free(argv);
	return NULL;
}

static int command(void *context, const struct action *action, const struct action_target *target,
		   const char *argument, char ***argv, struct error *err)
{
	const struct top_actions *a = context;
	int r = top_command(action->key, target, argument, a->front, in_path, argv);

	if (r == -ENOENT)
		return error_set(err, r, "", "%s", no_command(a, action, target));
	return r < 0 ? error_errno(err, r, "", "cannot start a program") : 0;
}

/* What was typed is words as in a shell, so a shell takes it apart. */
static int launch(void *context, const struct action *action, const struct action_target *target,
		  const char *argument, char ***argv, struct error *err)
{
	const struct top_actions *a = context;
	static const char shell[] = "/bin/sh";
	_cleanup_str_ struct str line = {0};
	char **block;
	char *text;

	(void)action;
	(void)target;
	str_printf(&line, "exec \"$0\" run --detach %s", argument);
	block = line.failed ? NULL
			    : malloc(5 * sizeof(*block) + sizeof(shell) + 3 + line.len + 1 +
				     strlen(a->front) + 1);
	if (!block)
		return error_errno(err, -ENOMEM, "", "cannot start a program");
	text = (char *)(block + 5);
	block[0] = memcpy(text, shell, sizeof(shell));
	block[1] = memcpy(text + sizeof(shell), "-c", 3);
	block[2] = memcpy(block[1] + 3, line.data, line.len + 1);
	block[3] = memcpy(block[2] + line.len + 1, a->front, strlen(a->front) + 1);
	block[4] = NULL;
	*argv = block;
	return 0;
}

#define ROW(k, l, t, h) \
	.key = (k), .letter = (l), .title = (t), .help = (h), .refusal = refusal, .command = command

static const struct action actions[] = {
	{ROW("stop", 's', "Stop", "ask it to end, and kill it where it does not"), .confirm = true,
	 .changes = true},
	{ROW("start", 's', "Start", "start it again"), .changes = true},
	{ROW("restart", 'r', "Restart", "stop it and start it again"), .confirm = true, .changes = true},
	{ROW("pause", 'p', "Pause", "freeze every process; nothing is lost"), .changes = true},
	{ROW("unpause", 'p', "Unpause", "let it go on"), .changes = true},
	{ROW("signal", 'x', "Signal", "send a signal"), .input = INPUT_SIGNAL, .changes = true},
	{ROW("limits", 'L', "Limits", "change a limit while it runs"), .input = INPUT_LIMIT, .changes = true},
	{ROW("logs", 'l', "Logs", "what it has written"), .show = SHOW_PAGER, .follow = true},
	{ROW("exec", 'e', "Shell", "a shell in it"), .show = SHOW_TERMINAL, .changes = true},
	{ROW("inspect", 'i', "Inspect", "all that is known of it"), .show = SHOW_PAGER},
	{ROW("remove", 'R', "Remove", "end it and remove what is left of it"), .confirm = true,
	 .changes = true},
	{.key = "launch",
	 .letter = 'n',
	 .title = "Launch",
	 .help = "plimsoll run",
	 .input = INPUT_COMMAND,
	 .changes = true,
	 .no_target = true,
	 .command = launch},
};

static const struct action_limit limits[] = {
	{"cpus", "CPU quota", "CPUs, such as 0.5; -1 for none", "cpu_limit"},
	{"cpu-shares", "CPU shares", "2 to 262144, 1024 is usual", "cpu_shares"},
	{"memory", "Memory limit", "bytes, with b, k, m or g; -1 for none", "mem_limit"},
	{"memory-high", "Memory high", "bytes above which it is slowed down; -1 for none",
	 "memory_high_bytes"},
	{"memory-reservation", "Memory reservation", "bytes that are reclaimed last",
	 "memory_reservation_bytes"},
	{"memory-swap", "Memory and swap", "bytes of both together; -1 for none", "memory_swap_limit_bytes"},
	{"pids-limit", "Processes", "processes and threads; -1 for none", "threads_max"},
	{"cpuset-cpus", "CPUs allowed", "a list such as 0-3,8", "cpuset_cpus"},
	{"blkio-weight", "I/O weight", "10 to 1000", "io_weight"},
};

int top_actions_init(struct top_actions *a, struct error *err)
{
	int r = program_front(a->front, sizeof(a->front), err);

	if (r < 0)
		return r;
	a->table = (struct action_table){
		.context = a,
		.items = actions,
		.n = ARRAY_SIZE(actions),
		.limits = limits,
		.n_limits = ARRAY_SIZE(limits),
	};
	return 0;
}

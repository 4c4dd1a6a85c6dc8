/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "command.h"
#include "demo_store.h"
#include "exit_code.h"
#include "message.h"
#include "output.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct settings {
	uint64_t seconds; /* 0 = until it is ended */
};

static const struct option_spec rows[] = {
	{.name = "seconds",
	 .type = OPTION_NUMBER,
	 .offset = offsetof(struct settings, seconds),
	 .value = "N",
	 .min = 1,
	 .max = 86400,
	 .help = "end after so many seconds (default: when Ctrl-C is pressed)"},
};

static const struct option_group option_groups[] = {
	{"options", rows, ARRAY_SIZE(rows), 0},
};

struct demo {
	struct store store;
	struct host host;
	char owner[DEMO_OWNER_SIZE];
	struct demo_plan plans[DEMO__COUNT];
	bool runs[DEMO__COUNT];
	sigset_t ending; /* signals that end it, and SIGCHLD: blocked, and asked for */
	sigset_t before; /* the mask that children get */
};

/* --- children --- */

/* This very program with other words. apart: out of the terminal's group, so that Ctrl-C is this process' to
 * answer. Output goes to `out` unless it is -1. The pid, or -errno. */
static pid_t spawn(const struct demo *d, char *const *words, bool apart)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid < 0 ? -errno : pid;
	sigprocmask(SIG_SETMASK, &d->before, NULL);
	if (apart) {
		setpgid(0, 0);
		/* the id that it prints is for scripts */
		if (!freopen("/dev/null", "w", stdout))
			_exit(EXIT_FAILED);
	} else {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
	}
	execv("/proc/self/exe", words);
	_exit(EXIT_FAILED);
}

static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Whether somebody wants it to end. */
static bool is_ended(const struct demo *d)
{
	sigset_t pending;

	sigpending(&pending);
	(void)d;
	return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
	       sigismember(&pending, SIGHUP) || sigismember(&pending, SIGQUIT);
}

/* --- the three --- */

static int start_one(struct demo *d, enum demo_load load, struct error *err)
{
	struct demo_plan *plan = &d->plans[load];
	static char program[] = "plimsoll";
	char *words[DEMO_WORDS_MAX + 1] = {program};
	char folder[3000] = "";
	pid_t pid;
	int r = demo_file(load) ? demo_folder(&d->store, load, folder, sizeof(folder), err) : 0;

	if (r == 0)
		r = demo_plan_make(load, d->host.layout, folder, d->owner, plan, err);
	if (r < 0)
		return r;
	memcpy(words + 1, plan->words, sizeof(plan->words));
	pid = spawn(d, words, true);
	if (pid < 0)
		return error_errno(err, pid, "", "cannot start a process");
	r = wait_for(pid);
	/* it has said itself what went wrong */
	return r == 0 ? 0 : error_set(err, -ECHILD, "", "'%s' could not be run (see above)", plan->name);
}

static size_t start_all(struct demo *d)
{
	size_t n = 0;

	for (unsigned i = 0; i < DEMO__COUNT && !is_ended(d); i++) {
		struct error err = {0};

		if (start_one(d, (enum demo_load)i, &err) == 0) {
			d->runs[i] = true;
			n++;
			continue;
		}
		message_error(&err);
		fprintf(stderr, "  the demo goes on without %s\n", demo_name((enum demo_load)i));
	}
	return n;
}

static void explain(const struct demo *d)
{
	for (unsigned i = 0; i < DEMO__COUNT; i++)
		if (d->runs[i])
			printf("%-12s %s\n", d->plans[i].name, d->plans[i].about);
	fflush(stdout);
}

/* --- looking on --- */

/* Whether a dashboard has where to be drawn, and keys to be steered by. */
static bool has_screen(void)
{
	const char *term = getenv("TERM");

	return output_is_terminal() && isatty(STDIN_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

/* The dashboard, or a table where there is no screen for one; of this demo's containers alone. */
static pid_t look_on(const struct demo *d)
{
	static char program[] = "plimsoll";
	static char dashboard[] = "top";
	static char table[] = "stats";
	static char columns[] = "--columns=name,cpu,throttled,mem,mem_percent,block,pids,limited_by";
	static char root[] = "--path.plimsoll-root";
	char filter[sizeof("--filter=label=" DEMO_LABEL "=") + DEMO_OWNER_SIZE];
	char *words[] = {program, table, root, d->store.path, filter, columns, NULL};

	snprintf(filter, sizeof(filter), "--filter=label=" DEMO_LABEL "=%s", d->owner);
	if (has_screen()) {
		words[1] = dashboard;
		words[5] = NULL;
	}
	return spawn(d, words, false);
}

/* The next signal, or 0 where the time is over. */
static int next_signal(const struct demo *d, uint64_t end_ns)
{
	for (;;) {
		uint64_t now = clock_monotonic_ns();
		uint64_t left = end_ns > now ? end_ns - now : 0;
		struct timespec timeout = {(time_t)(left / NSEC_PER_SEC), (long)(left % NSEC_PER_SEC)};
		int number =
			end_ns ? sigtimedwait(&d->ending, NULL, &timeout) : sigwaitinfo(&d->ending, NULL);

		if (number > 0)
			return number;
		if (errno == EAGAIN)
			return 0;
	}
}

/* Until it is ended, the time is over, or the onlooker has ended by itself. The exit code. */
static int watch(const struct demo *d, uint64_t seconds)
{
	uint64_t end = seconds ? clock_monotonic_ns() + seconds * NSEC_PER_SEC : 0;
	pid_t pid = look_on(d);
	int status = 0;

	if (pid < 0) {
		struct error err;

		error_errno(&err, pid, "", "cannot start the program that shows them");
		message_error(&err);
		return EXIT_FAILED;
	}
	while (next_signal(d, end) == SIGCHLD) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? EXIT_OK : EXIT_FAILED;
	}
	kill(pid, SIGTERM);
	wait_for(pid);
	return EXIT_OK;
}

static int show(struct demo *d, uint64_t seconds)
{
	int code;

	if (start_all(d) == 0)
		return is_ended(d) ? EXIT_OK : EXIT_FAILED;
	explain(d);
	code = is_ended(d) ? EXIT_OK : watch(d, seconds);
	/* the table was painted over what was said before */
	if (output_is_terminal()) {
		putchar('\n');
		explain(d);
	}
	return code;
}

static int demo_open(struct demo *d, struct error *err)
{
	int r = store_open(&d->store, err);

	if (r < 0)
		return r;
	r = host_open(&d->host, err);
	if (r < 0) {
		store_close(&d->store);
		return r;
	}
	demo_owner(&d->store, d->owner);
	sigemptyset(&d->ending);
	sigaddset(&d->ending, SIGINT);
	sigaddset(&d->ending, SIGTERM);
	sigaddset(&d->ending, SIGHUP);
	sigaddset(&d->ending, SIGQUIT);
	sigaddset(&d->ending, SIGCHLD);
	sigprocmask(SIG_BLOCK, &d->ending, &d->before);
	return 0;
}

static int run(void *settings, const struct text_list *operands)
{
	const struct settings *s = settings;
	struct demo *d = NULL;
	struct error err = {0};
	int code = EXIT_FAILED;

	if (operands->n) {
		error_set(&err, -EINVAL, "", "'plimsoll demo' takes no words: what is '%s'?",
			  operands->items[0]);
		message_error(&err);
		return EXIT_USAGE;
	}
	d = calloc(1, sizeof(*d));
	if (!d || demo_open(d, &err) < 0) {
		if (!d)
			error_errno(&err, -ENOMEM, "", "cannot start");
		message_error(&err);
		free(d);
		return EXIT_FAILED;
	}
	if (demo_clean(&d->store, &d->host, NULL, &err) == 0) {
		code = show(d, s->seconds);
		if (demo_clean(&d->store, &d->host, d->owner, &err) < 0) {
			message_error(&err);
			code = EXIT_FAILED;
		}
	} else {
		message_error(&err);
	}
	host_close(&d->host);
	store_close(&d->store);
	free(d);
	return code;
}

static const struct example examples[] = {
	{"plimsoll demo", "until Ctrl-C is pressed"},
	{"plimsoll demo --seconds 10", "ends by itself"},
};

const struct command command_demo = {
	.name = "demo",
	.operands = "",
	.description =
		"Runs three containers of this host's own programs, each at a limit of its own: one that may "
		"use "
		"20 % of a CPU, one at its memory limit, and one that may write 4 MiB a second to the disk. "
		"'plimsoll top' shows them meanwhile, or 'plimsoll stats' where there is no terminal. All "
		"three, and what they wrote, are removed at the "
		"end; what "
		"a demo leaves behind that was killed is removed by the next.",
	.groups = option_groups,
	.n_groups = ARRAY_SIZE(option_groups),
	.examples = examples,
	.n_examples = ARRAY_SIZE(examples),
	.settings_size = sizeof(struct settings),
	.run = run,
};

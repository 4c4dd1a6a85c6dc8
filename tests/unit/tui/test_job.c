/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>

#include <cmocka.h>

#define SHELL(script) ((char *[]){(char[]){"sh"}, (char[]){"-c"}, (char[]){script}, NULL})

/* As before Linux 5.3, and under valgrind. */
static bool no_pidfds;

int __real_pidfd_open(pid_t pid, unsigned flags);
int __wrap_pidfd_open(pid_t pid, unsigned flags);

int __wrap_pidfd_open(pid_t pid, unsigned flags)
{
	if (!no_pidfds)
		return __real_pidfd_open(pid, flags);
	errno = ENOSYS;
	return -1;
}

static size_t open_descriptors(void)
{
	DIR *list = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(list);
	while (readdir(list))
		n++;
	closedir(list);
	return n;
}

/* Reads until everybody who holds the pipe has closed it. */
static void read_all(struct child *child, struct str *out)
{
	for (;;) {
		struct pollfd fd = {.fd = child->output, .events = POLLIN};
		char chunk[256];
		ssize_t n;

		assert_true(poll(&fd, 1, 20000) > 0);
		n = read(child->output, chunk, sizeof(chunk));
		assert_true(n >= 0);
		if (n == 0)
			return;
		str_append(out, chunk, (size_t)n);
	}
}

static int wait_end(struct child *child)
{
	struct pollfd fd = {.fd = child->process, .events = POLLIN};
	int status = -1;

	do {
		assert_int_equal(child->by_clock, no_pidfds);
		assert_true(poll(&fd, 1, 20000) > 0);
	} while (child_ended(child, &status) == 0 && no_pidfds);
	assert_int_not_equal(status, -1);
	return status;
}

static void output_and_status_come_through(void **state)
{
	size_t before = open_descriptors();
	struct child child;
	_cleanup_str_ struct str out = {0};
	int status = 42;

	(void)state;
	assert_int_equal(child_start(&child, SHELL("read x; echo out; echo err >&2; exit 3"), NULL), 0);
	read_all(&child, &out);
	assert_string_equal(out.data, "out\nerr\n");
	assert_int_equal(WEXITSTATUS(wait_end(&child)), 3);
	assert_int_equal(child_ended(&child, &status), 1);
	assert_int_equal(status, 42);
	child_close(&child);
	child_close(&child);
	assert_int_equal(open_descriptors(), before);
}

static void signals_are_as_a_program_expects(void **state)
{
	struct child child;
	_cleanup_str_ struct str out = {0};
	unsigned long long blocked, ignored;
	sigset_t block, old;
	int open;

	(void)state;
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGWINCH);
	sigprocmask(SIG_BLOCK, &block, &old);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(
		child_start(&child,
			    SHELL("grep -E 'Sig(Blk|Ign)' /proc/self/status; ls /proc/self/fd | wc -l"),
			    NULL),
		0);
	read_all(&child, &out);
	sigprocmask(SIG_SETMASK, &old, NULL);
	signal(SIGPIPE, SIG_DFL);
	assert_int_equal(sscanf(out.data, "SigBlk: %llx SigIgn: %llx %d", &blocked, &ignored, &open), 3);
	assert_int_equal(blocked, 0);
	/* glibc ignores its own two, 32 and 33. */
	assert_int_equal(ignored & 0x7FFFFFFF, 0);
	/* 0 to 2, and the one that ls reads the folder with. */
	assert_int_equal(open, 4);
	child_close(&child);
}

static void what_is_not_there_is_said(void **state)
{
	size_t before = open_descriptors();
	struct child child;
	struct error err = {0};

	(void)state;
	assert_int_equal(child_start(&child, (char *[]){(char[]){"no-such-program-here"}, NULL}, &err),
			 -ENOENT);
	assert_string_equal(err.cause, "there is no program 'no-such-program-here'");
	child_close(&child);
	assert_int_equal(child_start(&child, (char *[]){(char[]){"/proc/self/status"}, NULL}, &err), -EACCES);
	child_close(&child);
	assert_int_equal(open_descriptors(), before);
}

static void close_ends_even_the_stubborn(void **state)
{
	size_t before = open_descriptors();
	struct child child;
	struct child none = {0};
	struct pollfd fd;
	char chunk[64];
	ssize_t n;
	pid_t below;
	uint64_t start;

	(void)state;
	/* It has a child of its own, and neither minds SIGTERM. */
	assert_int_equal(
		child_start(&child, SHELL("trap '' TERM; sleep 1000 & echo $!; while :; do sleep 1000; done"),
			    NULL),
		0);
	fd = (struct pollfd){.fd = child.output, .events = POLLIN};
	assert_true(poll(&fd, 1, 20000) > 0);
	n = read(child.output, chunk, sizeof(chunk) - 1);
	assert_true(n > 0);
	chunk[n] = '\0';
	below = (pid_t)strtol(chunk, NULL, 10);
	assert_true(below > 1);
	start = clock_monotonic_ns();
	child_close(&child);
	assert_true(clock_monotonic_ns() - start < 2 * NSEC_PER_SEC);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	/* Gone, or a zombie that whoever adopted it has not reaped yet. */
	for (int i = 0; i < 2000 && kill(below, 0) == 0; i++) {
		char path[64];
		char text[256] = "";
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/stat", below);
		f = fopen(path, "r");
		if (!f || !fgets(text, sizeof(text), f) || strstr(text, ") Z ")) {
			if (f)
				fclose(f);
			break;
		}
		fclose(f);
		assert_true(i < 1999);
		usleep(1000);
	}
	child_close(&none);
	assert_int_equal(open_descriptors(), before);
}

struct heard {
	size_t n, failed;
	struct str text;
};

static void hear(void *context, const char *title, bool failed, const char *text)
{
	struct heard *heard = context;

	heard->n++;
	heard->failed += failed;
	str_printf(&heard->text, "%s: %s\n", title, text);
}

static void wait_jobs(struct jobs *jobs, struct heard *heard)
{
	while (jobs_count(jobs)) {
		int watched[128];
		struct pollfd fds[128];
		size_t n = jobs_fds(jobs, watched, 128);

		assert_true(n > 0);
		for (size_t i = 0; i < n; i++)
			fds[i] = (struct pollfd){.fd = watched[i], .events = POLLIN};
		assert_true(poll(fds, n, 20000) > 0);
		jobs_poll(jobs, hear, heard);
	}
}

static void jobs_tell_how_they_ended(void **state)
{
	size_t before = open_descriptors();
	struct jobs *jobs = jobs_new();
	struct heard heard = {0};

	(void)state;
	assert_int_equal(jobs_start(jobs, "pause web", SHELL("echo; echo paused; echo more"), NULL), 0);
	wait_jobs(jobs, &heard);
	assert_int_equal(jobs_start(jobs, "stop db", SHELL("echo no such thing >&2; exit 1"), NULL), 0);
	wait_jobs(jobs, &heard);
	assert_int_equal(jobs_start(jobs, "kill x", SHELL("kill -9 $$"), NULL), 0);
	wait_jobs(jobs, &heard);
	/* More than a pipe holds, and a first line with no end. */
	assert_int_equal(jobs_start(jobs, "flood", SHELL("head -c 300000 /dev/zero | tr '\\0' x"), NULL), 0);
	wait_jobs(jobs, &heard);
	assert_int_equal(heard.n, 4);
	assert_int_equal(heard.failed, 2);
	assert_memory_equal(heard.text.data,
			    "pause web: paused\nstop db: no such thing\nkill x: \nflood: xxxx", 61);
	assert_int_equal(heard.text.len,
			 strlen("pause web: paused\nstop db: no such thing\nkill x: \nflood: \n") + 511);
	str_free(&heard.text);
	jobs_free(jobs);
	jobs_free(NULL);
	assert_int_equal(open_descriptors(), before);
}

struct chain {
	struct jobs *jobs;
	size_t ended;
};

/* Who is told of an end may start the next one. */
static void start_another(void *context, const char *title, bool failed, const char *text)
{
	struct chain *chain = context;

	(void)text;
	assert_false(failed);
	chain->ended++;
	if (strcmp(title, "first") == 0)
		assert_int_equal(jobs_start(chain->jobs, "second", SHELL("exit 0"), NULL), 0);
}

static void jobs_may_start_jobs(void **state)
{
	struct chain chain = {.jobs = jobs_new()};

	(void)state;
	assert_int_equal(jobs_start(chain.jobs, "first", SHELL("exit 0"), NULL), 0);
	while (jobs_count(chain.jobs)) {
		struct pollfd wait = {.events = POLLIN};

		assert_int_equal(jobs_fds(chain.jobs, &wait.fd, 1), 1);
		assert_true(poll(&wait, 1, 20000) > 0);
		jobs_poll(chain.jobs, start_another, &chain);
	}
	assert_int_equal(chain.ended, 2);
	jobs_free(chain.jobs);
}

static void many_jobs_are_bounded_and_end_together(void **state)
{
	size_t before = open_descriptors();
	struct jobs *jobs = jobs_new();
	struct error err = {0};
	uint64_t start;
	size_t n = 0;

	(void)state;
	while (jobs_start(jobs, "sleep", SHELL("exec sleep 1000"), &err) == 0)
		assert_true(++n < 1000);
	assert_int_equal(err.code, -EAGAIN);
	assert_int_equal(jobs_count(jobs), n);
	start = clock_monotonic_ns();
	jobs_free(jobs);
	assert_true(clock_monotonic_ns() - start < 2 * NSEC_PER_SEC);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(open_descriptors(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_status_come_through),
		cmocka_unit_test(signals_are_as_a_program_expects),
		cmocka_unit_test(what_is_not_there_is_said),
		cmocka_unit_test(close_ends_even_the_stubborn),
		cmocka_unit_test(jobs_tell_how_they_ended),
		cmocka_unit_test(jobs_may_start_jobs),
		cmocka_unit_test(many_jobs_are_bounded_and_end_together),
	};

	int failed = cmocka_run_group_tests_name("tui.job", tests, NULL, NULL);

	no_pidfds = true;
	return failed + cmocka_run_group_tests_name("tui.job without pidfds", tests, NULL, NULL);
}

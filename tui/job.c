/* SPDX-License-Identifier: Apache-2.0 */
#include "job.h"

#include "base/clock.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#define JOBS_MAX 64
/* What a job may say at once: one that never stops talking must not stop the screen. */
#define CHUNKS_MAX 16

/* How long an end by SIGTERM, and then by SIGKILL, is waited for. */
#define TERM_MS 300
#define KILL_MS 300

/* How often a child is looked for where nothing tells of its end. */
#define LOOK_NS (50 * NSEC_PER_MSEC)

/* ---- one child */

/* Above the standard descriptors, whose numbers the child's own get. */
static int open_pipe(int *from, int *to)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	*from = fcntl(ends[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	*to = fcntl(ends[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(ends[0]);
	close(ends[1]);
	if (*from < 0 || *to < 0)
		return -EMFILE;
	/* The child writes as programs expect to: blocking. The flag is the open end's, not the descriptor's.
	 */
	return fcntl(*to, F_SETFL, 0) < 0 ? -errno : 0;
}

/* Readable at the process' end. Before Linux 5.3 there are no pidfds: a clock stands in, at whose ticks one
 * looks. */
static int open_process(pid_t pid, bool *by_clock)
{
	static const struct itimerspec often = {{.tv_nsec = LOOK_NS}, {.tv_nsec = LOOK_NS}};
	_cleanup_close_ int clock = -1;
	int fd = pidfd_open(pid, 0);

	if (fd >= 0)
		return fd;
	if (errno != ENOSYS)
		return -errno;
	clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (clock < 0 || timerfd_settime(clock, 0, &often, NULL) < 0)
		return -errno;
	*by_clock = true;
	return TAKE_FD(clock);
}

int child_start(struct child *child, char *const *argv, struct error *err)
{
	_cleanup_close_ int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int from = -1, to = -1;
	pid_t pid = 0;
	int r = nothing < 0 ? -errno : 0;

	*child = (struct child){.output = -1, .process = -1};
	if (r < 0)
		return error_errno(err, r, "", "cannot open /dev/null for '%s'", argv[0]);
	r = open_pipe(&from, &to);
	if (r < 0)
		return error_errno(err, r, "", "cannot make a pipe for '%s'", argv[0]);
	r = program_start(&pid, argv, (const int[]){nothing, to, to}, true);
	if (r == -ENOENT)
		return error_set(err, r, "install it, or put its folder into PATH",
				 "there is no program '%s'", argv[0]);
	if (r < 0)
		return error_errno(err, r, "", "cannot run '%s'", argv[0]);
	child->pid = pid;
	/* Not reaped by anybody else, so this is that process and no other. */
	child->process = r = open_process(pid, &child->by_clock);
	if (r < 0) {
		child_close(child);
		return error_errno(err, r, "", "cannot watch '%s'", argv[0]);
	}
	child->output = TAKE_FD(from);
	return 0;
}

static void close_process(struct child *child)
{
	if (child->process >= 0)
		close(child->process);
	child->process = -1;
	child->pid = 0;
}

static void take_tick(const struct child *child)
{
	uint64_t ticks;

	if (child->by_clock && child->process >= 0)
		(void)!read(child->process, &ticks, sizeof(ticks));
}

int child_ended(struct child *child, int *status)
{
	int got = 0;
	pid_t r;

	if (child->pid <= 0)
		return 1;
	take_tick(child);
	do
		r = waitpid(child->pid, &got, WNOHANG);
	while (r < 0 && errno == EINTR);
	if (r == 0)
		return 0;
	*status = r < 0 ? 0 : got;
	close_process(child);
	return 1;
}

/* It has ended, and is not reaped yet. */
static bool is_zombie(const struct child *child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0;
}

/* Waits until the process has ended, not longer than `ms`. */
static bool wait_end(const struct child *child, int ms)
{
	struct pollfd end = {.fd = child->process, .events = POLLIN};
	uint64_t until = clock_monotonic_ns() + (uint64_t)ms * NSEC_PER_MSEC;

	if (child->process < 0)
		return false;
	for (;;) {
		uint64_t now = clock_monotonic_ns();
		int rest = now < until ? (int)((until - now) / NSEC_PER_MSEC) + 1 : 0;
		int r;

		if (child->by_clock && is_zombie(child))
			return true;
		r = poll(&end, 1, rest);
		if (r == 0 || (r < 0 && errno != EINTR))
			return false;
		if (r > 0 && !child->by_clock)
			return true;
		take_tick(child);
	}
}

static void signal_group(const struct child *child, int signal)
{
	/* While its leader is not reaped the number is the group's and nobody else's. */
	if (child->pid > 0)
		kill(-child->pid, signal);
}

static void ask_to_end(const struct child *child)
{
	signal_group(child, SIGTERM);
	signal_group(child, SIGCONT);
}

static void make_end(struct child *child)
{
	int status;

	if (child->pid > 0) {
		wait_end(child, TERM_MS);
		/* Those that it started, too. */
		signal_group(child, SIGKILL);
		wait_end(child, KILL_MS);
		child_ended(child, &status);
	}
	close_process(child);
	if (child->output >= 0)
		close(child->output);
	child->output = -1;
}

void child_close(struct child *child)
{
	if (child->pid == 0 && child->process == 0 && child->output == 0)
		return; /* never started: all zero */
	ask_to_end(child);
	make_end(child);
}

/* ---- many */

struct job {
	struct child child;
	char *title;
	char said[512];
	size_t n_said;
	bool line; /* a whole line was said: the rest is not of interest */
};

struct jobs {
	struct job *items[JOBS_MAX];
	size_t n;
};

struct jobs *jobs_new(void)
{
	return calloc(1, sizeof(struct jobs));
}

static void job_free(struct job *job)
{
	child_close(&job->child);
	free(job->title);
	free(job);
}

void jobs_free(struct jobs *jobs)
{
	if (!jobs)
		return;
	/* All at once: they are waited for together. */
	for (size_t i = 0; i < jobs->n; i++)
		ask_to_end(&jobs->items[i]->child);
	for (size_t i = 0; i < jobs->n; i++)
		job_free(jobs->items[i]);
	free(jobs);
}

int jobs_start(struct jobs *jobs, const char *title, char *const *argv, struct error *err)
{
	struct job *job;
	int r;

	if (jobs->n == JOBS_MAX)
		return error_set(err, -EAGAIN, "wait until some have ended",
				 "%d actions are running in the background already", JOBS_MAX);
	job = calloc(1, sizeof(*job));
	if (!job || !(job->title = strdup(title))) {
		free(job);
		return error_errno(err, -ENOMEM, "", "cannot start '%s'", title);
	}
	r = child_start(&job->child, argv, err);
	if (r < 0) {
		job_free(job);
		return r;
	}
	jobs->items[jobs->n++] = job;
	return 0;
}

size_t jobs_count(const struct jobs *jobs)
{
	return jobs->n;
}

size_t jobs_fds(const struct jobs *jobs, int *fds, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < jobs->n; i++) {
		const struct child *child = &jobs->items[i]->child;

		if (child->process >= 0 && n < max)
			fds[n++] = child->process;
		if (child->output >= 0 && n < max)
			fds[n++] = child->output;
	}
	return n;
}

/* Keeps the first line that isn't empty. */
static void take_in(struct job *job, const char *text, size_t len)
{
	for (size_t i = 0; i < len && !job->line; i++) {
		if (text[i] == '\n' && job->n_said > 0)
			job->line = true;
		else if (text[i] != '\n' && job->n_said < sizeof(job->said) - 1)
			job->said[job->n_said++] = text[i];
	}
}

static void read_output(struct job *job)
{
	char chunk[4096];

	for (int i = 0; i < CHUNKS_MAX && job->child.output >= 0; i++) {
		ssize_t n = read(job->child.output, chunk, sizeof(chunk));

		if (n > 0) {
			take_in(job, chunk, (size_t)n);
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			close(job->child.output);
			job->child.output = -1;
		} else if (errno == EAGAIN) {
			return;
		}
	}
}

void jobs_poll(struct jobs *jobs,
	       void (*done)(void *context, const char *title, bool failed, const char *text), void *context)
{
	for (size_t i = 0; i < jobs->n;) {
		struct job *job = jobs->items[i];
		int status = 0;
		bool ended = child_ended(&job->child, &status);

		/* What it said last comes before its end is seen, so read after having looked. */
		read_output(job);
		if (!ended) {
			i++;
			continue;
		}
		jobs->items[i] = jobs->items[--jobs->n];
		job->said[job->n_said] = '\0';
		done(context, job->title, !WIFEXITED(status) || WEXITSTATUS(status) != 0, job->said);
		job_free(job);
	}
}

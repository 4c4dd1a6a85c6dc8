/* SPDX-License-Identifier: Apache-2.0 */
/* From a process that is set up to the container's program. */
#include "credentials.h"
#include "launch_apply.h"

#include "base/cleanup.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_Noreturn void child_fail(int socket, enum launch_failure failure, const struct error *error)
{
	struct report report = {.type = REPORT_FAILED, .value = failure, .error = *error};

	(void)report_send(socket, &report, NULL, 0);
	_exit(failure == LAUNCH_NOT_FOUND ? 127 : failure == LAUNCH_NOT_EXECUTABLE ? 126 : 125);
}

/* The container's own, which it may have made into anything. */
static int open_null(void)
{
	struct stat st;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
		return fd;
	close(fd);
	return -ENODEV;
}

/* A program of another user than root opens /dev/stdout: the pipe must be his. */
static void give_away(int fd, const struct spec_user *user)
{
	struct stat st;

	if (user->uid != 0 && fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		(void)fchown(fd, user->uid, (gid_t)-1);
}

static int set_standard_fds(const struct child_program *p, struct error *err)
{
	int fds[3] = {p->peer, p->peer, p->peer};

	if (p->peer < 0)
		memcpy(fds, (int[]){p->io->in, p->io->out, p->io->err}, sizeof(fds));
	for (int i = 0; i < 3; i++) { /* out of the way of each other */
		fds[i] = fds[i] < 0 ? open_null() : fcntl(fds[i], F_DUPFD_CLOEXEC, 3);
		if (fds[i] < 0)
			return error_errno(err, fds[i] == -1 ? -errno : fds[i], "",
					   "cannot open standard descriptor %d", i);
	}
	for (int i = 0; i < 3; i++) {
		if (dup2(fds[i], i) < 0)
			return error_errno(err, -errno, "", "cannot set standard descriptor %d", i);
		if (p->peer < 0)
			give_away(i, &p->process->user);
	}
	return 0;
}

int child_session(const struct child_program *p, struct error *err)
{
	int r;

	/* the leader of a group is none of a session: a process that a shell started is one already */
	if (setsid() < 0 && errno != EPERM)
		return error_errno(err, -errno, "", "cannot start a session");
	r = set_standard_fds(p, err);
	if (r == 0 && p->peer >= 0 && ioctl(0, TIOCSCTTY, 0) < 0)
		return error_errno(err, -errno, "", "cannot make the terminal the session's own");
	return r;
}

/* --- the program, once --- */

static const char *variable(const struct spec_texts *env, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = env->n; i-- > 0;)
		if (strncmp(env->at[i], name, len) == 0 && env->at[i][len] == '=')
			return env->at[i] + len + 1;
	return NULL;
}

static int check_program(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EACCES;
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0 ? -errno : 0;
}

static int search(const char *name, const char *path, char *out)
{
	int best = -ENOENT;

	while (path) {
		size_t len = strcspn(path, ":");
		int n = snprintf(out, PATH_MAX, "%.*s%s%s", (int)len, path, len ? "/" : "./", name);
		int r = n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : check_program(out);

		if (r == 0)
			return 0;
		if (r == -EACCES)
			best = r;
		path = path[len] ? path + len + 1 : NULL;
	}
	return best;
}

static int find_program(const struct spec_process *process, char *out, enum launch_failure *failure,
			struct error *err)
{
	const char *name = process->args.at[0];
	const char *path = variable(&process->env, "PATH");
	int r = 0;

	if (strchr(name, '/')) {
		if (strlen(name) >= PATH_MAX)
			r = -ENAMETOOLONG;
		else
			memcpy(out, name, strlen(name) + 1);
		if (r == 0)
			r = check_program(name);
	} else {
		r = *name ? search(name, path ? path : DEFAULT_PATH, out) : -ENOENT;
	}
	if (r == 0)
		return 0;
	*failure = r == -ENOENT || r == -ENOTDIR ? LAUNCH_NOT_FOUND : LAUNCH_NOT_EXECUTABLE;
	if (*failure == LAUNCH_NOT_FOUND && !strchr(name, '/'))
		return error_set(err, -ENOENT, "check its name, and --env PATH",
				 "'%s' is not in the container's PATH (%s)", name,
				 path ? path : DEFAULT_PATH);
	return error_errno(err, r, "", "cannot execute '%s'", name);
}

/* execve does away with handlers; what is ignored would stay ignored. */
static void reset_signals(uint64_t ignored)
{
	struct sigaction action = {.sa_handler = SIG_DFL};
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		if (ignored >> (i - 1) & 1 && i != SIGKILL && i != SIGSTOP)
			(void)sigaction(i, &action, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Nothing but the three goes along; `socket` has to survive one execve, and the init program closes it. */
static int close_others(int socket, struct error *err)
{
	if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return error_errno(err, -errno, "Linux 5.11 or later is needed", "cannot close descriptors");
	return fcntl(socket, F_SETFD, 0) < 0 ? error_errno(err, -errno, "", "cannot keep a descriptor") : 0;
}

static const char **make_argv(const struct child_program *p, const char *program, const char *fd)
{
	size_t n = p->process->args.n;
	const char **argv = calloc(n + 5, sizeof(*argv));

	if (!argv)
		return NULL;
	argv[0] = "plimsoll-init";
	argv[1] = p->reap ? INIT_MODE_REAP : INIT_MODE_EXEC;
	argv[2] = fd;
	argv[3] = program;
	memcpy(argv + 4, p->process->args.at, n * sizeof(*argv));
	return argv;
}

static const char **make_env(const struct spec_texts *env)
{
	const char **envp = calloc(env->n + 1, sizeof(*envp));

	if (envp && env->n)
		memcpy(envp, env->at, env->n * sizeof(*envp));
	return envp;
}

static int execute(int init_program, const char **argv, const char **envp)
{
	char path[32];

	syscall(SYS_execveat, init_program, "", argv, envp, AT_EMPTY_PATH);
	if (errno != EPERM && errno != ENOSYS)
		return -errno;
	/* a filter that knows execve alone */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", init_program);
	syscall(SYS_execve, path, argv, envp);
	return -errno;
}

int child_execute(const struct child_program *p, enum launch_failure *failure, struct error *err)
{
	struct report ready = {.type = REPORT_READY};
	char program[PATH_MAX];
	char fd[12];
	_cleanup_free_ const char **argv = NULL;
	_cleanup_free_ const char **envp = make_env(&p->process->env);
	int r = find_program(p->process, program, failure, err);

	if (r < 0)
		return r;
	snprintf(fd, sizeof(fd), "%d", p->socket);
	argv = make_argv(p, program, fd);
	if (!argv || !envp)
		return error_errno(err, -ENOMEM, "", "cannot execute '%s'", program);
	reset_signals(p->ignored);
	(void)umask(022);
	r = close_others(p->socket, err);
	if (r < 0)
		return r;
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
	r = report_send(p->socket, &ready, &p->console, p->console >= 0);
	if (r < 0)
		return error_errno(err, r, "", "cannot report");
	r = credentials_restrict(p->process, p->seccomp, err);
	if (r < 0)
		return r;
	r = execute(p->init_program, argv, envp);
	return error_errno(err, r, "a seccomp profile must allow execve", "cannot execute '%s'", program);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The init program is run for real. This test's own file plays the container's program: see the roles. */
#include "base/cleanup.h"
#include "runtime/init.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ARGS_MAX 16

struct run {
	pid_t pid;
	int status_fd; /* the init program's report of an execve that failed */
	int out;       /* standard output and standard error */
};

static char self[PATH_MAX];

/* ---- roles: what this file does as the container's program */

static int role_descriptors(void)
{
	for (int fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf("%d ", fd);
	return fflush(stdout) == 0 ? 0 : 1;
}

/* Says each signal that comes with its value; SIGTERM is the last. */
static int role_signals(void)
{
	sigset_t all;
	siginfo_t info;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	printf("ready %d\n", getpid());
	fflush(stdout);
	do {
		if (sigwaitinfo(&all, &info) < 0)
			return 1;
		printf("%d:%d ", info.si_signo, info.si_code == SI_QUEUE ? info.si_value.sival_int : -1);
		fflush(stdout);
	} while (info.si_signo != SIGTERM);
	return 42;
}

/* Leaves an orphan that ends, and sees to it that it is not left a zombie. */
static int role_orphan(void)
{
	int ends[2];
	pid_t orphan = -1;
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 1;
	pid_t child = fork();
	if (child == 0) {
		pid_t grandchild = fork();

		if (grandchild == 0)
			pause();
		_exit(write(ends[1], &grandchild, sizeof(grandchild)) == sizeof(grandchild) ? 0 : 1);
	}
	if (read(ends[0], &orphan, sizeof(orphan)) != sizeof(orphan) || waitpid(child, NULL, 0) != child)
		return 2;
	close(ends[1]);
	if (kill(orphan, SIGKILL) < 0 || read(ends[0], &byte, 1) != 0)
		return 3;
	for (int i = 0; i < 10000; i++) {
		if (kill(orphan, 0) < 0 && errno == ESRCH)
			return 0;
		poll(NULL, 0, 1);
	}
	return 4;
}

static int role_inherited(void)
{
	sigset_t mask;
	struct sigaction child;
	struct sigaction tty;

	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigaction(SIGCHLD, NULL, &child);
	sigaction(SIGTTOU, NULL, &tty);
	printf("usr1 %d usr2 %d chld %s ttou %s\n", sigismember(&mask, SIGUSR1), sigismember(&mask, SIGUSR2),
	       child.sa_handler == SIG_IGN ? "ignored" : "default",
	       tty.sa_handler == SIG_IGN ? "ignored" : "default");
	return fflush(stdout) == 0 ? 0 : 1;
}

static int role_terminal(void)
{
	return getpgrp() == getpid() && tcgetpgrp(STDIN_FILENO) == getpid() ? 0 : 1;
}

static int role_pid(void)
{
	printf("pid %d parent %d\n", getpid(), getppid());
	return fflush(stdout) == 0 ? 9 : 1;
}

static const struct role {
	const char *name;
	int (*play)(void);
} roles[] = {{"descriptors", role_descriptors}, {"signals", role_signals},   {"orphan", role_orphan},
	     {"inherited", role_inherited},	{"terminal", role_terminal}, {"pid", role_pid}};

/* ---- running it */

/* In a child: becomes the init program, whose status descriptor is 3 as of a launcher that closed the rest.
 */
static _Noreturn void become_init(const char *mode, int program, int status, char *const *words,
				  char *const *env)
{
	char mode_text[16];
	char name[] = "plimsoll-init";
	char number[] = "3";
	char *argv[ARGS_MAX] = {name, mode_text, number};

	snprintf(mode_text, sizeof(mode_text), "%s", mode);
	for (size_t i = 0; words[i] && i + 4 < ARGS_MAX; i++)
		argv[i + 3] = words[i];
	if (status == 3)
		fcntl(3, F_SETFD, 0);
	else
		dup2(status, 3);
	/* The program's own descriptor closes as it starts. */
	if (fcntl(program, F_GETFD) != FD_CLOEXEC)
		_exit(99);
	fexecve(program, argv, env);
	_exit(98);
}

static void leave_descriptors(int keep_a, int keep_b)
{
	for (int fd = 3; fd < 64; fd++)
		if (fd != keep_a && fd != keep_b)
			close(fd);
}

/* words: PATH, ARGV0, ARGS…, NULL. `prepare` runs in the child. */
static struct run start(const char *mode, char *const *words, char *const *env, void (*prepare)(void))
{
	static char *const no_env[] = {NULL};
	int status[2];
	int out[2];
	struct error err;
	struct run run;
	_cleanup_close_ int program = init_program_open(&err);

	assert_true(program >= 0);
	assert_int_equal(pipe2(status, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	run.pid = fork();
	assert_true(run.pid >= 0);
	if (run.pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		leave_descriptors(program, status[1]);
		if (program == 3)
			program = fcntl(program, F_DUPFD_CLOEXEC, 10);
		if (prepare)
			prepare();
		become_init(mode, program, status[1], words, env ? env : no_env);
	}
	close(status[1]);
	close(out[1]);
	run.status_fd = status[0];
	run.out = out[0];
	return run;
}

static size_t read_all(int fd, char *text, size_t cap)
{
	size_t n = 0;
	ssize_t r;

	while (n + 1 < cap && (r = read(fd, text + n, cap - 1 - n)) > 0)
		n += (size_t)r;
	text[n] = '\0';
	return n;
}

/* Waits for the end: the exit status (128 + signal), its output in text and what it reported in *error. */
static int finish(struct run *run, char *text, size_t cap, int *error)
{
	int status;

	*error = 0;
	if (read(run->status_fd, error, sizeof(*error)) != sizeof(*error))
		*error = 0;
	read_all(run->out, text, cap);
	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	close(run->status_fd);
	close(run->out);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_words(const char *mode, char *const *words, char *const *env, void (*prepare)(void),
		     char *text, size_t cap, int *error)
{
	struct run run = start(mode, words, env, prepare);

	return finish(&run, text, cap, error);
}

static int run_role(const char *mode, const char *role, void (*prepare)(void), char *text, size_t cap)
{
	char name[] = "role";
	char which[32];
	char *words[] = {self, name, which, NULL};
	int error;

	snprintf(which, sizeof(which), "%s", role);
	int code = run_words(mode, words, NULL, prepare, text, cap, &error);
	assert_int_equal(error, 0);
	return code;
}

static int run_shell(const char *mode, const char *script, void (*prepare)(void))
{
	char shell[] = "/bin/sh";
	char option[] = "-c";
	char text[512];
	char *command = strdup(script);
	char *words[] = {shell, shell, option, command, NULL};
	int error;
	int code = run_words(mode, words, NULL, prepare, text, sizeof(text), &error);

	free(command);
	assert_int_equal(error, 0);
	return code;
}

static const char *const modes[] = {INIT_MODE_EXEC, INIT_MODE_REAP};

/* ---- the file */

static void test_sealed(void **state)
{
	struct error err;
	struct stat info;
	_cleanup_close_ int fd = init_program_open(&err);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & 0xf,
			 F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_ptr_equal(mmap(NULL, 1, PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(fstat(fd, &info), 0);
	assert_in_range(info.st_size, 512, 8192);
}

/* ---- executing */

static void test_exit_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(run_shell(modes[i], "exit 0", NULL), 0);
		assert_int_equal(run_shell(modes[i], "exit 7", NULL), 7);
		assert_int_equal(run_shell(modes[i], "exit 255", NULL), 255);
		assert_int_equal(run_shell(modes[i], "kill -KILL $$", NULL), 128 + SIGKILL);
		assert_int_equal(run_shell(modes[i], "ulimit -c 0; kill -SEGV $$", NULL), 128 + SIGSEGV);
	}
}

static int run_path(const char *mode, const char *path, int *error)
{
	char copy[PATH_MAX];
	char text[256];
	char *words[] = {copy, copy, NULL};

	snprintf(copy, sizeof(copy), "%s", path);
	return run_words(mode, words, NULL, NULL, text, sizeof(text), error);
}

static void make_file(const char *path, mode_t mode, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void test_not_executable(void **state)
{
	char dir[] = "/tmp/plimsoll-init-XXXXXX";
	char plain[64];
	char nonsense[64];
	int error;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(plain, sizeof(plain), "%s/plain", dir);
	snprintf(nonsense, sizeof(nonsense), "%s/nonsense", dir);
	make_file(plain, 0600, "text");
	make_file(nonsense, 0700, "neither a program nor a script");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(run_path(modes[i], "/nonexistent/program", &error), 127);
		assert_int_equal(error, ENOENT);
		assert_int_equal(run_path(modes[i], plain, &error), 126);
		assert_int_equal(error, EACCES);
		assert_int_equal(run_path(modes[i], nonsense, &error), 126);
		assert_int_equal(error, ENOEXEC);
		assert_int_equal(run_path(modes[i], dir, &error), 126);
		assert_int_equal(error, EACCES);
	}
	unlink(plain);
	unlink(nonsense);
	rmdir(dir);
}

static void test_words_and_environment(void **state)
{
	char shell[] = "/bin/sh", zero[] = "-named", option[] = "-c", a[] = "a", b[] = "b c", empty[] = "";
	char script[] = "printf '<%s>' \"$0\" \"$@\"; printf ' %s %s' \"$ONE\" \"$TWO\"";
	char one[] = "ONE=1", two[] = "TWO=x=y z";
	char *words[] = {shell, zero, option, script, a, b, empty, NULL};
	char *env[] = {one, two, NULL};
	char text[256];
	int error;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(run_words(modes[i], words, env, NULL, text, sizeof(text), &error), 0);
		assert_string_equal(text, "<a><b c><> 1 x=y z");
	}
}

static void test_descriptors(void **state)
{
	char text[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(run_role(modes[i], "descriptors", NULL, text, sizeof(text)), 0);
		assert_string_equal(text, "0 1 2 ");
	}
}

static void test_called_wrongly(void **state)
{
	char shell[] = "/bin/true";
	char *words[] = {shell, shell, NULL};
	char *none[] = {NULL};
	char text[64];
	int error;

	(void)state;
	assert_int_equal(run_words("dance", words, NULL, NULL, text, sizeof(text), &error), 125);
	assert_int_equal(run_words(INIT_MODE_EXEC, none, NULL, NULL, text, sizeof(text), &error), 125);
}

/* ---- reaping */

static void ignore_children(void)
{
	signal(SIGCHLD, SIG_IGN);
}

static void test_ignored_children(void **state)
{
	(void)state;
	assert_int_equal(run_shell(INIT_MODE_REAP, "exit 3", ignore_children), 3);
}

static void odd_signals(void)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	signal(SIGCHLD, SIG_IGN);
}

static void test_inherited(void **state)
{
	char text[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		assert_int_equal(run_role(modes[i], "inherited", odd_signals, text, sizeof(text)), 0);
		assert_string_equal(text, "usr1 1 usr2 0 chld ignored ttou default\n");
		assert_int_equal(run_role(modes[i], "inherited", NULL, text, sizeof(text)), 0);
		assert_string_equal(text, "usr1 0 usr2 0 chld default ttou default\n");
	}
}

static size_t read_until(int fd, char end, char *text, size_t cap)
{
	size_t n = 0;

	while (n + 1 < cap && read(fd, text + n, 1) == 1)
		if (text[n++] == end)
			break;
	text[n] = '\0';
	return n;
}

static void test_signals_passed_on(void **state)
{
	static const int passed[] = {SIGHUP,  SIGINT,  SIGQUIT,	 SIGUSR1, SIGUSR2, SIGALRM,
				     SIGTSTP, SIGCONT, SIGWINCH, SIGPIPE, SIGURG,  SIGIO};
	char name[] = "role", which[] = "signals";
	char *words[] = {self, name, which, NULL};
	struct run run = start(INIT_MODE_REAP, words, NULL, NULL);
	union sigval value = {.sival_int = 1234};
	char text[256];
	char wanted[64];
	int error;

	(void)state;
	read_until(run.out, '\n', text, sizeof(text));
	assert_non_null(strstr(text, "ready"));
	for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
		assert_int_equal(kill(run.pid, passed[i]), 0);
		read_until(run.out, ' ', text, sizeof(text));
		snprintf(wanted, sizeof(wanted), "%d:-1 ", passed[i]);
		assert_string_equal(text, wanted);
	}
	assert_int_equal(sigqueue(run.pid, SIGRTMIN + 1, value), 0);
	read_until(run.out, ' ', text, sizeof(text));
	snprintf(wanted, sizeof(wanted), "%d:1234 ", SIGRTMIN + 1);
	assert_string_equal(text, wanted);
	assert_int_equal(kill(run.pid, SIGTERM), 0);
	assert_int_equal(finish(&run, text, sizeof(text), &error), 42);
	snprintf(wanted, sizeof(wanted), "%d:-1 ", SIGTERM);
	assert_string_equal(text, wanted);
}

static void test_orphans(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(run_role(INIT_MODE_REAP, "orphan", NULL, text, sizeof(text)), 0);
}

/* The program ends while an orphan lives on and holds the output open: its own end counts. */
static void test_ends_with_the_program(void **state)
{
	char shell[] = "/bin/sh", option[] = "-c";
	char script[] = "(exec >&- 2>&-; exec sleep 60) & echo $!; exit 5";
	char *words[] = {shell, shell, option, script, NULL};
	struct run run = start(INIT_MODE_REAP, words, NULL, NULL);
	char text[128];
	int status;

	(void)state;
	assert_int_equal(waitpid(run.pid, &status, 0), run.pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 5);
	read_all(run.out, text, sizeof(text));
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (atoi(line) > 1)
			kill(atoi(line), SIGKILL);
	close(run.out);
	close(run.status_fd);
}

static void take_terminal(void)
{
	_cleanup_close_ int pty = posix_openpt(O_RDWR | O_NOCTTY);

	if (pty < 0 || grantpt(pty) < 0 || unlockpt(pty) < 0 || setsid() < 0)
		_exit(97);
	int peer = ioctl(pty, TIOCGPTPEER, O_RDWR);
	if (peer < 0 || ioctl(peer, TIOCSCTTY, 0) < 0 || dup2(peer, STDIN_FILENO) < 0)
		_exit(96);
	/* It stays open while the program runs: an end of the master hangs the terminal up. */
	if (dup2(pty, STDERR_FILENO) < 0)
		_exit(95);
	close(peer);
}

static void test_terminal(void **state)
{
	char text[64];

	(void)state;
	assert_int_equal(run_role(INIT_MODE_REAP, "terminal", take_terminal, text, sizeof(text)), 0);
}

/* As PID 1 for real, where this user may have a PID namespace. */
static void test_first_process(void **state)
{
	char name[] = "role", which[] = "pid";
	char *words[] = {self, name, which, NULL};
	int out[2];
	int ends[2];
	int status;
	char text[128];

	(void)state;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t outer = fork();
	assert_true(outer >= 0);
	if (outer == 0) {
		if (unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
			_exit(77);
		int program = init_program_open(NULL);
		pid_t first = fork();

		if (first == 0) {
			static char *const no_env[] = {NULL};

			dup2(out[1], STDOUT_FILENO);
			program = fcntl(program, F_DUPFD_CLOEXEC, 10);
			become_init(INIT_MODE_REAP, program, ends[1], words, no_env);
		}
		waitpid(first, &status, 0);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 94);
	}
	close(out[1]);
	close(ends[1]);
	read_all(out[0], text, sizeof(text));
	assert_int_equal(waitpid(outer, &status, 0), outer);
	close(out[0]);
	close(ends[0]);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 9);
	assert_string_equal(text, "pid 2 parent 1\n");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sealed),
		cmocka_unit_test(test_exit_codes),
		cmocka_unit_test(test_not_executable),
		cmocka_unit_test(test_words_and_environment),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_called_wrongly),
		cmocka_unit_test(test_ignored_children),
		cmocka_unit_test(test_inherited),
		cmocka_unit_test(test_signals_passed_on),
		cmocka_unit_test(test_orphans),
		cmocka_unit_test(test_ends_with_the_program),
		cmocka_unit_test(test_terminal),
		cmocka_unit_test(test_first_process),
	};

	if (argc == 2)
		for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
			if (strcmp(argv[0], "role") == 0 && strcmp(argv[1], roles[i].name) == 0)
				return roles[i].play();
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return 1;
	self[n] = '\0';
	return cmocka_run_group_tests(tests, NULL, NULL);
}

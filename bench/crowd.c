/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_crowd COUNT EVERY FOLDER…: makes COUNT cgroups c0001, c0002, … in each of the folders (one a
 * hierarchy, which exist) with one process each, all but free of cost; every EVERY-th of them works a little
 * ten times a second (0: none). Says "ready", waits for its standard input to end, and takes everything away
 * again.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOUCHED ((size_t)256 << 10)

static void cgroup_path(char *out, size_t size, const char *folder, unsigned number, const char *file)
{
	snprintf(out, size, "%s/c%04u%s%s", folder, number, *file ? "/" : "", file);
}

static int copy_file(const char *from, const char *to)
{
	char text[256];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CLOEXEC);
	ssize_t n = in < 0 ? -1 : read(in, text, sizeof(text));
	int r = n > 0 && out >= 0 && write(out, text, (size_t)n) == n ? 0 : -1;

	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return r;
}

/* A cpuset of v1 takes no process before it has processors and memory nodes. */
static void adopt_cpuset(const char *folder, unsigned number)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	char from[512];
	char to[512];

	for (size_t i = 0; i < 2; i++) {
		snprintf(from, sizeof(from), "%s/%s", folder, files[i]);
		cgroup_path(to, sizeof(to), folder, number, files[i]);
		if (access(from, F_OK) == 0)
			(void)copy_file(from, to);
	}
}

static int enter(const char *folder, unsigned number)
{
	char path[512];
	int fd;
	int r;

	cgroup_path(path, sizeof(path), folder, number, "cgroup.procs");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	r = fd >= 0 && write(fd, "0", 1) == 1 ? 0 : -1;
	if (fd >= 0)
		close(fd);
	return r;
}

static void __attribute__((noreturn)) work(void)
{
	static volatile unsigned char memory[TOUCHED];
	const struct timespec pause = {0, 100000000};

	for (unsigned turn = 0;; turn++) {
		for (size_t at = 0; at < TOUCHED * 16; at += 64)
			memory[at % TOUCHED] = (unsigned char)(memory[at % TOUCHED] + turn);
		nanosleep(&pause, NULL);
	}
}

static void live(unsigned number, bool works, char **folders, int n, int say)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < n; i++) {
		if (enter(folders[i], number) < 0) {
			fprintf(stderr, "bench_crowd: cannot enter c%04u of %s: %s\n", number, folders[i],
				strerror(errno));
			_exit(write(say, "e", 1) != 1);
		}
	}
	if (write(say, "x", 1) != 1)
		_exit(1);
	close(say);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	if (works)
		work();
	for (;;)
		pause();
}

static int make(unsigned count, unsigned every, char **folders, int n, pid_t *pids, const int pipe_ends[2])
{
	char path[512];
	char said;

	for (unsigned number = 1; number <= count; number++) {
		for (int i = 0; i < n; i++) {
			cgroup_path(path, sizeof(path), folders[i], number, "");
			if (mkdir(path, 0755) < 0 && errno != EEXIST) {
				perror(path);
				return -1;
			}
			adopt_cpuset(folders[i], number);
		}
		pids[number] = fork();
		if (pids[number] == 0)
			live(number, every && number % every == 0, folders, n, pipe_ends[1]);
		if (pids[number] < 0 || read(pipe_ends[0], &said, 1) != 1 || said != 'x')
			return -1;
	}
	return 0;
}

static int remove_cgroup(const char *path)
{
	const struct timespec pause = {0, 10000000};

	for (unsigned tries = 0; tries < 500; tries++) {
		if (rmdir(path) == 0 || errno == ENOENT)
			return 0;
		nanosleep(&pause, NULL);
	}
	perror(path);
	return -1;
}

static int take_away(unsigned count, char **folders, int n, const pid_t *pids)
{
	char path[512];
	int r = 0;

	for (unsigned number = 1; number <= count; number++)
		if (pids[number] > 0)
			kill(pids[number], SIGKILL);
	while (wait(NULL) > 0)
		;
	for (unsigned number = 1; number <= count; number++) {
		for (int i = 0; i < n; i++) {
			cgroup_path(path, sizeof(path), folders[i], number, "");
			r |= remove_cgroup(path);
		}
	}
	return r;
}

int main(int argc, char **argv)
{
	unsigned count = argc > 3 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
	unsigned every = count ? (unsigned)strtoul(argv[2], NULL, 10) : 0;
	pid_t *pids = calloc(count + 1U, sizeof(*pids));
	int pipe_ends[2];
	char line[64];
	int r;

	if (!count || !pids || pipe(pipe_ends) < 0) {
		fprintf(stderr, "usage: bench_crowd COUNT EVERY FOLDER…\n");
		return 2;
	}
	signal(SIGTERM, SIG_IGN); /* the end of standard input is what ends it: nothing may stay behind */
	signal(SIGINT, SIG_IGN);
	r = make(count, every, argv + 3, argc - 3, pids, pipe_ends);
	if (r == 0) {
		puts("ready");
		fflush(stdout);
		while (read(STDIN_FILENO, line, sizeof(line)) > 0)
			;
	}
	r |= take_away(count, argv + 3, argc - 3, pids);
	free(pids);
	return r ? 1 : 0;
}

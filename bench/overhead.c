/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work whose speed tells what somebody who looks on costs: overhead fork N, overhead exec N, overhead read N
 * FILE. Prints nanoseconds an operation.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BLOCK 4096

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int wait_for(pid_t pid)
{
	int status;

	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int fork_one(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return wait_for(pid);
}

static int exec_one(void)
{
	char *const words[] = {(char[]){"true"}, NULL};
	pid_t pid;

	return posix_spawn(&pid, "/bin/true", NULL, NULL, words, NULL) == 0 ? wait_for(pid) : -1;
}

/* Past the page cache, so that each is a request to the device. */
static int read_one(int fd, void *block, off_t size, int64_t i)
{
	off_t at = (off_t)(i * 7919 * BLOCK) % (size - size % BLOCK);

	return pread(fd, block, BLOCK, at - at % BLOCK) == BLOCK ? 0 : -1;
}

static int run_reads(const char *file, int64_t n)
{
	int fd = open(file, O_RDONLY | O_DIRECT | O_CLOEXEC);
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	void *block = aligned_alloc(BLOCK, BLOCK);
	int r = fd >= 0 && size >= BLOCK && block ? 0 : -1;

	for (int64_t i = 0; r == 0 && i < n; i++)
		r = read_one(fd, block, size, i);
	free(block);
	if (fd >= 0)
		close(fd);
	return r;
}

static int run(const char *what, int64_t n, const char *file)
{
	int r = 0;

	if (strcmp(what, "read") == 0)
		return file ? run_reads(file, n) : -1;
	for (int64_t i = 0; r == 0 && i < n; i++)
		r = strcmp(what, "exec") == 0 ? exec_one() : fork_one();
	return r;
}

int main(int argc, char **argv)
{
	int64_t n = argc > 2 ? strtoll(argv[2], NULL, 10) : 0;
	int64_t start = now_ns();

	if (n <= 0 || run(argv[1], n, argc > 3 ? argv[3] : NULL) < 0) {
		fprintf(stderr, "overhead: %s failed: %s\n", argc > 1 ? argv[1] : "usage", strerror(errno));
		return 1;
	}
	printf("%.1f\n", (double)(now_ns() - start) / (double)n);
	return 0;
}

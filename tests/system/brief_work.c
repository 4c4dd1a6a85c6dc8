/* SPDX-License-Identifier: Apache-2.0 */
/* The first process of a container that lives for so many milliseconds: a child works for some of them, and
 * the CPU time that both took is printed in microseconds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MSEC 1000000L

static int64_t now_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 * MSEC + t.tv_nsec;
}

static void work(int64_t ns)
{
	while (now_ns(CLOCK_PROCESS_CPUTIME_ID) < ns)
		;
}

static int64_t usec(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

static int64_t used(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return usec(usage.ru_utime) + usec(usage.ru_stime);
}

int main(int argc, char **argv)
{
	int64_t lasts = strtoll(argc > 1 ? argv[1] : "20", NULL, 10) * MSEC;
	int64_t start = now_ns(CLOCK_MONOTONIC);
	struct timespec rest;
	pid_t child = fork();
	int status;

	if (child < 0)
		return 1;
	if (child == 0) {
		work(lasts / 5);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		return 1;
	lasts -= now_ns(CLOCK_MONOTONIC) - start;
	if (lasts > 0) {
		rest = (struct timespec){lasts / (1000 * MSEC), lasts % (1000 * MSEC)};
		nanosleep(&rest, NULL);
	}
	printf("%" PRId64 "\n", used(RUSAGE_SELF) + used(RUSAGE_CHILDREN));
	return fflush(stdout) == 0 ? 0 : 1;
}

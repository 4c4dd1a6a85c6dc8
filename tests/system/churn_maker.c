/* SPDX-License-Identifier: Apache-2.0 */
/* The maker: a process of its own, that waits for nobody. */
#include "churn.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALIVE 60       /* how many short ones there are at a time */
#define LONG_EVERY 200 /* each so many-th lives for longer than a second */
#define LONG_NS (1100 * NSEC_PER_MSEC)

static void note_failure(const char *name)
{
	t.progress->failures++;
	t.progress->last_error = errno;
	snprintf(t.progress->last_failed, sizeof(t.progress->last_failed), "%s", name);
}

static void name_short(char *out, size_t size, unsigned i)
{
	snprintf(out, size, "s%u", i);
}

static void name_long(char *out, size_t size, unsigned i)
{
	snprintf(out, size, "long%u", i);
}

/* A process that is in it for an instant. */
static void visit(const char *name)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (size_t h = 0; h < t.layout->n_hierarchies; h++)
			write_file(h, name, "cgroup.procs", "0");
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

struct long_one {
	unsigned number;
	uint64_t until_ns;
};

static void end_long_ones(struct long_one *ones, unsigned *n, bool all)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < *n; i++) {
		char name[32];
		uint64_t now = clock_monotonic_ns();

		if (all && now < ones[i].until_ns)
			usleep((useconds_t)((ones[i].until_ns - now) / NSEC_PER_USEC));
		if (!all && now < ones[i].until_ns) {
			ones[kept++] = ones[i];
			continue;
		}
		name_long(name, sizeof(name), ones[i].number);
		if (!remove_cgroup(name))
			note_failure(name);
	}
	*n = kept;
}

static void make_one(unsigned i, struct long_one *ones, unsigned *n_ones)
{
	char name[32];

	name_short(name, sizeof(name), i);
	if (!make_cgroup(name))
		note_failure(name);
	if (i % 50 == 0)
		visit(name);
	if (i % LONG_EVERY == 0 && t.progress->n_long < LONG_ONES) {
		name_long(name, sizeof(name), t.progress->n_long);
		if (!make_cgroup(name))
			note_failure(name);
		ones[(*n_ones)++] = (struct long_one){t.progress->n_long++, clock_monotonic_ns() + LONG_NS};
	}
	if (i >= ALIVE) {
		name_short(name, sizeof(name), i - ALIVE);
		if (!remove_cgroup(name))
			note_failure(name);
	}
	t.progress->made = i + 1;
}

void churn(unsigned count, uint64_t end_ns)
{
	static struct long_one ones[LONG_ONES];
	unsigned n_ones = 0;
	unsigned i;

	for (i = 0; i < count && clock_monotonic_ns() < end_ns; i++) {
		make_one(i, ones, &n_ones);
		end_long_ones(ones, &n_ones, false);
	}
	for (unsigned last = i > ALIVE ? i - ALIVE : 0; last < i; last++) {
		char name[32];

		name_short(name, sizeof(name), last);
		if (!remove_cgroup(name))
			note_failure(name);
	}
	end_long_ones(ones, &n_ones, true);
}

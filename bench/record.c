/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_record RECORDING COPY: what it takes to record and to replay these snapshots: CPU time of each, and
 * bytes an entity. The recording is one of a crowd: plimsoll record.
 */
#include "record/record.h"
#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

struct cost {
	uint64_t snapshots;
	uint64_t entities;
	uint64_t read_ns;
	uint64_t read_max_ns;
	uint64_t write_ns;
	uint64_t write_max_ns;
};

static void count(uint64_t spent, uint64_t *sum, uint64_t *max)
{
	*sum += spent;
	*max = spent > *max ? spent : *max;
}

static int copy(struct source *from, struct recorder *to, struct cost *c, struct error *err)
{
	for (;;) {
		uint64_t start = clock_thread_cpu_ns();
		struct snapshot *s;
		int r = source_sample(from, NULL, &s, err);

		if (r < 0)
			return r == -ENODATA ? 0 : r;
		count(clock_thread_cpu_ns() - start, &c->read_ns, &c->read_max_ns);
		c->snapshots++;
		c->entities += snapshot_count(s);
		start = clock_thread_cpu_ns();
		r = recorder_write(to, s, err);
		count(clock_thread_cpu_ns() - start, &c->write_ns, &c->write_max_ns);
		snapshot_unref(s);
		if (r < 0)
			return r;
	}
}

static int back_and_forth(struct source *source, uint64_t *worst, struct error *err)
{
	uint64_t spent = 0;

	*worst = 0;
	for (unsigned i = 0; i < 70; i++) {
		uint64_t start = clock_thread_cpu_ns();
		struct snapshot *s = NULL;
		int r = replay_step(source, -1, err);

		if (r == 0)
			r = source_sample(source, NULL, &s, err);
		if (r < 0)
			return r;
		snapshot_unref(s);
		count(clock_thread_cpu_ns() - start, &spent, worst);
	}
	return 0;
}

static double milliseconds(uint64_t ns)
{
	return (double)ns / (double)NSEC_PER_MSEC;
}

static void report(const struct cost *c, uint64_t bytes, uint64_t step_ns)
{
	double n = c->snapshots ? (double)c->snapshots : 1;

	printf("%llu snapshots of %.0f entities\n", (unsigned long long)c->snapshots,
	       (double)c->entities / n);
	printf("%.1f bytes an entity and snapshot\n",
	       (double)bytes / (c->entities ? (double)c->entities : 1));
	printf("recording a snapshot: %.2f ms of CPU, at most %.2f\n", milliseconds(c->write_ns) / n,
	       milliseconds(c->write_max_ns));
	printf("replaying one: %.2f ms of CPU, at most %.2f; a step back: at most %.2f\n",
	       milliseconds(c->read_ns) / n, milliseconds(c->read_max_ns), milliseconds(step_ns));
}

int main(int argc, char **argv)
{
	struct recorder_options options = {0};
	struct source *from = NULL;
	struct recorder *to = NULL;
	struct cost cost = {0};
	struct error err = {0};
	uint64_t step_ns = 0;
	int r;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_record RECORDING COPY\n");
		return 2;
	}
	r = replay_open(argv[1], &from, &err);
	if (r == 0)
		r = recorder_open(argv[2], &options, &to, &err);
	if (r == 0)
		r = copy(from, to, &cost, &err);
	if (r == 0)
		r = back_and_forth(from, &step_ns, &err);
	if (r == 0)
		report(&cost, recorder_bytes(to), step_ns);
	else
		fprintf(stderr, "bench_record: %s\n", err.cause);
	recorder_close(to);
	source_close(from);
	return r < 0;
}

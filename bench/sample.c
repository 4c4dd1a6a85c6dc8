/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one sample of the default metrics takes, without HTTP: bench_sample bpf|files [SAMPLES [PAUSE_MS]].
 * Two figures, in CPU time of this thread, the kernel's part included: the collection, and the rendering of
 * all of it as OpenMetrics in pieces of 8 KB, as a connection takes them. Samples lie apart as a scraper's
 * do: those in a row would find everything in the caches.
 */
#include "base/clock.h"
#include "base/parse.h"
#include "bpf/kernel_side.h"
#include "collector/collector.h"
#include "exporter/render.h"
#include "model/derive.h"
#include "model/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PIECE ((size_t)8 * 1024)
#define WARM_UP 4

struct spent {
	uint64_t total_ns;
	uint64_t least_ns; /* of one sample: what others on the host did not disturb */
};

struct figures {
	struct spent collection;
	struct spent rendering;
	size_t bytes;
	size_t entities;
};

static void add(struct spent *s, uint64_t ns)
{
	s->total_ns += ns;
	if (!s->least_ns || ns < s->least_ns)
		s->least_ns = ns;
}

static int use_kernel(struct source *source, struct error *err)
{
	struct bpf_options options = {.layout = collector_layout(source),
				      .parts = 1U << KERNEL_FIGURES | 1U << KERNEL_PROCESSES |
					       1U << KERNEL_EVENTS};
	struct collector_status status;
	struct kernel_status given;
	struct kernel *kernel;
	int r;

	collector_status(source, &status);
	options.n_cgroups = status.n_cgroups + status.n_cgroups / 4;
	r = bpf_kernel_open(&options, &kernel, err);
	if (r < 0)
		return r;
	collector_use_kernel(source, kernel);
	kernel_status(kernel, &given);
	return given.on[KERNEL_FIGURES] && given.on[KERNEL_PROCESSES]
		       ? 0
		       : error_set(err, -EOPNOTSUPP, "", "not all is on: %s%s", given.why[KERNEL_FIGURES],
				   given.why[KERNEL_PROCESSES]);
}

static int open_source(bool bpf, struct source **out, struct error *err)
{
	struct collector_options options = {
		.roots = {.procfs = "/proc", .sysfs = "/sys", .rootfs = "/"},
		.linger_ns = 60 * NSEC_PER_SEC,
	};
	int r = collector_open(&options, out, err);

	return r == 0 && bpf ? use_kernel(*out, err) : r;
}

static size_t render(struct snapshot *s, const struct metric_set *shown, const struct comparison *comparison)
{
	static char piece[PIECE];
	struct render_options options = {
		.exposition = EXPOSITION_OPENMETRICS, .lingering = true, .comparison = comparison};
	struct renderer *r = renderer_new(s, shown, &options);
	size_t total = 0;
	ssize_t n;

	while (r && (n = renderer_read(r, piece, sizeof(piece))) > 0)
		total += (size_t)n;
	renderer_free(r);
	return total;
}

/* One sample and its text; *before is replaced by it. */
static int sample(struct source *source, const struct metric_set *need, struct snapshot **before,
		  struct figures *figures, struct error *err)
{
	uint64_t start = clock_thread_cpu_ns();
	struct comparison *comparison;
	struct snapshot *s = NULL;
	uint64_t collected;
	int r = source_dispatch(source, err);

	if (r == 0)
		r = source_sample(source, need, &s, err);
	if (r < 0)
		return r;
	collected = clock_thread_cpu_ns();
	comparison = *before ? comparison_new(*before, s) : NULL;
	figures->bytes += render(s, need, comparison);
	comparison_free(comparison);
	add(&figures->rendering, clock_thread_cpu_ns() - collected);
	add(&figures->collection, collected - start);
	figures->entities = snapshot_count(s);
	snapshot_unref(*before);
	*before = s;
	return 0;
}

static int measure(struct source *source, uint64_t samples, uint64_t pause_ms, struct figures *figures,
		   struct error *err)
{
	const struct timespec pause = {(time_t)(pause_ms / 1000), (long)(pause_ms % 1000) * 1000000};
	struct snapshot *before = NULL;
	struct metric_set need = {0};
	int r = 0;

	metric_set_defaults(&need);
	for (uint64_t i = 0; r == 0 && i < samples + WARM_UP; i++) {
		if (i == WARM_UP)
			*figures = (struct figures){0};
		r = sample(source, &need, &before, figures, err);
		nanosleep(&pause, NULL);
	}
	snapshot_unref(before);
	return r;
}

static bool number(int argc, char **argv, int at, uint64_t fallback, uint64_t *out)
{
	*out = fallback;
	return at >= argc || (parse_u64(slice_of(argv[at]), out) == 0 && *out > 0 && *out < 1000000);
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";
	struct source *source = NULL;
	struct figures figures = {.entities = 1};
	struct error err = {0};
	uint64_t samples, pause_ms;
	double each;
	int r;

	if ((strcmp(kind, "bpf") != 0 && strcmp(kind, "files") != 0) ||
	    !number(argc, argv, 2, 20, &samples) || !number(argc, argv, 3, 250, &pause_ms)) {
		fprintf(stderr, "usage: bench_sample bpf|files [SAMPLES [PAUSE_MS]]\n");
		return 2;
	}
	r = open_source(strcmp(kind, "bpf") == 0, &source, &err);
	if (r == 0)
		r = measure(source, samples, pause_ms, &figures, &err);
	source_close(source);
	if (r < 0) {
		fprintf(stderr, "bench_sample: %s\n", err.cause);
		return 1;
	}
	each = 1000.0 * (double)figures.entities;
	printf("%-5s %5zu cgroups: collection %6.2f (least %6.2f), rendering %6.2f (least %6.2f) µs a cgroup "
	       "and "
	       "sample; %zu B a cgroup\n",
	       kind, figures.entities, (double)figures.collection.total_ns / each / (double)samples,
	       (double)figures.collection.least_ns / each,
	       (double)figures.rendering.total_ns / each / (double)samples,
	       (double)figures.rendering.least_ns / each, figures.bytes / samples / figures.entities);
	return 0;
}

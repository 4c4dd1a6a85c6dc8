/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a snapshot becomes exposition text on one core: bench_render [CONTAINERS…]. Containers as
 * Docker's, with the default metrics, one interface and two block devices each, taken in pieces of 64 KB as
 * the server does.
 */
#include "exporter/render.h"
#include "base/clock.h"
#include "base/parse.h"

#include <inttypes.h>
#include <stdio.h>

#define PIECE ((size_t)64 * 1024)
#define ENOUGH_NS (2 * NSEC_PER_SEC)

static uint64_t random_state = 42;

/* xorshift64: figures of all lengths, the same in every run. */
static uint64_t figure(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state >> (8 + random_state % 40);
}

static void fill_series(struct snapshot *s, enum dimension d, const char *instance, const char *detail)
{
	ptrdiff_t series = snapshot_series(s, d, instance, strlen(instance), detail);

	if (series < 0)
		return;
	metric_set_foreach (id, snapshot_metrics(s)) {
		if (metrics[id].dimension == d)
			snapshot_series_set(s, series, id, figure());
	}
}

static int add_container(struct snapshot *s, unsigned n)
{
	char id[65];
	char path[128];
	char name[32];
	struct identity who = {
		.runtime = RUNTIME_DOCKER, .id = id, .name = name, .image = "nginx:1.25-alpine"};
	struct entity e = {.path = path, .parent = -1, .id = n + 1, .class = ENTITY_CONTAINER};
	ptrdiff_t index;

	snprintf(id, sizeof(id), "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016x",
		 figure() | UINT64_C(1) << 60, figure(), figure(), n);
	snprintf(path, sizeof(path), "/system.slice/docker-%s.scope", id);
	snprintf(name, sizeof(name), "project-service-%u", n);
	e.identity = identity_new(&who);
	if (!e.identity)
		return -1;
	index = snapshot_add(s, &e);
	identity_unref(e.identity);
	if (index < 0)
		return -1;
	metric_set_foreach (metric, snapshot_metrics(s)) {
		if (metrics[metric].dimension == DIMENSION_ONE && metrics[metric].kind != KIND_TEXT)
			snapshot_set(s, (size_t)index, metric, figure());
	}
	fill_series(s, DIMENSION_INTERFACE, "eth0", "");
	fill_series(s, DIMENSION_DEVICE, "vda", "254:0");
	fill_series(s, DIMENSION_DEVICE, "nvme0n1", "259:0");
	return 0;
}

static struct snapshot *make_snapshot(unsigned containers)
{
	struct host host = {
		.hostname = "bench", .kernel = "6.1.0", .n_cpus = 8, .memory_bytes = UINT64_C(1) << 34};
	struct metric_set need = {0};
	struct snapshot *s;

	metric_set_defaults(&need);
	metric_set_close(&need);
	s = snapshot_new(&need, &host, 1, 1, containers);
	for (unsigned i = 0; s && i < containers; i++) {
		if (add_container(s, i) < 0) {
			snapshot_unref(s);
			return NULL;
		}
	}
	if (s)
		snapshot_seal(s);
	return s;
}

/* Bytes of one exposition; 0 where memory is short. */
static size_t render_once(struct snapshot *s, enum exposition e, char *piece)
{
	struct render_options options = {.exposition = e};
	struct renderer *r = renderer_new(s, NULL, &options);
	size_t total = 0;
	ssize_t n = 0;

	while (r && (n = renderer_read(r, piece, PIECE)) > 0)
		total += (size_t)n;
	renderer_free(r);
	return n < 0 ? 0 : total;
}

static int measure(unsigned containers, enum exposition e, const char *name)
{
	static char piece[PIECE];
	struct snapshot *s = make_snapshot(containers);
	uint64_t begun;
	uint64_t spent = 0;
	size_t total = 0;
	unsigned rounds = 0;

	if (!s || !render_once(s, e, piece)) {
		fprintf(stderr, "bench_render: out of memory\n");
		snapshot_unref(s);
		return 1;
	}
	begun = clock_thread_cpu_ns();
	while (spent < ENOUGH_NS) {
		total += render_once(s, e, piece);
		spent = clock_thread_cpu_ns() - begun;
		rounds++;
	}
	printf("render %-11s %5u containers: %6.1f MB/s, %7.2f ms and %6.2f MB a scrape, %zu B a container\n",
	       name, containers, (double)total / 1e6 / ((double)spent / 1e9), (double)spent / 1e6 / rounds,
	       (double)total / 1e6 / rounds, total / rounds / containers);
	snapshot_unref(s);
	return 0;
}

int main(int argc, char **argv)
{
	static const char *const defaults[] = {"100", "500", "2000"};
	size_t n = argc > 1 ? (size_t)argc - 1 : ARRAY_SIZE(defaults);
	int failed = 0;

	for (size_t i = 0; i < n; i++) {
		const char *text = argc > 1 ? argv[i + 1] : defaults[i];
		uint64_t containers;

		if (parse_u64(slice_of(text), &containers) < 0 || containers == 0 || containers > 1000000) {
			fprintf(stderr, "usage: bench_render [CONTAINERS…]\n");
			return 2;
		}
		failed |= measure((unsigned)containers, EXPOSITION_TEXT, "text");
		failed |= measure((unsigned)containers, EXPOSITION_OPENMETRICS, "OpenMetrics");
	}
	return failed;
}

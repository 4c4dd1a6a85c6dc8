/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include "base/cleanup.h"
#include "model/heard.h"

#include <stdlib.h>
#include <string.h>

#define NOW_MONOTONIC UINT64_C(1000000000000)
#define NOW_REALTIME UINT64_C(1700000000000000000)

static const struct host host = {.hostname = "sample",
				 .kernel = "6.1.0-\"test\"",
				 .n_cpus = 4,
				 .memory_bytes = UINT64_C(8) << 30,
				 .swap_bytes = 0,
				 .page_size = 4096,
				 .boot_ns = NOW_REALTIME - NOW_MONOTONIC};

static struct snapshot *new_with(const struct metric_set *need, uint64_t monotonic_ns)
{
	struct snapshot *s = snapshot_new(need, &host, monotonic_ns, NOW_REALTIME, 4);

	if (!s)
		abort();
	return s;
}

struct snapshot *sample_new(void)
{
	struct metric_set all = {0};

	for (enum metric_id id = 0; id < METRIC__COUNT; id++)
		metric_set_add(&all, id);
	return new_with(&all, NOW_MONOTONIC);
}

struct snapshot *sample_new_at(uint64_t monotonic_ns, const enum metric_id *ids, size_t n)
{
	struct metric_set some = {0};

	for (size_t i = 0; i < n; i++)
		metric_set_add(&some, ids[i]);
	metric_set_close(&some);
	return new_with(&some, NOW_MONOTONIC + monotonic_ns);
}

size_t sample_add(struct snapshot *s, const char *path, enum entity_class class, const struct identity *who,
		  uint64_t id, bool ended)
{
	struct entity e = {.path = path,
			   .identity = identity_new(who),
			   .id = id ? id : snapshot_count(s) + 1,
			   .parent = -1,
			   .class = class,
			   .ended = ended,
			   .seen_ns = snapshot_realtime_ns(s),
			   .monotonic_ns = snapshot_monotonic_ns(s)};
	ptrdiff_t index;

	if (!e.identity)
		abort();
	index = snapshot_add(s, &e);
	identity_unref(e.identity);
	if (index < 0)
		abort();
	return (size_t)index;
}

size_t sample_add_plain(struct snapshot *s, const char *path)
{
	const struct identity who = {.id = path};

	return sample_add(s, path, ENTITY_GROUP, &who, 0, false);
}

size_t sample_add_web(struct snapshot *s)
{
	static const struct label labels[] = {{"com.docker.compose.project", "shop"},
					      {"tier", "front \"end\""}};
	const struct identity who = {.runtime = RUNTIME_DOCKER,
				     .id = SAMPLE_ID,
				     .name = "web",
				     .image = "nginx:1.25",
				     .compose_project = "shop",
				     .compose_service = "web",
				     .n_labels = ARRAY_SIZE(labels),
				     .labels = labels};

	return sample_add(s, "/docker/" SAMPLE_ID, ENTITY_CONTAINER, &who, 0, false);
}

void sample_series(struct snapshot *s, enum dimension d, const char *instance, const char *detail,
		   enum metric_id id, uint64_t value)
{
	ptrdiff_t series = snapshot_series(s, d, instance, strlen(instance), detail);

	if (series < 0)
		abort();
	snapshot_series_set(s, series, id, value);
}

/*
 * Another one for nearly each metric, and with decimals where the unit has some. From the name, so that a new
 * row leaves the others' values in the goldens alone.
 */
static uint64_t value_of(enum metric_id id, uint64_t salt)
{
	const struct metric *m = &metrics[id];
	uint64_t n = salt;

	for (const char *c = m->id_name; *c; c++)
		n = n * 31 + (unsigned char)*c;
	n = n % 10007 + 1;
	/* the buckets of a histogram have those below them, and its count has all */
	if (m->kind == KIND_HISTOGRAM && m->unit == UNIT_COUNT)
		n = 1000 + (id - METRIC_RUNQUEUE_LATENCY_0) * 10 + salt;
	switch (m->unit) {
	case UNIT_NSEC:
		return n * UINT64_C(1000001000);
	case UNIT_EPOCH_NSEC:
		return NOW_REALTIME - n * UINT64_C(1500000000);
	case UNIT_BASIS_POINTS:
		return n % 10001;
	case UNIT_FLAG:
		return n % 2;
	case UNIT_BYTES:
		return n * 4096;
	case UNIT_USEC:
	case UNIT_PAGES:
	case UNIT_COUNT:
	case UNIT_INODE:
		break;
	}
	return n;
}

static void fill_instance(struct snapshot *s, enum dimension d, const char *instance, const char *detail,
			  uint64_t salt)
{
	for (enum metric_id id = 0; id < METRIC__COUNT; id++)
		if (metrics[id].dimension == d && metric_origin(id) == id)
			sample_series(s, d, instance, detail, id, value_of(id, salt));
}

void sample_fill(struct snapshot *s, size_t index)
{
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		if (metrics[id].dimension != DIMENSION_ONE || metric_origin(id) != id)
			continue;
		if (metrics[id].kind == KIND_TEXT)
			snapshot_set_text(s, index, id, "0-3", 3);
		else
			snapshot_set(s, index, id, value_of(id, 0));
	}
	fill_instance(s, DIMENSION_DEVICE, "vdb", "254:16", 1);
	fill_instance(s, DIMENSION_DEVICE, "vda", "254:0", 2);
	fill_instance(s, DIMENSION_INTERFACE, "eth0", "", 1);
	fill_instance(s, DIMENSION_NODE, "0", "", 1);
	fill_instance(s, DIMENSION_PAGESIZE, "2MB", "", 1);
	fill_instance(s, DIMENSION_RDMA, "mlx4_0", "", 1);
	fill_instance(s, DIMENSION_MISC, "sev_asid", "", 1);
	fill_instance(s, DIMENSION_FILESYSTEM, "/dev/vda1", "", 1);
	fill_instance(s, DIMENSION_OPERATION, "read", "", 1);
	fill_instance(s, DIMENSION_OPERATION, "write", "", 2);
}

/* Some events, and what ended before. */
static void hear(struct snapshot *s)
{
	const struct ended_sum ended[] = {
		{.class = ENTITY_CONTAINER,
		 .name = "job",
		 .image = "alpine",
		 .ended = {[ENDED_DONE] = 40, [ENDED_OOM] = 2},
		 .figures = {[ENDED_CPU_USAGE] = 4200000000, [ENDED_CPU_PERIODS] = 42, [ENDED_OOM_KILLS] = 2},
		 .lifetime_ns = 84500000000},
		{.class = ENTITY_GROUP, .name = "", .image = "", .ended = {[ENDED_UNKNOWN] = 3}},
	};
	struct heard heard = {.hears = true, .dropped = 12, .n_ended = ARRAY_SIZE(ended), .ended = ended};

	heard.counts[EVENT_OOM_KILL] = 2;
	heard.counts[EVENT_EXEC] = 1234;
	if (snapshot_set_heard(s, &heard) < 0)
		abort();
}

struct snapshot *sample_full(void)
{
	static const struct identity gone = {
		.runtime = RUNTIME_PODMAN, .id = "beef", .name = "job", .image = "alpine"};
	struct snapshot *s = sample_new();
	size_t index;

	sample_fill(s, sample_add_web(s));
	index = sample_add_plain(s, "/work");
	snapshot_set(s, index, METRIC_CPU_USAGE, 500000000);
	snapshot_set(s, index, METRIC_MEMORY_LIMIT, UNLIMITED);
	snapshot_set(s, index, METRIC_MEMORY_HIGH, UNLIMITED);
	index = sample_add(s, "/machine.slice/libpod-beef.scope", ENTITY_CONTAINER, &gone, 0, true);
	snapshot_set(s, index, METRIC_CPU_USAGE, 12000000000);
	hear(s);
	snapshot_seal(s);
	return s;
}

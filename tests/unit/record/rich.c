/* SPDX-License-Identifier: Apache-2.0 */
#include "rich.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "record/record.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

/* A number that depends on all of these and on nothing else. */
static uint64_t mix(uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t x = a * UINT64_C(0x9E3779B97F4A7C15) ^ b * UINT64_C(0xC2B2AE3D27D4EB4F) ^ c;

	x = (x ^ x >> 29) * UINT64_C(0xBF58476D1CE4E5B9);
	x = (x ^ x >> 32) * UINT64_C(0x94D049BB133111EB);
	return x ^ x >> 29;
}

static struct identity *make_identity(const struct rich *w, uint64_t id, unsigned time)
{
	char name[64];
	char full[80];
	char value[32];
	const struct label labels[] = {
		{"tier", "front \"end\""}, {"a", ""}, {"time", value}, {"utf8", "été\n\x1b"}};
	bool changed = id % 7 == 3 && !w->calm;
	struct identity who = {
		.runtime = (enum runtime)(id % RUNTIME__COUNT),
		.id = full,
		.name = name,
		.image = id % 2 ? "nginx:1.25" : "",
		.pod = id % 5 ? NULL : "pod",
		.writable_layer = "/var/lib/x",
		.sandbox = id % 4 == 0,
		.has_owner = id % 6 == 0,
		.owner_uid = (uint32_t)id,
		.init_pid = (uint32_t)id * 3,
		.started_at_ns = RICH_START - id,
		.restarts = changed ? time / 4 : 1,
		.n_labels = id % 5,
		.labels = labels,
	};

	snprintf(name, sizeof(name), "name-%llu", (unsigned long long)id);
	snprintf(full, sizeof(full), "%064llx", (unsigned long long)mix(id, 1, w->seed));
	snprintf(value, sizeof(value), "%u", changed ? time / 3 : 0);
	return identity_new(&who);
}

static void add_series(const struct rich *w, struct snapshot *s, uint64_t id, unsigned time)
{
	for (enum dimension d = DIMENSION_ONE + 1; d < DIMENSION__COUNT; d++) {
		unsigned n = (unsigned)(mix(id, d, w->calm ? 0 : time / 5) % 4);

		if (mix(id, d, 5) % 2)
			snapshot_looked_for(s, d);
		for (unsigned i = 0; i < n; i++) {
			char instance[32];
			ptrdiff_t handle;

			snprintf(instance, sizeof(instance), "i%u", (i * 7 + time / 6) % 11);
			handle = snapshot_series(s, d, instance, strlen(instance), i % 2 ? "254:0" : "");
			assert_true(handle >= 0);
			metric_set_foreach (m, snapshot_metrics(s)) {
				uint64_t value = mix(id, m, i) % 100000 + time * (m % 5) * 1000;

				if (metrics[m].dimension == d && metric_origin(m) == m && (m + i + id) % 3)
					snapshot_series_set(s, handle, m, value);
			}
		}
	}
}

static void add_values(const struct rich *w, struct snapshot *s, size_t index, uint64_t id, unsigned time)
{
	metric_set_foreach (m, snapshot_metrics(s)) {
		uint64_t what = mix(id, m, w->seed);
		uint64_t value = what % 1000000 + (what % 3 ? time * (what % 977) * 1000 : 0);
		char text[32];

		if (metrics[m].dimension != DIMENSION_ONE || metric_origin(m) != m ||
		    mix(what, time / 4, 3) % 4 == 0)
			continue;
		if (metrics[m].kind == KIND_TEXT) {
			snprintf(text, sizeof(text), "0-%llu", (unsigned long long)(what % 5 + time / 7));
			assert_int_equal(snapshot_set_text(s, index, m, text, strlen(text)), 0);
			continue;
		}
		if (mix(what, time, 9) % 50 == 0)
			value = what % 2 ? UINT64_MAX : 0;
		snapshot_set(s, index, m, value);
	}
}

static void add_entity(const struct rich *w, struct snapshot *s, uint64_t id, unsigned time)
{
	size_t count = snapshot_count(s);
	struct identity *who = make_identity(w, id, time);
	char path[96];
	struct entity e = {
		.path = path,
		.identity = who,
		.id = mix(id, 77, 0),
		.parent = count ? (int32_t)(mix(id, 8, 0) % count) : -1,
		.depth = (uint16_t)(id % 9),
		.class = (enum entity_class)(id % ENTITY_CLASS__COUNT),
		.ended = (id + time) % 13 == 0,
		.seen_ns = snapshot_realtime_ns(s) - (id % 13 ? 0 : mix(id, time, 4) % 1000000),
		.monotonic_ns = snapshot_monotonic_ns(s) - (id % 13 ? 0 : mix(id, time, 4) % 1000000),
		.ended_ns = (id + time) % 13 == 0 ? time * NSEC_PER_SEC : 0,
	};
	ptrdiff_t index;

	assert_non_null(who);
	snprintf(path, sizeof(path), "/slice\x01/%llu-%u", (unsigned long long)id, id % 17 ? 0 : time / 8);
	index = snapshot_add(s, &e);
	assert_true(index >= 0);
	identity_unref(who);
	add_values(w, s, (size_t)index, id, time);
	add_series(w, s, id, time);
}

struct snapshot *rich_at(const struct rich *w, unsigned time)
{
	struct host host = {.hostname = time % 9 ? "host" : "renamed",
			    .kernel = "6.1.0",
			    .n_cpus = 4 + time % 2,
			    .memory_bytes = UINT64_C(8) << 30,
			    .swap_bytes = time,
			    .page_size = 4096,
			    .boot_ns = RICH_START - 1,
			    .meters = {.cpu_known = true,
				       .load_known = time % 3 == 0,
				       .cpu_busy_ns = time * 17,
				       .cpu_total_ns = time * 99,
				       .swap_used_bytes = 5,
				       .load_centi = 123 + time}};
	struct metric_set need = {0};
	struct snapshot *s;

	for (unsigned g = 0; g < GROUP__COUNT && w->all_metrics; g++)
		metric_set_add_group(&need, g);
	if (!w->all_metrics)
		metric_set_defaults(&need);
	metric_set_close(&need);
	s = snapshot_new(&need, &host, (100 + time) * NSEC_PER_SEC + mix(time, 1, 1) % 1000,
			 RICH_START + time * NSEC_PER_SEC, w->n_entities);
	assert_non_null(s);
	for (uint64_t id = 0; id < w->n_entities; id++) {
		/* some come and go, and two change places */
		uint64_t who = !w->calm && id / 2 % 5 == 1 && time / 3 % 2 ? id ^ 1 : id;

		if (w->calm || mix(who, time / 5, 6) % 6)
			add_entity(w, s, who + (w->calm ? 0 : who % 19 == 4 ? time / 10 * 1000 : 0), time);
	}
	for (unsigned g = 0; g < GROUP__COUNT; g++) {
		struct group_report report = {g % 3 != 0, (g + time) % 11 == 0, mix(g, time, 2) % 100000};

		snapshot_set_report(s, g, &report);
	}
	snapshot_seal(s);
	return s;
}

static void same_identity(const struct identity *a, const struct identity *b)
{
	assert_int_equal(a->runtime, b->runtime);
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->name, b->name);
	assert_string_equal(a->image, b->image);
	assert_string_equal(a->pod, b->pod);
	assert_string_equal(a->pod_namespace, b->pod_namespace);
	assert_string_equal(a->pod_uid, b->pod_uid);
	assert_string_equal(a->kube_container, b->kube_container);
	assert_string_equal(a->compose_project, b->compose_project);
	assert_string_equal(a->compose_service, b->compose_service);
	assert_string_equal(a->writable_layer, b->writable_layer);
	assert_int_equal(a->sandbox, b->sandbox);
	assert_int_equal(a->has_owner, b->has_owner);
	assert_int_equal(a->owner_uid, b->owner_uid);
	assert_int_equal(a->init_pid, b->init_pid);
	assert_int_equal(a->started_at_ns, b->started_at_ns);
	assert_int_equal(a->restarts, b->restarts);
	assert_int_equal(a->n_labels, b->n_labels);
	for (size_t i = 0; i < a->n_labels; i++) {
		assert_string_equal(a->labels[i].key, b->labels[i].key);
		assert_string_equal(a->labels[i].value, b->labels[i].value);
	}
}

static void same_series(const struct series *a, const struct series *b)
{
	assert_int_equal(a->dimension, b->dimension);
	assert_string_equal(a->instance, b->instance);
	assert_string_equal(a->detail, b->detail);
	assert_int_equal(a->valid, b->valid);
	for (unsigned i = 0; i < dimension_width(a->dimension); i++)
		if (a->valid >> i & 1)
			assert_int_equal(a->values[i], b->values[i]);
}

static void same_values(const struct snapshot *got, const struct snapshot *wanted, size_t i)
{
	for (enum metric_id id = 0; id < METRIC__COUNT; id++) {
		const char *text = snapshot_text(wanted, i, id);
		uint64_t a = 0;
		uint64_t b = 0;
		bool there;

		if (text) {
			assert_non_null(snapshot_text(got, i, id));
			assert_string_equal(snapshot_text(got, i, id), text);
			continue;
		}
		there = snapshot_get(wanted, i, id, &b);
		if (snapshot_get(got, i, id, &a) != there || a != b)
			fail_msg("entity %zu: %s is %llu, not %llu", i, metrics[id].id_name,
				 (unsigned long long)a, (unsigned long long)b);
		a = b = 0;
		there = snapshot_sum(wanted, i, id, &b);
		assert_int_equal(snapshot_sum(got, i, id, &a), there);
		assert_int_equal(a, b);
	}
}

static void same_entity(const struct snapshot *got, const struct snapshot *wanted, size_t i)
{
	const struct entity *a = snapshot_entity(got, i);
	const struct entity *b = snapshot_entity(wanted, i);

	assert_string_equal(a->path, b->path);
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->parent, b->parent);
	assert_int_equal(a->depth, b->depth);
	assert_int_equal(a->class, b->class);
	assert_int_equal(a->ended, b->ended);
	assert_int_equal(a->seen_ns, b->seen_ns);
	assert_int_equal(a->monotonic_ns, b->monotonic_ns);
	assert_int_equal(a->ended_ns, b->ended_ns);
	assert_int_equal(a->n_series, b->n_series);
	same_identity(a->identity, b->identity);
	same_values(got, wanted, i);
	for (size_t k = 0; k < a->n_series; k++)
		same_series(snapshot_series_at(got, i, k), snapshot_series_at(wanted, i, k));
}

static void same_host(const struct host *a, const struct host *b)
{
	assert_string_equal(a->hostname, b->hostname);
	assert_string_equal(a->kernel, b->kernel);
	assert_int_equal(a->n_cpus, b->n_cpus);
	assert_int_equal(a->memory_bytes, b->memory_bytes);
	assert_int_equal(a->swap_bytes, b->swap_bytes);
	assert_int_equal(a->page_size, b->page_size);
	assert_int_equal(a->boot_ns, b->boot_ns);
	assert_memory_equal(&a->meters, &b->meters, sizeof(a->meters));
}

void assert_same_snapshot(const struct snapshot *got, const struct snapshot *wanted)
{
	assert_int_equal(snapshot_realtime_ns(got), snapshot_realtime_ns(wanted));
	assert_int_equal(snapshot_monotonic_ns(got), snapshot_monotonic_ns(wanted));
	assert_true(metric_set_equal(snapshot_metrics(got), snapshot_metrics(wanted)));
	same_host(snapshot_host(got), snapshot_host(wanted));
	for (unsigned g = 0; g < GROUP__COUNT; g++) {
		const struct group_report *a = snapshot_report(got, g);
		const struct group_report *b = snapshot_report(wanted, g);

		assert_int_equal(a->ran, b->ran);
		assert_int_equal(a->failed, b->failed);
		assert_int_equal(a->spent_ns, b->spent_ns);
	}
	assert_int_equal(snapshot_count(got), snapshot_count(wanted));
	for (size_t i = 0; i < snapshot_count(got); i++)
		same_entity(got, wanted, i);
}

/* --- files --- */
static char folder[64];

static void remove_folder(void)
{
	_cleanup_closedir_ DIR *dir = opendir(folder);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	rmdir(folder);
}

const char *rich_folder(void)
{
	if (*folder)
		return folder;
	strcpy(folder, "/tmp/plimsoll-record-XXXXXX");
	assert_non_null(mkdtemp(folder));
	assert_int_equal(atexit(remove_folder), 0);
	return folder;
}

const char *rich_path(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", rich_folder(), name);
	return path;
}

uint64_t rich_record(const char *path, const struct rich *world, unsigned from, unsigned to)
{
	struct recorder_options options = {0};
	struct recorder *r;
	struct error err;
	struct stat st;

	if (recorder_open(path, &options, &r, &err) < 0)
		fail_msg("%s", err.cause);
	for (unsigned i = from; i < to; i++) {
		struct snapshot *s = rich_at(world, i);

		if (recorder_write(r, s, &err) < 0)
			fail_msg("%s", err.cause);
		snapshot_unref(s);
	}
	recorder_close(r);
	assert_int_equal(stat(path, &st), 0);
	return (uint64_t)st.st_size;
}

char *rich_read(const char *path, size_t *len)
{
	char *data;

	assert_int_equal(fs_read_file(AT_FDCWD, path, (size_t)64 << 20, &data, len), 0);
	return data;
}

void rich_write(const char *path, const char *data, size_t len)
{
	_cleanup_fclose_ FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
}

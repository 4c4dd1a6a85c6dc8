/* SPDX-License-Identifier: Apache-2.0 */
/* A small host to test on: snapshots put together by hand. */
#pragma once

#include "base/clock.h"
#include "model/derive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define FAKE_ID_WEB "4f5c000000000000000000000000000000000000000000000000000000000001"
#define FAKE_ID_DB "4f5d000000000000000000000000000000000000000000000000000000000002"
#define FAKE_ID_JOB "aaaa000000000000000000000000000000000000000000000000000000000003"

struct fake {
	const char *path;
	enum entity_class class;
	struct identity who;
	uint64_t cpu_ns;   /* in the later snapshot; 0 in the earlier one */
	int64_t processes; /* -1 = not known */
	uint64_t memory;   /* 0 = not known */
	bool frozen;
	uint64_t net_inode; /* 0 = not known */
	uint64_t pid_inode;
};

static const struct label fake_web_labels[] = {{"tier", "front"}, {"team", "a=b"}};
static const struct label fake_db_labels[] = {{"tier", "back"}};

#define FAKE_NAMED(given_runtime, given_id, given_name, given_image) \
	.runtime = RUNTIME_##given_runtime, .id = given_id, .name = given_name, .image = given_image

static const struct fake fakes[] = {
	{"/", ENTITY_HOST, {.id = "/"}, 900, 40, 0, false, 1, 2},
	{"/docker", ENTITY_SLICE, {.id = "/docker"}, 500, 3, 0, false, 0, 0},
	{"/docker/" FAKE_ID_WEB,
	 ENTITY_CONTAINER,
	 {FAKE_NAMED(DOCKER, FAKE_ID_WEB, "web", "nginx:1.25"), .n_labels = 2, .labels = fake_web_labels,
	  .compose_project = "shop"},
	 300,
	 2,
	 1000,
	 false,
	 10,
	 20},
	{"/docker/" FAKE_ID_WEB "/init", ENTITY_INNER, {.id = FAKE_ID_WEB}, 100, 1, 0, false, 10, 20},
	{"/docker/" FAKE_ID_DB,
	 ENTITY_CONTAINER,
	 {FAKE_NAMED(DOCKER, FAKE_ID_DB, "db-1", "registry:5000/postgres"), .n_labels = 1,
	  .labels = fake_db_labels, .compose_project = "shop"},
	 100,
	 1,
	 3000,
	 true,
	 10,
	 21},
	{"/machine.slice/libpod-" FAKE_ID_JOB ".scope",
	 ENTITY_CONTAINER,
	 {FAKE_NAMED(PODMAN, FAKE_ID_JOB, "job", "quay.io/x/job@sha256:00"), .pod = "batch",
	  .pod_uid = "uid-7"},
	 0,
	 0,
	 2000,
	 false,
	 1,
	 22},
	{"/system.slice/ssh.service",
	 ENTITY_SERVICE,
	 {FAKE_NAMED(SYSTEMD, "ssh.service", "ssh.service", "")},
	 10,
	 1,
	 0,
	 false,
	 1,
	 2},
	{"/build", ENTITY_GROUP, {.id = "/build"}, 50, 4, 0, false, 1, 2},
	{"/empty", ENTITY_GROUP, {.id = "/empty"}, 0, 0, 0, false, 0, 0},
	{"/unknown", ENTITY_GROUP, {.id = "/unknown"}, 0, -1, 0, false, 0, 0},
};
#define N_FAKES (sizeof(fakes) / sizeof(fakes[0]))

/* The inode of the host's network namespace, for which 1 stands above. */
static uint64_t fake_host_net = 1;

/* Indexes into the above. */
enum {
	FAKE_HOST,
	FAKE_DOCKER,
	FAKE_WEB,
	FAKE_INIT,
	FAKE_DB,
	FAKE_JOB,
	FAKE_SSH,
	FAKE_BUILD,
	FAKE_EMPTY,
	FAKE_UNKNOWN
};

static inline void fake_values(struct snapshot *s, size_t i, bool later)
{
	snapshot_set(s, i, METRIC_CPU_USAGE, later ? fakes[i].cpu_ns * NSEC_PER_MSEC : 0);
	snapshot_set(s, i, METRIC_FROZEN_V2, fakes[i].frozen);
	if (fakes[i].processes >= 0) {
		snapshot_set(s, i, METRIC_PROCESSES, (uint64_t)fakes[i].processes);
		snapshot_set(s, i, METRIC_POPULATED, fakes[i].processes > 0);
	}
	if (fakes[i].memory) {
		snapshot_set(s, i, METRIC_MEMORY_USAGE, fakes[i].memory);
		snapshot_set(s, i, METRIC_MEMORY_INACTIVE_FILE, 0);
	}
	if (fakes[i].net_inode)
		snapshot_set(s, i, METRIC_NS_NET,
			     fakes[i].net_inode == 1 ? fake_host_net : fakes[i].net_inode);
	if (fakes[i].pid_inode)
		snapshot_set(s, i, METRIC_NS_PID, fakes[i].pid_inode);
}

static inline struct snapshot *fake_snapshot(bool later)
{
	struct host host = {
		.hostname = "h", .kernel = "k", .n_cpus = 2, .memory_bytes = 10000, .page_size = 4096};
	uint64_t now = (later ? 2 : 1) * NSEC_PER_SEC;
	struct metric_set need = {0};
	struct snapshot *s;

	metric_set_defaults(&need);
	metric_set_add_group(&need, GROUP_namespace);
	metric_set_close(&need);
	s = snapshot_new(&need, &host, now, now, N_FAKES);
	assert_non_null(s);
	for (size_t i = 0; i < N_FAKES; i++) {
		struct identity *who = identity_new(&fakes[i].who);
		struct entity e = {.path = fakes[i].path,
				   .identity = who,
				   .id = i + 1,
				   .parent = i == FAKE_INIT ? FAKE_WEB : -1,
				   .class = fakes[i].class,
				   .monotonic_ns = now,
				   .seen_ns = now};

		assert_non_null(who);
		assert_int_equal(snapshot_add(s, &e), i);
		identity_unref(who);
		fake_values(s, i, later);
	}
	snapshot_seal(s);
	return s;
}

static inline struct comparison *fake_comparison(void)
{
	struct snapshot *earlier = fake_snapshot(false);
	struct snapshot *later = fake_snapshot(true);
	struct comparison *c = comparison_new(earlier, later);

	assert_non_null(c);
	snapshot_unref(earlier);
	snapshot_unref(later);
	return c;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small fleet to draw, put together by hand: a compose project of four, a pod of two, one that is paused,
 * one that has ended after an OOM kill, names that are wide or hostile, plain cgroups and services. Every
 * figure is a function of the tick (seconds since FIXTURE_EPOCH), so that a picture never changes by itself.
 */
#pragma once

#include "base/clock.h"
#include "model/derive.h"
#include "model/latency.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* 2023-11-14 22:13:20 UTC */
#define FIXTURE_EPOCH UINT64_C(1700000000)
#define FIXTURE_CPUS 16
#define FIXTURE_MEMORY (UINT64_C(32) << 30)
#define FIXTURE_SWAP (UINT64_C(8) << 30)

#define FIXTURE_ID_API "a1f0000000000000000000000000000000000000000000000000000000000001"
#define FIXTURE_ID_DB "a2f0000000000000000000000000000000000000000000000000000000000002"
#define FIXTURE_ID_WORKER "a3f0000000000000000000000000000000000000000000000000000000000003"
#define FIXTURE_ID_CACHE "a4f0000000000000000000000000000000000000000000000000000000000004"
#define FIXTURE_ID_WEB "b1f0000000000000000000000000000000000000000000000000000000000005"
#define FIXTURE_ID_PROXY "b2f0000000000000000000000000000000000000000000000000000000000006"
#define FIXTURE_ID_BATCH "c1f0000000000000000000000000000000000000000000000000000000000007"
#define FIXTURE_ID_MIGRATE "d1f0000000000000000000000000000000000000000000000000000000000008"
#define FIXTURE_ID_WIDE "e1f0000000000000000000000000000000000000000000000000000000000009"
#define FIXTURE_ID_EVIL "e2f000000000000000000000000000000000000000000000000000000000000a"

/* Indexes into the fleet; the id of an entity is its index + 1. */
enum fixture_entity {
	FIXTURE_HOST,
	FIXTURE_DOCKER,
	FIXTURE_API,
	FIXTURE_API_INIT, /* below it */
	FIXTURE_DB,
	FIXTURE_WORKER,
	FIXTURE_CACHE,
	FIXTURE_MIGRATE, /* ended after an OOM kill */
	FIXTURE_WIDE,
	FIXTURE_EVIL,
	FIXTURE_KUBEPODS,
	FIXTURE_POD,
	FIXTURE_WEB,
	FIXTURE_PROXY,
	FIXTURE_PLIMSOLL,
	FIXTURE_BATCH, /* paused */
	FIXTURE_SYSTEM,
	FIXTURE_SSH,
	FIXTURE_BUILD, /* a plain cgroup */
	FIXTURE_EMPTY,
	FIXTURE__COUNT
};
#define FIXTURE_ENTITY(which) ((uint64_t)FIXTURE_##which + 1)

struct fixture {
	const char *path;
	int32_t parent;
	enum entity_class class;
	struct identity who;
	double cpu;	  /* CPUs */
	double quota;	  /* CPUs; 0 = none */
	double throttled; /* share of periods */
	double memory;	  /* MiB; 0 = not known */
	double limit;	  /* MiB; 0 = none */
	double rx, tx;	  /* KiB a second; 0 = no network figures */
	double read, write;
	double psi[3]; /* cpu, memory, io: shares; negative = no pressure figures */
	int pids;      /* -1 = not known */
	bool frozen;
	bool ended;
	uint64_t net_inode; /* 0 = not known */
};

#define FIXTURE_WHO(given_runtime, given_id, given_name, given_image) \
	.runtime = RUNTIME_##given_runtime, .id = given_id, .name = given_name, .image = given_image

static const struct fixture fixtures[FIXTURE__COUNT] = {
	[FIXTURE_HOST] = {"/",
			  -1,
			  ENTITY_HOST,
			  {.id = "/"},
			  6.59,
			  0,
			  0,
			  21811,
			  0,
			  42188,
			  10035,
			  0,
			  12698,
			  {0.124, 0.003, 0.061},
			  931,
			  .net_inode = 100},
	[FIXTURE_DOCKER] = {"/docker",
			    0,
			    ENTITY_SLICE,
			    {.id = "/docker"},
			    3.4,
			    0,
			    0,
			    3300,
			    0,
			    0,
			    0,
			    0,
			    0,
			    {0.05, 0.01, 0.05},
			    230},
	[FIXTURE_API] = {"/docker/" FIXTURE_ID_API,
			 FIXTURE_DOCKER,
			 ENTITY_CONTAINER,
			 {FIXTURE_WHO(DOCKER, FIXTURE_ID_API, "api-1", "shop/api:2.1"),
			  .compose_project = "shop", .compose_service = "api"},
			 1.872,
			 2,
			 0.31,
			 811,
			 1024,
			 21504,
			 4198,
			 0,
			 0,
			 {0.42, 0, 0.01},
			 66,
			 .net_inode = 201},
	[FIXTURE_API_INIT] = {"/docker/" FIXTURE_ID_API "/init",
			      FIXTURE_API,
			      ENTITY_INNER,
			      {.id = FIXTURE_ID_API, .compose_project = "shop"},
			      0.1,
			      0,
			      0,
			      10,
			      0,
			      0,
			      0,
			      0,
			      0,
			      {-1, 0, 0},
			      1,
			      .net_inode = 201},
	[FIXTURE_DB] = {"/docker/" FIXTURE_ID_DB,
			FIXTURE_DOCKER,
			ENTITY_CONTAINER,
			{FIXTURE_WHO(DOCKER, FIXTURE_ID_DB, "db", "postgres:16"), .compose_project = "shop",
			 .compose_service = "db"},
			0.441,
			0,
			0,
			1638,
			2048,
			120,
			88,
			2000,
			10698,
			{0.03, 0.01, 0.11},
			44,
			.net_inode = 202},
	[FIXTURE_WORKER] = {"/docker/" FIXTURE_ID_WORKER,
			    FIXTURE_DOCKER,
			    ENTITY_CONTAINER,
			    {FIXTURE_WHO(DOCKER, FIXTURE_ID_WORKER, "worker", "shop/worker"),
			     .compose_project = "shop", .compose_service = "worker"},
			    0.025,
			    0.5,
			    0,
			    160,
			    160,
			    64,
			    20,
			    20,
			    20,
			    {0.01, 0.38, 0.06},
			    43,
			    .net_inode = 202}, /* shares db's network */
	[FIXTURE_CACHE] = {"/docker/" FIXTURE_ID_CACHE,
			   FIXTURE_DOCKER,
			   ENTITY_CONTAINER,
			   {FIXTURE_WHO(DOCKER, FIXTURE_ID_CACHE, "cache", "redis:7"),
			    .compose_project = "shop", .compose_service = "cache"},
			   0.98,
			   0,
			   0,
			   600,
			   0,
			   17400,
			   2964,
			   0,
			   0,
			   {0.02, 0, 0},
			   61,
			   .net_inode = 204},
	[FIXTURE_MIGRATE] = {"/docker/" FIXTURE_ID_MIGRATE,
			     FIXTURE_DOCKER,
			     ENTITY_CONTAINER,
			     {FIXTURE_WHO(DOCKER, FIXTURE_ID_MIGRATE, "migrate-2", "shop/migrate")},
			     0,
			     0,
			     0,
			     0,
			     256,
			     0,
			     0,
			     0,
			     0,
			     {-1, 0, 0},
			     0,
			     .ended = true},
	[FIXTURE_WIDE] = {"/docker/" FIXTURE_ID_WIDE,
			  FIXTURE_DOCKER,
			  ENTITY_CONTAINER,
			  {FIXTURE_WHO(DOCKER, FIXTURE_ID_WIDE,
				       "\xe6\x95\xb0\xe6\x8d\xae\xe5\xba\x93-\xe5\xa4\x87\xe4\xbb\xbd",
				       "backup")},
			  0.07,
			  4,
			  0,
			  96,
			  512,
			  2,
			  900,
			  600,
			  0,
			  {0, 0, 0.02},
			  7,
			  .net_inode = 209},
	[FIXTURE_EVIL] = {"/docker/" FIXTURE_ID_EVIL,
			  FIXTURE_DOCKER,
			  ENTITY_CONTAINER,
			  {FIXTURE_WHO(DOCKER, FIXTURE_ID_EVIL, "evil\033[31m\nname\xff\xe2\x80\xae",
				       "x\ty")},
			  0.001,
			  0,
			  0,
			  3,
			  0,
			  0,
			  0,
			  0,
			  0,
			  {0, 0, 0},
			  1,
			  .net_inode = 210},
	[FIXTURE_KUBEPODS] = {"/kubepods.slice",
			      0,
			      ENTITY_SLICE,
			      {.id = "/kubepods.slice"},
			      0.9,
			      0,
			      0,
			      420,
			      0,
			      0,
			      0,
			      0,
			      0,
			      {0.01, 0, 0},
			      18},
	[FIXTURE_POD] =
		{"/kubepods.slice/kubepods-pod7e.slice",
		 FIXTURE_KUBEPODS,
		 ENTITY_SLICE,
		 {.id = "kubepods-pod7e.slice", .pod = "front-7d", .pod_namespace = "prod", .pod_uid = "7e"},
		 0.9,
		 0,
		 0,
		 420,
		 0,
		 0,
		 0,
		 0,
		 0,
		 {0.01, 0, 0},
		 18},
	[FIXTURE_WEB] = {"/kubepods.slice/kubepods-pod7e.slice/cri-containerd-" FIXTURE_ID_WEB ".scope",
			 FIXTURE_POD,
			 ENTITY_CONTAINER,
			 {FIXTURE_WHO(CONTAINERD, FIXTURE_ID_WEB, "web", "nginx:1.25"), .pod = "front-7d",
			  .pod_namespace = "prod", .pod_uid = "7e", .kube_container = "web"},
			 0.62,
			 1,
			 0,
			 300,
			 512,
			 2900,
			 1800,
			 0,
			 0,
			 {0.01, 0, 0},
			 9,
			 .net_inode = 301},
	[FIXTURE_PROXY] = {"/kubepods.slice/kubepods-pod7e.slice/cri-containerd-" FIXTURE_ID_PROXY ".scope",
			   FIXTURE_POD,
			   ENTITY_CONTAINER,
			   {FIXTURE_WHO(CONTAINERD, FIXTURE_ID_PROXY, "proxy", "envoy:1.30"),
			    .pod = "front-7d", .pod_namespace = "prod", .pod_uid = "7e",
			    .kube_container = "proxy"},
			   0.28,
			   1,
			   0,
			   120,
			   256,
			   2900,
			   1800,
			   0,
			   0,
			   {0.01, 0, 0},
			   9,
			   .net_inode = 301},
	[FIXTURE_PLIMSOLL] = {"/plimsoll",
			      0,
			      ENTITY_SLICE,
			      {.id = "/plimsoll"},
			      0,
			      0,
			      0,
			      330,
			      0,
			      0,
			      0,
			      0,
			      0,
			      {0, 0, 0},
			      5},
	[FIXTURE_BATCH] = {"/plimsoll/" FIXTURE_ID_BATCH,
			   FIXTURE_PLIMSOLL,
			   ENTITY_CONTAINER,
			   {FIXTURE_WHO(PLIMSOLL, FIXTURE_ID_BATCH, "batch-nightly", "")},
			   0,
			   1,
			   0,
			   330,
			   512,
			   0,
			   0,
			   0,
			   0,
			   {0, 0, 0},
			   5,
			   .frozen = true,
			   .net_inode = 401},
	[FIXTURE_SYSTEM] = {"/system.slice",
			    0,
			    ENTITY_SLICE,
			    {.id = "system.slice"},
			    0.2,
			    0,
			    0,
			    900,
			    0,
			    0,
			    0,
			    0,
			    0,
			    {0, 0, 0},
			    120},
	[FIXTURE_SSH] = {"/system.slice/ssh.service",
			 FIXTURE_SYSTEM,
			 ENTITY_SERVICE,
			 {FIXTURE_WHO(SYSTEMD, "ssh.service", "ssh.service", "")},
			 0.001,
			 0,
			 0,
			 9,
			 0,
			 0,
			 0,
			 0,
			 0,
			 {0, 0, 0},
			 1,
			 .net_inode = 100},
	[FIXTURE_BUILD] = {"/build",
			   0,
			   ENTITY_GROUP,
			   {.id = "/build"},
			   1.5,
			   0,
			   0,
			   700,
			   0,
			   0,
			   0,
			   4000,
			   9000,
			   {0.04, 0, 0.02},
			   12,
			   .net_inode = 100},
	[FIXTURE_EMPTY] =
		{"/empty", 0, ENTITY_GROUP, {.id = "/empty"}, 0, 0, 0, 0, 0, 0, 0, 0, 0, {-1, 0, 0}, 0},
};

/* A load that swings by a third around its mean, so that charts have a shape: what was used until `tick`. */
static inline double fixture_used(double rate, unsigned tick, unsigned phase)
{
	double used = 0;

	for (unsigned t = 0; t < tick; t++)
		used += rate * (1 + ((double)((t + phase) % 12) - 5.5) / 18);
	return used;
}

static inline uint64_t fixture_ns(double seconds)
{
	return (uint64_t)(seconds * 1e9);
}

static inline void fixture_cpu(struct snapshot *s, size_t i, const struct fixture *f, unsigned tick)
{
	uint64_t ns = fixture_ns(fixture_used(f->cpu, tick, (unsigned)i));

	snapshot_set(s, i, METRIC_CPU_USAGE, ns);
	snapshot_set(s, i, METRIC_CPU_USER, ns / 4 * 3);
	snapshot_set(s, i, METRIC_CPU_SYSTEM, ns / 4);
	snapshot_set(s, i, METRIC_CPU_PERIOD, 100000);
	snapshot_set(s, i, METRIC_CPU_QUOTA, f->quota > 0 ? (uint64_t)(f->quota * 100000) : UNLIMITED);
	snapshot_set(s, i, METRIC_CPU_WEIGHT, 100);
	if (f->quota <= 0)
		return;
	snapshot_set(s, i, METRIC_CPU_PERIODS, tick * UINT64_C(100));
	snapshot_set(s, i, METRIC_CPU_THROTTLED_PERIODS, (uint64_t)(tick * 100 * f->throttled));
	snapshot_set(s, i, METRIC_CPU_THROTTLED_TIME, fixture_ns(tick * 0.3 * f->throttled));
}

static inline void fixture_memory(struct snapshot *s, size_t i, const struct fixture *f, unsigned tick)
{
	uint64_t used = (uint64_t)(f->memory * 1024 * 1024);

	snapshot_set(s, i, METRIC_OOM_KILLS, f->ended);
	if (i != FIXTURE_HOST)
		snapshot_set(s, i, METRIC_MEMORY_LIMIT,
			     f->limit > 0 ? (uint64_t)(f->limit * 1024 * 1024) : UNLIMITED);
	if (!used)
		return;
	snapshot_set(s, i, METRIC_MEMORY_USAGE, used);
	snapshot_set(s, i, METRIC_MEMORY_INACTIVE_FILE, 0);
	snapshot_set(s, i, METRIC_MEMORY_ANON, used / 4 * 3);
	snapshot_set(s, i, METRIC_MEMORY_FILE, used / 8);
	snapshot_set(s, i, METRIC_MEMORY_KERNEL, used / 8);
	snapshot_set(s, i, METRIC_MEMORY_SWAP, 0);
	snapshot_set(s, i, METRIC_MEMORY_EVENTS_MAX, f->limit > 0 && f->memory >= f->limit ? tick * 38 : 0);
}

static inline void fixture_traffic(struct snapshot *s, const struct fixture *f, unsigned tick)
{
	ptrdiff_t at;

	if (f->rx > 0 || f->tx > 0) {
		at = snapshot_series(s, DIMENSION_INTERFACE, "eth0", 4, "");
		snapshot_series_set(s, at, METRIC_NET_RX_BYTES, (uint64_t)(f->rx * 1024 * tick));
		snapshot_series_set(s, at, METRIC_NET_TX_BYTES, (uint64_t)(f->tx * 1024 * tick));
	}
	if (!f->ended && f->memory > 0) {
		at = snapshot_series(s, DIMENSION_DEVICE, "vda", 3, "254:0");
		snapshot_series_set(s, at, METRIC_IO_READ_BYTES, (uint64_t)(f->read * 1024 * tick));
		snapshot_series_set(s, at, METRIC_IO_WRITE_BYTES, (uint64_t)(f->write * 1024 * tick));
	}
}

static inline void fixture_pressure(struct snapshot *s, size_t i, const struct fixture *f, unsigned tick)
{
	if (f->psi[0] < 0)
		return;
	snapshot_set(s, i, METRIC_PRESSURE_CPU_SOME, fixture_ns(f->psi[0] * tick));
	snapshot_set(s, i, METRIC_PRESSURE_MEMORY_SOME, fixture_ns(f->psi[1] * tick));
	snapshot_set(s, i, METRIC_PRESSURE_MEMORY_FULL, fixture_ns(f->psi[1] / 3 * tick));
	snapshot_set(s, i, METRIC_PRESSURE_IO_SOME, fixture_ns(f->psi[2] * tick));
	snapshot_set(s, i, METRIC_PRESSURE_IO_FULL, fixture_ns(f->psi[2] * 2 / 3 * tick));
}

/* So many a second in a bucket around one that swings; with all before it, as counters. */
static inline uint64_t fixture_bucket(double rate, unsigned tick, unsigned phase, size_t n, size_t centre)
{
	uint64_t count = 0;

	for (unsigned t = 0; t < tick; t++) {
		size_t swung = centre + (t + phase) % 12 / 3;

		if (n == swung)
			count += (uint64_t)(rate * 0.7);
		else if (n == swung + 1)
			count += (uint64_t)(rate * 0.25);
		else if (n == swung + 5)
			count += (uint64_t)(rate * 0.05);
	}
	return count;
}

static inline void fixture_histogram(struct snapshot *s, size_t i, ptrdiff_t series, enum latency_of which,
				     double rate, unsigned tick, size_t centre)
{
	uint64_t count = 0;
	uint64_t sum_ns = 0;

	for (size_t n = 0; n < LATENCY_BOUNDS + 2; n++) {
		enum metric_id id = latency_bucket(which, n);
		uint64_t here = n < LATENCY_BOUNDS ? fixture_bucket(rate, tick, (unsigned)i, n, centre) : 0;

		count += here;
		sum_ns += here * latency_bound_ns(n);
		if (series < 0)
			snapshot_set(s, i, id, id == latency_sum(which) ? sum_ns : count);
		else
			snapshot_series_set(s, series, id, id == latency_sum(which) ? sum_ns : count);
	}
}

static inline void fixture_latency(struct snapshot *s, size_t i, const struct fixture *f, unsigned tick)
{
	ptrdiff_t at;

	if (f->psi[0] < 0)
		return;
	fixture_histogram(s, i, -1, LATENCY_OF_RUNQUEUE, f->cpu * 1000, tick, 3);
	snapshot_looked_for(s, DIMENSION_OPERATION);
	if (f->read > 0) {
		at = snapshot_series(s, DIMENSION_OPERATION, "read", 4, "");
		fixture_histogram(s, i, at, LATENCY_OF_BLKIO, f->read / 10, tick, 8);
	}
	if (f->write > 0) {
		at = snapshot_series(s, DIMENSION_OPERATION, "write", 5, "");
		fixture_histogram(s, i, at, LATENCY_OF_BLKIO, f->write / 10, tick, 12);
	}
	snapshot_set(s, i, METRIC_CGROUP_RX_BYTES, (uint64_t)(f->rx * 1024 * tick));
	snapshot_set(s, i, METRIC_CGROUP_TX_BYTES, (uint64_t)(f->tx * 1024 * tick));
	snapshot_set(s, i, METRIC_CGROUP_RX_PACKETS, (uint64_t)(f->rx * tick));
	snapshot_set(s, i, METRIC_CGROUP_TX_PACKETS, (uint64_t)(f->tx * tick));
	snapshot_set(s, i, METRIC_TCP_RETRANSMITS, tick);
}

static inline void fixture_values(struct snapshot *s, size_t i, const struct fixture *f, unsigned tick)
{
	fixture_cpu(s, i, f, tick);
	fixture_memory(s, i, f, tick);
	fixture_traffic(s, f, tick);
	fixture_pressure(s, i, f, tick);
	fixture_latency(s, i, f, tick);
	snapshot_set(s, i, METRIC_FROZEN_V2, f->frozen);
	if (f->pids >= 0) {
		snapshot_set(s, i, METRIC_PIDS_CURRENT, (uint64_t)f->pids);
		snapshot_set(s, i, METRIC_PROCESSES, (uint64_t)f->pids);
		snapshot_set(s, i, METRIC_POPULATED, f->pids > 0);
	}
	snapshot_set(s, i, METRIC_PIDS_MAX, f->class == ENTITY_CONTAINER ? 512 : UNLIMITED);
	if (f->net_inode) {
		snapshot_set(s, i, METRIC_NS_NET, f->net_inode);
		snapshot_set(s, i, METRIC_NS_PID, f->net_inode == 100 ? 100 : 1000 + i);
		snapshot_set(s, i, METRIC_NS_MNT, f->net_inode == 100 ? 100 : 2000 + i);
	}
	if (f->class == ENTITY_CONTAINER)
		snapshot_set(s, i, METRIC_START_TIME, (FIXTURE_EPOCH - 3600 * (i + 1)) * NSEC_PER_SEC);
}

static inline struct snapshot *fixture_new_snapshot(unsigned tick, size_t expected)
{
	uint64_t busy = fixture_ns(fixture_used(6.59, tick, 0));
	struct host host = {
		.hostname = "web-01",
		.kernel = "6.8.0",
		.n_cpus = FIXTURE_CPUS,
		.memory_bytes = FIXTURE_MEMORY,
		.swap_bytes = FIXTURE_SWAP,
		.page_size = 4096,
		.boot_ns = (FIXTURE_EPOCH - 86400) * NSEC_PER_SEC,
		.meters = {.cpu_known = true,
			   .memory_known = true,
			   .swap_known = true,
			   .load_known = true,
			   .cpu_busy_ns = busy,
			   .cpu_total_ns = FIXTURE_CPUS * tick * NSEC_PER_SEC,
			   .memory_available_bytes = UINT64_C(10) << 30,
			   .swap_used_bytes = UINT64_C(410) << 20,
			   .load_centi = 712},
	};
	struct metric_set need = {0};
	struct snapshot *s;

	for (unsigned g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&need, (enum metric_group)g);
	metric_set_close(&need);
	s = snapshot_new(&need, &host, (1000 + tick) * NSEC_PER_SEC, (FIXTURE_EPOCH + tick) * NSEC_PER_SEC,
			 expected);
	assert_non_null(s);
	return s;
}

static inline size_t fixture_add(struct snapshot *s, const struct fixture *f, uint64_t id, unsigned tick)
{
	struct identity *who = identity_new(&f->who);
	/* Values of what has ended are its last ones. */
	uint64_t since = f->ended ? tick : 0;
	struct entity e = {.path = f->path,
			   .identity = who,
			   .id = id,
			   .parent = f->parent,
			   .class = f->class,
			   .ended = f->ended,
			   .ended_ns = f->ended ? 1000 * NSEC_PER_SEC : 0,
			   .monotonic_ns = snapshot_monotonic_ns(s) - since * NSEC_PER_SEC,
			   .seen_ns = snapshot_realtime_ns(s) - since * NSEC_PER_SEC};
	ptrdiff_t index;

	assert_non_null(who);
	e.depth = f->parent < 0 ? 0 : (uint16_t)(snapshot_entity(s, (size_t)f->parent)->depth + 1);
	index = snapshot_add(s, &e);
	assert_true(index >= 0);
	identity_unref(who);
	fixture_values(s, (size_t)index, f, tick);
	return (size_t)index;
}

/* The fleet at a tick, but those whose bit (1 << index) is in `without`, and what is below them. The caller's
 * reference. */
static inline struct snapshot *fixture_snapshot_without(unsigned tick, uint32_t without)
{
	struct snapshot *s = fixture_new_snapshot(tick, FIXTURE__COUNT);
	int32_t at[FIXTURE__COUNT];

	for (size_t i = 0; i < FIXTURE__COUNT; i++) {
		struct fixture f = fixtures[i];

		if (f.parent >= 0 && without >> f.parent & 1)
			without |= UINT32_C(1) << i;
		if (without >> i & 1)
			continue;
		if (f.parent >= 0)
			f.parent = at[f.parent];
		at[i] = (int32_t)fixture_add(s, &f, i + 1, tick);
	}
	snapshot_seal(s);
	return s;
}

static inline struct snapshot *fixture_snapshot(unsigned tick)
{
	return fixture_snapshot_without(tick, 0);
}

/* n containers below one folder, of 40 compose projects and alone. */
static inline struct snapshot *fixture_fleet(unsigned tick, size_t n)
{
	struct snapshot *s = fixture_new_snapshot(tick, n + 2);
	struct fixture f = fixtures[FIXTURE_API];

	fixture_add(s, &fixtures[FIXTURE_HOST], 1, tick);
	fixture_add(s, &fixtures[FIXTURE_DOCKER], 2, tick);
	f.parent = 1;
	for (size_t i = 0; i < n; i++) {
		char path[128], id[65], name[32], project[32];

		snprintf(id, sizeof(id), "%064zx", (i + 1) * 2654435761U);
		snprintf(path, sizeof(path), "/docker/%s", id);
		snprintf(name, sizeof(name), "ctr-%04zu", i);
		snprintf(project, sizeof(project), "project-%02zu", i % 50);
		f.path = path;
		f.who.id = id;
		f.who.name = name;
		f.who.compose_project = i % 50 < 40 ? project : "";
		f.cpu = (double)((i * 7919 + tick * 131) % 1000) / 1000;
		f.memory = (double)(1 + i * 104729 % 900);
		fixture_add(s, &f, i + 3, tick);
	}
	snapshot_seal(s);
	return s;
}

/* Two snapshots side by side; takes both references over. `earlier` may be NULL. */
static inline struct comparison *fixture_compare(struct snapshot *earlier, struct snapshot *later)
{
	struct comparison *c = comparison_new(earlier, later);

	assert_non_null(c);
	snapshot_unref(earlier);
	snapshot_unref(later);
	return c;
}

/* The picture of the fleet at a tick ≥ 1, with rates since the tick before. */
static inline struct comparison *fixture_picture(unsigned tick)
{
	return fixture_compare(fixture_snapshot(tick - 1), fixture_snapshot(tick));
}

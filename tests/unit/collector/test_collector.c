/* SPDX-License-Identifier: Apache-2.0 */
/* The source as its sinks see it: on the hosts of tests/fixtures/host, and on made-up ones that change. */
#include "fake_host.h"

#include "base/cleanup.h"
#include "collector_private.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HOSTS FIXTURES "/host/"
#define DOCKER_ID "4f5c01ea1d9f0e4ff2a0e54d0c5a4ac6b8f8a7e8ad5c5d0e6f7a8b9c0d1e2f3a"
#define PODMAN_ID "9b1d7c33aa02bb14cc25dd36ee47ff580a691b7a2c8b3d9c4ead5fbe60cf71d0"
#define POD "/kubepods/burstable/pod6f9619ff-8b86-4d01-b42d-00c04fc964ff"
#define C_ID "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
#define E_ID "deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef"

struct expected {
	const char *path;
	enum entity_class class;
	const char *parent; /* NULL for the root */
};

/* --- hosts as they are found --- */

static struct source *open_host(const char *name, uint32_t classes)
{
	char procfs[512];
	char sysfs[512];
	char rootfs[512];
	struct collector_options options = {.classes = classes, .linger_ns = 1000};
	struct source *s = NULL;
	struct error err = {0};

	snprintf(procfs, sizeof(procfs), HOSTS "%s/proc", name);
	snprintf(sysfs, sizeof(sysfs), HOSTS "%s/sys", name);
	snprintf(rootfs, sizeof(rootfs), HOSTS "%s", name);
	options.roots = (struct cgroup_roots){procfs, sysfs, rootfs};
	if (collector_open(&options, &s, &err) < 0)
		fail_msg("%s: %s", err.cause, err.remedy);
	return s;
}

static void check_entities(const struct snapshot *s, const struct expected *expected, size_t n)
{
	assert_int_equal(snapshot_count(s), n);
	for (size_t i = 0; i < n; i++) {
		const struct entity *e = snapshot_entity(s, i);

		assert_string_equal(e->path, expected[i].path);
		assert_int_equal(e->class, expected[i].class);
		assert_non_null(e->identity);
		assert_false(e->ended);
		if (expected[i].parent)
			assert_string_equal(snapshot_entity(s, (size_t)e->parent)->path, expected[i].parent);
		else
			assert_int_equal(e->parent, -1);
		assert_int_equal(snapshot_find(s, e->id), i);
	}
}

static void a_v2_host(void **state)
{
	static const char docker[] = "/system.slice/docker-" DOCKER_ID ".scope";
	static const char podman[] = "/machine.slice/libpod-" PODMAN_ID ".scope";
	static const struct expected expected[] = {
		{"/", ENTITY_HOST, NULL},
		{"/init.scope", ENTITY_SERVICE, "/"},
		{"/machine.slice", ENTITY_SLICE, "/"},
		{"/machine.slice/libpod-" PODMAN_ID ".scope", ENTITY_CONTAINER, "/machine.slice"},
		{"/system.slice", ENTITY_SLICE, "/"},
		{"/system.slice/docker-" DOCKER_ID ".scope", ENTITY_CONTAINER, "/system.slice"},
		{"/system.slice/ssh.service", ENTITY_SERVICE, "/system.slice"},
		{"/user.slice", ENTITY_SLICE, "/"},
		{"/user.slice/user-1000.slice", ENTITY_SLICE, "/user.slice"},
		{"/user.slice/user-1000.slice/session-1.scope", ENTITY_SERVICE,
		 "/user.slice/user-1000.slice"},
		{"/user.slice/user-1000.slice/user@1000.service", ENTITY_SERVICE,
		 "/user.slice/user-1000.slice"},
	};
	struct source *s = open_host("v2", 0);
	struct snapshot *snap = fake_sample(s, NULL);

	(void)state;
	check_entities(snap, expected, ARRAY_SIZE(expected));
	assert_int_equal(fake_value(snap, docker, METRIC_MEMORY_USAGE), 52428800);
	assert_int_equal(fake_value(snap, docker, METRIC_MEMORY_LIMIT), 134217728);
	assert_int_equal(fake_value(snap, docker, METRIC_CPU_QUOTA), 50000);
	assert_int_equal(fake_value(snap, docker, METRIC_CPU_USAGE), UINT64_C(5123456000));
	assert_int_equal(fake_value(snap, docker, METRIC_CPU_THROTTLED_PERIODS), 17);
	assert_int_equal(fake_value(snap, docker, METRIC_PROCESSES), 2);
	assert_int_equal(fake_series(snap, docker, METRIC_IO_READ_BYTES, "vda"), 1459200);
	assert_int_equal(fake_series(snap, docker, METRIC_IO_DISCARDS, "sda"), 3021);
	assert_int_equal(fake_series(snap, docker, METRIC_NET_RX_BYTES, "eth0"), 2001000);
	assert_int_equal(fake_value(snap, podman, METRIC_MEMORY_LIMIT), UNLIMITED);
	/* the processes are in podman's child, which is not shown */
	assert_int_equal(fake_value(snap, podman, METRIC_PROCESSES), 1);
	assert_int_equal(fake_series(snap, podman, METRIC_NET_TX_BYTES, "eth0"), 3001500);
	assert_false(fake_has_series(snap, "/system.slice/ssh.service", METRIC_NET_RX_BYTES, "eth0"));
	assert_int_equal(fake_value(snap, "/system.slice", METRIC_PROCESSES), 3);
	snapshot_unref(snap);
	source_close(s);
}

static void all_classes(void **state)
{
	static const struct expected expected[] = {
		{"/", ENTITY_HOST, NULL},
		{"/init.scope", ENTITY_SERVICE, "/"},
		{"/machine.slice", ENTITY_SLICE, "/"},
		{"/machine.slice/libpod-" PODMAN_ID ".scope", ENTITY_CONTAINER, "/machine.slice"},
		{"/machine.slice/libpod-" PODMAN_ID ".scope/container", ENTITY_INNER,
		 "/machine.slice/libpod-" PODMAN_ID ".scope"},
		{"/machine.slice/libpod-conmon-" PODMAN_ID ".scope", ENTITY_HELPER, "/machine.slice"},
		{"/system.slice", ENTITY_SLICE, "/"},
		{"/system.slice/dev-hugepages.mount", ENTITY_HELPER, "/system.slice"},
		{"/system.slice/docker-" DOCKER_ID ".scope", ENTITY_CONTAINER, "/system.slice"},
		{"/system.slice/ssh.service", ENTITY_SERVICE, "/system.slice"},
		{"/user.slice", ENTITY_SLICE, "/"},
		{"/user.slice/user-1000.slice", ENTITY_SLICE, "/user.slice"},
		{"/user.slice/user-1000.slice/session-1.scope", ENTITY_SERVICE,
		 "/user.slice/user-1000.slice"},
		{"/user.slice/user-1000.slice/user@1000.service", ENTITY_SERVICE,
		 "/user.slice/user-1000.slice"},
	};
	struct source *s = open_host("v2", (1U << ENTITY_CLASS__COUNT) - 1);
	struct snapshot *snap = fake_sample(s, NULL);

	(void)state;
	check_entities(snap, expected, ARRAY_SIZE(expected));
	snapshot_unref(snap);
	source_close(s);
}

/* Where branches are hidden, the nearest ancestor that is shown is the parent; where none is, there is none.
 */
static void some_classes(void **state)
{
	static const struct expected without_slices[] = {
		{"/", ENTITY_HOST, NULL},
		{"/machine.slice/libpod-" PODMAN_ID ".scope", ENTITY_CONTAINER, "/"},
		{"/machine.slice/libpod-" PODMAN_ID ".scope/container", ENTITY_INNER,
		 "/machine.slice/libpod-" PODMAN_ID ".scope"},
		{"/system.slice/docker-" DOCKER_ID ".scope", ENTITY_CONTAINER, "/"},
	};
	static const struct expected containers[] = {
		{"/machine.slice/libpod-" PODMAN_ID ".scope", ENTITY_CONTAINER, NULL},
		{"/system.slice/docker-" DOCKER_ID ".scope", ENTITY_CONTAINER, NULL},
	};
	struct source *s = open_host("v2", 1U << ENTITY_HOST | 1U << ENTITY_CONTAINER | 1U << ENTITY_INNER);
	struct snapshot *snap = fake_sample(s, NULL);

	(void)state;
	check_entities(snap, without_slices, ARRAY_SIZE(without_slices));
	snapshot_unref(snap);
	source_close(s);
	s = open_host("v2", 1U << ENTITY_CONTAINER);
	for (unsigned round = 0; round < 2; round++) {
		snap = fake_sample(s, NULL);
		check_entities(snap, containers, ARRAY_SIZE(containers));
		assert_int_equal(fake_value(snap, containers[0].path, METRIC_PROCESSES), 1);
		snapshot_unref(snap);
	}
	source_close(s);
}

static void check_v1_host(const char *name, uint64_t docker_usage)
{
	static const char docker[] = "/docker/" DOCKER_ID;
	static const struct expected expected[] = {
		{"/", ENTITY_HOST, NULL},
		{"/docker", ENTITY_SLICE, "/"},
		{"/docker/" DOCKER_ID, ENTITY_CONTAINER, "/docker"},
		{"/kubepods", ENTITY_SLICE, "/"},
		{"/kubepods/burstable", ENTITY_SLICE, "/kubepods"},
		{POD, ENTITY_SLICE, "/kubepods/burstable"},
		{POD "/" C_ID, ENTITY_CONTAINER, POD},
		{POD "/" E_ID, ENTITY_CONTAINER, POD},
		{"/system.slice", ENTITY_SLICE, "/"},
		{"/system.slice/ssh.service", ENTITY_SERVICE, "/system.slice"},
	};
	struct source *s = open_host(name, 0);
	struct snapshot *snap = fake_sample(s, NULL);

	check_entities(snap, expected, ARRAY_SIZE(expected));
	assert_int_equal(fake_value(snap, docker, METRIC_MEMORY_USAGE), 52428800);
	assert_int_equal(fake_value(snap, docker, METRIC_MEMORY_LIMIT), 134217728);
	assert_int_equal(fake_value(snap, docker, METRIC_CPU_QUOTA), 50000);
	assert_int_equal(fake_value(snap, docker, METRIC_CPU_USAGE), docker_usage);
	assert_int_equal(fake_value(snap, docker, METRIC_PROCESSES), 1);
	assert_int_equal(fake_value(snap, docker, METRIC_PIDS_MAX), UNLIMITED);
	assert_false(
		fake_has(snap, "/system.slice/ssh.service", METRIC_PIDS_MAX)); /* not in that hierarchy */
	assert_int_equal(fake_value(snap, docker, METRIC_FROZEN), 0);
	assert_int_equal(fake_value(snap, POD "/" E_ID, METRIC_FROZEN), 1);
	/* one network a pod */
	assert_int_equal(fake_has_series(snap, POD "/" C_ID, METRIC_NET_RX_BYTES, "eth0") +
				 fake_has_series(snap, POD "/" E_ID, METRIC_NET_RX_BYTES, "eth0"),
			 1);
	assert_int_equal(fake_value(snap, "/kubepods", METRIC_PROCESSES), 2);
	snapshot_unref(snap);
	source_close(s);
}

static void a_hybrid_host(void **state)
{
	(void)state;
	check_v1_host("hybrid", UINT64_C(5123456000));
}

static void a_v1_host(void **state)
{
	(void)state;
	check_v1_host("v1", UINT64_C(1402483812973));
}

static void figures_of_hybrid(void **state)
{
	static const char docker[] = "/docker/" DOCKER_ID;
	struct source *s = open_host("hybrid", 0);
	struct snapshot *snap = fake_sample(s, NULL);
	struct collector_status status;

	(void)state;
	assert_int_equal(fake_series(snap, docker, METRIC_IO_WRITE_BYTES, "vda"), 314773504);
	assert_true(fake_has(snap, docker, METRIC_PRESSURE_CPU_SOME));
	assert_false(fake_has(snap, POD "/" C_ID, METRIC_PRESSURE_CPU_SOME)); /* not in the v2 hierarchy */
	assert_int_equal(fake_value(snap, POD "/" C_ID, METRIC_CPU_USAGE), UINT64_C(1402483812973));
	assert_int_equal(fake_value(snap, docker, METRIC_CPUSET_CPU_COUNT), 2);
	assert_true(fake_has(snap, docker, METRIC_DEVICES_RESTRICTED));
	collector_status(s, &status);
	assert_int_equal(status.mode, CGROUP_HYBRID);
	assert_int_equal(status.n_cgroups, snapshot_count(snap));
	assert_true(status.psi);
	assert_false(status.watches_exhausted);
	snapshot_unref(snap);
	source_close(s);
}

/* --- what a host can give --- */

static void offers(void **state)
{
	struct metric_set has;
	struct source *s = open_host("hybrid", 0);

	(void)state;
	collector_offers(collector_layout(s), &has);
	assert_true(metric_set_has(&has, METRIC_MEMORY_WORKING_SET));
	assert_true(metric_set_has(&has, METRIC_FROZEN));
	assert_true(metric_set_has(&has, METRIC_BLKIO_READ));
	assert_true(metric_set_has(&has, METRIC_PRESSURE_IO_FULL));
	assert_true(metric_set_has(&has, METRIC_NET_RX_BYTES));
	assert_true(metric_set_has(&has, METRIC_DEVICES_RESTRICTED));
	assert_false(metric_set_has(&has, METRIC_MEMORY_HIGH)); /* v2's alone */
	assert_false(metric_set_has(&has, METRIC_HUGETLB_USAGE));
	source_close(s);

	s = open_host("v1", 0);
	collector_offers(collector_layout(s), &has);
	assert_true(metric_set_has(&has, METRIC_MEMORY_SWAP_LIMIT));
	assert_true(metric_set_has(&has, METRIC_FROZEN));
	assert_false(metric_set_has(&has, METRIC_CPUSET_CPU_COUNT)); /* derived from what is not there */
	assert_false(metric_set_has(&has, METRIC_DEVICES_RESTRICTED));
	assert_false(metric_set_has(&has, METRIC_PRESSURE_IO_FULL));
	assert_false(metric_set_has(&has, METRIC_BLKIO_READ));
	source_close(s);
}

/* What is offered and needed is all that is ever set. */
static void nothing_else_is_set(void **state)
{
	static const char *const hosts[] = {"v2", "hybrid", "v1"};

	(void)state;
	for (size_t h = 0; h < ARRAY_SIZE(hosts); h++) {
		struct source *s = open_host(hosts[h], 0);
		struct snapshot *snap = fake_sample(s, NULL);
		struct metric_set has;
		uint64_t value;

		collector_offers(collector_layout(s), &has);
		for (size_t i = 0; i < snapshot_count(snap); i++)
			for (unsigned id = 0; id < METRIC__COUNT; id++)
				/* the root's memory comes from the machine */
				if (snapshot_get(snap, i, id, &value) && !metric_set_has(&has, id) && i)
					fail_msg("%s: %s was not offered", hosts[h], metrics[id].id_name);
		snapshot_unref(snap);
		source_close(s);
	}
}

/* --- opening --- */

static void what_can_be_missing(void **state)
{
	struct collector_options options;
	struct error err = {0};
	struct source *s = NULL;
	struct fake f;

	(void)state;
	fake_make(&f, FAKE_V2);
	options = fake_options(&f);
	options.roots.procfs = "/nowhere/at/all";
	assert_int_equal(collector_open(&options, &s, &err), -ENOENT);
	assert_non_null(strstr(err.cause, "/nowhere/at/all"));
	assert_non_null(strstr(err.remedy, "--path.procfs"));
	assert_null(s);

	options = fake_options(&f);
	options.roots.rootfs = "/nowhere/at/all";
	assert_int_equal(collector_open(&options, &s, &err), -ENOENT);
	assert_non_null(strstr(err.remedy, "--path.rootfs"));

	options = fake_options(&f);
	fake_write(&f, "proc/1/mountinfo", "22 1 254:1 / / rw - ext4 /dev/vda1 rw\n");
	assert_int_equal(collector_open(&options, &s, &err), -ENOENT);
	assert_non_null(strstr(err.remedy, "mount"));

	fake_unlink(&f, "proc/1/mountinfo");
	assert_true(collector_open(&options, &s, &err) < 0);
	assert_null(s);
	fake_remove(&f);
}

/* Without sysfs there are no device names: numbers do. */
static void devices_without_names(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_link(&f, "sys/dev/block/9:9", "../../devices/virtual/block/cciss!c0d0");
	fake_cgroup_write(&f, "", "/a", "io.stat",
			  "254:0 rbytes=1\n9:9 rbytes=2\n9:10 rbytes=3\n"
			  "123456789012345678901234567890123456789:0 rbytes=4\n");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_series(snap, "/a", METRIC_IO_READ_BYTES, "vda"), 1);
	assert_int_equal(fake_series(snap, "/a", METRIC_IO_READ_BYTES, "cciss/c0d0"), 2);
	assert_int_equal(fake_series(snap, "/a", METRIC_IO_READ_BYTES, "9:10"), 3);
	assert_string_equal(snapshot_series_at(snap, (size_t)fake_find(snap, "/a"), 0)->dimension ==
					    DIMENSION_DEVICE
				    ? "ok"
				    : "",
			    "ok");
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* --- between samples --- */

static bool is_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

static void events(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	s = fake_open(&f);
	assert_int_equal(source_dispatch(s, NULL), 0);
	assert_true(source_event_fd(s) >= 0);
	assert_false(is_readable(source_event_fd(s)));
	fake_cgroup(&f, NULL, "/a/b");
	assert_true(is_readable(source_event_fd(s)));
	assert_int_equal(source_dispatch(s, NULL), 0);
	assert_false(is_readable(source_event_fd(s)));
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_find(snap, "/a/b"), 2);
	assert_int_equal(snapshot_entity(snap, 2)->parent, 1);
	snapshot_unref(snap);
	assert_string_equal(s->ops->name, "files");
	source_close(s);
	fake_remove(&f);
}

/* Nobody samples: looks do not pile up. */
static void looks_are_compacted(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	const struct collector *c;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup(&f, NULL, "/b");
	fake_cgroup_write(&f, "", "/a", "cgroup.events", "populated 1\n");
	s = fake_open(&f);
	c = (const struct collector *)(const void *)s;
	for (unsigned i = 0; i < 2500; i++) {
		char text[32];

		snprintf(text, sizeof(text), "%u\n", i);
		fake_cgroup_write(&f, "", "/a", "memory.current", text);
		fake_cgroup_write(&f, "", "/a", "cgroup.events", i % 2 ? "populated 1\n" : "populated 0\n");
		assert_int_equal(source_dispatch(s, NULL), 0);
		assert_true(!c->extra || snapshot_count(c->extra) < 1100);
	}
	fake_cgroup_remove(&f, NULL, "/a");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_USAGE), 2499);
	assert_null(c->extra);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Gone in one hierarchy, there in others: it lives on with what is left. */
static void partly_gone(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_HYBRID);
	fake_cgroup(&f, NULL, "/a");
	fake_cgroup_write(&f, "memory", "/a", "memory.usage_in_bytes", "5\n");
	fake_cgroup_write(&f, "pids", "/a", "pids.current", "6\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	fake_cgroup_remove(&f, "memory", "/a");
	snap = fake_sample(s, NULL);
	assert_true(fake_find(snap, "/a") >= 0);
	assert_int_equal(fake_find_ended(snap, "/a"), -1);
	assert_false(fake_has(snap, "/a", METRIC_MEMORY_USAGE));
	assert_int_equal(fake_value(snap, "/a", METRIC_PIDS_CURRENT), 6);
	snapshot_unref(snap);

	/* and it comes back: what was held of the old one is not read on */
	fake_cgroup(&f, "memory", "/a");
	fake_cgroup_write(&f, "memory", "/a", "memory.usage_in_bytes", "7\n");
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_value(snap, "/a", METRIC_MEMORY_USAGE), 7);
	assert_int_equal(fake_value(snap, "/a", METRIC_PIDS_CURRENT), 6);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* No event tells of it (there is no inotify here): the reading notices, and it is never there twice. */
static void gone_without_an_event(void **state)
{
	struct fake f;
	struct source *s;
	struct collector *c;

	(void)state;
	fake_make(&f, FAKE_HYBRID);
	fake_cgroup(&f, NULL, "/a/b");
	fake_cgroup_write(&f, "memory", "/a/b", "memory.usage_in_bytes", "5\n");
	s = fake_open(&f);
	c = (struct collector *)(void *)s;
	snapshot_unref(fake_sample(s, NULL));
	close(c->watcher.fd);
	c->watcher.fd = -1;
	for (size_t h = 0; h < f.n_hierarchies; h++) {
		struct snapshot *snap;
		size_t n = 0;

		fake_cgroup_remove(&f, f.hierarchies[h], "/a");
		snap = fake_sample(s, NULL);
		for (size_t i = 0; i < snapshot_count(snap); i++)
			n += strcmp(snapshot_entity(snap, i)->path, "/a/b") == 0;
		assert_int_equal(n, 1);
		snapshot_unref(snap);
	}
	/* the last place is gone: noticed by the reading, or at the latest by the rescan */
	c->options.rescan_interval_ns = 1;
	snapshot_unref(fake_sample(s, NULL));
	assert_int_equal(c->tree.n_nodes, 1);
	source_close(s);
	fake_remove(&f);
}

static void rescans(void **state)
{
	struct fake f;
	struct source *s;
	struct collector *c;
	struct snapshot *snap;
	struct collector_status status;
	char path[64];

	(void)state;
	fake_make(&f, FAKE_V2);
	/* more than one, for a rescan has only its share of them read again */
	for (unsigned i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/old%u", i);
		fake_cgroup(&f, NULL, path);
		fake_cgroup_write(&f, "", path, "memory.max", "1\n");
	}
	s = fake_open(&f);
	c = (struct collector *)(void *)s;
	snapshot_unref(fake_sample(s, NULL));
	c->watcher.overflowed = true; /* as if the queue had run over */
	for (unsigned i = 0; i < 8; i++) {
		fake_write(&f, "new", "2\n");
		snprintf(path, sizeof(path), "sys/fs/cgroup/old%u/memory.max", i);
		assert_int_equal(renameat(f.fd, "new", f.fd, path), 0);
	}
	snap = fake_sample(s, NULL);
	/* whatever was written to while events were lost is read again */
	for (unsigned i = 0; i < 8; i++) {
		snprintf(path, sizeof(path), "/old%u", i);
		assert_int_equal(fake_value(snap, path, METRIC_MEMORY_LIMIT), 2);
	}
	snapshot_unref(snap);
	collector_status(s, &status);
	assert_int_equal(status.rescans, 1);
	assert_false(c->watcher.overflowed);
	snapshot_unref(fake_sample(s, NULL));
	collector_status(s, &status);
	assert_int_equal(status.rescans, 1);
	source_close(s);
	fake_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_v2_host),
		cmocka_unit_test(all_classes),
		cmocka_unit_test(some_classes),
		cmocka_unit_test(a_hybrid_host),
		cmocka_unit_test(a_v1_host),
		cmocka_unit_test(figures_of_hybrid),
		cmocka_unit_test(offers),
		cmocka_unit_test(nothing_else_is_set),
		cmocka_unit_test(what_can_be_missing),
		cmocka_unit_test(devices_without_names),
		cmocka_unit_test(events),
		cmocka_unit_test(looks_are_compacted),
		cmocka_unit_test(partly_gone),
		cmocka_unit_test(gone_without_an_event),
		cmocka_unit_test(rescans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

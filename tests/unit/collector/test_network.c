/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "collector_private.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define POD "/kubepods/pod11111111-2222-3333-4444-555555555555"
#define APP POD "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SIDECAR POD "/bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define SANDBOX POD "/cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define DOCKER "/docker/dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"

static struct collector *collector_of(struct source *s)
{
	return (struct collector *)(void *)s;
}

static struct node *node_at(struct source *s, const char *path)
{
	struct node *n = map_get(&collector_of(s)->tree.by_path, slice_of(path));

	assert_non_null(n);
	return n;
}

static void make_sandbox(struct source *s, const char *path)
{
	struct node *n = node_at(s, path);

	identity_unref(n->identity);
	n->identity = identity_new(&(struct identity){.id = "x", .sandbox = true});
	n->found_ns = 1;
	assert_non_null(n->identity);
}

static void run(const struct fake *f, const char *cgroup, unsigned pid, unsigned shares_with)
{
	char text[16];

	snprintf(text, sizeof(text), "%u\n", pid);
	fake_cgroup(f, NULL, cgroup);
	fake_cgroup_write(f, f->hierarchies[0], cgroup, "cgroup.procs", text);
	fake_process(f, pid, shares_with, "net");
	fake_net_dev(f, pid, "eth0", pid * 100);
}

static void own_and_host(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	uint64_t sum;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_net_dev(&f, 1, "ens3", 0);
	run(&f, DOCKER, 10, 0);
	run(&f, "/docker/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee", 11, 1);
	run(&f, "/system.slice/own.service", 12, 0);
	run(&f, "/system.slice/plain.service", 13, 1);
	run(&f, "/leaf", 14, 0);
	run(&f, "/branch/leaf", 15, 0);
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_series(snap, "/", METRIC_NET_RX_BYTES, "ens3"), 1);
	assert_int_equal(fake_series(snap, DOCKER, METRIC_NET_RX_BYTES, "eth0"), 1001);
	assert_int_equal(fake_series(snap, DOCKER, METRIC_NET_TX_DROPPED, "eth0"), 1008);
	assert_int_equal(fake_series(snap, DOCKER, METRIC_NET_TX_BYTES, "lo"), 5000);
	assert_true(snapshot_sum(snap, (size_t)fake_find(snap, DOCKER), METRIC_NET_RX_BYTES, &sum));
	assert_int_equal(sum, 1001); /* without the loopback */
	/* --network host: the host's traffic is not the container's */
	assert_false(fake_has_series(
		snap, "/docker/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
		METRIC_NET_RX_BYTES, "eth0"));
	assert_int_equal(fake_series(snap, "/system.slice/own.service", METRIC_NET_RX_BYTES, "eth0"), 1201);
	assert_false(fake_has_series(snap, "/system.slice/plain.service", METRIC_NET_RX_BYTES, "eth0"));
	assert_int_equal(fake_series(snap, "/leaf", METRIC_NET_RX_BYTES, "eth0"), 1401);
	assert_int_equal(fake_series(snap, "/branch/leaf", METRIC_NET_RX_BYTES, "eth0"), 1501);
	/* branches have no process of their own to ask */
	assert_false(fake_has_series(snap, "/docker", METRIC_NET_RX_BYTES, "eth0"));
	assert_false(fake_has_series(snap, "/branch", METRIC_NET_RX_BYTES, "eth0"));
	assert_false(snapshot_report(snap, GROUP_network)->failed);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

static unsigned count_owners(const struct snapshot *s)
{
	static const char *const all[] = {APP, SIDECAR, SANDBOX};
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (fake_find(s, all[i]) >= 0)
			n += fake_has_series(s, all[i], METRIC_NET_RX_BYTES, "eth0");
	return n;
}

/* A pod's one namespace is shown once: by its sandbox, and while there is none by the first that is in it. */
static void pods(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	run(&f, APP, 20, 0);
	run(&f, SIDECAR, 21, 20);
	run(&f, SANDBOX, 22, 20);
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_true(fake_has_series(snap, APP, METRIC_NET_RX_BYTES, "eth0"));
	assert_int_equal(count_owners(snap), 1);
	snapshot_unref(snap);

	make_sandbox(s, SANDBOX);
	snap = fake_sample(s, NULL);
	assert_int_equal(fake_series(snap, SANDBOX, METRIC_NET_RX_BYTES, "eth0"), 2201);
	assert_int_equal(count_owners(snap), 1);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* What ends has a last look taken; that is no reason to show the pod's traffic as its own. */
static void a_last_look_is_no_owner(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	run(&f, APP, 20, 0);
	run(&f, SANDBOX, 22, 20);
	fake_cgroup_write(&f, "", APP, "memory.current", "5\n");
	fake_cgroup_write(&f, "", APP, "cgroup.events", "populated 1\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	make_sandbox(s, SANDBOX);
	snapshot_unref(fake_sample(s, NULL));
	fake_cgroup_write(&f, "", APP, "memory.current", "6\n");
	fake_cgroup_write(&f, "", APP, "cgroup.events", "populated 0\n");
	assert_int_equal(source_dispatch(s, NULL), 0);
	fake_cgroup_remove(&f, NULL, APP);
	snap = fake_sample(s, NULL);
	assert_true(fake_find_ended(snap, APP) >= 0);
	assert_int_equal(fake_value(snap, APP, METRIC_MEMORY_USAGE), 6);
	assert_false(fake_has_series(snap, APP, METRIC_NET_RX_BYTES, "eth0"));
	assert_true(fake_has_series(snap, SANDBOX, METRIC_NET_RX_BYTES, "eth0"));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* The owner ends between two samples, and a look at another is taken: it owns what is left. */
static void the_next_owner(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	run(&f, APP, 20, 0);
	run(&f, SIDECAR, 21, 20);
	fake_cgroup_write(&f, "", SIDECAR, "cgroup.events", "populated 1\n");
	s = fake_open(&f);
	snapshot_unref(fake_sample(s, NULL));
	fake_cgroup_remove(&f, NULL, APP);
	fake_cgroup_write(&f, "", SIDECAR, "cgroup.events", "populated 1\nfrozen 0\n");
	assert_int_equal(source_dispatch(s, NULL), 0);
	fake_cgroup_remove(&f, NULL, SIDECAR);
	snap = fake_sample(s, NULL);
	assert_true(fake_has_series(snap, SIDECAR, METRIC_NET_RX_BYTES, "eth0"));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* An unprivileged user may not look at PID 1's namespaces: then its own network is taken for the host's. */
static void host_is_not_readable(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	run(&f, "/shares", 10, 1);
	run(&f, "/own", 11, 0);
	fake_link(&f, "proc/self", "10");
	fake_unlink(&f, "proc/1/ns/net");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_false(fake_has_series(snap, "/shares", METRIC_NET_RX_BYTES, "eth0"));
	assert_true(fake_has_series(snap, "/own", METRIC_NET_RX_BYTES, "eth0"));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* It moved to a namespace of its own after we looked first. */
static void moves_later(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	run(&f, DOCKER, 10, 1);
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_false(fake_has_series(snap, DOCKER, METRIC_NET_RX_BYTES, "eth0"));
	snapshot_unref(snap);
	fake_unlink(&f, "proc/10/ns/net");
	fake_write(&f, "proc/10/ns/net", "");
	/* as if looked at long ago */
	node_at(s, DOCKER)->network_checked_ns = 0;
	snap = fake_sample(s, NULL);
	assert_true(fake_has_series(snap, DOCKER, METRIC_NET_RX_BYTES, "eth0"));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

static void namespaces(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_cgroup(&f, NULL, DOCKER);
	fake_cgroup(&f, NULL, "/empty");
	fake_cgroup_write(&f, "", DOCKER, "cgroup.procs", "10\n");
	fake_process(&f, 10, 1, "time,user");
	fake_unlink(&f, "proc/10/ns/uts");
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	for (enum metric_id id = METRIC_NS_CGROUP; id <= METRIC_NS_UTS; id++) {
		bool shared = id == METRIC_NS_TIME || id == METRIC_NS_USER;

		assert_false(fake_has(snap, "/empty", id));
		if (id == METRIC_NS_UTS)
			assert_false(fake_has(snap, DOCKER, id));
		else if ((fake_value(snap, DOCKER, id) == fake_value(snap, "/", id)) != shared)
			fail_msg("%s is%s the host's", metrics[id].id_name, shared ? " not" : "");
	}
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Thousands of interfaces, as the host's own namespace has them, cost no search each. */
static void many_interfaces(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	FILE *out;
	char path[128];

	(void)state;
	fake_make(&f, FAKE_V2);
	fake_write(&f, "proc/1/net/dev", "");
	snprintf(path, sizeof(path), "%s/1/net/dev", f.procfs);
	out = fopen(path, "we");
	assert_non_null(out);
	fprintf(out, "Inter-| Receive | Transmit\n face |bytes\n");
	for (unsigned i = 0; i < 4000; i++)
		fprintf(out, "veth%u: %u 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", (i * 7919) % 4000, i);
	fclose(out);
	s = fake_open(&f);
	snap = fake_sample(s, NULL);
	assert_int_equal(snapshot_entity(snap, 0)->n_series, 4000);
	assert_int_equal(fake_series(snap, "/", METRIC_NET_RX_BYTES, "veth0"), 0);
	assert_int_equal(fake_series(snap, "/", METRIC_NET_RX_BYTES, "veth3919"), 1);
	for (unsigned i = 1; i < 4000; i++)
		assert_true(strcmp(snapshot_series_at(snap, 0, i - 1)->instance,
				   snapshot_series_at(snap, 0, i)->instance) < 0);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_and_host),
		cmocka_unit_test(pods),
		cmocka_unit_test(a_last_look_is_no_owner),
		cmocka_unit_test(the_next_owner),
		cmocka_unit_test(host_is_not_readable),
		cmocka_unit_test(moves_later),
		cmocka_unit_test(namespaces),
		cmocka_unit_test(many_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

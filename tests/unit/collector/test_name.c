/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ID "1d81dfbb2fd83f58942c975bbebba9c1a09935eaf18cd86ebfc1dbfc01deec49"
#define ID2 "38f5afe4ea9d645306ba32853dd6b0fed43a5318a2cc9b2ae24ef1c76075459a"
#define BUILD "x7k2m9q4w1z8v5t3r6y0p2n8b"
#define UID "8d1c6d6e-2c0f-4a5e-9d43-0f8a3b1c2d4e"
#define UID_ "8d1c6d6e_2c0f_4a5e_9d43_0f8a3b1c2d4e"
#define STATIC_UID "0123456789abcdef0123456789abcdef"
#define USER "/user.slice/user-1000.slice/user@1000.service"

#define HOST ENTITY_HOST
#define CONTAINER ENTITY_CONTAINER
#define SERVICE ENTITY_SERVICE
#define GROUP ENTITY_GROUP
#define SLICE ENTITY_SLICE
#define INNER ENTITY_INNER
#define HELPER ENTITY_HELPER

struct expected {
	const char *path;
	enum entity_class class;
	enum runtime runtime;
	const char *id;
	size_t depth;
	const char *pod_uid;
	const char *space;
};

static void check(const struct expected *e)
{
	struct cgroup_name got;
	_cleanup_str_ struct str want = {0};
	_cleanup_str_ struct str have = {0};

	cgroup_name_parse(slice_of(e->path), &got);
	str_printf(&want, "%s: class %d runtime %d id '%s' depth %zu pod '%s' space '%s'", e->path,
		   (int)e->class, (int)e->runtime, e->id ? e->id : "", e->depth, e->pod_uid ? e->pod_uid : "",
		   e->space ? e->space : "");
	str_printf(&have, "%s: class %d runtime %d id '%.*s' depth %zu pod '%.*s' space '%.*s'", e->path,
		   (int)got.class, (int)got.runtime, (int)got.id.len, got.id.at, got.container_depth,
		   (int)got.pod_uid.len, got.pod_uid.at, (int)got.space.len, got.space.at);
	assert_string_equal(have.data, want.data);
}

static void check_all(const struct expected *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check(&list[i]);
}

static void test_docker(void **state)
{
	static const struct expected list[] = {
		{"/docker/" ID, CONTAINER, RUNTIME_DOCKER, ID, 2},
		{"/docker/" ID "/init", INNER, RUNTIME_DOCKER, ID, 2},
		{"/system.slice/docker-" ID ".scope", CONTAINER, RUNTIME_DOCKER, ID, 2},
		{"/any/thing.slice/docker-" ID ".scope", CONTAINER, RUNTIME_DOCKER, ID, 3},
		{"/system.slice/docker-" ID ".scope/container", INNER, RUNTIME_DOCKER, ID, 2},
		{"/docker", SLICE, RUNTIME_DOCKER},
		{"/batch/" ID, CONTAINER, RUNTIME_NONE, ID, 2, NULL, "batch"},
		{"/ecs/0123456789abcdef/" ID, CONTAINER, RUNTIME_NONE, ID, 3},
		{"/" ID, CONTAINER, RUNTIME_NONE, ID, 1},
		{"/docker/buildkit/" BUILD, CONTAINER, RUNTIME_DOCKER, BUILD, 3},
		{"/docker/buildkit", SLICE, RUNTIME_DOCKER},
		{"/system.slice/docker-" BUILD ".scope", CONTAINER, RUNTIME_DOCKER, BUILD, 2},
		{"/system.slice/docker.service/system.slice:docker:" ID, CONTAINER, RUNTIME_DOCKER, ID, 3},
		{"/system.slice/docker.service", SERVICE, RUNTIME_SYSTEMD, "docker.service"},
		{"/system.slice/docker.socket", HELPER, RUNTIME_SYSTEMD, "docker.socket"},
	};

	(void)state;
	check_all(list, ARRAY_SIZE(list));
}

static void test_docker_in_docker(void **state)
{
	static const struct expected list[] = {
		{"/docker/" ID "/docker/" ID2, CONTAINER, RUNTIME_DOCKER, ID2, 4},
		{"/docker/" ID "/docker", INNER, RUNTIME_DOCKER, ID, 2},
		{"/docker/" ID "/docker/" ID2 "/init", INNER, RUNTIME_DOCKER, ID2, 4},
		{"/docker/" ID "/system.slice/containerd.service", INNER, RUNTIME_DOCKER, ID, 2},
		{"/docker/" ID "/kubelet/kubepods/burstable/pod" UID "/" ID2, CONTAINER, RUNTIME_NONE, ID2, 7,
		 UID},
		{"/docker/" ID "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" UID_
		 ".slice/cri-containerd-" ID2 ".scope",
		 CONTAINER, RUNTIME_CONTAINERD, ID2, 6, UID_},
		{"/lxc.payload.outer/docker/" ID, CONTAINER, RUNTIME_DOCKER, ID, 3},
		{"/lxc.payload.outer/lxc.payload.inner", CONTAINER, RUNTIME_LXC, "inner", 2},
		{"/lxc.payload.outer/lxc.monitor.inner", INNER, RUNTIME_LXC, "outer", 1},
	};

	(void)state;
	check_all(list, ARRAY_SIZE(list));
}

static void test_containerd(void **state)
{
	static const struct expected list[] = {
		{"/kubepods/pod" UID "/" ID, CONTAINER, RUNTIME_NONE, ID, 3, UID},
		{"/kubepods/burstable/pod" UID "/" ID, CONTAINER, RUNTIME_NONE, ID, 4, UID},
		{"/kubepods/besteffort/pod" STATIC_UID "/" ID, CONTAINER, RUNTIME_NONE, ID, 4, STATIC_UID},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_
		 ".slice/cri-containerd-" ID ".scope",
		 CONTAINER, RUNTIME_CONTAINERD, ID, 4, UID_},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice/cri-containerd-" ID ".scope", CONTAINER,
		 RUNTIME_CONTAINERD, ID, 3, UID_},
		{"/system.slice/containerd.service/kubepods-besteffort-pod" UID_ ".slice:cri-containerd:" ID,
		 CONTAINER, RUNTIME_CONTAINERD, ID, 3, UID_},
		{"/kubepods", SLICE, RUNTIME_NONE},
		{"/kubepods/burstable", SLICE, RUNTIME_NONE},
		{"/kubepods/burstable/pod" UID, SLICE, RUNTIME_NONE, NULL, 0, UID},
		{"/kubepods.slice", SLICE, RUNTIME_NONE},
		{"/kubepods.slice/kubepods-burstable.slice", SLICE, RUNTIME_NONE},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice", SLICE, RUNTIME_NONE, NULL, 0, UID_},
		{"/k8s.io/" ID, CONTAINER, RUNTIME_NONE, ID, 2, NULL, "k8s.io"},
		{"/default/" ID, CONTAINER, RUNTIME_NONE, ID, 2, NULL, "default"},
		{"/default/redis", CONTAINER, RUNTIME_CONTAINERD, "redis", 2, NULL, "default"},
		{"/default/redis/child", INNER, RUNTIME_CONTAINERD, "redis", 2, NULL, "default"},
		{"/elsewhere/default/redis", GROUP, RUNTIME_NONE},
		{"/system.slice/nerdctl-" ID ".scope", CONTAINER, RUNTIME_CONTAINERD, ID, 2},
		{"/buildkit/" BUILD, CONTAINER, RUNTIME_CONTAINERD, BUILD, 2, NULL, "buildkit"},
		{"/buildkit", SLICE, RUNTIME_CONTAINERD},
	};

	(void)state;
	check_all(list, ARRAY_SIZE(list));
}

static void test_crio(void **state)
{
	static const struct expected list[] = {
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/crio-" ID
		 ".scope",
		 CONTAINER, RUNTIME_CRIO, ID, 4, UID_},
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_ ".slice/crio-" ID
		 ".scope/container",
		 INNER, RUNTIME_CRIO, ID, 4, UID_},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-" ID, CONTAINER, RUNTIME_CRIO, ID, 3, UID_},
		{"/kubepods/burstable/pod" UID "/crio-" ID, CONTAINER, RUNTIME_CRIO, ID, 4, UID},
		{"/kubepods.slice/kubepods-pod" UID_ ".slice/crio-conmon-" ID ".scope", HELPER, RUNTIME_CRIO,
		 NULL, 0, UID_},
		{"/system.slice/crio.service", SERVICE, RUNTIME_SYSTEMD, "crio.service"},
	};

	(void)state;
	check_all(list, ARRAY_SIZE(list));
}

static void test_podman(void **state)
{
	static const struct expected list[] = {
		{"/machine.slice/libpod-" ID ".scope", CONTAINER, RUNTIME_PODMAN, ID, 2},
		{"/machine.slice/libpod-" ID ".scope/container", INNER, RUNTIME_PODMAN, ID, 2},
		{"/machine.slice/libpod-conmon-" ID ".scope", HELPER, RUNTIME_PODMAN},
		{"/libpod_parent", SLICE, RUNTIME_PODMAN},
		{"/libpod_parent/libpod-" ID, CONTAINER, RUNTIME_PODMAN, ID, 2},
		{"/libpod_parent/conmon", HELPER, RUNTIME_PODMAN},
		{"/libpod_parent/" ID, SLICE, RUNTIME_PODMAN, ID},
		{"/libpod_parent/" ID "/libpod-" ID2, CONTAINER, RUNTIME_PODMAN, ID2, 3},
		{"/batch/libpod-" ID, CONTAINER, RUNTIME_PODMAN, ID, 2},
		{"/machine.slice/machine-libpod_pod_" ID ".slice", SLICE, RUNTIME_PODMAN, ID},
		{"/machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID2 ".scope", CONTAINER,
		 RUNTIME_PODMAN, ID2, 3},
		{"/system.slice/web.service/libpod-payload-" ID, CONTAINER, RUNTIME_PODMAN, ID, 3},
		{"/system.slice/web.service/runtime", HELPER, RUNTIME_PODMAN},
		{"/system.slice/" ID ".service", HELPER, RUNTIME_PODMAN, ID},
		{"/system.slice/" ID "-3f2a.service", HELPER, RUNTIME_PODMAN, ID},
		{USER "/user.slice/libpod-" ID ".scope", CONTAINER, RUNTIME_PODMAN, ID, 5},
		{USER "/user.slice/user-libpod_pod_" ID ".slice/libpod-" ID2 ".scope", CONTAINER,
		 RUNTIME_PODMAN, ID2, 6},
		{USER "/app.slice/web.service/libpod-payload-" ID, CONTAINER, RUNTIME_PODMAN, ID, 6},
	};

	(void)state;
	check_all(list, ARRAY_SIZE(list));
}

static void test_machines(void **state)
{
	static const struct expected list[] = {
		{"/lxc.payload.web", CONTAINER, RUNTIME_LXC, "web", 1},
		{"/lxc.payload.web/init.scope", INNER, RUNTIME_LXC, "web", 1},
		{"/lxc.payload.web/system.slice/ssh.service", INNER, RUNTIME_LXC, "web", 1},
		{"/lxc.payload/web", CONTAINER, RUNTIME_LXC, "web", 2},
		{"/lxc/web", CONTAINER, RUNTIME_LXC, "web", 2},
		{"/lxc", SLICE, RUNTIME_LXC},
		{"/lxc.monitor.web", HELPER, RUNTIME_LXC},
		{"/lxc.monitor/web", HELPER, RUNTIME_LXC},
		{"/lxc.pivot", HELPER, RUNTIME_LXC},
		{"/machine.slice/systemd-nspawn@deb.service", CONTAINER, RUNTIME_NSPAWN, "deb", 2},
		{"/machine.slice/systemd-nspawn@deb.service/payload", INNER, RUNTIME_NSPAWN, "deb", 2},
		{"/machine.slice/systemd-nspawn@deb.service/supervisor", INNER, RUNTIME_NSPAWN, "deb", 2},
		{"/machine.slice/machine-deb\\x2d12.scope", CONTAINER, RUNTIME_NSPAWN, "deb\\x2d12", 2},
		{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", SERVICE, RUNTIME_SYSTEMD,
		 "machine-qemu\\x2d1\\x2dvm.scope"},
		{"/plimsoll/job.1", CONTAINER, RUNTIME_PLIMSOLL, "job.1", 2},
		{"/plimsoll/+job", CONTAINER, RUNTIME_PLIMSOLL, "+job", 2},
		{"/plimsoll/.job", GROUP, RUNTIME_NONE},
		{"/plimsoll", SLICE, RUNTIME_PLIMSOLL},
		{"/system.slice/plimsoll-job-2.scope", SLICE, RUNTIME_PLIMSOLL},
		{"/system.slice/plimsoll-job-2.scope/container", CONTAINER, RUNTIME_PLIMSOLL, "job-2", 3},
		{"/system.slice/plimsoll-job-2.scope/container/x/container", INNER, RUNTIME_PLIMSOLL, "job-2",
		 3},
		{"/system.slice/plimsoll-job-2.scope/supervisor", HELPER, RUNTIME_PLIMSOLL, "job-2"},
		{"/system.slice/plimsoll-job-2.scope/other", GROUP, RUNTIME_NONE},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/plimsoll-a.b.scope/container",
		 CONTAINER, RUNTIME_PLIMSOLL, "a.b", 6},
		{"/system.slice/plimsoll.service", SERVICE, RUNTIME_SYSTEMD, "plimsoll.service"},
	};

	(void)state;
	check_all(list, ARRAY_SIZE(list));
}

static void test_systemd(void **state)
{
	static const struct expected list[] = {
		{"/", HOST, RUNTIME_NONE},
		{"", HOST, RUNTIME_NONE},
		{"/init.scope", SERVICE, RUNTIME_SYSTEMD, "init.scope"},
		{"/system.slice", SLICE, RUNTIME_SYSTEMD, "system.slice"},
		{"/system.slice/ssh.service", SERVICE, RUNTIME_SYSTEMD, "ssh.service"},
		{"/system.slice/ssh.service/sub", GROUP, RUNTIME_NONE},
		{"/system.slice/system-getty.slice/getty@tty1.service", SERVICE, RUNTIME_SYSTEMD,
		 "getty@tty1.service"},
		{"/system.slice/dev-hugepages.mount", HELPER, RUNTIME_SYSTEMD, "dev-hugepages.mount"},
		{"/system.slice/dev-sda2.swap", HELPER, RUNTIME_SYSTEMD, "dev-sda2.swap"},
		{"/system.slice/system-systemd\\x2dfsck.slice/systemd-fsck@x.service", HELPER,
		 RUNTIME_SYSTEMD, "systemd-fsck@x.service"},
		{"/user.slice/user-1000.slice/session-3.scope", SERVICE, RUNTIME_SYSTEMD, "session-3.scope"},
		{"/batch", GROUP, RUNTIME_NONE},
		{"/batch/job", GROUP, RUNTIME_NONE},
		{"//batch//", GROUP, RUNTIME_NONE},
		{"/new\nline/\"quote\"\\/\x1b[31m\xff\xfe", GROUP, RUNTIME_NONE},
	};

	(void)state;
	check_all(list, ARRAY_SIZE(list));
}

/* Ids of another length or alphabet are no container's. */
static void test_near_misses(void **state)
{
	static const struct expected list[] = {
		{"/docker/" ID "0", GROUP, RUNTIME_NONE},
		{"/docker/1d81dfbb2fd8", GROUP, RUNTIME_NONE},
		{"/docker/1D81dfbb2fd83f58942c975bbebba9c1a09935eaf18cd86ebfc1dbfc01deec49", GROUP,
		 RUNTIME_NONE},
		{"/system.slice/docker-" ID ".scop", GROUP, RUNTIME_NONE},
		{"/system.slice/docker-1d81.scope", SERVICE, RUNTIME_SYSTEMD, "docker-1d81.scope"},
		{"/machine.slice/machine-.scope", SERVICE, RUNTIME_SYSTEMD, "machine-.scope"},
		{"/lxc.payload.", GROUP, RUNTIME_NONE},
		{"/kubepods/burstable/podium", GROUP, RUNTIME_NONE},
	};

	(void)state;
	check_all(list, ARRAY_SIZE(list));
}

static void test_owner(void **state)
{
	struct cgroup_name got;

	(void)state;
	cgroup_name_parse(slice_of(USER "/user.slice/libpod-" ID ".scope"), &got);
	assert_true(got.has_owner);
	assert_int_equal(got.owner_uid, 1000);
	cgroup_name_parse(slice_of("/user.slice/user-0.slice"), &got);
	assert_true(got.has_owner);
	assert_int_equal(got.owner_uid, 0);
	cgroup_name_parse(slice_of("/user.slice"), &got);
	assert_false(got.has_owner);
	cgroup_name_parse(slice_of("/user.slice/user-99999999999.slice/x"), &got);
	assert_false(got.has_owner);
	cgroup_name_parse(slice_of("/docker/" ID "/user.slice/user-1000.slice"), &got);
	assert_false(got.has_owner);
}

static void test_deep(void **state)
{
	_cleanup_str_ struct str path = {0};
	struct cgroup_name got;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		str_printf(&path, "/level-%u", i);
	str_add(&path, "/docker/" ID);
	cgroup_name_parse((struct slice){path.data, path.len}, &got);
	assert_int_equal(got.class, CONTAINER);
	assert_int_equal(got.container_depth, 302);
	assert_ptr_equal(got.id.at, path.data + path.len - 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_docker),	   cmocka_unit_test(test_docker_in_docker),
		cmocka_unit_test(test_containerd), cmocka_unit_test(test_crio),
		cmocka_unit_test(test_podman),	   cmocka_unit_test(test_machines),
		cmocka_unit_test(test_systemd),	   cmocka_unit_test(test_near_misses),
		cmocka_unit_test(test_owner),	   cmocka_unit_test(test_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

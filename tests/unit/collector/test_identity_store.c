/* SPDX-License-Identifier: Apache-2.0 */
#include "identity_store.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define WEB "1d81dfbb2fd83f58942c975bbebba9c1a09935eaf18cd86ebfc1dbfc01deec49"
#define PLAIN "38f5afe4ea9d645306ba32853dd6b0fed43a5318a2cc9b2ae24ef1c76075459a"
#define UNO "0f69308c645b1be55a4a34f5fe96c1841405fceb42e7154edb8eabcccced53a0"
#define NGINX "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00"
#define BARGE "5ea11a5e0000000000000000000000000000000000000000000000000000cafe"
#define NERDCTL "0e4dc7000e4dc7000e4dc7000e4dc7000e4dc7000e4dc7000e4dc7000e4dc700"
#define API "c7100000c7100000c7100000c7100000c7100000c7100000c7100000c7100000"
#define API_SANDBOX "c7105a4dc7105a4dc7105a4dc7105a4dc7105a4dc7105a4dc7105a4dc7105a4d"
#define MINE "700713e5700713e5700713e5700713e5700713e5700713e5700713e5700713e5"
#define MY_DOCKER "d0c70075d0c70075d0c70075d0c70075d0c70075d0c70075d0c70075d0c70075"
#define COREDNS "f00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeed"
#define POD_UID "8d1c6d6e-2c0f-4a5e-9d43-0f8a3b1c2d4e"
#define POD_UID_ "8d1c6d6e_2c0f_4a5e_9d43_0f8a3b1c2d4e"
#define DNS_UID "0b5e55ed-0000-4000-8000-00000000cafe"
#define DNS_UID_ "0b5e55ed_0000_4000_8000_00000000cafe"
#define UNKNOWN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define USER "/user.slice/user-1000.slice/user@1000.service/user.slice"

struct world {
	struct scratch scratch;
	struct collector_options options;
	struct identity_store *store;
	int rootfs;
	int procfs;
	uint64_t now;
};

static void open_store(struct world *w)
{
	struct error err;

	assert_int_equal(identity_store_open(&w->options, w->rootfs, w->procfs, w->now, &w->store, &err), 0);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	scratch_make(&w->scratch);
	scratch_mkdir(&w->scratch, "host/etc");
	scratch_mkdir(&w->scratch, "proc");
	w->rootfs = openat(w->scratch.fd, "host", O_PATH | O_DIRECTORY | O_CLOEXEC);
	w->procfs = openat(w->scratch.fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->now = 5;
	*state = w;
	return 0;
}

/* With the host of the fixtures, whose files are real ones where the runtime runs on a test host. */
static int set_up_fixture(void **state)
{
	struct world *w;

	set_up(state);
	w = *state;
	close(w->rootfs);
	w->rootfs = fixture_open("identity/host");
	w->options.crio_root = "/var/lib/crio-storage";
	open_store(w);
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	identity_store_close(w->store);
	close(w->rootfs);
	close(w->procfs);
	scratch_remove(&w->scratch);
	free(w);
	return 0;
}

static struct identity *get(struct world *w, const char *path)
{
	struct cgroup_name name;
	struct identity *who;

	cgroup_name_parse(slice_of(path), &name);
	who = identity_store_get(w->store, &name, slice_of(path), w->now);
	assert_non_null(who);
	return who;
}

/* Takes over `who`, as a collector does once a sample. */
static struct identity *refresh(struct world *w, struct identity *who, const char *path)
{
	struct cgroup_name name;
	struct identity *fresh;

	cgroup_name_parse(slice_of(path), &name);
	fresh = identity_store_refresh(w->store, who, &name, slice_of(path), w->now);
	assert_non_null(fresh);
	identity_unref(who);
	return fresh;
}

struct expected {
	const char *path;
	enum runtime runtime;
	const char *id;
	const char *name;
	const char *image;
	const char *pod;
	const char *pod_namespace;
	const char *pod_uid;
	const char *compose_project;
};

static void describe(struct str *out, const char *path, enum runtime runtime, const char *const texts[7])
{
	str_printf(out, "%s: %s", path, runtime_name(runtime));
	for (size_t i = 0; i < 7; i++)
		str_printf(out, " '%s'", texts[i] ? texts[i] : "");
}

static void check(struct world *w, const struct expected *e)
{
	const char *const wanted[] = {e->id,	  e->name,	     e->image, e->pod, e->pod_namespace,
				      e->pod_uid, e->compose_project};
	struct identity *who = get(w, e->path);
	const char *const got[] = {
		who->id,      who->name,	   who->image, who->pod, who->pod_namespace,
		who->pod_uid, who->compose_project};
	_cleanup_str_ struct str want = {0};
	_cleanup_str_ struct str have = {0};

	describe(&want, e->path, e->runtime, wanted);
	describe(&have, e->path, who->runtime, got);
	assert_string_equal(have.data, want.data);
	identity_unref(who);
}

static void test_every_runtime(void **state)
{
	static const struct expected list[] = {
		{"/docker/" WEB, RUNTIME_DOCKER, WEB, "shop-web", "registry.example/busy:1",
		 .compose_project = "shop"},
		{"/system.slice/docker-" WEB ".scope", RUNTIME_DOCKER, WEB, "shop-web",
		 "registry.example/busy:1", .compose_project = "shop"},
		{"/batch/" PLAIN, RUNTIME_DOCKER, PLAIN, "plain", "registry.example/busy:1"},
		{"/machine.slice/libpod-" UNO ".scope", RUNTIME_PODMAN, UNO, "uno", "localhost/busy:2",
		 .compose_project = "cp"},
		{"/kubepods/burstable/pod" POD_UID "/" NGINX, RUNTIME_CONTAINERD, NGINX,
		 "web-7d9f8c6b5-x2x4z/nginx", "docker.io/library/nginx:1.25", "web-7d9f8c6b5-x2x4z", "shop",
		 POD_UID},
		{"/default/" NERDCTL, RUNTIME_CONTAINERD, NERDCTL, "tidy", .compose_project = "stack"},
		{"/system.slice/nerdctl-" NERDCTL ".scope", RUNTIME_CONTAINERD, NERDCTL, "tidy",
		 .compose_project = "stack"},
		{"/kubepods.slice/kubepods-pod" POD_UID_ ".slice/crio-" API ".scope", RUNTIME_CRIO, API,
		 "api-0/api", "quay.io/example/api:2", "api-0", "prod", POD_UID},
		{"/lxc.payload.web", RUNTIME_LXC, "web", "web"},
		{"/lxc.payload.db", RUNTIME_LXC, "db", "db", "Debian bookworm amd64 (20261101_05:24)"},
		{"/machine.slice/machine-deb\\x2d12.scope", RUNTIME_NSPAWN, "deb-12", "deb-12"},
		{"/plimsoll/job-1", RUNTIME_PLIMSOLL, "job-1", "job-1"},
		{"/plimsoll/" BARGE, RUNTIME_PLIMSOLL, BARGE, "brisk-barge", "/srv/rootfs",
		 .compose_project = "harbour"},
		{"/system.slice/plimsoll-" BARGE ".scope/container", RUNTIME_PLIMSOLL, BARGE, "brisk-barge",
		 "/srv/rootfs", .compose_project = "harbour"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		check(*state, &list[i]);
}

/* The path alone, where no runtime knows it; the kubelet's log names help. */
static void test_no_metadata(void **state)
{
	static const struct expected list[] = {
		{"/docker/" UNKNOWN, RUNTIME_DOCKER, UNKNOWN},
		{"/batch/" UNKNOWN, RUNTIME_CONTAINERD, UNKNOWN},
		{"/libpod_parent/libpod-" UNKNOWN, RUNTIME_PODMAN, UNKNOWN},
		{"/default/redis", RUNTIME_CONTAINERD, "redis", "redis"},
		{"/lxc/none", RUNTIME_LXC, "none", "none"},
		{"/machine.slice/systemd-nspawn@my\\x2dbox.service", RUNTIME_NSPAWN, "my-box", "my-box"},
		{"/kubepods.slice/kubepods-pod" DNS_UID_ ".slice/cri-containerd-" COREDNS ".scope",
		 RUNTIME_CONTAINERD, COREDNS, "coredns-abc/coredns", NULL, "coredns-abc", "kube-system",
		 DNS_UID},
		{"/kubepods.slice/kubepods-pod" DNS_UID_ ".slice/cri-containerd-" UNKNOWN ".scope",
		 RUNTIME_CONTAINERD, UNKNOWN, "coredns-abc", NULL, "coredns-abc", "kube-system", DNS_UID},
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		check(*state, &list[i]);
}

static void test_others(void **state)
{
	static const struct expected list[] = {
		{"/", RUNTIME_NONE, "/", "/"},
		{"", RUNTIME_NONE, "/", "/"},
		{"/batch/job", RUNTIME_NONE, "/batch/job", "/batch/job"},
		{"/system.slice/ssh.service", RUNTIME_SYSTEMD, "ssh.service", "ssh.service"},
		{"/system.slice/app-my\\x2dapp@1.service", RUNTIME_SYSTEMD, "app-my\\x2dapp@1.service",
		 "app-my-app@1.service"},
		{"/system.slice/odd\\x0a\\xff\\x.service", RUNTIME_SYSTEMD, "odd\\x0a\\xff\\x.service",
		 "odd\\x0a\\xff\\x.service"},
		{"/kubepods/burstable/pod" POD_UID, RUNTIME_NONE, "/kubepods/burstable/pod" POD_UID,
		 "/kubepods/burstable/pod" POD_UID, .pod_uid = POD_UID},
		{"/docker/" WEB "/init", RUNTIME_DOCKER, WEB, "shop-web/init", "registry.example/busy:1",
		 .compose_project = "shop"},
		{"/docker/" UNKNOWN "/a/b", RUNTIME_DOCKER, UNKNOWN, "0123456789ab/a/b"},
		{"/lxc.payload.web/system.slice/ssh\\x2d1.service", RUNTIME_LXC, "web",
		 "web/system.slice/ssh-1.service"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		check(*state, &list[i]);
}

static void test_rootless(void **state)
{
	struct world *w = *state;
	static const struct expected list[] = {
		{USER "/libpod-" MINE ".scope", RUNTIME_PODMAN, MINE, "mine", "docker.io/library/redis:7"},
		{USER "/docker-" MY_DOCKER ".scope", RUNTIME_DOCKER, MY_DOCKER, "rootless-web",
		 "registry.example/busy:1", .compose_project = "shop"},
		/* that user's word doesn't count for another's container, nor for the system's */
		{"/user.slice/user-1001.slice/user@1001.service/user.slice/libpod-" MINE ".scope",
		 RUNTIME_PODMAN, MINE},
		{"/machine.slice/libpod-" MINE ".scope", RUNTIME_PODMAN, MINE},
	};
	struct identity *who;

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		check(w, &list[i]);
	who = get(w, list[0].path);
	assert_true(who->has_owner);
	assert_int_equal(who->owner_uid, 1000);
	identity_unref(who);
}

static void test_sandboxes(void **state)
{
	struct world *w = *state;
	struct identity *who = get(w, "/kubepods.slice/kubepods-pod" POD_UID_ ".slice/crio-" API_SANDBOX);

	assert_true(who->sandbox);
	assert_string_equal(who->name, "api-0");
	identity_unref(who);
	who = get(w, "/kubepods.slice/kubepods-pod" POD_UID_ ".slice/crio-" UNKNOWN);
	assert_true(who->sandbox);
	identity_unref(who);
	who = get(w, "/kubepods/pod" POD_UID "/crio-" PLAIN);
	assert_false(who->sandbox);
	identity_unref(who);
}

static void test_details(void **state)
{
	struct world *w = *state;
	struct identity *who = get(w, "/docker/" WEB);

	assert_int_equal(who->init_pid, 8235);
	assert_int_equal(who->started_at_ns, UINT64_C(1795454318562347196));
	assert_string_equal(who->compose_service, "frontend");
	assert_string_equal(identity_label(who, "tier"), "edge");
	assert_string_equal(who->writable_layer,
			    "/var/lib/docker/overlay2/"
			    "ff84a0c275563c0c8ea9163f7fa7b5317c664d530cded6ad202a32653a3d0793/diff");
	identity_unref(who);
}

/* An inner container of the same name is not the outer one. */
static void test_nested_names(void **state)
{
	struct world *w = *state;
	struct identity *outer = get(w, "/lxc.payload.web");
	struct identity *inner = get(w, "/lxc.payload.web/lxc.payload.web");

	assert_string_equal(identity_label(outer, "lxc.uts.name"), "web.example");
	assert_string_equal(inner->name, "web");
	assert_null(identity_label(inner, "lxc.uts.name"));
	inner = refresh(w, inner, "/lxc.payload.web/lxc.payload.web");
	assert_null(identity_label(inner, "lxc.uts.name"));
	identity_unref(outer);
	identity_unref(inner);
}

static void put_docker(struct world *w, const char *id, const char *name)
{
	_cleanup_str_ struct str path = {0};
	_cleanup_str_ struct str text = {0};

	str_printf(&path, "host/var/lib/docker/containers/%s/config.v2.json", id);
	str_printf(&text, "{\"Name\":\"/%s\"}", name);
	scratch_put(&w->scratch, path.data, text.data);
}

static void test_rename(void **state)
{
	struct world *w = *state;
	struct identity *who;
	struct identity *inner;
	struct identity *before;

	put_docker(w, WEB, "old");
	open_store(w);
	who = get(w, "/docker/" WEB);
	inner = get(w, "/docker/" WEB "/init");
	for (unsigned i = 0; i < 5; i++) {
		before = who;
		who = refresh(w, who, "/docker/" WEB);
		assert_ptr_equal(who, before);
		before = inner;
		inner = refresh(w, inner, "/docker/" WEB "/init");
		assert_ptr_equal(inner, before);
		w->now += NSEC_PER_SEC;
	}
	put_docker(w, WEB, "new");
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "new");
	inner = refresh(w, inner, "/docker/" WEB "/init");
	assert_string_equal(inner->name, "new/init");
	/* written anew with nothing new in it */
	put_docker(w, WEB, "new");
	before = who;
	who = refresh(w, who, "/docker/" WEB);
	assert_ptr_equal(who, before);
	identity_unref(who);
	identity_unref(inner);
}

/* A runtime writes its metadata 100 ms after it made the cgroup. */
static void test_late_metadata(void **state)
{
	struct world *w = *state;
	struct identity *who;

	scratch_mkdir(&w->scratch, "host/var/lib/docker");
	open_store(w);
	who = get(w, "/docker/" WEB);
	assert_string_equal(who->name, "");
	assert_string_equal(who->id, WEB);
	put_docker(w, WEB, "late");
	w->now += 50 * NSEC_PER_MSEC;
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "");
	w->now += 60 * NSEC_PER_MSEC;
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "late");
	identity_unref(who);
}

/* The pauses between tries grow: a container that nobody knows costs nothing in the long run. */
static void test_pauses_grow(void **state)
{
	struct world *w = *state;
	struct identity *who;

	scratch_mkdir(&w->scratch, "host/var/lib/docker");
	open_store(w);
	who = get(w, "/docker/" WEB);
	for (unsigned i = 0; i < 300; i++) {
		w->now += NSEC_PER_SEC;
		who = refresh(w, who, "/docker/" WEB);
	}
	put_docker(w, WEB, "late");
	w->now += NSEC_PER_SEC;
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "");
	w->now += 60 * NSEC_PER_SEC;
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "late");
	identity_unref(who);
}

/* Metadata that breaks, or goes, costs nothing that is known already. */
static void test_breaks_and_goes(void **state)
{
	struct world *w = *state;
	struct identity *who;

	put_docker(w, WEB, "good");
	open_store(w);
	who = get(w, "/docker/" WEB);
	scratch_put(&w->scratch, "host/var/lib/docker/containers/" WEB "/config.v2.json", "{\"Name\":\"/bro");
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "good");
	put_docker(w, WEB, "again");
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "again");
	scratch_drop(&w->scratch, "host/var/lib/docker/containers/" WEB "/config.v2.json");
	w->now += 100 * NSEC_PER_SEC;
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "again");
	identity_unref(who);
}

static void test_hostile_files(void **state)
{
	struct world *w = *state;
	struct identity *who;

	/* a link out of the folder, a FIFO, a folder */
	scratch_put(&w->scratch, "host/secret.json", "{\"Name\":\"/secret\"}");
	scratch_link(&w->scratch, "host/var/lib/docker/containers/" WEB "/config.v2.json", "/secret.json");
	scratch_mkdir(&w->scratch, "host/var/lib/docker/containers/" PLAIN);
	assert_int_equal(
		mkfifoat(w->scratch.fd, "host/var/lib/docker/containers/" PLAIN "/config.v2.json", 0644), 0);
	scratch_mkdir(&w->scratch, "host/var/lib/docker/containers/" UNO "/config.v2.json");
	open_store(w);
	who = get(w, "/docker/" WEB);
	assert_string_equal(who->name, "");
	identity_unref(who);
	who = get(w, "/docker/" PLAIN);
	assert_string_equal(who->name, "");
	identity_unref(who);
	who = get(w, "/docker/" UNO);
	assert_string_equal(who->name, "");
	assert_int_equal(who->runtime, RUNTIME_DOCKER);
	identity_unref(who);
}

/* A daemon that is started later, with a folder of its own. */
static void test_daemon_comes_later(void **state)
{
	struct world *w = *state;
	struct metadata_folder folders[64];
	struct identity *who;
	size_t n;

	open_store(w);
	who = get(w, "/docker/" WEB);
	scratch_put(&w->scratch, "host/srv/docker/containers/" WEB "/config.v2.json",
		    "{\"Name\":\"/elsewhere\"}");
	scratch_put(&w->scratch, "proc/7/comm", "dockerd\n");
	scratch_put(&w->scratch, "proc/7/status", "Uid:\t0\t0\t0\t0\n");
	scratch_put_bytes(&w->scratch, "proc/7/cmdline", "dockerd\0--data-root=/srv/docker", 31);
	scratch_link(&w->scratch, "proc/7/root", "../../host");
	identity_store_rescan(w->store, w->now);
	who = refresh(w, who, "/docker/" WEB);
	assert_string_equal(who->name, "elsewhere");
	identity_unref(who);
	n = identity_store_folders(w->store, folders, ARRAY_SIZE(folders));
	assert_true(n > 5);
	assert_string_equal(folders[n - 1].path, "/srv/docker");
	assert_string_equal(folders[n - 1].found_by, "command line");
	assert_int_equal(folders[n - 1].access, 0);
	assert_int_equal(identity_store_folders(w->store, folders, 2), 2);
}

/* Docker in Docker: its daemon's word counts for what is inside, and for nothing else. */
static void test_docker_in_docker(void **state)
{
	struct world *w = *state;
	struct identity *who;

	put_docker(w, WEB, "outer");
	scratch_put(&w->scratch, "inside/var/lib/docker/containers/" PLAIN "/config.v2.json",
		    "{\"Name\":\"/inner\"}");
	scratch_put(&w->scratch, "inside/var/lib/docker/containers/" UNKNOWN "/config.v2.json",
		    "{\"Name\":\"/lie\"}");
	scratch_put(&w->scratch, "proc/7/comm", "dockerd\n");
	scratch_put(&w->scratch, "proc/7/status", "Uid:\t0\t0\t0\t0\n");
	scratch_put(&w->scratch, "proc/7/cmdline", "dockerd");
	scratch_link(&w->scratch, "proc/7/root", "../../inside");
	open_store(w);
	who = get(w, "/docker/" WEB);
	assert_string_equal(who->name, "outer");
	identity_unref(who);
	who = get(w, "/docker/" WEB "/docker/" PLAIN);
	assert_string_equal(who->name, "inner");
	assert_string_equal(who->writable_layer, "");
	identity_unref(who);
	who = get(w, "/docker/" UNKNOWN);
	assert_string_equal(who->name, "");
	identity_unref(who);
}

static void test_forget(void **state)
{
	struct world *w = *state;
	struct cgroup_name name;
	struct identity *who;

	put_docker(w, WEB, "first");
	open_store(w);
	cgroup_name_parse(slice_of("/docker/" WEB), &name);
	identity_store_forget(w->store, &name);
	who = get(w, "/docker/" WEB);
	identity_store_forget(w->store, &name);
	assert_string_equal(who->name, "first");
	identity_unref(who);
	put_docker(w, WEB, "second");
	who = get(w, "/docker/" WEB);
	assert_string_equal(who->name, "second");
	identity_unref(who);
	cgroup_name_parse(slice_of("/docker/" WEB "/x"), &name);
	identity_store_forget(w->store, &name);
}

static void test_huge_label(void **state)
{
	_cleanup_str_ struct str text = {0};
	struct world *w = *state;
	struct identity *who;

	str_add(&text, "{\"Name\":\"/big\",\"Config\":{\"Labels\":{\"a\":\"1\",\"huge\":\"");
	for (unsigned i = 0; i < 10 << 20; i++)
		str_char(&text, 'x');
	str_add(&text, "\"}}}");
	scratch_put_bytes(&w->scratch, "host/var/lib/docker/containers/" WEB "/config.v2.json", text.data,
			  text.len);
	open_store(w);
	who = get(w, "/docker/" WEB);
	assert_string_equal(who->name, "big");
	assert_int_equal(who->n_labels, 1);
	identity_unref(who);
}

static void test_no_procfs(void **state)
{
	struct world *w = *state;
	struct error err;
	struct identity *who;

	put_docker(w, WEB, "good");
	assert_int_equal(identity_store_open(&w->options, w->rootfs, -1, 0, &w->store, &err), 0);
	who = get(w, "/docker/" WEB);
	assert_string_equal(who->name, "good");
	identity_unref(who);
	identity_store_rescan(w->store, 1);
}

#define FIXTURE_TEST(f) cmocka_unit_test_setup_teardown(f, set_up_fixture, tear_down)
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_every_runtime),
		FIXTURE_TEST(test_no_metadata),
		FIXTURE_TEST(test_others),
		FIXTURE_TEST(test_rootless),
		FIXTURE_TEST(test_sandboxes),
		FIXTURE_TEST(test_details),
		FIXTURE_TEST(test_nested_names),
		TEST(test_rename),
		TEST(test_late_metadata),
		TEST(test_pauses_grow),
		TEST(test_breaks_and_goes),
		TEST(test_hostile_files),
		TEST(test_daemon_comes_later),
		TEST(test_docker_in_docker),
		TEST(test_forget),
		TEST(test_huge_label),
		TEST(test_no_procfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

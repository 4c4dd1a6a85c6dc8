/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_folders.h"

#include "base/str.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define CONTAINER "/docker/1d81dfbb2fd83f58942c975bbebba9c1a09935eaf18cd86ebfc1dbfc01deec49"

/* A host's root in "host", another root in "other", processes in "proc". */
struct world {
	struct scratch scratch;
	struct meta_folders folders;
	struct collector_options options;
	int rootfs;
	int procfs;
};

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	scratch_make(&w->scratch);
	scratch_mkdir(&w->scratch, "host/etc");
	scratch_mkdir(&w->scratch, "other/etc");
	scratch_mkdir(&w->scratch, "proc/self");
	w->rootfs = openat(w->scratch.fd, "host", O_PATH | O_DIRECTORY | O_CLOEXEC);
	w->procfs = openat(w->scratch.fd, "proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	meta_folders_free(&w->folders);
	close(w->rootfs);
	close(w->procfs);
	scratch_remove(&w->scratch);
	free(w);
	return 0;
}

static void scan(struct world *w)
{
	if (!w->folders.serial)
		meta_folders_init(&w->folders, &w->options, w->rootfs, w->procfs);
	meta_folders_scan(&w->folders, true);
}

static void add_process(struct world *w, unsigned pid, const char *comm, unsigned uid, const char *root,
			const char *cmdline, size_t len)
{
	char path[64];
	char text[64];

	snprintf(path, sizeof(path), "proc/%u/comm", pid);
	snprintf(text, sizeof(text), "%s\n", comm);
	scratch_put(&w->scratch, path, text);
	snprintf(path, sizeof(path), "proc/%u/status", pid);
	snprintf(text, sizeof(text), "Name:\t%s\nUid:\t%u\t%u\t%u\t%u\n", comm, uid, uid, uid, uid);
	scratch_put(&w->scratch, path, text);
	snprintf(path, sizeof(path), "proc/%u/cmdline", pid);
	scratch_put_bytes(&w->scratch, path, cmdline, len);
	snprintf(path, sizeof(path), "proc/%u/root", pid);
	scratch_link(&w->scratch, path, root);
}
#define PROCESS(w, pid, comm, uid, root, cmdline) \
	add_process(w, pid, comm, uid, root, cmdline, sizeof(cmdline) - 1)
#define HOST_ROOT "../../host"
#define OTHER_ROOT "../../other"

static const struct meta_folder *find(const struct world *w, enum runtime runtime, const char *path)
{
	for (size_t i = 0; i < w->folders.n; i++)
		if (w->folders.list[i]->runtime == runtime && strcmp(w->folders.list[i]->path, path) == 0)
			return w->folders.list[i];
	return NULL;
}

static size_t count(const struct world *w, enum runtime runtime)
{
	size_t n = 0;

	for (size_t i = 0; i < w->folders.n; i++)
		n += w->folders.list[i]->runtime == runtime;
	return n;
}

static void assert_found(const struct world *w, enum runtime runtime, const char *path, const char *found_by)
{
	const struct meta_folder *folder = find(w, runtime, path);

	assert_non_null(folder);
	assert_string_equal(folder->found_by, found_by);
}

static void test_defaults(void **state)
{
	struct world *w = *state;
	const struct meta_folder *docker;

	scratch_mkdir(&w->scratch, "host/var/lib/docker");
	scan(w);
	docker = find(w, RUNTIME_DOCKER, "/var/lib/docker");
	assert_non_null(docker);
	assert_int_equal(docker->access, 0);
	assert_true(docker->fd >= 0);
	assert_int_equal(count(w, RUNTIME_DOCKER), 1);
	assert_found(w, RUNTIME_CONTAINERD, "/run/containerd", "default");
	assert_found(w, RUNTIME_PODMAN, "/var/lib/containers/storage", "default");
	assert_found(w, RUNTIME_CRIO, "/var/lib/containers/storage", "default");
	assert_found(w, RUNTIME_LXC, "/var/lib/lxc", "default");
	assert_found(w, RUNTIME_NSPAWN, "/run/systemd/machines", "default");
	assert_int_equal(find(w, RUNTIME_LXC, "/var/lib/lxc")->access, -ENOENT);
	/* those of distributions only where they are */
	assert_int_equal(count(w, RUNTIME_LXC), 1);
	scratch_mkdir(&w->scratch, "host/var/snap/docker/common/var-lib-docker");
	scratch_mkdir(&w->scratch, "host/var/lib/incus");
	scan(w);
	assert_found(w, RUNTIME_DOCKER, "/var/snap/docker/common/var-lib-docker", "default");
	assert_found(w, RUNTIME_LXC, "/var/lib/incus", "default");
}

/* A folder that appears later, or is made anew, is opened at the next scan, and keeps its place in the list.
 */
static void test_made_later(void **state)
{
	struct world *w = *state;
	uint64_t serial;

	scan(w);
	serial = find(w, RUNTIME_DOCKER, "/var/lib/docker")->serial;
	assert_int_equal(find(w, RUNTIME_DOCKER, "/var/lib/docker")->access, -ENOENT);
	scratch_mkdir(&w->scratch, "host/var/lib/docker");
	scan(w);
	assert_int_equal(find(w, RUNTIME_DOCKER, "/var/lib/docker")->access, 0);
	assert_int_equal(find(w, RUNTIME_DOCKER, "/var/lib/docker")->serial, serial);
	assert_ptr_equal(meta_folders_find(&w->folders, serial), find(w, RUNTIME_DOCKER, "/var/lib/docker"));
	assert_null(meta_folders_find(&w->folders, 12345));
}

static void test_options(void **state)
{
	struct world *w = *state;

	w->options.docker_root = "/mine";
	scratch_put(&w->scratch, "host/etc/docker/daemon.json", "{\"data-root\":\"/srv/docker\"}");
	PROCESS(w, 10, "dockerd", 0, HOST_ROOT, "dockerd\0--data-root\0/d\0");
	scan(w);
	assert_int_equal(count(w, RUNTIME_DOCKER), 1);
	assert_found(w, RUNTIME_DOCKER, "/mine", "option");
}

static void test_configuration(void **state)
{
	struct world *w = *state;

	scratch_put(&w->scratch, "host/etc/docker/daemon.json", "{\"graph\":\"/srv/docker\"}");
	scratch_put(&w->scratch, "host/etc/containerd/config.toml",
		    "state = \"/srv/run\"\nroot = \"/srv/ctd\"\n");
	scratch_put(&w->scratch, "host/etc/containers/storage.conf",
		    "[storage]\ngraphroot = \"/srv/pods\"\n");
	scratch_put(&w->scratch, "host/etc/crio/crio.conf", "[crio]\nroot = \"/srv/crio\"\n");
	scan(w);
	assert_found(w, RUNTIME_DOCKER, "/srv/docker", "daemon.json");
	assert_found(w, RUNTIME_CONTAINERD, "/srv/run", "/etc/containerd/config.toml");
	assert_string_equal(find(w, RUNTIME_CONTAINERD, "/srv/run")->data, "/srv/ctd");
	assert_found(w, RUNTIME_PODMAN, "/srv/pods", "/etc/containers/storage.conf");
	assert_found(w, RUNTIME_CRIO, "/srv/crio", "/etc/crio/crio.conf");
}

static void test_broken_configuration(void **state)
{
	struct world *w = *state;

	scratch_put(&w->scratch, "host/etc/docker/daemon.json", "{\"data-root\":");
	scratch_put(&w->scratch, "host/etc/containers/storage.conf", "[storage\ngraphroot = \n\xff");
	scratch_mkdir(&w->scratch, "host/etc/crio/crio.conf");
	scan(w);
	assert_found(w, RUNTIME_DOCKER, "/var/lib/docker", "default");
	assert_found(w, RUNTIME_PODMAN, "/var/lib/containers/storage", "default");
	assert_found(w, RUNTIME_CRIO, "/var/lib/containers/storage", "default");
}

static void test_command_lines(void **state)
{
	struct world *w = *state;

	scratch_put(&w->scratch, "host/etc/d2.json", "{\"data-root\":\"/from-file\"}");
	scratch_put(&w->scratch, "host/run/k3s.toml", "state = \"/from-toml\"\nroot=\"/toml-data\"\n");
	PROCESS(w, 10, "dockerd", 0, HOST_ROOT, "/usr/bin/dockerd\0--data-root=/d1\0");
	PROCESS(w, 11, "dockerd", 0, HOST_ROOT, "dockerd\0--config-file\0/etc/d2.json\0");
	PROCESS(w, 12, "dockerd", 0, HOST_ROOT, "dockerd\0-g\0/d3\0");
	PROCESS(w, 13, "containerd", 0, HOST_ROOT, "containerd\0--state\0/s1\0--root\0/r1\0");
	PROCESS(w, 14, "containerd", 0, HOST_ROOT, "containerd\0-c\0/run/k3s.toml\0");
	PROCESS(w, 15, "crio", 0, HOST_ROOT, "crio\0--root\0/c1\0");
	PROCESS(w, 16, "conmon", 0, HOST_ROOT,
		"conmon\0--exit-command-arg\0--root\0--exit-command-arg\0/p1\0");
	PROCESS(w, 17, "podman", 0, HOST_ROOT, "podman\0--root\0/p2\0run\0");
	PROCESS(w, 18, "notdockerd", 0, HOST_ROOT, "dockerd\0--data-root=/evil\0");
	scan(w);
	assert_found(w, RUNTIME_DOCKER, "/d1", "command line");
	assert_found(w, RUNTIME_DOCKER, "/from-file", "daemon.json");
	assert_found(w, RUNTIME_DOCKER, "/d3", "command line");
	assert_found(w, RUNTIME_CONTAINERD, "/s1", "command line");
	assert_string_equal(find(w, RUNTIME_CONTAINERD, "/s1")->data, "/r1");
	assert_found(w, RUNTIME_CONTAINERD, "/from-toml", "command line");
	assert_string_equal(find(w, RUNTIME_CONTAINERD, "/from-toml")->data, "/toml-data");
	assert_found(w, RUNTIME_CRIO, "/c1", "command line");
	assert_found(w, RUNTIME_PODMAN, "/p1", "command line");
	assert_found(w, RUNTIME_PODMAN, "/p2", "command line");
	assert_null(find(w, RUNTIME_DOCKER, "/evil"));
	/* the same again finds the same */
	for (size_t i = 0, n = w->folders.n; i < 3; i++) {
		scan(w);
		assert_int_equal(w->folders.n, n);
	}
}

/* The daemon of a container sees a root of its own, and its folders go with it. */
static void test_daemon_in_container(void **state)
{
	struct world *w = *state;
	const struct meta_folder *folder;

	scratch_mkdir(&w->scratch, "other/var/lib/docker/containers");
	scratch_mkdir(&w->scratch, "host/d1");
	PROCESS(w, 20, "dockerd", 0, OTHER_ROOT, "dockerd\0");
	PROCESS(w, 21, "dockerd", 0, OTHER_ROOT, "dockerd\0--data-root=/d1\0");
	scan(w);
	folder = find(w, RUNTIME_DOCKER, "/proc/20/root/var/lib/docker");
	assert_non_null(folder);
	assert_true(folder->foreign);
	assert_int_equal(folder->access, 0);
	assert_int_equal(faccessat(folder->fd, "containers", F_OK, 0), 0);
	folder = find(w, RUNTIME_DOCKER, "/proc/21/root/d1");
	assert_non_null(folder);
	assert_int_equal(folder->access, -ENOENT);
	assert_null(find(w, RUNTIME_DOCKER, "/d1"));
	assert_int_equal(renameat(w->scratch.fd, "proc/20", w->scratch.fd, "proc/gone"), 0);
	scan(w);
	assert_null(find(w, RUNTIME_DOCKER, "/proc/20/root/var/lib/docker"));
	assert_non_null(find(w, RUNTIME_DOCKER, "/proc/21/root/d1"));
}

static void test_root_that_is_gone(void **state)
{
	struct world *w = *state;

	PROCESS(w, 30, "dockerd", 0, "../../nowhere", "dockerd\0--data-root=/d1\0");
	scratch_put(&w->scratch, "proc/31/comm", "dockerd\n");
	scratch_put(&w->scratch, "proc/32/status", "Uid:\t0\n");
	scan(w);
	assert_null(find(w, RUNTIME_DOCKER, "/d1"));
	assert_int_equal(count(w, RUNTIME_DOCKER), 1);
}

/* A user's word counts for that user's containers. */
static void test_user_processes(void **state)
{
	struct world *w = *state;

	PROCESS(w, 40, "dockerd", 1000, HOST_ROOT, "dockerd\0--data-root=/tmp/mine\0");
	scan(w);
	assert_true(find(w, RUNTIME_DOCKER, "/tmp/mine")->has_owner);
	assert_int_equal(find(w, RUNTIME_DOCKER, "/tmp/mine")->owner, 1000);
	assert_false(find(w, RUNTIME_DOCKER, "/var/lib/docker")->has_owner);
}

static void test_homes(void **state)
{
	struct world *w = *state;

	scratch_put(&w->scratch, "host/etc/passwd",
		    "a:x:1000:1000::/home/a:/bin/sh\nb:x:1001:1001::/home/b:/bin/sh\n");
	scratch_put(&w->scratch, "host/home/b/.config/containers/storage.conf",
		    "[storage]\ngraphroot=\"/home/b/pods\"\n");
	scratch_mkdir(&w->scratch, "host/home/b/pods");
	scan(w);
	meta_folders_add_user(&w->folders, 1000);
	meta_folders_add_user(&w->folders, 1001);
	meta_folders_add_user(&w->folders, 1002);
	assert_found(w, RUNTIME_DOCKER, "/home/a/.local/share/docker", "default");
	assert_found(w, RUNTIME_PODMAN, "/home/a/.local/share/containers/storage", "default");
	assert_found(w, RUNTIME_PODMAN, "/home/b/pods", "the user's storage.conf");
	assert_int_equal(find(w, RUNTIME_PODMAN, "/home/b/pods")->owner, 1001);
	assert_int_equal(find(w, RUNTIME_PODMAN, "/home/b/pods")->access, 0);
}

/* Absolute links stay inside the root: /var/lib/docker is often a link to a larger disk. */
static void test_links(void **state)
{
	struct world *w = *state;

	scratch_mkdir(&w->scratch, "host/big/docker/containers");
	scratch_link(&w->scratch, "host/var/lib/docker", "/big/docker");
	scan(w);
	assert_int_equal(find(w, RUNTIME_DOCKER, "/var/lib/docker")->access, 0);
	assert_int_equal(faccessat(find(w, RUNTIME_DOCKER, "/var/lib/docker")->fd, "containers", F_OK, 0), 0);
}

/* However many processes say so: neither a user nor a container takes the places of the host's own. */
static void test_too_many(void **state)
{
	struct world *w = *state;

	for (unsigned i = 0; i < 3 * META_FOLDERS_MAX; i++) {
		char line[64];
		int n = snprintf(line, sizeof(line), "dockerd%c--data-root=/d%u", '\0', i);

		add_process(w, 100 + i, "dockerd", i % 3 ? i % 5 + 1 : 0, i % 3 == 1 ? OTHER_ROOT : HOST_ROOT,
			    line, (size_t)n);
	}
	scan(w);
	assert_in_range(w->folders.n, 40, META_FOLDERS_MAX);
	assert_found(w, RUNTIME_DOCKER, "/var/lib/docker", "default");
	assert_found(w, RUNTIME_NSPAWN, "/run/systemd/machines", "default");
}

/* A process whose root may not be looked at is believed unless its cgroup is a container's. */
static void test_hidden_root(void **state)
{
	struct world *w = *state;
	bool privileged = geteuid() == 0;

	PROCESS(w, 50, "dockerd", 0, "../../locked/in", "dockerd\0--data-root=/d1\0");
	PROCESS(w, 51, "dockerd", 0, "../../locked/in", "dockerd\0--data-root=/d2\0");
	PROCESS(w, 52, "dockerd", 0, "../../locked/in", "dockerd\0--data-root=/d3\0");
	scratch_put(&w->scratch, "proc/50/cgroup", "0::/system.slice/docker.service\n");
	scratch_put(&w->scratch, "proc/51/cgroup", "1:cpu:/\n0::" CONTAINER "\n");
	scratch_mkdir(&w->scratch, "locked/in");
	assert_int_equal(fchmodat(w->scratch.fd, "locked", 0, 0), 0);
	if (privileged)
		assert_int_equal(seteuid(65534), 0);
	scan(w);
	if (privileged)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(fchmodat(w->scratch.fd, "locked", 0700, 0), 0);
	assert_found(w, RUNTIME_DOCKER, "/d1", "command line");
	assert_null(find(w, RUNTIME_DOCKER, "/d2"));
	assert_null(find(w, RUNTIME_DOCKER, "/d3"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_defaults),
		TEST(test_made_later),
		TEST(test_options),
		TEST(test_configuration),
		TEST(test_broken_configuration),
		TEST(test_command_lines),
		TEST(test_daemon_in_container),
		TEST(test_root_that_is_gone),
		TEST(test_user_processes),
		TEST(test_homes),
		TEST(test_links),
		TEST(test_too_many),
		TEST(test_hidden_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

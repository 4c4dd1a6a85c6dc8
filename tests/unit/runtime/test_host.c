/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/str.h"
#include "plan/host_probe.h"
#include "runtime/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void own_cgroups(void **state)
{
	static char v2[] = "";
	static char cpu[] = "cpu,cpuacct";
	static char named[] = "name=systemd";
	static char memory[] = "memory";
	static char pids[] = "pids";
	static char top[] = "/";
	static char below[] = "/docker/abc";
	struct cgroup_layout layout = {
		.n_hierarchies = 5,
		.hierarchies = {{.version = 2, .root = top, .options = v2},
				{.version = 1, .root = top, .options = cpu},
				{.version = 1, .root = top, .options = named},
				{.version = 1, .root = below, .options = memory},
				{.version = 1, .root = top, .options = pids}},
	};
	struct host *host = calloc(1, sizeof(*host));
	_cleanup_str_ struct str text = {0};

	(void)state;
	assert_non_null(host);
	host->layout = &layout;
	str_add(&text, "9:cpuacct,cpu:/a:b\n5:name=systemd:/user.slice\n4:memory:/docker/abc/x\n"
		       "3:pids:/../other\nbroken\n:\n2:devices:/d\n0::/v2 path\n");
	host_read_own_cgroup(host, (struct slice){text.data, text.len});
	assert_string_equal(host->own_cgroup[0], "/v2 path");
	assert_string_equal(host->own_cgroup[1], "/a:b");
	assert_string_equal(host->own_cgroup[2], "/user.slice");
	assert_string_equal(host->own_cgroup[3], "/x");
	assert_string_equal(host->own_cgroup[4], "");
	/* outside of what is mounted; too long */
	host->own_cgroup[3][0] = host->own_cgroup[0][0] = '\0';
	str_clear(&text);
	str_add(&text, "4:memory:/docker/abcd/x\n0::/");
	for (int i = 0; i < 600; i++)
		str_char(&text, 'x');
	host_read_own_cgroup(host, (struct slice){text.data, text.len});
	assert_string_equal(host->own_cgroup[3], "");
	assert_string_equal(host->own_cgroup[0], "");
	free(host);
}

struct tree {
	char path[64];
	int fd;
};

static int make_tree(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	snprintf(tree->path, sizeof(tree->path), "/tmp/plimsoll-host-XXXXXX");
	assert_non_null(mkdtemp(tree->path));
	tree->fd = open(tree->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(tree->fd >= 0);
	mkdirat(tree->fd, "self", 0755);
	mkdirat(tree->fd, "self/ns", 0755);
	mkdirat(tree->fd, "sys", 0755);
	mkdirat(tree->fd, "sys/user", 0755);
	mkdirat(tree->fd, "sys/kernel", 0755);
	*state = tree;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int remove_tree(void **state)
{
	struct tree *tree = *state;

	nftw(tree->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	close(tree->fd);
	free(tree);
	return 0;
}

static void put(const struct tree *tree, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(tree->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void assert_reason(const struct tree *tree, bool rootless, const char *reason)
{
	struct host *host = calloc(1, sizeof(*host));

	assert_non_null(host);
	host->rootless = rootless;
	host_look_at_user_namespaces(host, tree->fd);
	assert_int_equal(host->user_namespace, reason == NULL);
	if (reason)
		assert_non_null(strstr(host->user_namespace_reason, reason));
	else
		assert_null(host->user_namespace_reason);
	free(host);
}

static void user_namespaces(void **state)
{
	const struct tree *tree = *state;

	assert_reason(tree, true, "CONFIG_USER_NS");
	put(tree, "self/ns/user", "");
	assert_reason(tree, true, NULL);
	put(tree, "sys/kernel/apparmor_restrict_unprivileged_userns", "1\n");
	assert_reason(tree, true, "AppArmor");
	assert_reason(tree, false, NULL);
	put(tree, "sys/kernel/unprivileged_userns_clone", "0\n");
	assert_reason(tree, true, "kernel.unprivileged_userns_clone=1");
	assert_reason(tree, false, NULL);
	put(tree, "sys/user/max_user_namespaces", "0\n");
	assert_reason(tree, false, "user.max_user_namespaces");
}

static void this_host(void **state)
{
	struct host *host = calloc(1, sizeof(*host));
	struct error err = {0};

	(void)state;
	assert_non_null(host);
	if (host_open(host, &err) < 0)
		fail_msg("%s", err.cause);
	assert_int_equal(err.code, 0);
	assert_true(host->cpus > 0 && host->memory > 0);
	assert_int_equal(host->uid, geteuid());
	assert_int_equal(host->rootless, !(host->capabilities >> 21 & 1));
	for (size_t i = 0; host->layout && i < host->layout->n_hierarchies; i++)
		assert_true(host->own_cgroup[i][0] == '/' || host->own_cgroup[i][0] == '\0');
	host_close(host);
	host_close(host);
	free(host);
}

static void assert_ids(const struct host_ids *ids, size_t n, const uint32_t (*wanted)[2])
{
	assert_int_equal(ids->n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(ids->at[i].first, wanted[i][0]);
		assert_int_equal(ids->at[i].count, wanted[i][1]);
	}
}

/* subuid(5), newuidmap(1): both files and both programs, or one sentence of what is missing. */
static void ranges_of_ids(void **state)
{
	static const uint32_t uids[][2] = {{100000, 65536}, {400000, 10}};
	static const uint32_t gids[][2] = {{300000, 1}};
	const struct tree *tree = *state;
	struct host *host = calloc(1, sizeof(*host));
	_cleanup_spec_ struct spec *spec = spec_new();

	assert_non_null(host);
	assert_non_null(spec);
	host->uid = 1000;
	host->gid = 1001;
	host->rootless = true;
	host_look_at_ids(host, tree->fd);
	assert_string_equal(host->ids_missing,
			    "user 1000 has no range of ids in /etc/subuid and /etc/subgid");
	assert_string_equal(host->ids_remedy,
			    "as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER");

	mkdirat(tree->fd, "etc", 0755);
	put(tree, "etc/passwd", "root:x:0:0::/:/bin/sh\nbroken\nanna:x:1000:1001::/:/bin/sh\n");
	put(tree, "etc/subuid",
	    "other:200000:65536\nanna:100000:65536\nanna:x:1\nanna:1:0\nanna:5\nanna:4294967295:2\n"
	    "anna:165535:9\nanna:999:2\n1000:400000:10\nann:500000:1\n10000:600000:1");
	host_look_at_ids(host, tree->fd);
	assert_string_equal(host->ids_missing, "user 1000 has no range of ids in /etc/subgid");
	assert_string_equal(host->ids_remedy, "as root: usermod --add-subgids 600001-665536 anna");
	assert_int_equal(host->uids.n, 0); /* one without the other is of no use */

	put(tree, "etc/subgid", "anna:1001:1\nanna:300000:1\n");
	host_look_at_ids(host, tree->fd);
	assert_non_null(strstr(host->ids_missing, "newuidmap"));
	assert_non_null(strstr(host->ids_remedy, "uidmap"));

	mkdirat(tree->fd, "usr", 0755);
	mkdirat(tree->fd, "usr/bin", 0755);
	put(tree, "usr/bin/newuidmap", "");
	put(tree, "usr/bin/newgidmap", "");
	assert_int_equal(fchmodat(tree->fd, "usr/bin/newuidmap", 0755, 0), 0);
	host_look_at_ids(host, tree->fd);
	assert_non_null(strstr(host->ids_missing, "newgidmap"));
	assert_int_equal(fchmodat(tree->fd, "usr/bin/newgidmap", 0755, 0), 0);
	host_look_at_ids(host, tree->fd);
	assert_string_equal(host->ids_missing, "");
	assert_ids(&host->uids, 2, uids);
	assert_ids(&host->gids, 1, gids);

	spec->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_JOIN;
	assert_int_equal(host_id_maps(host, spec), 0);
	assert_int_equal(spec->linux_.uid_maps.n, 0);
	spec->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	assert_int_equal(host_id_maps(host, spec), 0);
	assert_int_equal(host_id_maps(host, spec), 0); /* what is there stays */
	assert_int_equal(spec->linux_.uid_maps.n, 3);
	assert_int_equal(spec->linux_.uid_maps.at[0].host_id, 1000);
	assert_int_equal(spec->linux_.uid_maps.at[2].container_id, 65537);
	assert_int_equal(spec->linux_.gid_maps.n, 2);
	assert_int_equal(spec->linux_.gid_maps.at[0].host_id, 1001);
	free(host);
}

/* A slice's name tells its parents; what systemd refuses as a name is refused before it is asked. */
static void slices_tell_their_place(void **state)
{
	static const char *const good[][2] = {
		{NULL, "/system.slice"},
		{"-.slice", ""},
		{"batch.slice", "/batch.slice"},
		{"a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice"},
		{"user-1000.slice", "/user.slice/user-1000.slice"},
		{"a\\x2d:_.b.slice", "/a\\x2d:_.b.slice"},
	};
	static const char *const bad[] = {"batch",	".slice",    "-a.slice",     "a-.slice",
					  "a--b.slice", "a/b.slice", "a b.slice",    "--.slice",
					  "",		"/a.slice",  "system.slicex"};
	struct error err;
	char path[128];
	char wanted[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(host_scope_path(good[i][0], "web", path, sizeof(path), NULL), 0);
		snprintf(wanted, sizeof(wanted), "%s/plimsoll-web.scope/container", good[i][1]);
		assert_string_equal(path, wanted);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (host_scope_path(bad[i], "web", path, sizeof(path), &err) != -EINVAL)
			fail_msg("'%s' is taken", bad[i]);
		assert_non_null(strstr(err.cause, bad[i]));
	}
	assert_int_equal(host_scope_path("a-b.slice", "web", path, 16, NULL), -ENAMETOOLONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_cgroups),
		cmocka_unit_test_setup_teardown(user_namespaces, make_tree, remove_tree),
		cmocka_unit_test_setup_teardown(ranges_of_ids, make_tree, remove_tree),
		cmocka_unit_test(this_host),
		cmocka_unit_test(slices_tell_their_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

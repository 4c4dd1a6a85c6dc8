/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/str.h"
#include "plan/host_probe.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_cgroups),
		cmocka_unit_test_setup_teardown(user_namespaces, make_tree, remove_tree),
		cmocka_unit_test(this_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

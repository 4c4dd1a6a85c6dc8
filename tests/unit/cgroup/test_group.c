/* SPDX-License-Identifier: Apache-2.0 */
/* What plain folders can show: making, taking back, inheriting, order of writes, reading, removing. The
 * kernel's own part is tests/system/cgroup_group.c. */
#include "cgroup/group.h"
#include "layout_fixture.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static bool exists(const struct fixture *f, size_t i, const char *path)
{
	return faccessat(f->layout.hierarchies[i].fd, path, F_OK, 0) == 0;
}

static size_t home(const struct fixture *f, enum controller c)
{
	return (size_t)f->layout.home[c];
}

static void odd_paths(void **state)
{
	static const char *const paths[] = {"",	   "/",	    "a",       "a/b",  "//a",  "/a/",  "/a//b",
					    "/..", "/a/..", "/a/../b", "/./a", "/a/.", "/a\nb"};
	struct cgroup_group *g = NULL;
	struct error err;
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_HYBRID);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		assert_int_equal(cgroup_group_make(&f.layout, paths[i], UINT32_MAX, &g, &err), -EINVAL);
		assert_int_equal(cgroup_group_open(&f.layout, paths[i], &g, &err), -EINVAL);
	}
	assert_null(g);
	fixture_close(&f);
}

static void make_open_remove(void **state)
{
	struct cgroup_group *g = NULL;
	struct cgroup_group *same = NULL;
	struct error err = {0};
	struct fixture f;
	uint32_t bits;

	(void)state;
	fixture_open(&f, CGROUP_HYBRID);
	bits = 1U | UINT32_C(1) << home(&f, CONTROLLER_MEMORY);
	assert_int_equal(cgroup_group_open(&f.layout, "/p/..x/id", &same, &err), -ENOENT);
	assert_int_equal(cgroup_group_make(&f.layout, "/p/..x/id", bits, &g, &err), 0);
	assert_true(g->hierarchies == bits && g->made == bits);
	for (size_t i = 0; i < f.layout.n_hierarchies; i++) {
		assert_int_equal(exists(&f, i, "p/..x/id"), bits >> i & 1);
		assert_int_equal(g->fds[i] >= 0, bits >> i & 1);
	}
	assert_int_equal(cgroup_group_v2(g), g->fds[0]);
	assert_int_equal(cgroup_group_open(&f.layout, "/p/..x/id", &same, &err), 0);
	assert_true(same->hierarchies == bits && same->made == 0);

	/* what is below goes too, however deep; the parents stay */
	for (char path[256] = "p/..x/id/n"; strlen(path) < 200;
	     memcpy(path + strlen(path), "/n", sizeof("/n")))
		assert_int_equal(mkdirat(f.layout.hierarchies[0].fd, path, 0700), 0);
	assert_int_equal(mkdirat(f.layout.hierarchies[0].fd, "p/..x/id/n/other", 0700), 0);
	assert_int_equal(cgroup_group_remove(g, 0, &err), 0);
	assert_false(exists(&f, 0, "p/..x/id"));
	assert_true(exists(&f, 0, "p/..x"));
	/* gone is fine, and another's folder of that name is another's */
	assert_int_equal(cgroup_group_remove(same, 0, &err), 0);
	assert_int_equal(mkdirat(f.layout.hierarchies[0].fd, "p/..x/id", 0700), 0);
	assert_int_equal(cgroup_group_remove(g, 0, &err), 0);
	assert_true(exists(&f, 0, "p/..x/id"));
	cgroup_group_close(same);
	cgroup_group_close(g);
	cgroup_group_close(NULL);
	fixture_close(&f);
}

static void what_fails_leaves_nothing(void **state)
{
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;
	size_t last;

	(void)state;
	fixture_open(&f, CGROUP_HYBRID);
	last = f.layout.n_hierarchies - 1;
	assert_int_equal(mkdirat(f.layout.hierarchies[last].fd, "p", 0700), 0);
	assert_int_equal(mkdirat(f.layout.hierarchies[last].fd, "p/q", 0700), 0);
	assert_int_equal(mkdirat(f.layout.hierarchies[last].fd, "p/q/id", 0700), 0);
	assert_int_equal(mkdirat(f.layout.hierarchies[1].fd, "p", 0700), 0);
	/* the cpuset's parent has no files here, which is an error of its own: leave it out */
	assert_int_equal(cgroup_group_make(&f.layout, "/p/q/id",
					   UINT32_MAX & ~(UINT32_C(1) << home(&f, CONTROLLER_CPUSET)), &g,
					   &err),
			 -EEXIST);
	assert_non_null(strstr(err.remedy, "another name"));
	assert_null(g);
	for (size_t i = 0; i < last; i++) {
		assert_int_equal(exists(&f, i, "p"), i == 1);
		assert_false(exists(&f, i, "p/q"));
	}
	assert_true(exists(&f, last, "p/q/id"));
	fixture_close(&f);
}

/* A cpuset needs its parent's files, which real folders have from the start. */
static void cpusets_inherit(void **state)
{
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;
	size_t i;

	(void)state;
	fixture_open(&f, CGROUP_V1);
	i = home(&f, CONTROLLER_CPUSET);
	assert_int_equal(cgroup_group_make(&f.layout, "/p/id", UINT32_C(1) << i, &g, &err), -ENOENT);
	assert_false(exists(&f, i, "p"));
	fixture_close(&f);
}

static void controllers_are_passed_on(void **state)
{
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_V2);
	fixture_write(&f, 0, "cgroup.controllers", "cpu memory pids\n");
	fixture_write(&f, 0, "cgroup.subtree_control", "memory\n");
	assert_int_equal(mkdirat(f.layout.hierarchies[0].fd, "p", 0700), 0);
	fixture_write(&f, 0, "p/cgroup.controllers", "cpu pids\n");
	fixture_write(&f, 0, "p/cgroup.subtree_control", "");
	assert_int_equal(cgroup_group_make(&f.layout, "/p/id", 1, &g, &err), 0);
	assert_string_equal(fixture_read(&f, 0, "cgroup.subtree_control"), "+cpu +pids");
	assert_string_equal(fixture_read(&f, 0, "p/cgroup.subtree_control"), "+cpu +pids");
	assert_null(fixture_read(&f, 0, "p/id/cgroup.subtree_control"));
	cgroup_group_close(g);
	fixture_close(&f);
}

/* With processes it would become a threaded domain by cpu and pids, which are not refused. */
static void parents_with_processes_pass_nothing_on(void **state)
{
	static const struct limit_write write = {.file = "pids.max", .value = "1", .flag = "--pids-limit"};
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_V2);
	fixture_write(&f, 0, "cgroup.controllers", "cpu pids\n");
	fixture_write(&f, 0, "cgroup.subtree_control", "cpu pids\n");
	fixture_write(&f, 0, "cgroup.procs", "1\n");
	assert_int_equal(mkdirat(f.layout.hierarchies[0].fd, "p", 0700), 0);
	fixture_write(&f, 0, "p/cgroup.controllers", "cpu pids\n");
	fixture_write(&f, 0, "p/cgroup.subtree_control", "");
	fixture_write(&f, 0, "p/cgroup.type", "domain\n");
	fixture_write(&f, 0, "p/cgroup.procs", "77\n");
	assert_int_equal(cgroup_group_make(&f.layout, "/p/id", 1, &g, &err), 0);
	assert_string_equal(fixture_read(&f, 0, "p/cgroup.subtree_control"), "");
	fixture_write(&f, 0, "p/id/cgroup.controllers", "\n");
	assert_int_equal(cgroup_group_limit(g, &write, 1, &err), -EBUSY);
	assert_non_null(strstr(err.cause, "processes of its own"));
	assert_string_equal(fixture_read(&f, 0, "p/cgroup.subtree_control"), "");
	cgroup_group_close(g);
	fixture_close(&f);
}

/* --- limits --- */

static void limits_are_written(void **state)
{
	static const struct limit_write writes[] = {
		{.file = "a", .value = "1", .flag = "--a"},
		{.file = "none", .value = "2", .flag = "--b", .missing = LIMIT_MISSING_SKIPS},
		{.file = "none", .value = "3", .flag = "--c", .missing = LIMIT_MISSING_NEXT},
		{.file = "c", .value = "4", .flag = "--c"},
		{.file = "d", .value = "5", .flag = "--d", .missing = LIMIT_MISSING_NEXT},
		{.file = "e", .value = "6", .flag = "--d"},
		{.file = "f", .value = "", .flag = "--f"},
		{.file = "memory.none", .value = "7", .flag = "--g"},
		{.file = "h", .value = "8", .flag = "--h"},
	};
	static const char *const wanted[] = {"a", "1", "c", "4", "d", "5", "e", "", "f", "\n", "h", ""};
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_V1);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", 1, &g, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i += 2) {
		char path[32];

		snprintf(path, sizeof(path), "id/%s", wanted[i]);
		fixture_write(&f, 0, path, "");
	}
	assert_int_equal(cgroup_group_limit(g, writes, ARRAY_SIZE(writes), &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.cause, "--g"));
	assert_non_null(strstr(err.cause, "memory.none"));
	assert_true(*err.remedy);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i += 2) {
		char path[32];

		snprintf(path, sizeof(path), "id/%s", wanted[i]);
		assert_string_equal(fixture_read(&f, 0, path), wanted[i + 1]);
	}
	assert_int_equal(cgroup_group_limit(g, writes, 7, &err), 0);
	/* a hierarchy without a folder of the group */
	assert_int_equal(
		cgroup_group_limit(
			g, &(struct limit_write){.hierarchy = 1, .file = "a", .value = "1", .flag = "--x"}, 1,
			&err),
		-ENODEV);
	cgroup_group_close(g);
	fixture_close(&f);
}

static void what_was_not_passed_on_is_said(void **state)
{
	static const struct limit_write write = {.file = "memory.max", .value = "1", .flag = "--memory"};
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_V2);
	fixture_write(&f, 0, "cgroup.controllers", "cpu memory\n");
	fixture_write(&f, 0, "cgroup.subtree_control", "cpu memory\n");
	assert_int_equal(mkdirat(f.layout.hierarchies[0].fd, "p", 0700), 0);
	fixture_write(&f, 0, "p/cgroup.subtree_control", "cpu\n");
	assert_int_equal(cgroup_group_make(&f.layout, "/p/id", 1, &g, &err), 0);
	fixture_write(&f, 0, "p/id/cgroup.controllers", "cpu\n");
	assert_true(cgroup_group_limit(g, &write, 1, &err) < 0);
	assert_non_null(strstr(err.cause, "--memory"));
	assert_non_null(strstr(err.cause, "has no memory controller"));
	assert_non_null(strstr(err.cause, "unified/p'"));
	cgroup_group_close(g);
	fixture_close(&f);
}

static void a_value_that_does_not_stand(void **state)
{
	struct limit_write write = {
		.file = "null", .value = "4096", .flag = "--kernel-memory", .verified = true};
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_V1);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", 1, &g, &err), 0);
	fixture_write(&f, 0, "id/null", "");
	assert_int_equal(cgroup_group_limit(g, &write, 1, &err), 0);
	/* longer than what is written over it */
	fixture_write(&f, 0, "id/null", "9223372036854771712\n");
	assert_int_equal(cgroup_group_limit(g, &write, 1, &err), -EOPNOTSUPP);
	assert_non_null(strstr(err.cause, "--kernel-memory"));
	cgroup_group_close(g);
	fixture_close(&f);
}

/* --- looking --- */

static void figures(void **state)
{
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;
	size_t m;

	(void)state;
	fixture_open(&f, CGROUP_V2);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", 1, &g, &err), 0);
	assert_int_equal(cgroup_group_oom_kills(g), -ENOENT);
	fixture_write(&f, 0, "id/memory.events", "low 0\noom 7\noom_kill 3\noom_group_kill 1\n");
	fixture_write(&f, 0, "id/memory.current", "12345678901\n");
	fixture_write(&f, 0, "id/cgroup.events", "populated 1\nfrozen 0\n");
	assert_int_equal(cgroup_group_oom_kills(g), 3);
	assert_int_equal(cgroup_group_memory(g), INT64_C(12345678901));
	assert_int_equal(cgroup_group_is_populated(g), 1);
	assert_int_equal(cgroup_group_is_frozen(g), 0);
	fixture_write(&f, 0, "id/memory.current", "?\n");
	assert_int_equal(cgroup_group_memory(g), -ENODATA);
	fixture_write(&f, 0, "id/cgroup.events", "populated 0\nfrozen 1\n");
	assert_int_equal(cgroup_group_is_populated(g), 0);
	assert_int_equal(cgroup_group_is_frozen(g), 1);
	cgroup_group_close(g);
	fixture_close(&f);

	fixture_open(&f, CGROUP_HYBRID);
	m = home(&f, CONTROLLER_MEMORY);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", UINT32_C(1) << m, &g, &err), 0);
	assert_int_equal(mkdirat(g->fds[m], "below", 0700), 0);
	fixture_write(&f, m, "id/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	fixture_write(&f, m, "id/below/memory.oom_control", "oom_kill 5\n");
	fixture_write(&f, m, "id/memory.usage_in_bytes", "4096\n");
	assert_int_equal(cgroup_group_oom_kills(g), 7);
	assert_int_equal(cgroup_group_memory(g), 4096);
	assert_int_equal(cgroup_group_v2(g), -1);
	cgroup_group_close(g);
	fixture_close(&f);
}

static void pids_once_each(void **state)
{
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;
	pid_t *pids = NULL;
	size_t n = 0;

	(void)state;
	fixture_open(&f, CGROUP_V1);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", 3, &g, &err), 0);
	assert_int_equal(cgroup_group_is_populated(g), 0);
	assert_int_equal(cgroup_group_pids(g, &pids, &n), 0);
	assert_int_equal(n, 0);
	free(pids);
	assert_int_equal(mkdirat(g->fds[0], "below", 0700), 0);
	fixture_write(&f, 0, "id/cgroup.procs", "30\n4\n0\n-1\n99999999999\n");
	fixture_write(&f, 0, "id/below/cgroup.procs", "7\n30\n");
	fixture_write(&f, 1, "id/cgroup.procs", "4\n5\n");
	assert_int_equal(cgroup_group_is_populated(g), 1);
	assert_int_equal(cgroup_group_pids(g, &pids, &n), 0);
	assert_int_equal(n, 4);
	assert_true(pids[0] == 4 && pids[1] == 5 && pids[2] == 7 && pids[3] == 30);
	free(pids);
	cgroup_group_close(g);
	fixture_close(&f);
}

static void a_freeze_that_fails_is_thawed(void **state)
{
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_V2);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", 1, &g, &err), 0);
	assert_int_equal(cgroup_group_freeze(g, true, 0, &err), -EOPNOTSUPP);
	fixture_write(&f, 0, "id/cgroup.freeze", "0");
	fixture_write(&f, 0, "id/cgroup.events", "populated 1\nfrozen 0\n");
	assert_int_equal(cgroup_group_freeze(g, true, 1, &err), -ETIMEDOUT);
	assert_string_equal(fixture_read(&f, 0, "id/cgroup.freeze"), "0");
	assert_int_equal(cgroup_group_freeze(g, false, 1, &err), 0);
	fixture_write(&f, 0, "id/cgroup.events", "populated 1\nfrozen 1\n");
	assert_int_equal(cgroup_group_freeze(g, true, 1, &err), 0);
	assert_string_equal(fixture_read(&f, 0, "id/cgroup.freeze"), "1");
	cgroup_group_close(g);
	fixture_close(&f);
}

static void what_somebody_froze_stays_so_for_a_signal(void **state)
{
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_V2);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", 1, &g, &err), 0);
	fixture_write(&f, 0, "id/cgroup.procs", "");
	/* asked for, and not so at this moment */
	fixture_write(&f, 0, "id/cgroup.freeze", "1");
	fixture_write(&f, 0, "id/cgroup.events", "populated 1\nfrozen 0\n");
	assert_int_equal(cgroup_group_signal(g, SIGTERM, &err), 0);
	assert_string_equal(fixture_read(&f, 0, "id/cgroup.freeze"), "1");
	cgroup_group_close(g);
	fixture_close(&f);
}

static void killing_is_one_write(void **state)
{
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_V2);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", 1, &g, &err), 0);
	fixture_write(&f, 0, "id/cgroup.kill", "");
	fixture_write(&f, 0, "id/cgroup.procs", "");
	assert_int_equal(cgroup_group_signal(g, SIGTERM, &err), 0);
	assert_string_equal(fixture_read(&f, 0, "id/cgroup.kill"), "");
	assert_int_equal(cgroup_group_signal(g, SIGKILL, &err), 0);
	assert_string_equal(fixture_read(&f, 0, "id/cgroup.kill"), "1");
	cgroup_group_close(g);
	fixture_close(&f);
}

/* --- entering --- */

static void tasks_and_processes(void **state)
{
	int fds[HIERARCHIES_MAX];
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;

	(void)state;
	fixture_open(&f, CGROUP_HYBRID);
	assert_int_equal(cgroup_group_make(&f.layout, "/id", 7, &g, &err), 0);
	assert_int_equal(cgroup_group_tasks(g, fds, &err), -ENOENT);
	fixture_write(&f, 1, "id/tasks", "");
	fixture_write(&f, 2, "id/tasks", "");
	/* v2 has none */
	assert_int_equal(cgroup_group_tasks(g, fds, &err), 2);
	assert_int_equal(cgroup_tasks_enter(fds, 2), 0);
	assert_string_equal(fixture_read(&f, 1, "id/tasks"), "0");
	assert_string_equal(fixture_read(&f, 2, "id/tasks"), "0");
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(cgroup_tasks_enter(fds, 1), -EBADF);
	for (size_t i = 0; i < 3; i++)
		fixture_write(&f, i, "id/cgroup.procs", "");
	assert_int_equal(cgroup_group_add(g, 1234, &err), 0);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(fixture_read(&f, i, "id/cgroup.procs"), "1234");
	cgroup_group_close(g);
	fixture_close(&f);
}

static void groups_of_a_process(void **state)
{
	static const char text[] = "12:memory:/docker/a:b\n11:name=systemd:/x\n10:cpuacct,cpu:/docker/a:b\n"
				   "9:pids:/\n8:blkio:/gone\n7:perf_event:/docker/a:b\nnonsense\n5:\n"
				   "0::/unified/c\n6:cpuset:/../else\n";
	struct cgroup_group *g = NULL;
	struct error err = {0};
	struct fixture f;
	uint32_t bits;
	int procfs;
	size_t cpu;

	(void)state;
	fixture_open(&f, CGROUP_HYBRID);
	procfs = open(f.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(procfs, "42", 0700), 0);
	assert_int_equal(cgroup_group_of(&f.layout, procfs, 42, &g, &err), -ESRCH);
	cpu = home(&f, CONTROLLER_CPU);
	bits = 1U | UINT32_C(1) << cpu | UINT32_C(1) << home(&f, CONTROLLER_MEMORY) |
	       UINT32_C(1) << home(&f, CONTROLLER_NAMED);
	for (size_t i = 0; i < f.layout.n_hierarchies; i++) {
		int root = f.layout.hierarchies[i].fd;

		assert_int_equal(mkdirat(root, "docker", 0700), 0);
		assert_int_equal(mkdirat(root, "docker/a:b", 0700), 0);
		assert_int_equal(mkdirat(root, "unified", 0700), 0);
		assert_int_equal(mkdirat(root, "unified/c", 0700), 0);
		assert_int_equal(mkdirat(root, "x", 0700), 0);
	}
	{
		_cleanup_close_ int fd = openat(procfs, "42/cgroup", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	}
	assert_int_equal(cgroup_group_of(&f.layout, procfs, 42, &g, &err), 0);
	assert_int_equal(g->hierarchies, bits);
	assert_int_equal(g->made, 0);
	assert_string_equal(g->path, "/unified/c");
	cgroup_group_close(g);

	/* the mount shows a part of the tree alone */
	free(f.layout.hierarchies[cpu].root);
	f.layout.hierarchies[cpu].root = strdup("/docker");
	assert_int_equal(mkdirat(f.layout.hierarchies[cpu].fd, "a:b", 0700), 0);
	assert_int_equal(cgroup_group_of(&f.layout, procfs, 42, &g, &err), 0);
	assert_int_equal(g->hierarchies, bits);
	cgroup_group_close(g);
	free(f.layout.hierarchies[cpu].root);
	f.layout.hierarchies[cpu].root = strdup("/dock");
	assert_int_equal(cgroup_group_of(&f.layout, procfs, 42, &g, &err), 0);
	assert_int_equal(g->hierarchies, bits & ~(UINT32_C(1) << cpu));
	cgroup_group_close(g);

	/* the roots are nobody's container: nothing that is done to a group must reach the host */
	{
		_cleanup_close_ int fd = openat(procfs, "42/cgroup", O_WRONLY | O_TRUNC | O_CLOEXEC);

		assert_int_equal(write(fd, "0::/\n9:pids:/\n", 14), 14);
	}
	assert_int_equal(cgroup_group_of(&f.layout, procfs, 42, &g, &err), -ENOENT);
	close(procfs);
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_paths),
		cmocka_unit_test(make_open_remove),
		cmocka_unit_test(what_fails_leaves_nothing),
		cmocka_unit_test(cpusets_inherit),
		cmocka_unit_test(controllers_are_passed_on),
		cmocka_unit_test(parents_with_processes_pass_nothing_on),
		cmocka_unit_test(limits_are_written),
		cmocka_unit_test(what_was_not_passed_on_is_said),
		cmocka_unit_test(a_value_that_does_not_stand),
		cmocka_unit_test(figures),
		cmocka_unit_test(pids_once_each),
		cmocka_unit_test(a_freeze_that_fails_is_thawed),
		cmocka_unit_test(what_somebody_froze_stays_so_for_a_signal),
		cmocka_unit_test(killing_is_one_write),
		cmocka_unit_test(tasks_and_processes),
		cmocka_unit_test(groups_of_a_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

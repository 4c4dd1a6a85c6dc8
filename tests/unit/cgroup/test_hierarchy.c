/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "cgroup/hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define TREE FIXTURES "/cgroup/"

/* The host as `tree` has it, with everything below the tree. */
static int open_tree(const char *tree, struct cgroup_layout **out, struct error *err)
{
	char procfs[512];
	char sysfs[512];
	char rootfs[512];

	snprintf(procfs, sizeof(procfs), TREE "%s/proc", tree);
	snprintf(sysfs, sizeof(sysfs), TREE "%s/sys", tree);
	snprintf(rootfs, sizeof(rootfs), TREE "%s", tree);
	return cgroup_layout_open(&(struct cgroup_roots){procfs, sysfs, rootfs}, out, err);
}

static struct cgroup_layout *must_open(const char *tree)
{
	struct cgroup_layout *layout = NULL;
	struct error err = {0};

	if (open_tree(tree, &layout, &err) < 0)
		fail_msg("%s: %s", tree, err.cause);
	return layout;
}

static const struct hierarchy *home(const struct cgroup_layout *l, enum controller c)
{
	if (l->home[c] < 0)
		fail_msg("%s has no home", controller_name(c));
	return &l->hierarchies[l->home[c]];
}

static void assert_home(const struct cgroup_layout *l, enum controller c, int version, const char *point)
{
	const struct hierarchy *h = home(l, c);

	assert_int_equal(h->version, version);
	assert_true(strlen(h->mount_point) >= strlen(point));
	assert_string_equal(h->mount_point + strlen(h->mount_point) - strlen(point), point);
	assert_int_not_equal(fcntl(h->fd, F_GETFD) & FD_CLOEXEC, 0);
}

static void pure_v2(void **state)
{
	struct cgroup_layout *l = must_open("v2");

	(void)state;
	assert_int_equal(l->mode, CGROUP_V2);
	assert_int_equal(l->n_hierarchies, 1);
	assert_string_equal(l->hierarchies[0].mount_point, TREE "v2/sys/fs/cgroup");
	assert_string_equal(l->hierarchies[0].root, "/");
	assert_string_equal(l->hierarchies[0].options, "");
	for (enum controller c = 0; c < CONTROLLER__COUNT; c++) {
		static const uint32_t listed =
			1U << CONTROLLER_CORE | 1U << CONTROLLER_CPU | 1U << CONTROLLER_CPUSET |
			1U << CONTROLLER_IO | 1U << CONTROLLER_MEMORY | 1U << CONTROLLER_HUGETLB |
			1U << CONTROLLER_PIDS | 1U << CONTROLLER_RDMA | 1U << CONTROLLER_MISC;

		assert_int_equal(l->home[c], listed >> c & 1 ? 0 : -1);
	}
	assert_int_equal(l->n_pagesizes, 2);
	assert_string_equal(l->pagesizes[0], "2MB");
	assert_string_equal(l->pagesizes[1], "1GB");
	cgroup_layout_close(l);
}

static void descriptors_are_of_the_mount_points(void **state)
{
	struct cgroup_layout *l = must_open("v2");
	_cleanup_free_ char *text = NULL;

	(void)state;
	assert_int_equal(fs_read_file(l->hierarchies[0].fd, "cgroup.subtree_control", 4096, &text, NULL), 0);
	assert_string_equal(text, "cpu memory pids\n");
	cgroup_layout_close(l);
}

static void hybrid_by_hand(void **state)
{
	struct cgroup_layout *l = must_open("hybrid");

	(void)state;
	assert_int_equal(l->mode, CGROUP_HYBRID);
	assert_int_equal(l->n_hierarchies, 10);
	assert_int_equal(l->home[CONTROLLER_CORE], 0);
	assert_home(l, CONTROLLER_CORE, 2, "/sys/fs/cgroup/unified");
	assert_home(l, CONTROLLER_HUGETLB, 2, "/sys/fs/cgroup/unified");
	assert_home(l, CONTROLLER_MEMORY, 1, "/sys/fs/cgroup/memory");
	assert_home(l, CONTROLLER_IO, 1, "/sys/fs/cgroup/blkio");
	assert_home(l, CONTROLLER_CPUACCT, 1, "/sys/fs/cgroup/cpuacct");
	assert_home(l, CONTROLLER_NAMED, 1, "/sys/fs/cgroup/systemd");
	assert_int_equal(l->home[CONTROLLER_RDMA], -1);
	assert_int_equal(l->home[CONTROLLER_PERF_EVENT], -1);
	cgroup_layout_close(l);
}

static void hybrid_of_systemd(void **state)
{
	struct cgroup_layout *l = must_open("hybrid-systemd");

	(void)state;
	assert_int_equal(l->mode, CGROUP_HYBRID);
	assert_int_equal(l->n_hierarchies, 13);
	assert_home(l, CONTROLLER_CORE, 2, "/unified");
	assert_int_equal(l->hierarchies[0].controllers, 1U << CONTROLLER_CORE);
	/* co-mounted controllers share one hierarchy */
	assert_home(l, CONTROLLER_CPU, 1, "/sys/fs/cgroup/cpu,cpuacct");
	assert_int_equal(l->home[CONTROLLER_CPU], l->home[CONTROLLER_CPUACCT]);
	assert_int_equal(l->home[CONTROLLER_NET_CLS], l->home[CONTROLLER_NET_PRIO]);
	assert_home(l, CONTROLLER_HUGETLB, 1, "/hugetlb");
	cgroup_layout_close(l);
}

static void pure_v1(void **state)
{
	struct cgroup_layout *l = must_open("v1");

	(void)state;
	assert_int_equal(l->mode, CGROUP_V1);
	assert_int_equal(l->n_hierarchies, 12);
	assert_int_equal(l->home[CONTROLLER_CORE], -1);
	assert_home(l, CONTROLLER_CPUACCT, 1, "/cpu,cpuacct");
	assert_string_equal(home(l, CONTROLLER_CPUACCT)->options, "cpu,cpuacct");
	assert_home(l, CONTROLLER_NAMED, 1, "/systemd");
	cgroup_layout_close(l);
}

/* One hierarchy for all, outside of /sys, behind a link that is absolute on the host. */
static void links_stay_inside_the_root(void **state)
{
	struct cgroup_layout *l = must_open("v1-elsewhere");
	struct stat by_mount;
	struct stat by_path;

	(void)state;
	assert_int_equal(l->n_hierarchies, 1);
	assert_home(l, CONTROLLER_MEMORY, 1, "/v1-elsewhere/cgroup/all");
	assert_home(l, CONTROLLER_FREEZER, 1, "/v1-elsewhere/cgroup/all");
	assert_string_equal(l->hierarchies[0].options, "cpuset,cpu,cpuacct,memory,devices,freezer,blkio");
	assert_int_equal(fstat(l->hierarchies[0].fd, &by_mount), 0);
	assert_int_equal(stat(TREE "v1-elsewhere/srv/groups/all", &by_path), 0);
	assert_int_equal(by_mount.st_ino, by_path.st_ino);
	assert_int_equal(l->n_pagesizes, 0);
	cgroup_layout_close(l);
}

static void inside_a_container_of_v1(void **state)
{
	struct cgroup_layout *l = must_open("docker-v1");

	(void)state;
	assert_int_equal(l->mode, CGROUP_V1);
	assert_int_equal(l->n_hierarchies, 4);
	assert_memory_equal(home(l, CONTROLLER_PIDS)->root, "/docker/4f1b0d5c", strlen("/docker/4f1b0d5c"));
	cgroup_layout_close(l);
}

/* The container's own view and the host's: the host's shows more. */
static void the_widest_mount_wins(void **state)
{
	struct cgroup_layout *l = must_open("docker-v2");

	(void)state;
	assert_int_equal(l->n_hierarchies, 1);
	assert_string_equal(l->hierarchies[0].mount_point, TREE "docker-v2/host/sys/fs/cgroup");
	assert_string_equal(l->hierarchies[0].root, "/../../..");
	assert_int_equal(l->n_pagesizes, 4);
	assert_string_equal(l->pagesizes[0], "64KB");
	assert_string_equal(l->pagesizes[1], "2MB");
	assert_string_equal(l->pagesizes[2], "32MB");
	assert_string_equal(l->pagesizes[3], "1GB");
	cgroup_layout_close(l);
}

static void kubernetes_node(void **state)
{
	struct cgroup_layout *l = must_open("k8s");

	(void)state;
	assert_int_equal(l->mode, CGROUP_V2);
	/* neither the pod's bind mount, which comes first, nor the net_cls mount that a tmpfs hides */
	assert_int_equal(l->n_hierarchies, 1);
	assert_string_equal(l->hierarchies[0].mount_point, TREE "k8s/sys/fs/cgroup");
	cgroup_layout_close(l);
}

static void none_at_all(void **state)
{
	struct cgroup_layout *l = NULL;
	struct error err = {0};

	(void)state;
	assert_int_equal(open_tree("none", &l, &err), -ENOENT);
	assert_null(l);
	assert_int_equal(err.code, -ENOENT);
	assert_non_null(strstr(err.cause, "no cgroup file system is mounted"));
	assert_non_null(strstr(err.remedy, "mount -t cgroup2"));
}

static void no_procfs(void **state)
{
	struct cgroup_layout *l = NULL;
	struct error err = {0};

	(void)state;
	assert_int_equal(open_tree("there-is-no-such-tree", &l, &err), -ENOENT);
	assert_null(l);
	assert_non_null(strstr(err.cause, "there-is-no-such-tree/proc/self/mountinfo"));
	assert_non_null(strstr(err.remedy, "--path.procfs"));
}

/* A scratch host whose mountinfo a test writes. */
struct scratch {
	char root[64];
	char proc[80];
	char sys[80];
};

static void write_text(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void make_dir(const char *root, const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(mkdir(full, 0755), 0);
}

static int scratch_make(void **state)
{
	static struct scratch s;

	snprintf(s.root, sizeof(s.root), "/tmp/plimsoll-test-XXXXXX");
	assert_non_null(mkdtemp(s.root));
	snprintf(s.proc, sizeof(s.proc), "%s/proc", s.root);
	snprintf(s.sys, sizeof(s.sys), "%s/sys", s.root);
	make_dir(s.root, "/proc");
	make_dir(s.root, "/proc/self");
	make_dir(s.root, "/sys");
	make_dir(s.root, "/sys/a");
	make_dir(s.root, "/b");
	*state = &s;
	return 0;
}

static int scratch_remove(void **state)
{
	static const char *const paths[] = {
		"/proc/self/mountinfo", "/proc/self", "/proc", "/sys/a", "/sys", "/b", ""};
	const struct scratch *s = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		char full[256];

		snprintf(full, sizeof(full), "%s%s", s->root, paths[i]);
		remove(full);
	}
	return 0;
}

static int open_scratch(const struct scratch *s, const char *mountinfo, struct cgroup_layout **l,
			struct error *err)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/self/mountinfo", s->proc);
	write_text(path, mountinfo);
	return cgroup_layout_open(&(struct cgroup_roots){s->proc, s->sys, s->root}, l, err);
}

/* Only one's own mountinfo can be read: it shows the host's mounts where they were put, not where the host
 * has them. */
static void own_view_of_the_hosts_mounts(void **state)
{
	const struct scratch *s = *state;
	struct cgroup_layout *l = NULL;
	struct error err = {0};
	char text[512];

	snprintf(text, sizeof(text),
		 "1 0 0:1 / / rw - ext4 x rw\n2 1 0:2 / %s/sys/a rw - cgroup2 x rw\n"
		 "3 1 0:3 / %s/b rw - cgroup x rw,pids\n",
		 s->root, s->root);
	assert_int_equal(open_scratch(s, text, &l, &err), 0);
	assert_int_equal(l->n_hierarchies, 2);
	assert_home(l, CONTROLLER_CORE, 2, "/sys/a");
	assert_int_equal(strncmp(l->hierarchies[0].mount_point, s->root, strlen(s->root)), 0);
	assert_home(l, CONTROLLER_PIDS, 1, "/b");
	cgroup_layout_close(l);
}

static void a_mount_that_does_not_open_is_passed_over(void **state)
{
	const struct scratch *s = *state;
	struct cgroup_layout *l = NULL;
	struct error err = {0};

	assert_int_equal(open_scratch(s,
				      "1 0 0:1 / / rw - ext4 x rw\n"
				      "2 1 0:2 / /sys/gone rw - cgroup x rw,cpu\n"
				      "3 1 0:2 /sub /sys/a rw - cgroup x rw,cpu\n"
				      "4 1 0:4 / /sys/gone2 rw - cgroup x rw,memory\n",
				      &l, &err),
			 0);
	assert_int_equal(l->n_hierarchies, 1);
	assert_home(l, CONTROLLER_CPU, 1, "/sys/a");
	assert_string_equal(l->hierarchies[0].root, "/sub");
	assert_int_equal(l->home[CONTROLLER_MEMORY], -1);
	cgroup_layout_close(l);
}

static void nothing_that_opens_is_an_error_with_the_reason(void **state)
{
	const struct scratch *s = *state;
	struct cgroup_layout *l = NULL;
	struct error err = {0};

	assert_int_equal(open_scratch(s, "2 1 0:2 / /sys/gone rw - cgroup2 x rw\n", &l, &err), -ENOENT);
	assert_null(l);
	assert_non_null(strstr(err.cause, "'/sys/gone'"));
	assert_non_null(strstr(err.remedy, "--path.sysfs"));
}

/* name=systemd that is mounted on a v2 host for old images */
static void a_named_hierarchy_makes_no_hybrid(void **state)
{
	const struct scratch *s = *state;
	struct cgroup_layout *l = NULL;
	struct error err = {0};

	assert_int_equal(open_scratch(s,
				      "2 1 0:2 / /sys/a rw - cgroup2 x rw\n"
				      "3 1 0:3 / /b rw - cgroup x rw,name=systemd\n",
				      &l, &err),
			 0);
	assert_int_equal(l->mode, CGROUP_V2);
	assert_int_equal(l->n_hierarchies, 2);
	assert_home(l, CONTROLLER_NAMED, 1, "/b");
	cgroup_layout_close(l);
}

enum shape { STACKED, SIDE_BY_SIDE };

/* n named hierarchies: each on top of the one before, or each at a path of its own that leads to the same
 * folder. */
static size_t count_hierarchies(const struct scratch *s, enum shape shape, int n)
{
	static const char dots[] =
		"./././././././././././././././././././././././././././././././././././././././././";
	struct cgroup_layout *l = NULL;
	struct error err = {0};
	char text[8192];
	size_t used = 0;
	size_t found;

	for (int i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%d %d 0:2 / /%.*sb rw - cgroup x rw,name=n%d\n", i + 2,
					 shape == STACKED ? i + 1 : 1, shape == STACKED ? 0 : 2 * i, dots, i);
	assert_int_equal(open_scratch(s, text, &l, &err), 0);
	found = l->n_hierarchies;
	cgroup_layout_close(l);
	return found;
}

static void stacked_mounts_are_one(void **state)
{
	assert_int_equal(count_hierarchies(*state, STACKED, 40), 1);
}

static void no_more_hierarchies_than_there_is_room_for(void **state)
{
	assert_int_equal(count_hierarchies(*state, SIDE_BY_SIDE, 30), 30);
	assert_int_equal(count_hierarchies(*state, SIDE_BY_SIDE, 40), HIERARCHIES_MAX);
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(controller_name(CONTROLLER_IO), "io");
	assert_string_equal(controller_v1_name(CONTROLLER_IO), "blkio");
	assert_int_equal(controller_find("io"), CONTROLLER_IO);
	assert_int_equal(controller_find("blkio"), CONTROLLER_IO);
	assert_int_equal(controller_find("perf_event"), CONTROLLER_PERF_EVENT);
	assert_int_equal(controller_find("dmem"), CONTROLLER__COUNT);
	assert_int_equal(controller_find(""), CONTROLLER__COUNT);
	for (enum controller c = 0; c < CONTROLLER__COUNT; c++) {
		assert_int_equal(controller_find(controller_name(c)), c);
		assert_int_equal(controller_find(controller_v1_name(c)), c);
	}
	assert_string_equal(cgroup_mode_name(CGROUP_V2), "v2");
	assert_string_equal(cgroup_mode_name(CGROUP_HYBRID), "hybrid");
	assert_string_equal(cgroup_mode_name(CGROUP_V1), "v1");
	assert_string_equal(cgroup_mode_name(CGROUP_NONE), "none");
}

/* Whatever host this runs on: each hierarchy that is found is a cgroup folder. */
static void this_host(void **state)
{
	struct cgroup_layout *l = NULL;
	struct error err = {0};
	int r = cgroup_layout_open(&(struct cgroup_roots){"/proc", "/sys", "/"}, &l, &err);

	(void)state;
	if (r < 0) {
		assert_true(err.cause[0] != '\0');
		assert_true(err.remedy[0] != '\0');
		return;
	}
	for (size_t i = 0; i < l->n_hierarchies; i++) {
		struct stat st;

		assert_int_equal(fstatat(l->hierarchies[i].fd, "cgroup.procs", &st, 0), 0);
	}
	cgroup_layout_close(l);
}

static void close_takes_null(void **state)
{
	(void)state;
	cgroup_layout_close(NULL);
}

#define SCRATCH_TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pure_v2),
		cmocka_unit_test(descriptors_are_of_the_mount_points),
		cmocka_unit_test(hybrid_by_hand),
		cmocka_unit_test(hybrid_of_systemd),
		cmocka_unit_test(pure_v1),
		cmocka_unit_test(links_stay_inside_the_root),
		cmocka_unit_test(inside_a_container_of_v1),
		cmocka_unit_test(the_widest_mount_wins),
		cmocka_unit_test(kubernetes_node),
		cmocka_unit_test(none_at_all),
		cmocka_unit_test(no_procfs),
		SCRATCH_TEST(own_view_of_the_hosts_mounts),
		SCRATCH_TEST(a_mount_that_does_not_open_is_passed_over),
		SCRATCH_TEST(nothing_that_opens_is_an_error_with_the_reason),
		SCRATCH_TEST(a_named_hierarchy_makes_no_hybrid),
		SCRATCH_TEST(stacked_mounts_are_one),
		SCRATCH_TEST(no_more_hierarchies_than_there_is_room_for),
		cmocka_unit_test(names),
		cmocka_unit_test(this_host),
		cmocka_unit_test(close_takes_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "cgroup/hierarchy.h"
#include "cgroup/mountinfo.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static bool split(const char *line, struct mount_line *m)
{
	return mountinfo_line(slice_of(line), m);
}

static void assert_slice(struct slice s, const char *expected)
{
	char text[256];

	assert_true(s.len < sizeof(text));
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	assert_string_equal(text, expected);
}

static void fields_are_split(void **state)
{
	struct mount_line m;

	(void)state;
	assert_true(split(
		"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:2 - ext3 /dev/root rw,errors=continue",
		&m));
	assert_int_equal(m.id, 36);
	assert_int_equal(m.parent, 35);
	assert_slice(m.root, "/mnt1");
	assert_slice(m.point, "/mnt2");
	assert_slice(m.type, "ext3");
	assert_slice(m.options, "rw,errors=continue");
}

static void optional_fields_may_be_absent_or_many(void **state)
{
	struct mount_line m;

	(void)state;
	assert_true(split("1 2 0:3 / /a rw - cgroup x rw,cpu", &m));
	assert_slice(m.options, "rw,cpu");
	assert_true(
		split("1 2 0:3 / /a rw shared:1 master:2 propagate_from:3 unbindable - cgroup x rw,cpu", &m));
	assert_slice(m.options, "rw,cpu");
}

static void an_empty_source_is_a_field(void **state)
{
	struct mount_line m;

	(void)state;
	assert_true(split("1 2 0:3 / /a rw - cgroup2  rw,nsdelegate", &m));
	assert_slice(m.type, "cgroup2");
	assert_slice(m.options, "rw,nsdelegate");
}

static void malformed_lines_are_refused(void **state)
{
	static const char *const lines[] = {
		"",
		"1",
		"1 2 0:3 / /a rw",
		"1 2 0:3 / /a rw shared:1",
		"1 2 0:3 / /a rw -",
		"1 2 0:3 / /a rw - cgroup",
		"x 2 0:3 / /a rw - cgroup x rw",
		"1 -2 0:3 / /a rw - cgroup x rw",
		"1 2 0:3 / a rw - cgroup x rw",
		"1 2 0:3  /a rw - cgroup x rw",
		"99999999999999999999 2 0:3 / /a rw - cgroup x rw",
	};
	struct mount_line m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		if (split(lines[i], &m))
			fail_msg("accepted: %s", lines[i]);
}

static void escapes_are_decoded(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} cases[] = {
		{"/a\\040b", "/a b"},
		{"/a\\011b", "/a\tb"},
		{"/a\\012b", "/a\nb"},
		{"/a\\134b", "/a\\b"},
		{"/a\\134040", "/a\\040"},
		{"/a\\", "/a\\"},
		{"/a\\04", "/a\\04"},
		{"/a\\048", "/a\\048"},
		{"/a\\477", "/a\\477"},
		{"\\040\\040", "  "},
		{"", ""},
		{"/\\303\\244", "/\xC3\xA4"},
		{"/a\\040b\\040c\\134", "/a b c\\"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *out = mountinfo_decode(slice_of(cases[i].in));

		assert_non_null(out);
		assert_string_equal(out, cases[i].out);
	}
}

struct found {
	struct cgroup_mount *mounts;
	size_t n;
};

static void found_free(struct found *f)
{
	cgroup_mounts_free(f->mounts, f->n);
}
#define _cleanup_found_ _cleanup_(found_free)

static struct found find(const char *text)
{
	struct found f = {0};

	assert_int_equal(mountinfo_cgroups(slice_of(text), &f.mounts, &f.n), 0);
	return f;
}

static uint32_t bit(enum controller c)
{
	return 1U << c;
}

static void options_name_controllers(void **state)
{
	_cleanup_found_ struct found f =
		find("1 0 0:1 / / rw - ext4 x rw\n"
		     "2 1 0:2 / /a rw - cgroup x rw,memory\n"
		     "3 1 0:3 / /b rw - cgroup x rw,cpu,cpuacct\n"
		     "4 1 0:4 / /c rw - cgroup x rw,xattr,name=systemd\n"
		     "5 1 0:5 / /d rw - cgroup x rw,seclabel,noprefix,cpuset,clone_children\n"
		     "6 1 0:6 / /e rw - cgroup2 x rw,nsdelegate,memory_recursiveprot\n"
		     "7 1 0:7 / /f rw - cgroup x rw,blkio,release_agent=/a\\054memory\n"
		     "8 1 0:8 / /g rw - cgroup x rw,debug\n");

	(void)state;
	assert_int_equal(f.n, 7);
	assert_int_equal(f.mounts[0].controllers, bit(CONTROLLER_MEMORY));
	assert_string_equal(f.mounts[0].options, "memory");
	assert_int_equal(f.mounts[1].controllers, bit(CONTROLLER_CPU) | bit(CONTROLLER_CPUACCT));
	assert_string_equal(f.mounts[1].options, "cpu,cpuacct");
	assert_int_equal(f.mounts[2].controllers, bit(CONTROLLER_NAMED));
	assert_string_equal(f.mounts[2].options, "name=systemd");
	assert_int_equal(f.mounts[3].controllers, bit(CONTROLLER_CPUSET));
	assert_string_equal(f.mounts[3].options, "cpuset");
	assert_int_equal(f.mounts[4].version, 2);
	assert_int_equal(f.mounts[4].controllers, 0);
	assert_string_equal(f.mounts[4].options, "");
	assert_int_equal(f.mounts[5].controllers, bit(CONTROLLER_IO));
	assert_int_equal(f.mounts[6].controllers, bit(CONTROLLER_NAMED));
	assert_string_equal(f.mounts[6].options, "debug");
}

static void depth_tells_how_much_a_mount_shows(void **state)
{
	static const struct {
		const char *root;
		int depth;
	} cases[] = {{"/", 0}, {"/docker/ID", 2}, {"/..", -1}, {"/../../..", -3}, {"/../x", 0}, {"/..x", 1}};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char line[128];

		snprintf(line, sizeof(line), "2 1 0:2 %s /a rw - cgroup2 x rw\n", cases[i].root);
		_cleanup_found_ struct found f = find(line);
		assert_int_equal(f.n, 1);
		assert_string_equal(f.mounts[0].root, cases[i].root);
		assert_int_equal(f.mounts[0].depth, cases[i].depth);
	}
}

static void hidden_mounts_are_left_out(void **state)
{
	/* over the very mount point */
	_cleanup_found_ struct found same = find("1 0 0:1 / / rw - ext4 x rw\n"
						 "2 1 0:2 / /cg rw - cgroup x rw,cpu\n"
						 "3 2 0:3 / /cg rw - cgroup x rw,memory\n");
	/* over a folder above it */
	_cleanup_found_ struct found above = find("1 0 0:1 / / rw - ext4 x rw\n"
						  "2 1 0:2 / /sys rw - sysfs x rw\n"
						  "3 2 0:3 / /sys/fs/cgroup rw - cgroup2 x rw\n"
						  "4 2 0:4 / /sys/fs rw - tmpfs x rw\n");
	/* over a folder beside it, whose name begins alike */
	_cleanup_found_ struct found beside = find("1 0 0:1 / / rw - ext4 x rw\n"
						   "3 1 0:3 / /sys/fs/cgroup rw - cgroup2 x rw\n"
						   "4 1 0:4 / /sys/fs/cg rw - tmpfs x rw\n"
						   "5 3 0:5 / /sys/fs/cgroup/x rw - tmpfs x rw\n");
	/* over the root, as a pivot that left the old one beneath */
	_cleanup_found_ struct found root = find("1 1 0:1 / / rw - rootfs rootfs rw\n"
						 "2 1 0:2 / /cg rw - cgroup x rw,cpu\n"
						 "3 1 0:3 / / rw - ext4 x rw\n"
						 "4 3 0:4 / /cg rw - cgroup x rw,pids\n");

	(void)state;
	assert_int_equal(same.n, 1);
	assert_string_equal(same.mounts[0].options, "memory");
	assert_int_equal(above.n, 0);
	assert_int_equal(beside.n, 1);
	assert_int_equal(root.n, 1);
	assert_string_equal(root.mounts[0].options, "pids");
}

static void a_mount_on_the_root_itself_is_reached(void **state)
{
	_cleanup_found_ struct found f = find("9 8 0:2 / / rw - cgroup2 x rw\n");

	(void)state;
	assert_int_equal(f.n, 1);
	assert_string_equal(f.mounts[0].point, "/");
}

static void removed_cgroups_are_left_out(void **state)
{
	_cleanup_found_ struct found f = find("1 0 0:1 / / rw - ext4 x rw\n"
					      "2 1 0:2 /docker/ID//deleted /a rw - cgroup2 x rw\n"
					      "3 1 0:2 / /b//deleted rw - cgroup2 x rw\n"
					      "4 1 0:2 /x /c rw - cgroup2 x rw\n");

	(void)state;
	assert_int_equal(f.n, 1);
	assert_string_equal(f.mounts[0].root, "/x");
}

static void escaped_mount_points_are_followed(void **state)
{
	_cleanup_found_ struct found f = find("1 0 0:1 / / rw - ext4 x rw\n"
					      "2 1 0:2 / /a\\040b rw - tmpfs x rw\n"
					      "3 2 0:3 / /a\\040b/c\\012d rw - cgroup x rw,cpu");

	(void)state;
	assert_int_equal(f.n, 1);
	assert_string_equal(f.mounts[0].point, "/a b/c\nd");
}

static void circles_and_nonsense_end(void **state)
{
	_cleanup_found_ struct found circle = find("1 2 0:1 / / rw - cgroup x rw,cpu\n"
						   "2 1 0:2 / / rw - cgroup x rw,cpu\n");
	_cleanup_found_ struct found twins = find("1 0 0:1 / / rw - tmpfs x rw\n"
						  "1 1 0:1 / // rw - cgroup x rw,cpu\n"
						  "1 1 0:1 / //a rw - cgroup x rw,cpu\n"
						  "\n \n\\\n");
	_cleanup_found_ struct found empty = find("");

	(void)state;
	assert_int_equal(circle.n, 0);
	assert_true(twins.n <= 2);
	assert_int_equal(empty.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_split),
		cmocka_unit_test(optional_fields_may_be_absent_or_many),
		cmocka_unit_test(an_empty_source_is_a_field),
		cmocka_unit_test(malformed_lines_are_refused),
		cmocka_unit_test(escapes_are_decoded),
		cmocka_unit_test(options_name_controllers),
		cmocka_unit_test(depth_tells_how_much_a_mount_shows),
		cmocka_unit_test(hidden_mounts_are_left_out),
		cmocka_unit_test(a_mount_on_the_root_itself_is_reached),
		cmocka_unit_test(removed_cgroups_are_left_out),
		cmocka_unit_test(escaped_mount_points_are_followed),
		cmocka_unit_test(circles_and_nonsense_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

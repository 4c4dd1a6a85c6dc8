/* SPDX-License-Identifier: Apache-2.0 */
/* What can be seen without systemd: lines of /proc/PID/cgroup, and the way to the helper and back. With
 * systemd: tests/system/systemd_scope.sh. */
#include "base/cleanup.h"
#include "leaf.h"
#include "life/scope_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define UNIT "plimsoll-web.scope"

static void test_lines(void **state)
{
	static const struct {
		const char *line;
		const char *options;
		const char *path;
	} rows[] = {
		{"0::/system.slice/" UNIT, NULL, "/system.slice/" UNIT},
		{"4:memory:/system.slice/" UNIT, "memory", "/system.slice/" UNIT},
		{"3:cpu,cpuacct:/a.slice/a-b:c.slice/" UNIT, "cpu,cpuacct", "/a.slice/a-b:c.slice/" UNIT},
		{"1:name=systemd:/" UNIT, "name=systemd", "/" UNIT},
		{"0::/system.slice/" UNIT, "memory", NULL},
		{"4:memory:/system.slice/" UNIT, NULL, NULL},
		{"4:memory:/system.slice/" UNIT, "mem", NULL},
		{"0::/system.slice/x" UNIT, NULL, NULL},
		{"0::/system.slice/" UNIT "/supervisor", NULL, NULL},
		{"0::/" UNIT "x", NULL, NULL},
		{"0::" UNIT, NULL, NULL},
		{"0::/", NULL, NULL},
		{"0:", NULL, NULL},
		{"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct slice path = {0};

		assert_int_equal(leaf_line(slice_of(rows[i].line), rows[i].options, UNIT, &path),
				 rows[i].path != NULL);
		if (rows[i].path)
			assert_true(slice_is(path, rows[i].path));
		else
			assert_null(path.at);
	}
}

/* A helper of ours for one test, by its script. */
static int start_by(const char *script, const char *slice, char *path, size_t cap, struct error *err)
{
	char dir[] = "/tmp/plimsoll-scope-XXXXXX";
	char file[64];
	FILE *f;
	int r;

	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file), "%s/helper", dir);
	f = fopen(file, "we");
	assert_non_null(f);
	fprintf(f, "#!/bin/sh\n%s\n", script);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(file, 0700), 0);
	r = scope_start_by(file, "web", slice, path, cap, err);
	unlink(file);
	rmdir(dir);
	return r;
}

static void test_path_and_words(void **state)
{
	char path[128];
	char wanted[128];
	struct error err;

	(void)state;
	assert_int_equal(start_by("echo /$1/$2/$#/$3/container", "my.slice", path, sizeof(path), &err), 0);
	snprintf(wanted, sizeof(wanted), "/%d/web/3/my.slice/container", getpid());
	assert_string_equal(path, wanted);
	assert_int_equal(start_by("echo /$#/$2", NULL, path, sizeof(path), &err), 0);
	assert_string_equal(path, "/2/web");
}

static void test_failures(void **state)
{
	char path[16] = "as before";
	char long_id[300];
	struct error err;

	(void)state;
	assert_int_equal(
		start_by("echo no bus >&2; echo start it >&2; exit 1", NULL, path, sizeof(path), &err),
		-EINVAL);
	assert_string_equal(err.cause, "no bus");
	assert_string_equal(err.remedy, "start it");
	assert_int_equal(start_by("exit 3", NULL, path, sizeof(path), &err), -EIO);
	assert_non_null(strstr(err.cause, "status 3"));
	assert_int_equal(start_by("kill -9 $$", NULL, path, sizeof(path), &err), -EIO);
	assert_non_null(strstr(err.cause, "signal 9"));
	assert_int_equal(start_by("echo nonsense", NULL, path, sizeof(path), &err), -EIO);
	assert_int_equal(start_by("true", NULL, path, sizeof(path), &err), -EIO);
	assert_int_equal(start_by("echo /much/too/long/for/it", NULL, path, sizeof(path), &err),
			 -ENAMETOOLONG);
	assert_int_equal(scope_start_by("/nonexistent/helper", "web", NULL, path, sizeof(path), &err),
			 -ENOENT);
	memset(long_id, 'x', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	assert_int_equal(scope_start_by("/bin/true", long_id, NULL, path, sizeof(path), &err), -ENAMETOOLONG);
	assert_string_equal(path, "as before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_path_and_words),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

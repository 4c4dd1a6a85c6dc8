/* SPDX-License-Identifier: Apache-2.0 */
#include "demo_disk.h"
#include "demo_loads.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

struct fake {
	char top[64];
	char device[128];
	char uevent[192];
	char node[128];
};

static void put(const char *path, const char *text)
{
	_cleanup_fclose_ FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void fake_make(struct fake *f)
{
	struct stat st;
	char path[192];

	snprintf(f->top, sizeof(f->top), "/tmp/plimsoll-demo.XXXXXX");
	assert_non_null(mkdtemp(f->top));
	assert_int_equal(stat(f->top, &st), 0);
	snprintf(path, sizeof(path), "%s/dev", f->top);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/dev/block", f->top);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(f->device, sizeof(f->device), "%s/dev/block/%u:%u", f->top, major(st.st_dev),
		 minor(st.st_dev));
	snprintf(f->uevent, sizeof(f->uevent), "%s/uevent", f->device);
	snprintf(f->node, sizeof(f->node), "%s/sdz1", f->top);
}

static void fake_remove(const struct fake *f)
{
	char path[192];

	unlink(f->node);
	unlink(f->uevent);
	rmdir(f->device);
	snprintf(path, sizeof(path), "%s/dev/block", f->top);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/dev", f->top);
	rmdir(path);
	assert_int_equal(rmdir(f->top), 0);
}

/* The folder's own device, by its number; without one, or without a node, it is said so. */
static void disk(void **state)
{
	struct error err = {0};
	char found[4096] = "";
	char small[4];
	struct fake f;

	(void)state;
	fake_make(&f);
	assert_int_equal(demo_disk_find(f.top, f.top, f.top, found, sizeof(found), &err), -ENOENT);
	assert_non_null(strstr(err.cause, "no block device"));
	assert_int_equal(mkdir(f.device, 0700), 0);
	put(f.uevent, "MAJOR=8\nDEVTYPE=partition\n");
	assert_int_equal(demo_disk_find(f.top, f.top, f.top, found, sizeof(found), &err), -ENOENT);
	put(f.uevent, "MAJOR=8\nDEVNAME=sdz1\nDEVTYPE=partition\n");
	assert_int_equal(demo_disk_find(f.top, f.top, f.top, found, sizeof(found), &err), -ENOENT);
	assert_non_null(strstr(err.cause, "no node"));
	put(f.node, "");
	assert_int_equal(demo_disk_find(f.top, f.top, f.top, found, sizeof(found), &err), 0);
	assert_string_equal(found, f.node);
	assert_int_equal(demo_disk_find(f.top, f.top, f.top, small, sizeof(small), &err), -ENAMETOOLONG);
	assert_int_equal(demo_disk_find("/nowhere/at/all", f.top, f.top, found, sizeof(found), &err),
			 -ENOENT);
	fake_remove(&f);
}

static bool has_pair(const struct demo_plan *plan, const char *a, const char *b)
{
	for (size_t i = 0; i + 1 < DEMO_WORDS_MAX && plan->words[i] && plan->words[i + 1]; i++)
		if (strcmp(plan->words[i], a) == 0 && strcmp(plan->words[i + 1], b) == 0)
			return true;
	return false;
}

static void plans(void **state)
{
	struct demo_plan plan;
	struct error err = {0};

	(void)state;
	assert_int_equal(demo_plan_make(DEMO_CPU, NULL, "", "12:34", &plan, &err), 0);
	assert_string_equal(plan.words[0], "run");
	assert_true(has_pair(&plan, "--name", "demo-cpu"));
	assert_true(has_pair(&plan, "--label", "plimsoll.demo=12:34"));
	assert_true(has_pair(&plan, "--cpus", "0.2"));
	assert_true(has_pair(&plan, "/bin/sh", "-c"));
	assert_null(demo_file(DEMO_CPU));
	/* procfs is neither a disk nor memory */
	assert_int_equal(demo_plan_make(DEMO_MEMORY, NULL, "/proc", "12:34", &plan, &err), 0);
	assert_true(has_pair(&plan, "--memory", "32m"));
	assert_true(has_pair(&plan, "--volume", "/proc:/mnt"));
	assert_int_equal(demo_plan_make(DEMO_DISK, NULL, "/proc", "12:34", &plan, &err), -ENOENT);
	if (demo_disk_is_memory("/dev/shm")) {
		assert_int_equal(demo_plan_make(DEMO_MEMORY, NULL, "/dev/shm", "12:34", &plan, &err),
				 -EOPNOTSUPP);
		assert_non_null(strstr(err.cause, "/dev/shm"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(disk), cmocka_unit_test(plans)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "update_limits.h"

#include "base/cleanup.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

/* A host with one disk, 8:0, and its partition, 8:1. */
static int fake_status(void *context, const char *path, struct stat *out)
{
	(void)context;
	*out = (struct stat){.st_mode = S_IFBLK | 0600};
	if (strcmp(path, "/dev/sda") == 0)
		out->st_rdev = makedev(8, 0);
	else if (strcmp(path, "/dev/sda1") == 0)
		out->st_rdev = makedev(8, 1);
	else
		return -ENOENT;
	return 0;
}

static int fake_disk(void *context, uint32_t *major_number, uint32_t *minor_number)
{
	(void)context;
	(void)major_number;
	*minor_number = 0;
	return 0;
}

static const struct value_host host = {.cwd = "/", .status = fake_status, .disk = fake_disk};

static const struct option_group groups[] = {
	{"cpu", update_cpu, N_UPDATE_CPU, 0},
	{"memory", update_memory, N_UPDATE_MEMORY, 0},
	{"io", update_io, N_UPDATE_IO, 0},
};

/* The words of `update` into a spec's limits. */
static int read_words(const char *const *words, size_t n, struct spec *spec, bool *any, struct error *err)
{
	struct update_limits given = {0};
	struct text_list operands = {0};
	char *copy[32] = {NULL};
	int r;

	for (size_t i = 0; i < n; i++) {
		copy[i] = strdup(words[i]);
		assert_non_null(copy[i]);
	}
	r = options_parse(groups, ARRAY_SIZE(groups), (int)n, copy, false, &given, &operands, err);
	if (r == 0)
		r = update_limits_read(&given, &host, 4, spec, err);
	*any = update_limits_any(&given);
	text_list_free(&operands);
	options_release(groups, ARRAY_SIZE(groups), &given);
	for (size_t i = 0; i < n; i++)
		free(copy[i]);
	return r;
}

static void every_limit(void **state)
{
	static const char *const words[] = {"--cpu-shares=512",
					    "--cpu-quota=-1",
					    "--cpu-period=50000",
					    "--cpu-burst=1000",
					    "--cpu-idle=0",
					    "--cpu-rt-period=1000000",
					    "--cpu-rt-runtime=950000",
					    "-m",
					    "512m",
					    "--memory-swap=-1",
					    "--memory-reservation=64m",
					    "--memory-high=1.5g",
					    "--memory-swappiness=10",
					    "--oom-kill-disable",
					    "--kernel-memory=32m",
					    "--pids-limit=-1",
					    "--blkio-weight=300"};
	static const int64_t wanted[LIMIT__COUNT] = {
		[LIMIT_CPU_SHARES] = 512,
		[LIMIT_CPU_QUOTA] = -1,
		[LIMIT_CPU_PERIOD] = 50000,
		[LIMIT_CPU_BURST] = 1000,
		[LIMIT_CPU_IDLE] = 0,
		[LIMIT_CPU_RT_PERIOD] = 1000000,
		[LIMIT_CPU_RT_RUNTIME] = 950000,
		[LIMIT_MEMORY] = 512 << 20,
		[LIMIT_MEMORY_SWAP] = -1,
		[LIMIT_MEMORY_RESERVATION] = 64 << 20,
		[LIMIT_MEMORY_HIGH] = 1536 << 20,
		[LIMIT_MEMORY_SWAPPINESS] = 10,
		[LIMIT_OOM_KILL_DISABLE] = 1,
		[LIMIT_KERNEL_MEMORY] = 32 << 20,
		[LIMIT_PIDS] = -1,
		[LIMIT_BLKIO_WEIGHT] = 300,
	};
	_cleanup_spec_ struct spec *spec = spec_new();
	struct error err = {0};
	bool any;

	(void)state;
	if (read_words(words, ARRAY_SIZE(words), spec, &any, &err) < 0)
		fail_msg("%s", err.cause);
	assert_true(any);
	assert_int_equal(spec->linux_.limits.set, (1U << LIMIT__COUNT) - 1);
	for (size_t i = 0; i < LIMIT__COUNT; i++)
		assert_int_equal(spec->linux_.limits.value[i], wanted[i]);
}

static void others(void **state)
{
	static const char *const words[] = {"--cpus=1.5",
					    "--cpuset-cpus=0-1",
					    "--cpuset-mems=0",
					    "--device-read-bps=/dev/sda1:1m",
					    "--device-write-iops=/dev/sda:0",
					    "--blkio-weight-device=/dev/sda:500",
					    "--cgroup-conf=memory.oom.group=1"};
	_cleanup_spec_ struct spec *spec = spec_new();
	const struct cgroup_limits *l = &spec->linux_.limits;
	struct error err = {0};
	bool any;

	(void)state;
	if (read_words(words, ARRAY_SIZE(words), spec, &any, &err) < 0)
		fail_msg("%s", err.cause);
	assert_true(any);
	assert_int_equal(l->value[LIMIT_CPU_QUOTA], 150000);
	assert_int_equal(l->value[LIMIT_CPU_PERIOD], 100000);
	assert_string_equal(l->cpuset_cpus, "0-1");
	assert_string_equal(l->cpuset_mems, "0");
	assert_int_equal(l->n_devices, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(l->devices[i].major, 8);
		assert_int_equal(l->devices[i].minor, 0);
	}
	assert_int_equal(l->n_files, 1);
	assert_string_equal(l->files[0].file, "memory.oom.group");
	assert_string_equal(l->files[0].value, "1");
}

static void no_limit(void **state)
{
	static const char *const words[] = {"--cpus=0"};
	_cleanup_spec_ struct spec *spec = spec_new();
	_cleanup_spec_ struct spec *empty = spec_new();
	struct error err = {0};
	bool any;

	(void)state;
	assert_int_equal(read_words(words, 1, spec, &any, &err), 0);
	assert_int_equal(spec->linux_.limits.value[LIMIT_CPU_QUOTA], -1);
	assert_int_equal(read_words(words, 0, empty, &any, &err), 0);
	assert_false(any);
	assert_int_equal(empty->linux_.limits.set, 0);
}

static void wrong(void **state)
{
	static const char *const list[][2] = {
		{"--cpus=0.5", "--cpu-quota=5000"},
		{"--memory=1x", NULL},
		{"--pids-limit=many", NULL},
		{"--cpu-idle=2", NULL},
		{"--cpus=64", NULL},
		{"--device-read-bps=/dev/none:1m", NULL},
		{"--cgroup-conf=a/b=1", NULL},
		{"--cgroup-conf=x", NULL},
		{"--cpu-quota=-2", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++) {
		_cleanup_spec_ struct spec *spec = spec_new();
		struct error err = {0};
		bool any;

		if (read_words(list[i], list[i][1] ? 2 : 1, spec, &any, &err) >= 0)
			fail_msg("'%s' was taken", list[i][0]);
		assert_true(err.cause[0]);
	}
}

/* A row for each limit that there is, under the name that `run` has for it. */
static void names(void **state)
{
	(void)state;
	for (size_t i = 0; i < LIMIT__COUNT; i++) {
		size_t found = 0;

		for (size_t g = 0; g < ARRAY_SIZE(groups); g++)
			for (size_t k = 0; k < groups[g].n_rows; k++)
				found += strcmp(groups[g].rows[k].name, limit_rows[i].flag) == 0;
		assert_int_equal(found, 1);
	}
	for (size_t i = 0; i < DEVICE_LIMIT__COUNT; i++) {
		size_t found = 0;

		for (size_t k = 0; k < N_UPDATE_IO; k++)
			found += strcmp(update_io[k].name, device_limit_flags[i]) == 0;
		assert_int_equal(found, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_limit), cmocka_unit_test(others), cmocka_unit_test(no_limit),
		cmocka_unit_test(wrong),       cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Every row of the table of flags on the three kinds of host: what is written, in which order, or why not. */
#include "base/str.h"
#include "cgroup/limits.h"
#include "layout_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define M (INT64_C(1) << 20)
#define NUMBERS 4

struct number {
	enum limit which;
	int64_t value;
	bool set;
};
#define N(id, value)                      \
	{                                 \
		LIMIT_##id, (value), true \
	}

/*
 * A plan as text: "FILE=VALUE" with a space between; '~' in front: with the next; '?': left out where
 * missing;
 * '/': the next stands in; '!': read back. "E…" is an error that says … of its cause.
 */
struct numbers_case {
	struct number more[NUMBERS];
	const char *v2;
	const char *v1;
	struct number was[NUMBERS];
};

static struct fixture hosts[3];
static const enum cgroup_mode modes[] = {CGROUP_V2, CGROUP_HYBRID, CGROUP_V1};

static int open_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		fixture_open(&hosts[i], modes[i]);
	return 0;
}

static int close_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		fixture_close(&hosts[i]);
	return 0;
}

static void add_write(struct str *out, const struct limit_write *w)
{
	static const char *const missing[] = {
		[LIMIT_MISSING_FAILS] = "", [LIMIT_MISSING_SKIPS] = "?", [LIMIT_MISSING_NEXT] = "/"};

	str_printf(out, "%s%s%s%s%s=%s", out->len ? " " : "", w->paired ? "~" : "", missing[w->missing],
		   w->verified ? "!" : "", w->file, w->value);
}

static void check(size_t host, const struct cgroup_limits *more, const struct cgroup_limits *was,
		  const char *wanted)
{
	const struct cgroup_layout *layout = &hosts[host].layout;
	_cleanup_str_ struct str got = {0};
	struct limit_write *writes = NULL;
	struct arena arena = {0};
	struct error err = {0};
	size_t n = 0;
	int r = cgroup_limits_plan(more, was, layout, &arena, &writes, &n, &err);

	if (r < 0) {
		assert_true(err.code == r && (r == -EINVAL || r == -EOPNOTSUPP));
		assert_true(*err.cause && *err.remedy);
		if (*wanted != 'E' || !strstr(err.cause, wanted + 1))
			fail_msg("host %zu: '%s' where '%s' was wanted", host, err.cause, wanted);
		assert_int_equal(n, 0);
		arena_free(&arena);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		add_write(&got, &writes[i]);
		assert_true(writes[i].hierarchy < layout->n_hierarchies);
		assert_true(writes[i].flag && *writes[i].flag);
		/* what belongs to the next has one, in the same place */
		if (writes[i].paired || writes[i].missing == LIMIT_MISSING_NEXT)
			assert_true(i + 1 < n && writes[i + 1].hierarchy == writes[i].hierarchy);
	}
	if (strcmp(got.len ? got.data : "", wanted) != 0)
		fail_msg("host %zu:\n got    %s\n wanted %s", host, got.len ? got.data : "", wanted);
	arena_free(&arena);
}

static void check_all(const struct cgroup_limits *more, const struct cgroup_limits *was, const char *v2,
		      const char *v1)
{
	check(0, more, was, v2);
	check(1, more, was, v1);
	check(2, more, was, v1);
}

static struct cgroup_limits limits_of(const struct number *numbers)
{
	struct cgroup_limits l = {0};

	for (size_t i = 0; i < NUMBERS; i++)
		if (numbers[i].set)
			limit_set(&l, numbers[i].which, numbers[i].value);
	return l;
}

static void check_numbers(const struct numbers_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct cgroup_limits more = limits_of(cases[i].more);
		struct cgroup_limits was = limits_of(cases[i].was);

		check_all(&more, was.set ? &was : NULL, cases[i].v2, cases[i].v1);
	}
}

static void cpu(void **state)
{
	static const struct numbers_case cases[] = {
		{{N(CPU_SHARES, 512)}, "cpu.weight=59", "cpu.shares=512"},
		{{N(CPU_SHARES, 1)}, "cpu.weight=1", "cpu.shares=1"},
		{{N(CPU_SHARES, 262144)}, "cpu.weight=10000", "cpu.shares=262144"},
		{{N(CPU_SHARES, 0)}, "", ""},
		{{N(CPU_QUOTA, 50000)}, "cpu.max=50000 100000", "cpu.cfs_quota_us=50000"},
		{{N(CPU_QUOTA, -1)}, "cpu.max=max 100000", "cpu.cfs_quota_us=-1"},
		{{N(CPU_QUOTA, 0)}, "", ""},
		{{N(CPU_PERIOD, 20000)}, "cpu.max=max 20000", "cpu.cfs_period_us=20000"},
		{{N(CPU_PERIOD, 20000), N(CPU_QUOTA, 10000)},
		 "cpu.max=10000 20000",
		 "~cpu.cfs_period_us=20000 cpu.cfs_quota_us=10000"},
		{{N(CPU_QUOTA, 10000), N(CPU_BURST, 5000)},
		 "~cpu.max=10000 100000 cpu.max.burst=5000",
		 "~cpu.cfs_quota_us=10000 cpu.cfs_burst_us=5000"},
		{{N(CPU_QUOTA, 10000), N(CPU_BURST, 5000), N(CPU_PERIOD, 1000)},
		 "~cpu.max=10000 1000 cpu.max.burst=5000",
		 "~cpu.cfs_period_us=1000 ~cpu.cfs_quota_us=10000 cpu.cfs_burst_us=5000"},
		/* what applies already is kept */
		{{N(CPU_QUOTA, 9000)},
		 "cpu.max=9000 20000",
		 "cpu.cfs_quota_us=9000",
		 {N(CPU_PERIOD, 20000), N(CPU_QUOTA, 10000)}},
		{{N(CPU_PERIOD, 30000)},
		 "cpu.max=10000 30000",
		 "cpu.cfs_period_us=30000",
		 {N(CPU_QUOTA, 10000)}},
		{{N(CPU_BURST, 0)}, "cpu.max.burst=0", "cpu.cfs_burst_us=0", {N(CPU_QUOTA, 10000)}},
		{{N(CPU_IDLE, 1)}, "cpu.idle=1", "cpu.idle=1"},
		{{N(CPU_IDLE, 1)}, "cpu.idle=1", "cpu.idle=1", {N(CPU_SHARES, 512)}},
		{{N(CPU_IDLE, 0)},
		 "cpu.idle=0 cpu.weight=59",
		 "cpu.idle=0 cpu.shares=512",
		 {N(CPU_SHARES, 512)}},
		{{N(CPU_RT_RUNTIME, 95000)}, "E--cpu-rt-runtime can't be kept", "cpu.rt_runtime_us=95000"},
		{{N(CPU_RT_PERIOD, 100000), N(CPU_RT_RUNTIME, 95000)},
		 "E--cpu-rt-period can't be kept",
		 "~cpu.rt_period_us=100000 cpu.rt_runtime_us=95000"},
	};

	(void)state;
	check_numbers(cases, ARRAY_SIZE(cases));
}

static void memory(void **state)
{
	static const struct numbers_case cases[] = {
		{{N(MEMORY, 64 * M)},
		 "?memory.swap.max=67108864 memory.max=67108864",
		 "~memory.limit_in_bytes=67108864 ?memory.memsw.limit_in_bytes=134217728"},
		{{N(MEMORY, 64 * M), N(MEMORY_SWAP, 64 * M)},
		 "memory.swap.max=0 memory.max=67108864",
		 "~memory.limit_in_bytes=67108864 memory.memsw.limit_in_bytes=67108864"},
		{{N(MEMORY, 64 * M), N(MEMORY_SWAP, 80 * M)},
		 "memory.swap.max=16777216 memory.max=67108864",
		 "~memory.limit_in_bytes=67108864 memory.memsw.limit_in_bytes=83886080"},
		{{N(MEMORY, 64 * M), N(MEMORY_SWAP, -1)},
		 "?memory.swap.max=max memory.max=67108864",
		 "~memory.limit_in_bytes=67108864 ?memory.memsw.limit_in_bytes=-1"},
		{{N(MEMORY, 64 * M), N(MEMORY_SWAP, 0)},
		 "?memory.swap.max=67108864 memory.max=67108864",
		 "~memory.limit_in_bytes=67108864 ?memory.memsw.limit_in_bytes=134217728"},
		{{N(MEMORY, -1)},
		 "?memory.swap.max=max memory.max=max",
		 "~memory.limit_in_bytes=-1 ?memory.memsw.limit_in_bytes=-1"},
		{{N(MEMORY, 0)}, "", ""},
		{{N(MEMORY, INT64_MAX)},
		 "?memory.swap.max=max memory.max=9223372036854775807",
		 "~memory.limit_in_bytes=9223372036854775807 ?memory.memsw.limit_in_bytes=-1"},
		/* an update: swap that was asked for stays as a sum, the default follows */
		{{N(MEMORY, 64 * M)},
		 "memory.swap.max=33554432 memory.max=67108864",
		 "memory.limit_in_bytes=67108864",
		 {N(MEMORY, 32 * M), N(MEMORY_SWAP, 96 * M)}},
		{{N(MEMORY, 64 * M)},
		 "?memory.swap.max=67108864 memory.max=67108864",
		 "~memory.limit_in_bytes=67108864 ?memory.memsw.limit_in_bytes=134217728",
		 {N(MEMORY, 32 * M)}},
		{{N(MEMORY_SWAP, 96 * M)},
		 "memory.swap.max=67108864",
		 "memory.memsw.limit_in_bytes=100663296",
		 {N(MEMORY, 32 * M)}},
		{{N(MEMORY_SWAP, -1)}, "?memory.swap.max=max", "?memory.memsw.limit_in_bytes=-1"},
		{{N(MEMORY_RESERVATION, 32 * M)},
		 "memory.low=33554432",
		 "memory.soft_limit_in_bytes=33554432"},
		{{N(MEMORY_RESERVATION, -1)}, "memory.low=0", "memory.soft_limit_in_bytes=-1"},
		{{N(MEMORY_HIGH, 32 * M)}, "memory.high=33554432", "E--memory-high can't be kept"},
		{{N(MEMORY_HIGH, -1)}, "memory.high=max", "E--memory-high can't be kept"},
		{{N(MEMORY_HIGH, 8 * M), N(MEMORY, 16 * M), N(MEMORY_SWAP, 16 * M)},
		 "memory.swap.max=0 memory.high=8388608 memory.max=16777216",
		 "E--memory-high can't be kept"},
		{{N(MEMORY_SWAPPINESS, 0)}, "E--memory-swappiness can't be kept", "memory.swappiness=0"},
		{{N(MEMORY_SWAPPINESS, -1)}, "", ""},
		{{N(OOM_KILL_DISABLE, 1)}, "E--oom-kill-disable can't be kept", "memory.oom_control=1"},
		{{N(OOM_KILL_DISABLE, 0)}, "", "memory.oom_control=0"},
		{{N(KERNEL_MEMORY, 50 * M)},
		 "E--kernel-memory can't be kept",
		 "!memory.kmem.limit_in_bytes=52428800"},
	};

	(void)state;
	check_numbers(cases, ARRAY_SIZE(cases));
}

static void pids_and_weight(void **state)
{
	static const struct numbers_case cases[] = {
		{{N(PIDS, 16)}, "pids.max=16", "pids.max=16"},
		{{N(PIDS, -1)}, "pids.max=max", "pids.max=max"},
		{{N(PIDS, 0)}, "pids.max=max", "pids.max=max"},
		{{N(BLKIO_WEIGHT, 10)},
		 "/io.bfq.weight=10 io.weight=1",
		 "/blkio.weight=10 blkio.bfq.weight=10"},
		{{N(BLKIO_WEIGHT, 500)},
		 "/io.bfq.weight=500 io.weight=4950",
		 "/blkio.weight=500 blkio.bfq.weight=500"},
		{{N(BLKIO_WEIGHT, 1000)},
		 "/io.bfq.weight=1000 io.weight=10000",
		 "/blkio.weight=1000 blkio.bfq.weight=1000"},
		{{N(BLKIO_WEIGHT, 0)}, "", ""},
	};

	(void)state;
	check_numbers(cases, ARRAY_SIZE(cases));
}

static void block_devices(void **state)
{
	struct device_limit devices[] = {
		{DEVICE_READ_BPS, 8, 0, 1048576},  {DEVICE_WRITE_IOPS, 8, 16, 50},
		{DEVICE_WRITE_BPS, 8, 0, 7},	   {DEVICE_WEIGHT, 8, 0, 100},
		{DEVICE_WRITE_BPS, 8, 0, 2097152}, {DEVICE_READ_IOPS, 8, 16, 0},
	};
	struct device_limit off = {DEVICE_WEIGHT, 8, 0, 0};
	struct cgroup_limits l = {.devices = devices, .n_devices = ARRAY_SIZE(devices)};

	(void)state;
	check_all(&l, NULL,
		  "io.max=8:0 rbps=1048576 wbps=2097152 io.max=8:16 riops=max wiops=50 "
		  "/io.bfq.weight=8:0 100 io.weight=8:0 910",
		  "blkio.throttle.read_bps_device=8:0 1048576 blkio.throttle.write_iops_device=8:16 50 "
		  "/blkio.weight_device=8:0 100 blkio.bfq.weight_device=8:0 100 "
		  "blkio.throttle.write_bps_device=8:0 2097152 blkio.throttle.read_iops_device=8:16 0");
	l = (struct cgroup_limits){.devices = &off, .n_devices = 1};
	check_all(&l, NULL, "/io.bfq.weight=8:0 default io.weight=8:0 default",
		  "/blkio.weight_device=8:0 0 blkio.bfq.weight_device=8:0 default");
	off.value = 9;
	check_all(&l, NULL, "E--blkio-weight-device 9 of device 8:0",
		  "E--blkio-weight-device 9 of device 8:0");
}

static void cpusets(void **state)
{
	struct cgroup_limits l = {.cpuset_cpus = "0-1,3", .cpuset_mems = "0"};
	static const char *const bad[] = {"a",	 "1-",	   "-1",   "3-1", ",0",	   "0,", "0,,1",
					  "0 1", "0-8192", "0\n1", "0x1", "0-1-2", " "};

	(void)state;
	check_all(&l, NULL, "cpuset.mems=0 cpuset.cpus=0-1,3", "cpuset.mems=0 cpuset.cpus=0-1,3");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		l.cpuset_cpus = bad[i];
		check_all(&l, NULL, "Eis no list of numbers", "Eis no list of numbers");
	}
	/* what the host has is looked at: v2 would take anything */
	fixture_write(&hosts[0], 0, "cpuset.cpus.effective", "0-1\n");
	fixture_write(&hosts[1], (size_t)hosts[1].layout.home[CONTROLLER_CPUSET], "cpuset.effective_cpus",
		      "0-1\n");
	l.cpuset_cpus = "0-2";
	check(0, &l, NULL, "E'0-2': number 2 is not available; this host has 0-1");
	check(1, &l, NULL, "E'0-2': number 2 is not available; this host has 0-1");
	l.cpuset_cpus = "1,0";
	check(0, &l, NULL, "cpuset.mems=0 cpuset.cpus=1,0");
	l = (struct cgroup_limits){.cpuset_cpus = "", .cpuset_mems = ""};
	check_all(&l, NULL, "", "");
}

static void pages_and_files(void **state)
{
	struct page_limit page = {"2MB", 4194304};
	struct page_limit odd = {"3MB", 1};
	struct file_limit files[] = {{"memory.oom.group", "1"}, {"memory.swappiness", "7"}};
	struct cgroup_limits l = {.pages = &page, .n_pages = 1, .files = files, .n_files = 2};

	(void)state;
	limit_set(&l, LIMIT_PIDS, 3);
	check_all(&l, NULL,
		  "pids.max=3 hugetlb.2MB.max=4194304 ?hugetlb.2MB.rsvd.max=4194304 memory.oom.group=1 "
		  "memory.swappiness=7",
		  "pids.max=3 hugetlb.2MB.limit_in_bytes=4194304 "
		  "?hugetlb.2MB.rsvd.limit_in_bytes=4194304 memory.oom.group=1 memory.swappiness=7");
	l.pages = &odd;
	check_all(&l, NULL, "Ethis host has 2MB, 1GB", "Ethis host has 2MB, 1GB");
}

static void files_that_can_not_be(void **state)
{
	static const struct {
		const char *file, *v2, *hybrid, *v1;
	} cases[] = {
		{"memory/../x", "E'/'", "E'/'", "E'/'"},
		{"../memory.max", "E'/'", "E'/'", "E'/'"},
		{"tasks", "Ebegins with no controller", "Ebegins with no controller",
		 "Ebegins with no controller"},
		{"", "Ebegins with no controller", "Ebegins with no controller",
		 "Ebegins with no controller"},
		{".x", "Ebegins with no controller", "Ebegins with no controller",
		 "Ebegins with no controller"},
		{"named.x", "Ebegins with no controller", "Ebegins with no controller",
		 "Ebegins with no controller"},
		{"cgroup.procs", "Emoves processes", "Emoves processes", "Emoves processes"},
		{"cgroup.threads", "Emoves processes", "Emoves processes", "Emoves processes"},
		{"cgroup.max.depth", "cgroup.max.depth=v", "cgroup.max.depth=v",
		 "Eneeds the cgroup controller"},
		{"rdma.max", "rdma.max=v", "Eneeds the rdma controller", "Eneeds the rdma controller"},
		{"devices.deny", "Eneeds the devices controller", "devices.deny=v", "devices.deny=v"},
		{"io.latency", "io.latency=v", "Efiles begin with 'blkio.'", "Efiles begin with 'blkio.'"},
		{"blkio.weight", "Efiles begin with 'io.'", "blkio.weight=v", "blkio.weight=v"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct file_limit file = {cases[i].file, "v"};
		struct cgroup_limits l = {.files = &file, .n_files = 1};

		check(0, &l, NULL, cases[i].v2);
		check(1, &l, NULL, cases[i].hybrid);
		check(2, &l, NULL, cases[i].v1);
	}
}

static void values_out_of_range(void **state)
{
	static const struct numbers_case cases[] = {
		{{N(MEMORY, 6 * M - 1)}, "Eat least 6 MiB", "Eat least 6 MiB"},
		{{N(MEMORY, -2)}, "Eat least 6 MiB", "Eat least 6 MiB"},
		{{N(MEMORY_RESERVATION, 4096)}, "Eat least 6 MiB", "Eat least 6 MiB"},
		{{N(MEMORY_HIGH, 1)}, "Eat least 6 MiB", "Eat least 6 MiB"},
		{{N(KERNEL_MEMORY, 1)}, "Eat least 6 MiB", "Eat least 6 MiB"},
		{{N(MEMORY, 64 * M), N(MEMORY_SWAP, 63 * M)},
		 "Eis less than --memory",
		 "Eis less than --memory"},
		{{N(MEMORY, 64 * M)},
		 "Eis less than --memory",
		 "Eis less than --memory",
		 {N(MEMORY, 32 * M), N(MEMORY_SWAP, 32 * M)}},
		{{N(MEMORY_SWAP, 64 * M)}, "Ealone limits nothing", "Ealone limits nothing"},
		{{N(MEMORY, 64 * M), N(MEMORY_RESERVATION, 65 * M)},
		 "Eis more than --memory",
		 "Eis more than --memory"},
		{{N(MEMORY_SWAPPINESS, 101)}, "Ebetween 0 and 100", "Ebetween 0 and 100"},
		{{N(CPU_SHARES, -1)}, "E--cpu-shares -1", "E--cpu-shares -1"},
		{{N(CPU_QUOTA, 999)}, "Eat least 1000", "Eat least 1000"},
		{{N(CPU_QUOTA, -2)}, "Eat least 1000", "Eat least 1000"},
		{{N(CPU_PERIOD, 999)}, "Ebetween 1000", "Ebetween 1000"},
		{{N(CPU_PERIOD, 1000001)}, "Ebetween 1000", "Ebetween 1000"},
		{{N(CPU_BURST, 1)}, "Eno quota", "Eno quota"},
		{{N(CPU_BURST, 1), N(CPU_QUOTA, -1)}, "Eno quota", "Eno quota"},
		{{N(CPU_BURST, 2000), N(CPU_QUOTA, 1000)}, "Emore than the quota", "Emore than the quota"},
		{{N(CPU_QUOTA, 1000)},
		 "Emore than the quota",
		 "Emore than the quota",
		 {N(CPU_BURST, 2000), N(CPU_QUOTA, 5000)}},
		{{N(CPU_IDLE, 2)}, "E0 or 1", "E0 or 1"},
		{{N(CPU_IDLE, 1), N(CPU_SHARES, 5)}, "Emeans nothing", "Emeans nothing"},
		{{N(CPU_SHARES, 5)}, "Emeans nothing", "Emeans nothing", {N(CPU_IDLE, 1)}},
		{{N(CPU_RT_PERIOD, 10), N(CPU_RT_RUNTIME, 11)},
		 "Emore than the period",
		 "Emore than the period"},
		{{N(OOM_KILL_DISABLE, 2)}, "E0 or 1", "E0 or 1"},
		{{N(PIDS, -2)}, "Eat least 1", "Eat least 1"},
		{{N(BLKIO_WEIGHT, 9)}, "Ebetween 10 and 1000", "Ebetween 10 and 1000"},
		{{N(BLKIO_WEIGHT, 1001)}, "Ebetween 10 and 1000", "Ebetween 10 and 1000"},
	};

	(void)state;
	check_numbers(cases, ARRAY_SIZE(cases));
}

/* Each limit, where its controller is nowhere: never silence. */
static void missing_controllers(void **state)
{
	static const int64_t values[LIMIT__COUNT] = {
		[LIMIT_CPU_SHARES] = 5,
		[LIMIT_CPU_QUOTA] = 5000,
		[LIMIT_CPU_PERIOD] = 5000,
		[LIMIT_CPU_BURST] = 0,
		[LIMIT_CPU_IDLE] = 1,
		[LIMIT_CPU_RT_PERIOD] = 5,
		[LIMIT_CPU_RT_RUNTIME] = 5,
		[LIMIT_MEMORY] = 64 * M,
		[LIMIT_MEMORY_SWAP] = -1,
		[LIMIT_MEMORY_RESERVATION] = 64 * M,
		[LIMIT_MEMORY_HIGH] = 64 * M,
		[LIMIT_MEMORY_SWAPPINESS] = 1,
		[LIMIT_OOM_KILL_DISABLE] = 1,
		[LIMIT_KERNEL_MEMORY] = 64 * M,
		[LIMIT_PIDS] = 5,
		[LIMIT_BLKIO_WEIGHT] = 50,
	};
	int8_t home[CONTROLLER__COUNT];
	struct device_limit device = {DEVICE_WRITE_BPS, 8, 0, 1};
	struct page_limit page = {"2MB", 1};
	struct cgroup_limits l;

	(void)state;
	memcpy(home, hosts[0].layout.home, sizeof(home));
	memset(hosts[0].layout.home, -1, sizeof(home));
	for (enum limit i = 0; i < LIMIT__COUNT; i++) {
		char wanted[64];

		l = (struct cgroup_limits){0};
		limit_set(&l, i, values[i]);
		snprintf(wanted, sizeof(wanted), "E--%s", limit_rows[i].flag);
		/* --cpus is what people write */
		check(0, &l, NULL, i == LIMIT_CPU_QUOTA ? "E--cpus (--cpu-quota) needs the cpu" : wanted);
	}
	l = (struct cgroup_limits){.cpuset_cpus = "0"};
	check(0, &l, NULL, "E--cpuset-cpus needs the cpuset controller");
	l = (struct cgroup_limits){.devices = &device, .n_devices = 1};
	check(0, &l, NULL, "E--device-write-bps needs the io controller");
	l = (struct cgroup_limits){.pages = &page, .n_pages = 1};
	check(0, &l, NULL, "EhugepageLimits needs the hugetlb controller");
	memcpy(hosts[0].layout.home, home, sizeof(home));
	l = (struct cgroup_limits){0};
	check_all(&l, NULL, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpu),
		cmocka_unit_test(memory),
		cmocka_unit_test(pids_and_weight),
		cmocka_unit_test(block_devices),
		cmocka_unit_test(cpusets),
		cmocka_unit_test(pages_and_files),
		cmocka_unit_test(files_that_can_not_be),
		cmocka_unit_test(values_out_of_range),
		cmocka_unit_test(missing_controllers),
	};

	return cmocka_run_group_tests(tests, open_hosts, close_hosts);
}

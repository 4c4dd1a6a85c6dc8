/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cgroup room against this host's kernel: groups are made, limited, entered, frozen, killed and removed
 * in whatever hierarchies there are. Everything is below /plimsoll-test-PID, which is gone at the end.
 */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "cgroup/device_program.h"
#include "cgroup/group.h"
#include "cgroup/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIP 77
#define MIB (INT64_C(1) << 20)
#define PATIENCE (20 * NSEC_PER_SEC)

static struct {
	struct cgroup_layout *layout;
	struct arena arena;
	char base[64];
	volatile uint64_t *counter; /* shared with the children */
	pid_t main;
} t;

/* --- saying no --- */

static void clean_up(void)
{
	struct cgroup_group *g = NULL;

	if (getpid() != t.main || !t.layout || cgroup_group_open(t.layout, t.base, &g, NULL) < 0)
		return;
	(void)cgroup_group_freeze(g, false, 1000, NULL);
	(void)cgroup_group_signal(g, SIGKILL, NULL);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	(void)cgroup_group_remove(g, 5000, NULL);
	cgroup_group_close(g);
}

static __attribute__((format(printf, 2, 3), noreturn)) void fail(int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "cgroup_group.c:%d: ", line);
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	clean_up();
	_exit(1);
}

#define CHECK(what)                                  \
	do {                                         \
		if (!(what))                         \
			fail(__LINE__, "%s", #what); \
	} while (0)

#define OK(call)                                                                                  \
	do {                                                                                      \
		struct error e_ = {0};                                                            \
		struct error *err = &e_;                                                          \
		int r_ = (call);                                                                  \
		if (r_ < 0)                                                                       \
			fail(__LINE__, "%s: %d (%s) %s [%s]", #call, r_, strerror(-r_), e_.cause, \
			     e_.remedy);                                                          \
	} while (0)

/* The call fails so, and says these words. */
#define FAILS(code, words, call)                                                                       \
	do {                                                                                           \
		struct error e_ = {0};                                                                 \
		struct error *err = &e_;                                                               \
		int r_ = (call);                                                                       \
		if (r_ != (code) || (!strstr(e_.cause, words) && !strstr(e_.remedy, words)))           \
			fail(__LINE__, "%s: %d (%s) '%s' [%s], not %d '%s'", #call, r_, strerror(-r_), \
			     e_.cause, e_.remedy, code, words);                                        \
		printf("  said: %s [%s]\n", e_.cause, e_.remedy);                                      \
	} while (0)

static bool waited_for(bool (*is_so)(void *arg), void *arg)
{
	uint64_t end = clock_monotonic_ns() + PATIENCE;

	while (!is_so(arg)) {
		if (clock_monotonic_ns() > end)
			return false;
		usleep(1000);
	}
	return true;
}

/* --- helpers --- */

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s%s%s", t.base, *name ? "/" : "", name);
	return path;
}

static uint32_t everywhere(void)
{
	uint32_t bits = 0;

	for (enum controller c = 0; c < CONTROLLER__COUNT; c++)
		if (t.layout->home[c] >= 0 && c != CONTROLLER_NAMED)
			bits |= UINT32_C(1) << t.layout->home[c];
	return bits;
}

static struct cgroup_group *make(const char *name)
{
	struct cgroup_group *g = NULL;

	OK(cgroup_group_make(t.layout, path_of(name), everywhere(), &g, err));
	return g;
}

static void put_away(struct cgroup_group *g)
{
	OK(cgroup_group_remove(g, 10000, err));
	for (size_t i = 0; i < t.layout->n_hierarchies; i++)
		CHECK(faccessat(t.layout->hierarchies[i].fd, g->path + 1, F_OK, 0) < 0);
	cgroup_group_close(g);
}

static int version_of(enum controller c)
{
	return t.layout->home[c] < 0 ? 0 : t.layout->hierarchies[t.layout->home[c]].version;
}

static int limit(const struct cgroup_group *g, const struct cgroup_limits *l, const struct cgroup_limits *was,
		 struct error *err)
{
	struct limit_write *writes = NULL;
	size_t n = 0;
	int r = cgroup_limits_plan(l, was, t.layout, &t.arena, &writes, &n, err);

	return r < 0 ? r : cgroup_group_limit(g, writes, n, err);
}

static void stands(int line, const struct cgroup_group *g, enum controller c, const char *v2, const char *v1,
		   const char *wanted2, const char *wanted1)
{
	int version = version_of(c);
	const char *file = version == 2 ? v2 : v1;
	const char *wanted = version == 2 ? wanted2 : wanted1;
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	if (version == 0)
		return;
	if (fs_read_file(g->fds[t.layout->home[c]], file, 4096, &text, &len) < 0)
		fail(line, "cannot read %s", file);
	while (len && text[len - 1] == '\n')
		text[--len] = '\0';
	if (strcmp(text, wanted) != 0)
		fail(line, "%s is '%s', not '%s'", file, text, wanted);
}
#define STANDS(...) stands(__LINE__, __VA_ARGS__)

/* A child in the group: by the v1 tasks files itself, into v2 by its parent. */
static pid_t start(const struct cgroup_group *g, void (*body)(void))
{
	int fds[HIERARCHIES_MAX];
	struct error err = {0};
	int n = cgroup_group_tasks(g, fds, &err);
	int v2 = cgroup_group_v2(g);
	pid_t child;

	if (n < 0)
		fail(__LINE__, "%s", err.cause);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		int procs = v2 < 0 ? -1 : openat(v2, "cgroup.procs", O_WRONLY | O_CLOEXEC);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (cgroup_tasks_enter(fds, n) < 0 || (procs >= 0 && cgroup_tasks_enter(&procs, 1) < 0))
			_exit(99);
		body();
		_exit(0);
	}
	while (n)
		close(fds[--n]);
	return child;
}

static int end_of(pid_t child)
{
	int status = 0;

	CHECK(waitpid(child, &status, 0) == child);
	return status;
}

static void count_forever(void)
{
	for (;;)
		(*t.counter)++;
}

static bool has_counted(void *arg)
{
	return *t.counter != *(uint64_t *)arg;
}

static bool is_empty(void *arg)
{
	return cgroup_group_is_populated(arg) == 0;
}

static bool is_populated(void *arg)
{
	return cgroup_group_is_populated(arg) == 1;
}

/* --- the tests --- */

static void numbers(void)
{
	struct cgroup_group *g = make("numbers");
	struct cgroup_limits l = {.cpuset_cpus = "0", .cpuset_mems = "0"};
	struct cgroup_limits more = {0};

	limit_set(&l, LIMIT_MEMORY, 64 * MIB);
	limit_set(&l, LIMIT_MEMORY_RESERVATION, 32 * MIB);
	limit_set(&l, LIMIT_CPU_SHARES, 512);
	limit_set(&l, LIMIT_CPU_QUOTA, 50000);
	limit_set(&l, LIMIT_CPU_BURST, 10000);
	limit_set(&l, LIMIT_PIDS, 16);
	OK(limit(g, &l, NULL, err));
	STANDS(g, CONTROLLER_MEMORY, "memory.max", "memory.limit_in_bytes", "67108864", "67108864");
	STANDS(g, CONTROLLER_MEMORY, "memory.low", "memory.soft_limit_in_bytes", "33554432", "33554432");
	STANDS(g, CONTROLLER_CPU, "cpu.weight", "cpu.shares", "59", "512");
	STANDS(g, CONTROLLER_CPU, "cpu.max", "cpu.cfs_quota_us", "50000 100000", "50000");
	STANDS(g, CONTROLLER_CPU, "cpu.max.burst", "cpu.cfs_burst_us", "10000", "10000");
	STANDS(g, CONTROLLER_PIDS, "pids.max", "pids.max", "16", "16");
	STANDS(g, CONTROLLER_CPUSET, "cpuset.cpus", "cpuset.cpus", "0", "0");
	CHECK(cgroup_group_memory(g) >= 0);

	/* up, and down below what the others were: the order must turn around by itself */
	limit_set(&more, LIMIT_MEMORY, 256 * MIB);
	limit_set(&more, LIMIT_MEMORY_SWAP, 256 * MIB);
	limit_set(&more, LIMIT_CPU_PERIOD, 20000);
	limit_set(&more, LIMIT_CPU_QUOTA, 5000);
	limit_set(&more, LIMIT_CPU_BURST, 1000);
	OK(limit(g, &more, &l, err));
	STANDS(g, CONTROLLER_MEMORY, "memory.max", "memory.limit_in_bytes", "268435456", "268435456");
	STANDS(g, CONTROLLER_CPU, "cpu.max", "cpu.cfs_quota_us", "5000 20000", "5000");
	STANDS(g, CONTROLLER_CPU, "cpu.max.burst", "cpu.cfs_burst_us", "1000", "1000");
	OK(limit(g, &l, NULL, err));
	STANDS(g, CONTROLLER_MEMORY, "memory.max", "memory.limit_in_bytes", "67108864", "67108864");
	STANDS(g, CONTROLLER_CPU, "cpu.max.burst", "cpu.cfs_burst_us", "10000", "10000");

	more = (struct cgroup_limits){0};
	limit_set(&more, LIMIT_MEMORY, -1);
	limit_set(&more, LIMIT_CPU_QUOTA, -1);
	limit_set(&more, LIMIT_PIDS, -1);
	OK(limit(g, &more, NULL, err));
	STANDS(g, CONTROLLER_MEMORY, "memory.max", "memory.limit_in_bytes", "max", "9223372036854771712");
	STANDS(g, CONTROLLER_CPU, "cpu.max", "cpu.cfs_quota_us", "max 100000", "-1");
	STANDS(g, CONTROLLER_PIDS, "pids.max", "pids.max", "max", "max");

	more = (struct cgroup_limits){0};
	limit_set(&more, LIMIT_CPU_IDLE, 1);
	OK(limit(g, &more, NULL, err));
	STANDS(g, CONTROLLER_CPU, "cpu.idle", "cpu.idle", "1", "1");
	limit_set(&more, LIMIT_CPU_IDLE, 0);
	OK(limit(g, &more, &l, err));
	STANDS(g, CONTROLLER_CPU, "cpu.weight", "cpu.shares", "59", "512");
	put_away(g);
}

/* The first block device that is a whole disk. */
static bool find_disk(uint32_t *major, uint32_t *minor)
{
	static const char *const names[] = {"vda", "sda", "nvme0n1", "loop0", "ram0", "zram0"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[64];
		_cleanup_fclose_ FILE *f = NULL;

		snprintf(path, sizeof(path), "/sys/block/%s/dev", names[i]);
		f = fopen(path, "re");
		if (f && fscanf(f, "%u:%u", major, minor) == 2)
			return true;
	}
	return false;
}

static void block_devices(void)
{
	struct cgroup_group *g = make("blocks");
	struct device_limit devices[] = {{.kind = DEVICE_READ_BPS, .value = 1048576},
					 {.kind = DEVICE_WRITE_IOPS, .value = 120}};
	struct device_limit bad = {DEVICE_WRITE_BPS, 4000, 77, 1000};
	struct cgroup_limits l = {.devices = devices, .n_devices = 2};
	char v2[128];
	char v1[64];

	if (version_of(CONTROLLER_IO) && find_disk(&devices[0].major, &devices[0].minor)) {
		devices[1].major = devices[0].major;
		devices[1].minor = devices[0].minor;
		OK(limit(g, &l, NULL, err));
		snprintf(v2, sizeof(v2), "%u:%u rbps=1048576 wbps=max riops=max wiops=120", devices[0].major,
			 devices[0].minor);
		snprintf(v1, sizeof(v1), "%u:%u 1048576", devices[0].major, devices[0].minor);
		STANDS(g, CONTROLLER_IO, "io.max", "blkio.throttle.read_bps_device", v2, v1);
		snprintf(v1, sizeof(v1), "%u:%u 120", devices[0].major, devices[0].minor);
		STANDS(g, CONTROLLER_IO, "io.max", "blkio.throttle.write_iops_device", v2, v1);
		devices[0].value = 0;
		devices[1].value = 0;
		OK(limit(g, &l, NULL, err));
		STANDS(g, CONTROLLER_IO, "io.max", "blkio.throttle.read_bps_device", "", "");
		l = (struct cgroup_limits){.devices = &bad, .n_devices = 1};
		FAILS(-ENODEV, "--device-write-bps", limit(g, &l, NULL, err));
		FAILS(-ENODEV, "whole disks", limit(g, &l, NULL, err));
	}
	put_away(g);
}

static void refusals(void)
{
	struct cgroup_group *g = make("refusals");
	struct cgroup_group *again = NULL;
	struct file_limit file = {"memory.no_such_file", "1"};
	struct cgroup_limits l = {.files = &file, .n_files = 1};

	FAILS(-EEXIST, "plimsoll rm",
	      cgroup_group_make(t.layout, path_of("refusals"), everywhere(), &again, err));
	FAILS(-EOPNOTSUPP, "memory.no_such_file", limit(g, &l, NULL, err));
	l = (struct cgroup_limits){.cpuset_cpus = "8000"};
	FAILS(-EINVAL, "8000", limit(g, &l, NULL, err));
	l = (struct cgroup_limits){0};
	limit_set(&l, LIMIT_KERNEL_MEMORY, 64 * MIB);
	FAILS(-EOPNOTSUPP, "--kernel-memory", limit(g, &l, NULL, err));
	l = (struct cgroup_limits){0};
	limit_set(&l, LIMIT_MEMORY_HIGH, 64 * MIB);
	if (version_of(CONTROLLER_MEMORY) == 2) {
		OK(limit(g, &l, NULL, err));
		STANDS(g, CONTROLLER_MEMORY, "memory.high", "", "67108864", "");
	} else {
		FAILS(-EOPNOTSUPP, "--memory-high", limit(g, &l, NULL, err));
	}
	file = (struct file_limit){"cpu.weight.nice", "5"};
	l = (struct cgroup_limits){.files = &file, .n_files = 1};
	if (version_of(CONTROLLER_CPU) == 2) {
		OK(limit(g, &l, NULL, err));
		STANDS(g, CONTROLLER_CPU, "cpu.weight.nice", "", "5", "");
	} else {
		FAILS(-EOPNOTSUPP, "cpu.weight.nice", limit(g, &l, NULL, err));
	}
	put_away(g);
}

static void freezing(void)
{
	struct cgroup_group *g = make("freezing");
	pid_t child = start(g, count_forever);
	uint64_t seen = *t.counter;
	struct cgroup_group *same = NULL;
	_cleanup_close_ int procfs = open("/proc", O_DIRECTORY | O_CLOEXEC);
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;

	CHECK(waited_for(has_counted, &seen));
	CHECK(cgroup_group_is_frozen(g) == 0);
	CHECK(cgroup_group_is_populated(g) == 1);
	OK(cgroup_group_freeze(g, true, 5000, err));
	CHECK(cgroup_group_is_frozen(g) == 1);
	seen = *t.counter;
	usleep(30000);
	CHECK(*t.counter == seen);

	OK(cgroup_group_of(t.layout, procfs, child, &same, err));
	CHECK(strcmp(same->path, g->path) == 0 && same->hierarchies == g->hierarchies && same->made == 0);
	CHECK(cgroup_group_pids(same, &pids, &n) == 0 && n == 1 && pids[0] == child);
	cgroup_group_close(same);
	FAILS(-EBUSY, "processes", cgroup_group_remove(g, 20, err));

	OK(cgroup_group_freeze(g, false, 5000, err));
	CHECK(waited_for(has_counted, &seen));
	OK(cgroup_group_signal(g, SIGSTOP, err));
	CHECK(cgroup_group_is_frozen(g) == 0);
	CHECK(waitpid(child, NULL, WUNTRACED) == child);
	/* killed while frozen */
	OK(cgroup_group_freeze(g, true, 5000, err));
	OK(cgroup_group_signal(g, SIGKILL, err));
	CHECK(WIFSIGNALED(end_of(child)));
	CHECK(waited_for(is_empty, g));
	OK(cgroup_group_freeze(g, false, 1000, err));
	put_away(g);
}

/* Its processes are in v1's hierarchies alone, as some runtimes leave them: v2's cgroup of that path is
 * empty. */
static void hollow(void)
{
	struct cgroup_group *g = make("hollow");
	bool can_freeze = version_of(CONTROLLER_FREEZER) == 1;
	uint64_t seen = *t.counter;
	pid_t child;
	int procs;

	if (t.layout->mode != CGROUP_HYBRID) {
		put_away(g);
		return;
	}
	child = start(g, count_forever);
	CHECK(waited_for(has_counted, &seen));
	procs = openat(t.layout->hierarchies[t.layout->home[CONTROLLER_CORE]].fd, "cgroup.procs",
		       O_WRONLY | O_CLOEXEC);
	CHECK(procs >= 0 && dprintf(procs, "%d", (int)child) > 0);
	close(procs);
	CHECK(cgroup_group_is_populated(g) == 0);
	if (can_freeze) {
		OK(cgroup_group_freeze(g, true, 5000, err));
		CHECK(cgroup_group_is_frozen(g) == 1);
		seen = *t.counter;
		usleep(30000);
		CHECK(*t.counter == seen);
		OK(cgroup_group_signal(g, SIGCONT, err));
		CHECK(cgroup_group_is_frozen(g) == 1);
		OK(cgroup_group_freeze(g, false, 5000, err));
		CHECK(cgroup_group_is_frozen(g) == 0);
		OK(cgroup_group_freeze(g, true, 5000, err));
	} else {
		FAILS(-EOPNOTSUPP, "v1's hierarchies alone", cgroup_group_freeze(g, true, 5000, err));
	}
	OK(cgroup_group_signal(g, SIGKILL, err));
	CHECK(WIFSIGNALED(end_of(child)));
	CHECK(cgroup_group_is_frozen(g) == 0);
	put_away(g);
}

static void use_memory(void)
{
	size_t size = 100U << 20;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(98);
	for (size_t i = 0; i < size; i += 4096)
		*(volatile char *)(p + i) = 1;
}

static void out_of_memory(void)
{
	struct cgroup_group *g = make("memory");
	struct cgroup_limits l = {0};
	int status;

	limit_set(&l, LIMIT_MEMORY, 32 * MIB);
	limit_set(&l, LIMIT_MEMORY_SWAP, 32 * MIB);
	OK(limit(g, &l, NULL, err));
	CHECK(cgroup_group_oom_kills(g) == 0);
	status = end_of(start(g, use_memory));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CHECK(cgroup_group_oom_kills(g) == 1);
	put_away(g);
}

static void keep_memory(void)
{
	use_memory();
	*t.counter = 1;
	for (;;)
		pause();
}

/* v1 refuses a limit below what is in use; v2 would kill, so that its callers look first. */
static void less_than_used(void)
{
	struct cgroup_group *g = make("used");
	struct cgroup_limits l = {0};
	uint64_t seen = 0;
	pid_t child;

	*t.counter = 0;
	child = start(g, keep_memory);
	CHECK(waited_for(has_counted, &seen));
	CHECK(cgroup_group_memory(g) >= 100 * MIB && cgroup_group_memory(g) < 200 * MIB);
	limit_set(&l, LIMIT_MEMORY, 8 * MIB);
	limit_set(&l, LIMIT_MEMORY_SWAP, 8 * MIB);
	if (version_of(CONTROLLER_MEMORY) == 1) {
		FAILS(-EBUSY, "use more than that", limit(g, &l, NULL, err));
		CHECK(cgroup_group_oom_kills(g) == 0);
	}
	OK(cgroup_group_signal(g, SIGKILL, err));
	CHECK(WIFSIGNALED(end_of(child)));
	put_away(g);
}

static void fork_many(void)
{
	int n = 0;

	while (n < 100) {
		pid_t child = fork();

		if (child < 0)
			break;
		if (child == 0)
			for (;;)
				pause();
		n++;
	}
	/* itself is one of eight */
	*t.counter = (uint64_t)n;
	_exit(n == 7 ? 0 : 1);
}

static void many_processes(void)
{
	struct cgroup_group *g = make("pids");
	struct cgroup_limits l = {0};
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;
	int status;

	limit_set(&l, LIMIT_PIDS, 8);
	OK(limit(g, &l, NULL, err));
	status = end_of(start(g, fork_many));
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail(__LINE__, "status %x, %d children", status, (int)*t.counter);
	CHECK(cgroup_group_pids(g, &pids, &n) == 0 && n == 7);
	OK(cgroup_group_signal(g, SIGKILL, err));
	CHECK(waited_for(is_empty, g));
	put_away(g);
}

/* --- devices --- */

static void open_devices(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	int denied = zero < 0 && errno == EPERM;

	_exit(null < 0 ? 50 : zero >= 0 ? 1 : denied ? 0 : 51);
}

static void try_devices(const struct cgroup_group *g, const char *what)
{
	static const struct device_rule rules[] = {
		{false, 'a', -1, -1, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD},
		{true, 'c', 1, 3, DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD},
		{true, 'c', 1, 5, DEVICE_READ},
	};

	for (size_t n = 2; n <= 3; n++) {
		int status;

		OK(device_rules_apply(g, rules, n, err));
		status = end_of(start(g, open_devices));
		if (!WIFEXITED(status) || WEXITSTATUS(status) != (n == 3))
			fail(__LINE__, "%s: with %zu rules the child ended with %x", what, n, status);
	}
	OK(device_rules_apply(g, rules, 2, err));
	CHECK(end_of(start(g, open_devices)) == 0);
}

static void devices(void)
{
	struct cgroup_group *g = make("devices");
	struct cgroup_group *v1 = NULL;

	try_devices(g, "all hierarchies");
	put_away(g);
	if (version_of(CONTROLLER_DEVICES) != 1)
		return;
	OK(cgroup_group_make(t.layout, path_of("devices_v1"),
			     UINT32_C(1) << t.layout->home[CONTROLLER_DEVICES], &v1, err));
	try_devices(v1, "v1");
	put_away(v1);
}

/* --- trees --- */

static void wait_forever(void)
{
	for (;;)
		pause();
}

/* A container's own cgroups, with processes in them, go with it; a deep one, too. */
static void nested(void)
{
	struct cgroup_group *g = make("nested");
	struct cgroup_group *below = make("nested/inner/most");
	struct cgroup_group *deep = NULL;
	char path[2048];
	pid_t child = start(below, wait_forever);
	_cleanup_free_ pid_t *pids = NULL;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s", path_of("nested"));
	for (int i = 0; i < 100; i++)
		memcpy(path + strlen(path), "/d", sizeof("/d"));
	OK(cgroup_group_make(t.layout, path, UINT32_C(1), &deep, err));
	cgroup_group_close(deep);
	CHECK(waited_for(is_populated, g));
	CHECK(cgroup_group_pids(g, &pids, &n) == 0 && n == 1 && pids[0] == child);
	OK(cgroup_group_signal(g, SIGKILL, err));
	CHECK(WIFSIGNALED(end_of(child)));
	put_away(g);
	cgroup_group_close(below);
}

/* v2: a parent with a process of its own can't pass controllers on. */
static void inner_processes(void)
{
	struct cgroup_group *parent = NULL;
	struct cgroup_group *g = NULL;
	struct cgroup_limits l = {0};
	pid_t child;

	if (t.layout->mode != CGROUP_V2)
		return;
	limit_set(&l, LIMIT_MEMORY, 32 * MIB);
	parent = make("inner");
	child = start(parent, wait_forever);
	/* it goes there itself: once it has been moved on, it must not come back */
	CHECK(waited_for(is_populated, parent));
	g = make("inner/leaf");
	FAILS(-EBUSY, "processes of its own", limit(g, &l, NULL, err));
	OK(cgroup_group_add(g, child, err));
	OK(cgroup_group_signal(g, SIGKILL, err));
	end_of(child);
	put_away(g);
	put_away(parent);
}

static int start_up(void)
{
	struct error err = {0};

	if (geteuid() != 0 ||
	    cgroup_layout_open(&(struct cgroup_roots){"/proc", "/sys", "/"}, &t.layout, &err) < 0) {
		fprintf(stderr, "needs root and cgroups: %s\n", err.cause);
		return getenv("PLIMSOLL_MUST_RUN") ? 1 : SKIP;
	}
	t.main = getpid();
	snprintf(t.base, sizeof(t.base), "/plimsoll-test-%d", (int)t.main);
	t.counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(t.counter != MAP_FAILED);
	return 0;
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{"numbers", numbers},
		{"block_devices", block_devices},
		{"refusals", refusals},
		{"freezing", freezing},
		{"hollow", hollow},
		{"out_of_memory", out_of_memory},
		{"less_than_used", less_than_used},
		{"many_processes", many_processes},
		{"devices", devices},
		{"nested", nested},
		{"inner_processes", inner_processes},
	};
	int r = start_up();

	if (r != 0)
		return r;
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("cgroups: %s\n", cgroup_mode_name(t.layout->mode));
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		uint64_t begun = clock_monotonic_ns();

		printf("%s\n", tests[i].name);
		tests[i].run();
		printf("  %.1f ms\n", (double)(clock_monotonic_ns() - begun) / 1e6);
	}
	clean_up();
	for (size_t i = 0; i < t.layout->n_hierarchies; i++)
		CHECK(faccessat(t.layout->hierarchies[i].fd, t.base + 1, F_OK, 0) < 0);
	arena_free(&t.arena);
	cgroup_layout_close(t.layout);
	return 0;
}

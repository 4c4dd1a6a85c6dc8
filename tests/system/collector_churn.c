/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector follows real cgroups that come and go by the thousand while it samples; nothing is missed
 * that lived for a second, nothing stays behind. Then a few that are odd: a hostile name, a frozen one,
 * limits that change.
 *
 * With the argument "bpf" what BPF programs give comes from there.
 *
 * PLIMSOLL_CHURN: how many cgroups (20000). It ends after PLIMSOLL_CHURN_SECONDS (50) at the latest.
 */
#include "system_test.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "bpf/kernel_side.h"
#include "collector/collector.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOLDER "plimsoll-test-churn"
#define ALIVE 60       /* how many short ones there are at a time */
#define LONG_EVERY 200 /* each so many-th lives for longer than a second */
#define LONG_NS (1100 * NSEC_PER_MSEC)
#define LONG_ONES 1000U

/* What the maker tells while it works; shared with it. */
struct progress {
	unsigned made;
	unsigned n_long;
	unsigned failures;
	int last_error;
	char last_failed[256];
};

static struct {
	const struct cgroup_layout *layout;
	struct source *source;
	struct progress *progress;
	pid_t maker;
	pid_t frozen;
	bool seen[LONG_ONES];
	unsigned n_samples;
} t;

static __attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);
static void thaw(void);

/* --- the folders --- */

static void path_of(char *out, size_t size, size_t hierarchy, const char *name)
{
	snprintf(out, size, "%s/" FOLDER "%s%s", t.layout->hierarchies[hierarchy].mount_point,
		 *name ? "/" : "", name);
}

static bool write_file(size_t hierarchy, const char *cgroup, const char *file, const char *text)
{
	char path[1200];
	_cleanup_close_ int fd = -1;
	size_t len = strlen(text);

	path_of(path, sizeof(path), hierarchy, cgroup);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, len) == (ssize_t)len;
}

static bool read_file(size_t hierarchy, const char *cgroup, const char *file, char *out, size_t size)
{
	char path[1200];
	_cleanup_close_ int fd = -1;
	ssize_t n;

	path_of(path, sizeof(path), hierarchy, cgroup);
	snprintf(path + strlen(path), sizeof(path) - strlen(path), "/%s", file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, out, size - 1);
	if (n < 0)
		return false;
	out[n] = '\0';
	return true;
}

/* In every hierarchy, or not at all. */
static bool make_cgroup(const char *name)
{
	for (size_t h = 0; h < t.layout->n_hierarchies; h++) {
		char path[1024];

		path_of(path, sizeof(path), h, name);
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return false;
	}
	return true;
}

/* A process that has just ended may keep it for a moment. */
static bool remove_cgroup(const char *name)
{
	bool good = true;

	for (size_t h = 0; h < t.layout->n_hierarchies; h++) {
		char path[1024];
		int r;

		path_of(path, sizeof(path), h, name);
		for (unsigned i = 0; (r = rmdir(path)) < 0 && errno == EBUSY && i < 1000; i++)
			usleep(1000);
		good &= r == 0 || errno == ENOENT;
	}
	return good;
}

static void remove_everything(void)
{
	for (size_t h = 0; t.layout && h < t.layout->n_hierarchies; h++) {
		char path[1024];
		_cleanup_closedir_ DIR *dir = NULL;
		const struct dirent *entry;

		path_of(path, sizeof(path), h, "");
		dir = opendir(path);
		while (dir && (entry = readdir(dir)))
			if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
				unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
		rmdir(path);
	}
}

static void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	fflush(stdout);
	if (t.frozen > 0) {
		thaw();
		kill(t.frozen, SIGKILL);
		waitpid(t.frozen, NULL, 0);
	}
	if (t.maker > 0) {
		kill(t.maker, SIGKILL);
		waitpid(t.maker, NULL, 0);
	}
	remove_everything();
	_exit(1);
}

/* --- the maker: a process of its own, that waits for nobody --- */

static void note_failure(const char *name)
{
	t.progress->failures++;
	t.progress->last_error = errno;
	snprintf(t.progress->last_failed, sizeof(t.progress->last_failed), "%s", name);
}

static void name_short(char *out, size_t size, unsigned i)
{
	snprintf(out, size, "s%u", i);
}

static void name_long(char *out, size_t size, unsigned i)
{
	snprintf(out, size, "long%u", i);
}

/* A process that is in it for an instant. */
static void visit(const char *name)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (size_t h = 0; h < t.layout->n_hierarchies; h++)
			write_file(h, name, "cgroup.procs", "0");
		_exit(0);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

struct long_one {
	unsigned number;
	uint64_t until_ns;
};

static void end_long_ones(struct long_one *ones, unsigned *n, bool all)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < *n; i++) {
		char name[32];
		uint64_t now = clock_monotonic_ns();

		if (all && now < ones[i].until_ns)
			usleep((useconds_t)((ones[i].until_ns - now) / NSEC_PER_USEC));
		if (!all && now < ones[i].until_ns) {
			ones[kept++] = ones[i];
			continue;
		}
		name_long(name, sizeof(name), ones[i].number);
		if (!remove_cgroup(name))
			note_failure(name);
	}
	*n = kept;
}

static void make_one(unsigned i, struct long_one *ones, unsigned *n_ones)
{
	char name[32];

	name_short(name, sizeof(name), i);
	if (!make_cgroup(name))
		note_failure(name);
	if (i % 50 == 0)
		visit(name);
	if (i % LONG_EVERY == 0 && t.progress->n_long < LONG_ONES) {
		name_long(name, sizeof(name), t.progress->n_long);
		if (!make_cgroup(name))
			note_failure(name);
		ones[(*n_ones)++] = (struct long_one){t.progress->n_long++, clock_monotonic_ns() + LONG_NS};
	}
	if (i >= ALIVE) {
		name_short(name, sizeof(name), i - ALIVE);
		if (!remove_cgroup(name))
			note_failure(name);
	}
	t.progress->made = i + 1;
}

static void churn(unsigned count, uint64_t end_ns)
{
	static struct long_one ones[LONG_ONES];
	unsigned n_ones = 0;
	unsigned i;

	for (i = 0; i < count && clock_monotonic_ns() < end_ns; i++) {
		make_one(i, ones, &n_ones);
		end_long_ones(ones, &n_ones, false);
	}
	for (unsigned last = i > ALIVE ? i - ALIVE : 0; last < i; last++) {
		char name[32];

		name_short(name, sizeof(name), last);
		if (!remove_cgroup(name))
			note_failure(name);
	}
	end_long_ones(ones, &n_ones, true);
}

/* --- the collector's side --- */

static uint64_t resident_kb(void)
{
	_cleanup_fclose_ FILE *f = fopen("/proc/self/statm", "re");
	char line[128];
	char *resident;

	if (!f || !fgets(line, sizeof(line), f))
		return 0;
	strtoull(line, &resident, 10); /* the first figure is the size of all that is mapped */
	return strtoull(resident, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE) / 1024;
}

static const char *own_name(const struct entity *e)
{
	static const char prefix[] = "/" FOLDER "/";

	return strncmp(e->path, prefix, sizeof(prefix) - 1) == 0 ? e->path + sizeof(prefix) - 1 : NULL;
}

static struct snapshot *sample(const struct metric_set *need)
{
	struct snapshot *s = NULL;
	struct error err = {0};

	if (source_sample(t.source, need, &s, &err) < 0)
		fail("a sample failed: %s", err.cause);
	t.n_samples++;
	return s;
}

static void look(const struct metric_set *need)
{
	struct snapshot *s = sample(need);

	for (size_t i = 0; i < snapshot_count(s); i++) {
		const char *name = own_name(snapshot_entity(s, i));
		unsigned long number =
			name && strncmp(name, "long", 4) == 0 ? strtoul(name + 4, NULL, 10) : LONG_ONES;

		if (number < LONG_ONES)
			t.seen[number] = true;
	}
	for (unsigned g = 0; g < GROUP__COUNT; g++)
		if (g != GROUP_devices && snapshot_report(s, g)->failed)
			fail("figures of the group %s failed", metric_groups[g].name);
	snapshot_unref(s);
}

/* As a sink does: dispatches when there is something, and samples twice a second. */
static bool follow_until_the_maker_ends(const struct metric_set *need)
{
	uint64_t next = clock_monotonic_ns();
	int status;

	while (waitpid(t.maker, &status, WNOHANG) == 0) {
		struct pollfd p = {.fd = source_event_fd(t.source), .events = POLLIN};
		uint64_t now = clock_monotonic_ns();
		struct error err = {0};

		if (now >= next) {
			look(need);
			next = now + 500 * NSEC_PER_MSEC;
			continue;
		}
		poll(&p, 1, 20);
		if (source_dispatch(t.source, &err) < 0)
			fail("following failed: %s", err.cause);
	}
	t.maker = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Those below our folder that live. */
static unsigned count_own(const struct metric_set *need)
{
	struct snapshot *s = sample(need);
	unsigned n = 0;

	for (size_t i = 0; i < snapshot_count(s); i++)
		n += own_name(snapshot_entity(s, i)) && !snapshot_entity(s, i)->ended;
	snapshot_unref(s);
	return n;
}

static void churn_test(unsigned count, unsigned seconds, const struct metric_set *need)
{
	struct collector_status before;
	struct collector_status after;
	uint64_t start;
	unsigned missed = 0;
	size_t idle;

	look(need);
	collector_status(t.source, &before);
	idle = count_fds() - before.n_descriptors;
	start = clock_monotonic_ns();
	t.maker = fork();
	if (t.maker < 0)
		fail("cannot fork");
	if (t.maker == 0) {
		churn(count, start + seconds * NSEC_PER_SEC);
		_exit(0);
	}
	if (!follow_until_the_maker_ends(need))
		fail("the maker failed");
	if (t.progress->failures)
		fail("the maker could not make or remove %u cgroups, %s the last: %s", t.progress->failures,
		     t.progress->last_failed, strerror(t.progress->last_error));
	look(need);
	collector_status(t.source, &after);
	for (unsigned i = 0; i < t.progress->n_long; i++)
		missed += !t.seen[i];
	printf("%u cgroups in %zu hierarchies, %.1f s, %u samples; %u lived over a second, %u of them "
	       "missed; "
	       "%llu queue overflows, %llu rescans; %llu kB resident\n",
	       t.progress->made + t.progress->n_long, t.layout->n_hierarchies,
	       (double)(clock_monotonic_ns() - start) / 1e9, t.n_samples, t.progress->n_long, missed,
	       (unsigned long long)after.events_lost, (unsigned long long)after.rescans,
	       (unsigned long long)resident_kb());
	/* Where the queue ran over (under valgrind, say), what came and went in the meantime is nowhere told.
	 */
	if (missed && after.events_lost == before.events_lost)
		fail("%u that lived over a second were not seen", missed);
	if (t.progress->n_long == 0)
		fail("nothing was made");
	if (count_own(need))
		fail("%u cgroups stayed behind", count_own(need));
	collector_status(t.source, &after);
	if (count_fds() != idle + after.n_descriptors)
		fail("%zu descriptors are open, and %zu of them accounted for", count_fds(),
		     idle + after.n_descriptors);
	/* other cgroups of the host come and go as they please */
	if (after.n_cgroups == before.n_cgroups && after.n_descriptors > before.n_descriptors)
		fail("%zu descriptors are kept, %zu before", after.n_descriptors, before.n_descriptors);
}

/* --- odd ones --- */

static ptrdiff_t find(const struct snapshot *s, const char *name)
{
	for (size_t i = 0; i < snapshot_count(s); i++) {
		const char *own = own_name(snapshot_entity(s, i));

		if (own && !snapshot_entity(s, i)->ended && strcmp(own, name) == 0)
			return (ptrdiff_t)i;
	}
	return -1;
}

static void expect(const struct metric_set *need, const char *name, enum metric_id id, uint64_t expected)
{
	struct snapshot *s = sample(need);
	ptrdiff_t index = find(s, name);
	uint64_t value = 0;

	if (index < 0)
		fail("'%s' is not there", name);
	if (!snapshot_get(s, (size_t)index, id, &value))
		fail("'%s' has no %s", name, metrics[id].id_name);
	if (value != expected)
		fail("%s of '%s' is %llu, not %llu", metrics[id].id_name, name, (unsigned long long)value,
		     (unsigned long long)expected);
	snapshot_unref(s);
}

static void hostile_names(const struct metric_set *need)
{
	/* the kernel takes no newline (kernel/cgroup/cgroup.c, cgroup_mkdir) */
	static const char *const names[] = {"we\"ird\\", "\x1b[31m\a", "\xff\xfe broken \xc3", " %s%n",
					    "\xe2\x80\xa8 separator"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!make_cgroup(names[i]))
			fail("cannot make a cgroup of an odd name: %s", strerror(errno));
		expect(need, names[i], METRIC_PROCESSES, 0);
		if (!remove_cgroup(names[i]))
			fail("cannot remove it: %s", strerror(errno));
	}
}

/* A setting is written and to be seen by the very next sample. False where the host has no such file. */
static bool changes(const struct metric_set *need, size_t hierarchy, const char *file, enum metric_id id,
		    const char *first, uint64_t first_value, const char *second, uint64_t second_value)
{
	char was[64];

	if (!read_file(hierarchy, "odd", file, was, sizeof(was)))
		return false;
	for (unsigned round = 0; round < 3; round++) {
		if (!write_file(hierarchy, "odd", file, first))
			fail("cannot write %s: %s", file, strerror(errno));
		expect(need, "odd", id, first_value);
		if (!write_file(hierarchy, "odd", file, second))
			fail("cannot write %s: %s", file, strerror(errno));
		expect(need, "odd", id, second_value);
		expect(need, "odd", id, second_value); /* copied */
	}
	return true;
}

static size_t home(enum controller c)
{
	return t.layout->home[c] < 0 ? 0 : (size_t)t.layout->home[c];
}

static bool v2(enum controller c)
{
	return t.layout->hierarchies[home(c)].version == 2;
}

static void live_limits(const struct metric_set *need)
{
	unsigned n = 0;

	if (!make_cgroup("odd"))
		fail("cannot make a cgroup: %s", strerror(errno));
	n += changes(need, home(CONTROLLER_PIDS), "pids.max", METRIC_PIDS_MAX, "77", 77, "max", UNLIMITED);
	n += changes(need, home(CONTROLLER_MEMORY),
		     v2(CONTROLLER_MEMORY) ? "memory.max" : "memory.limit_in_bytes", METRIC_MEMORY_LIMIT,
		     "67108864", 67108864, v2(CONTROLLER_MEMORY) ? "max" : "-1", UNLIMITED);
	n += v2(CONTROLLER_CPU) ? changes(need, home(CONTROLLER_CPU), "cpu.max", METRIC_CPU_QUOTA,
					  "20000 100000", 20000, "max 100000", UNLIMITED)
				: changes(need, home(CONTROLLER_CPU), "cpu.cfs_quota_us", METRIC_CPU_QUOTA,
					  "20000", 20000, "-1", UNLIMITED);
	printf("%u kinds of limits were seen to change\n", n);
	if (!remove_cgroup("odd"))
		fail("cannot remove it: %s", strerror(errno));
}

static void thaw(void)
{
	if (t.layout->home[CONTROLLER_FREEZER] >= 0)
		write_file(home(CONTROLLER_FREEZER), "odd", "freezer.state", "THAWED");
	else
		write_file(home(CONTROLLER_CORE), "odd", "cgroup.freeze", "0");
}

static void frozen(const struct metric_set *need)
{
	bool v1 = t.layout->home[CONTROLLER_FREEZER] >= 0;
	size_t h = v1 ? home(CONTROLLER_FREEZER) : home(CONTROLLER_CORE);
	const char *file = v1 ? "freezer.state" : "cgroup.freeze";

	if (!make_cgroup("odd"))
		fail("cannot make a cgroup: %s", strerror(errno));
	t.frozen = fork();
	if (t.frozen == 0) {
		for (size_t each = 0; each < t.layout->n_hierarchies; each++)
			write_file(each, "odd", "cgroup.procs", "0");
		for (;;)
			pause();
	}
	for (unsigned i = 0; i < 5000; i++) {
		char text[64];

		if (read_file(h, "odd", "cgroup.procs", text, sizeof(text)) && *text)
			break;
		usleep(1000);
	}
	expect(need, "odd", METRIC_FROZEN, 0);
	if (!write_file(h, "odd", file, v1 ? "FROZEN" : "1"))
		fail("cannot freeze: %s", strerror(errno));
	/* it takes the kernel a moment */
	for (unsigned i = 0; i < 5000; i++) {
		char text[128];

		if (read_file(h, "odd", v1 ? "freezer.state" : "cgroup.events", text, sizeof(text)) &&
		    strstr(text, v1 ? "FROZEN" : "frozen 1"))
			break;
		usleep(1000);
	}
	expect(need, "odd", METRIC_FROZEN, 1);
	expect(need, "odd", METRIC_PROCESSES, 1);
	thaw();
	kill(t.frozen, SIGKILL);
	waitpid(t.frozen, NULL, 0);
	t.frozen = 0;
	if (!remove_cgroup("odd"))
		fail("cannot remove it: %s", strerror(errno));
}

/* --- main --- */

static unsigned number_of(const char *variable, unsigned otherwise)
{
	const char *text = getenv(variable);
	unsigned long value = text ? strtoul(text, NULL, 10) : 0;

	return value > 0 && value < 10000000 ? (unsigned)value : otherwise;
}

/* Opens it without knowing how many there will be: its tables grow while they come. */
static int use_kernel(struct error *err)
{
	const struct bpf_options options = {.layout = t.layout,
					    .parts = 1U << KERNEL_FIGURES | 1U << KERNEL_PROCESSES};
	struct kernel *kernel;

	if (bpf_kernel_open(&options, &kernel, err) < 0)
		return err->code;
	collector_use_kernel(t.source, kernel);
	return 0;
}

int main(int argc, char **argv)
{
	/* ended ones go after two seconds, so that what grows is what leaks */
	const struct collector_options options = {.linger_ns = 2 * NSEC_PER_SEC};
	struct metric_set need = {0};
	struct error err = {0};
	size_t before = count_fds();

	if (geteuid() != 0)
		return skip("it makes cgroups, which only root may");
	if (collector_open(&options, &t.source, &err) < 0)
		return skip(err.cause);
	t.layout = collector_layout(t.source);
	if (argc > 1 && strcmp(argv[1], "bpf") == 0 && use_kernel(&err) < 0)
		return skip(err.cause);
	t.progress =
		mmap(NULL, sizeof(*t.progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (t.progress == MAP_FAILED)
		fail("out of memory");
	remove_everything();
	if (!make_cgroup("")) {
		int code = errno;

		remove_everything();
		source_close(t.source);
		return skip(strerror(code));
	}
	metric_set_defaults(&need);
	churn_test(number_of("PLIMSOLL_CHURN", 20000), number_of("PLIMSOLL_CHURN_SECONDS", 50), &need);
	hostile_names(&need);
	live_limits(&need);
	frozen(&need);
	remove_everything();
	source_close(t.source);
	t.source = NULL;
	t.layout = NULL;
	munmap(t.progress, sizeof(*t.progress));
	if (count_fds() != before) {
		fprintf(stderr, "%zu descriptors are open after the end, %zu before\n", count_fds(), before);
		return 1;
	}
	return 0;
}

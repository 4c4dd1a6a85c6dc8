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
#include "churn.h"

#include "system_test.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "bpf/kernel_side.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct churn t;

void fail(const char *format, ...)
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

const char *own_name(const struct entity *e)
{
	static const char prefix[] = "/" FOLDER "/";

	return strncmp(e->path, prefix, sizeof(prefix) - 1) == 0 ? e->path + sizeof(prefix) - 1 : NULL;
}

struct snapshot *sample(const struct metric_set *need)
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

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk in this kernel: it meets every cgroup that the files have, however many there are and without any
 * privilege once it is open, what the verifier refuses is an error with a cause, and nothing stays behind.
 * parity compares the figures.
 */
#include "system_test.h"

#include "base/clock.h"
#include "bpf/kernel_side.h"
#include "collector/collector.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOLDER "plimsoll-test-walk"
#define CROWD 400
#define OPENINGS 20
#define PARTS (1U << KERNEL_FIGURES | 1U << KERNEL_PROCESSES)

/* Passes on what another kernel gives, and counts the cgroups that it met and that it did not. */
struct counting {
	struct kernel base; /* first */
	struct kernel *inner;
	size_t met;
	size_t unmet;
};

static struct counting *of(const struct kernel *k)
{
	return (struct counting *)(uintptr_t)k;
}

static void count_offers(const struct kernel *k, size_t hierarchy, struct metric_set *out)
{
	kernel_offers(of(k)->inner, hierarchy, out);
}

static int count_walk(struct kernel *k, const struct metric_set *need, struct error *err)
{
	return kernel_walk(of(k)->inner, need, err);
}

static bool count_fill(const struct kernel *k, size_t hierarchy, uint64_t inode, struct snapshot *s,
		       size_t index)
{
	bool met = kernel_fill(of(k)->inner, hierarchy, inode, s, index);

	/* the roots, which the walk leaves to files, are the first entity; others' may come and go meanwhile
	 */
	of(k)->met += met && index > 0;
	of(k)->unmet += !met && strncmp(snapshot_entity(s, index)->path, "/" FOLDER, sizeof(FOLDER)) == 0;
	return met;
}

static int count_processes(struct kernel *k, const struct kernel_question *question,
			   const struct kernel_process **out, size_t *n, struct error *err)
{
	return kernel_processes(of(k)->inner, question, out, n, err);
}

static void count_status(const struct kernel *k, struct kernel_status *out)
{
	kernel_status(of(k)->inner, out);
}

static void count_close(struct kernel *k)
{
	kernel_close(of(k)->inner);
}

static const struct kernel_ops counting_ops = {
	.offers = count_offers,
	.walk = count_walk,
	.fill = count_fill,
	.processes = count_processes,
	.status = count_status,
	.close = count_close,
};

static void each_path(const struct cgroup_layout *layout, unsigned number, int (*act)(const char *path))
{
	char path[512];

	for (size_t h = 0; h < layout->n_hierarchies; h++) {
		snprintf(path, sizeof(path), "%s/" FOLDER "/c%u", layout->hierarchies[h].mount_point, number);
		(void)act(path);
	}
}

static int make(const char *path)
{
	return mkdir(path, 0755);
}

static void with_folder(const struct cgroup_layout *layout, int (*act)(const char *path))
{
	char path[512];

	for (size_t h = 0; h < layout->n_hierarchies; h++) {
		snprintf(path, sizeof(path), "%s/" FOLDER, layout->hierarchies[h].mount_point);
		(void)act(path);
	}
}

static int is_refused(const struct cgroup_layout *layout)
{
	struct bpf_options options = {.layout = layout, .parts = 1U << KERNEL_FIGURES, .refuse = "walk"};
	struct kernel_status status;
	struct kernel *kernel = NULL;
	struct error err = {0};

	CHECK(bpf_kernel_open(&options, &kernel, &err) < 0);
	CHECK(kernel == NULL && strstr(err.cause, "refused"));
	/* one part costs the others nothing, and says why */
	options.parts = PARTS;
	CHECK(bpf_kernel_open(&options, &kernel, &err) == 0);
	kernel_status(kernel, &status);
	CHECK(!status.on[KERNEL_FIGURES] && strstr(status.why[KERNEL_FIGURES], "refused"));
	CHECK(status.on[KERNEL_PROCESSES] && !*status.why[KERNEL_PROCESSES]);
	kernel_close(kernel);
	return 0;
}

static int leaves_nothing(const struct cgroup_layout *layout)
{
	const struct bpf_options options = {.layout = layout, .parts = PARTS};
	size_t before = count_fds();
	uint64_t start = clock_monotonic_ns();

	for (int i = 0; i < OPENINGS; i++) {
		struct kernel_status status;
		struct kernel *kernel;
		struct error err;

		CHECK(bpf_kernel_open(&options, &kernel, &err) == 0);
		kernel_status(kernel, &status);
		CHECK(status.on[KERNEL_FIGURES] && status.on[KERNEL_PROCESSES] && status.walks > 0 &&
		      status.memory_bytes > 0);
		kernel_close(kernel);
	}
	CHECK(count_fds() == before);
	printf("opened and closed in %.1f ms\n", (double)(clock_monotonic_ns() - start) / OPENINGS / 1e6);
	return 0;
}

/* Without any that counts, what is loaded has to do. They stay permitted, for the folders are to be removed.
 */
static int use_capabilities(bool all)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	for (size_t i = 0; i < 2; i++)
		data[i].effective = all ? data[i].permitted : 0;
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* Each of the crowd has a limit of its own, so that a figure in a wrong row shows. False where the host has
 * no such controller there. */
static bool tell_apart(const struct cgroup_layout *layout, unsigned number)
{
	const int8_t home = layout->home[CONTROLLER_PIDS];
	char path[512];
	FILE *f;

	if (home < 0)
		return false;
	snprintf(path, sizeof(path), "%s/" FOLDER "/c%u/pids.max", layout->hierarchies[home].mount_point,
		 number);
	f = fopen(path, "we");
	if (!f)
		return false;
	fprintf(f, "%u", 1000 + number);
	return fclose(f) == 0;
}

static int figures_are_their_own(const struct snapshot *s, bool told_apart)
{
	size_t n = 0;

	for (size_t i = 0; i < snapshot_count(s); i++) {
		uint64_t limit = 0;
		unsigned number;

		if (sscanf(snapshot_entity(s, i)->path, "/" FOLDER "/c%u", &number) != 1)
			continue;
		n++;
		CHECK(!told_apart || (snapshot_get(s, i, METRIC_PIDS_MAX, &limit) && limit == 1000 + number));
	}
	CHECK(n == CROWD);
	return 0;
}

/* More than the tables have rows, none of which was there when they were made. */
static int takes_passes(struct source *source, struct counting *k)
{
	const struct cgroup_layout *layout = collector_layout(source);
	struct metric_set need = {0};
	struct kernel_status before, after;
	bool told_apart = true;
	struct snapshot *s;
	struct error err;

	metric_set_defaults(&need);
	kernel_status(k->inner, &before);
	CHECK(use_capabilities(false) == 0);
	for (unsigned i = 0; i < CROWD; i++) {
		each_path(layout, i, make);
		told_apart &= tell_apart(layout, i);
	}
	CHECK(source_sample(source, &need, &s, &err) == 0);
	CHECK(figures_are_their_own(s, told_apart) == 0);
	snapshot_unref(s);
	CHECK(k->met >= CROWD && k->unmet == 0);
	/* and once more, in the same order */
	CHECK(source_sample(source, &need, &s, &err) == 0);
	CHECK(figures_are_their_own(s, told_apart) == 0);
	snapshot_unref(s);
	kernel_status(k->inner, &after);
	CHECK(k->unmet == 0);
	printf("%zu rows met, %zu not; a walk took %.2f us a row; %zu KiB of tables and figures, %zu "
	       "before\n",
	       k->met, k->unmet, (double)(after.walk_ns - before.walk_ns) / (double)k->met / 1e3,
	       after.memory_bytes / 1024, before.memory_bytes / 1024);
	for (unsigned i = 0; i < CROWD; i += 2)
		each_path(layout, i, rmdir);
	CHECK(source_sample(source, &need, &s, &err) == 0);
	snapshot_unref(s);
	for (unsigned i = 1; i < CROWD; i += 2)
		each_path(layout, i, rmdir);
	CHECK(k->unmet == 0);
	return 0;
}

static int run(struct source *source, struct counting *k)
{
	const struct cgroup_layout *layout = collector_layout(source);
	const struct bpf_options options = {.layout = layout, .parts = PARTS};
	struct error err;

	CHECK(is_refused(layout) == 0);
	CHECK(leaves_nothing(layout) == 0);
	CHECK(bpf_kernel_open(&options, &k->inner, &err) == 0);
	collector_use_kernel(source, &k->base);
	return takes_passes(source, k);
}

int main(void)
{
	const struct collector_options options = {.classes = UINT32_MAX};
	struct counting k = {.base.ops = &counting_ops};
	struct kernel *probe;
	struct source *source;
	struct error err = {0};
	int status;

	if (geteuid() != 0)
		return skip("it loads BPF programs, which only root may");
	if (collector_open(&options, &source, &err) < 0)
		return skip(err.cause);
	if (bpf_kernel_open(&(struct bpf_options){.layout = collector_layout(source), .parts = PARTS}, &probe,
			    &err) < 0) {
		source_close(source);
		return skip(err.cause);
	}
	kernel_close(probe);
	with_folder(collector_layout(source), make);
	status = run(source, &k);
	(void)use_capabilities(true);
	for (unsigned i = 0; i < CROWD; i++)
		each_path(collector_layout(source), i, rmdir);
	with_folder(collector_layout(source), rmdir);
	source_close(source);
	return status;
}

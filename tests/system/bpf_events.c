/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel tells of cgroups and their processes: every kind of event with what it carries, the last
 * figures of a removed cgroup, whose limit an OOM kill was for, and a full buffer, of which nothing is lost
 * silently.
 */
#include "bpf_events.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPENINGS 5
#define CROWD 300

/* ---- cgroups */

static int made_renamed_removed(struct listener *l, int h)
{
	char path[PATH_BYTES], other[PATH_BYTES];
	const struct seen *e;
	uint64_t inode;

	CHECK(cgroup_make(l, h, "life", &inode) == 0);
	e = listen_for(l, KERNEL_CGROUP_MADE, h, inode);
	CHECK(e && strcmp(e->path, "/" FOLDER "/life") == 0 && e->monotonic_ns > 0);
	cgroup_path(l, h, "life", path);
	cgroup_path(l, h, "after", other);
	/* v2 knows no renaming */
	if (l->layout->hierarchies[h].version == 1) {
		CHECK(rename(path, other) == 0);
		e = listen_for(l, KERNEL_CGROUP_RENAMED, h, inode);
		CHECK(e && strcmp(e->path, "/" FOLDER "/after") == 0);
		CHECK(rename(other, path) == 0);
	}
	CHECK(rmdir(path) == 0);
	e = listen_for(l, KERNEL_CGROUP_REMOVED, h, inode);
	CHECK(e && strcmp(e->path, "/" FOLDER "/life") == 0);
	return 0;
}

/* Paths that don't fit the short form, and such that fit none. */
static int long_paths(struct listener *l, int h)
{
	char name[256], deep[600], path[PATH_BYTES];
	const struct seen *e;
	uint64_t inode, below;

	memset(name, 'l', 200);
	name[200] = '\0';
	CHECK(cgroup_make(l, h, name, &inode) == 0);
	e = listen_for(l, KERNEL_CGROUP_MADE, h, inode);
	CHECK(e && strlen(e->path) == strlen("/" FOLDER "/") + 200);
	snprintf(deep, sizeof(deep), "%s/%s", name, name);
	CHECK(cgroup_make(l, h, deep, &below) == 0);
	e = listen_for(l, KERNEL_CGROUP_MADE, h, below);
	CHECK(e && strlen(e->path) == strlen("/" FOLDER "/") + 401);
	snprintf(deep + 401, sizeof(deep) - 401, "/%.150s", name);
	CHECK(cgroup_make(l, h, deep, &inode) == 0);
	e = listen_for(l, KERNEL_CGROUP_MADE, h, inode);
	CHECK(e && e->path[0] == '\0');
	for (char *slash = deep; slash; *slash = '\0') {
		cgroup_path(l, h, deep, path);
		CHECK(rmdir(path) == 0);
		slash = strrchr(deep, '/');
		if (!slash)
			break;
	}
	return 0;
}

static int frozen_and_thawed(struct listener *l, int v2)
{
	uint64_t inode;
	struct work work;

	CHECK(cgroup_make(l, v2, "cold", &inode) == 0);
	CHECK(work_start(l, v2, "cold", wait_to_be_killed, &work) == 0);
	CHECK(listen_for(l, KERNEL_CGROUP_POPULATED, v2, inode));
	CHECK(cgroup_write(l, v2, "cold", "cgroup.freeze", "1") == 0);
	CHECK(listen_for(l, KERNEL_CGROUP_FROZEN, v2, inode));
	CHECK(cgroup_write(l, v2, "cold", "cgroup.freeze", "0") == 0);
	CHECK(listen_for(l, KERNEL_CGROUP_THAWED, v2, inode));
	CHECK(kill(work.pid, SIGKILL) == 0 && work_end(&work) == SIGKILL);
	CHECK(listen_for(l, KERNEL_CGROUP_EMPTY, v2, inode));
	return cgroup_remove(l, v2, "cold");
}

/* ---- processes */

static int ends_of_processes(struct listener *l, int h)
{
	const struct seen *e;
	struct work work;
	uint64_t inode;
	int status;

	CHECK(cgroup_make(l, h, "ends", &inode) == 0);
	CHECK(work_start(l, h, "ends", run_false, &work) == 0);
	CHECK(work_go(&work) == 1 << 8);
	e = listen_for_pid(l, KERNEL_EXEC, work.pid);
	CHECK(e && strcmp(e->word, "/bin/false") == 0 && e->cgroup == inode && e->hierarchy == h &&
	      e->inner_pid == 0);
	e = listen_for_pid(l, KERNEL_EXIT, work.pid);
	CHECK(e && e->status == 1 << 8 && e->cgroup == inode && e->hierarchy == h &&
	      strcmp(e->word, "false") == 0);
	CHECK(work_start(l, h, "ends", wait_to_be_killed, &work) == 0);
	CHECK(kill(work.pid, SIGKILL) == 0 && work_end(&work) == SIGKILL);
	e = listen_for_pid(l, KERNEL_EXIT, work.pid);
	CHECK(e && e->status == SIGKILL);
	/* the first thread ends first, others all at once; whose status it is is the kernel's */
	CHECK(work_start(l, h, "ends", end_with_threads, &work) == 0);
	status = work_go(&work);
	e = listen_for_pid(l, KERNEL_EXIT, work.pid);
	CHECK(e && status > 0 && e->status == status);
	CHECK(listen_count(l, KERNEL_EXIT, work.pid) == 1);
	CHECK(work_start(l, h, "ends", wait_to_be_killed_inside, &work) == 0);
	CHECK(kill(work.pid, SIGKILL) == 0 && work_end(&work) == SIGKILL);
	e = listen_for_pid(l, KERNEL_EXIT, work.pid);
	CHECK(e && e->inner_pid == 1);
	return cgroup_remove(l, h, "ends");
}

/* An emulated machine may be too slow for a storm: then none is told. */
static int storm_of_forks(struct listener *l, int h)
{
	const struct seen *e;
	struct work work;
	uint64_t inode, start, took_ns;

	CHECK(cgroup_make(l, h, "storm", &inode) == 0);
	CHECK(work_start(l, h, "storm", fork_often, &work) == 0);
	start = clock_monotonic_ns();
	CHECK(work_go(&work) == 0);
	took_ns = clock_monotonic_ns() - start;
	printf("up to %d forks took %.0f ms\n", FORKS, (double)took_ns / 1e6);
	CHECK(listen_all(l) == 0);
	e = listen_find(l, KERNEL_FORK_STORM, h, inode);
	/* told for each second that had so many, of which there is one if it took less than so many seconds
	 * in all */
	CHECK(e ? e->count == KERNEL_STORM : took_ns > NSEC_PER_SEC * (FORKS / KERNEL_STORM - 1));
	return cgroup_remove(l, h, "storm");
}

/* ---- the buffer */

/* Told and dropped of the small one, at least and at most, and of the large one in between. */
struct tally {
	uint64_t least, large, most;
};

static int tally(struct listener *small, struct listener *large, struct tally *t)
{
	struct kernel_status s;

	CHECK(listen_all(small) == 0);
	kernel_status(small->kernel, &s);
	t->least = s.events + s.dropped;
	CHECK(listen_all(large) == 0);
	kernel_status(large->kernel, &s);
	CHECK(s.dropped == 0);
	t->large = s.events;
	CHECK(listen_all(small) == 0);
	kernel_status(small->kernel, &s);
	t->most = s.events + s.dropped;
	return 0;
}

static int nothing_is_lost_silently(struct listener *large, int h)
{
	const struct bpf_options options = {.layout = large->layout,
					    .parts = 1U << KERNEL_EVENTS,
					    .event_bytes = (size_t)sysconf(_SC_PAGESIZE)};
	struct listener small = {.layout = large->layout};
	struct kernel_status status;
	struct tally before, after;
	struct error err;
	char name[32];

	CHECK(bpf_kernel_open(&options, &small.kernel, &err) == 0);
	CHECK(tally(&small, large, &before) == 0);
	for (int i = 0; i < CROWD; i++) {
		snprintf(name, sizeof(name), "crowd%d", i);
		CHECK(cgroup_make(large, h, name, NULL) == 0 && cgroup_remove(large, h, name) == 0);
	}
	CHECK(tally(&small, large, &after) == 0);
	kernel_status(small.kernel, &status);
	printf("a buffer of one page: %llu events told, %llu dropped and counted\n",
	       (unsigned long long)status.events, (unsigned long long)status.dropped);
	CHECK(status.dropped > CROWD && after.large - before.large >= 2 * CROWD);
	CHECK(after.least - before.most <= after.large - before.large);
	CHECK(after.most - before.least >= after.large - before.large);
	kernel_close(small.kernel);
	free(small.seen);
	return 0;
}

static bool is_readable(const struct listener *l)
{
	struct pollfd p = {.fd = kernel_event_fd(l->kernel), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Only a new cgroup wakes; others may make some meanwhile. */
static int only_new_cgroups_wake(struct listener *l, int wakes)
{
	struct work work;
	bool quiet = false;

	CHECK(kernel_event_fd(l->kernel) >= 0);
	CHECK(listen_all(l) == 0);
	CHECK(cgroup_make(l, wakes, "wake", NULL) == 0);
	CHECK(wait_until(is_readable, l));
	for (int i = 0; i < 20 && !quiet; i++) {
		CHECK(listen_all(l) == 0);
		if (is_readable(l))
			continue;
		CHECK(work_start(l, wakes, "wake", run_false, &work) == 0 && work_go(&work) == 1 << 8);
		quiet = !is_readable(l);
		CHECK(listen_for_pid(l, KERNEL_EXEC, work.pid));
	}
	CHECK(quiet);
	return cgroup_remove(l, wakes, "wake");
}

static int is_refused(const struct cgroup_layout *layout)
{
	struct bpf_options options = {.layout = layout,
				      .parts = 1U << KERNEL_EVENTS | 1U << KERNEL_PROCESSES,
				      .refuse = "cgroup_rmdir"};
	struct kernel_status status;
	struct kernel *kernel = NULL;
	struct error err = {0};

	CHECK(bpf_kernel_open(&options, &kernel, &err) == 0);
	kernel_status(kernel, &status);
	CHECK(!status.on[KERNEL_EVENTS] && strstr(status.why[KERNEL_EVENTS], "refused"));
	CHECK(status.on[KERNEL_PROCESSES] && kernel_event_fd(kernel) == -1);
	kernel_close(kernel);
	options.parts = 1U << KERNEL_EVENTS;
	CHECK(bpf_kernel_open(&options, &kernel, &err) < 0 && strstr(err.cause, "refused"));
	return 0;
}

static int leaves_nothing(const struct cgroup_layout *layout)
{
	const struct bpf_options options = {.layout = layout, .parts = 1U << KERNEL_EVENTS};
	size_t before = count_fds();
	uint64_t start = clock_monotonic_ns();

	for (int i = 0; i < OPENINGS; i++) {
		struct kernel_status status;
		struct kernel *kernel;
		struct error err;

		CHECK(bpf_kernel_open(&options, &kernel, &err) == 0);
		kernel_status(kernel, &status);
		CHECK(status.on[KERNEL_EVENTS] && status.memory_bytes >= (size_t)4 << 20);
		kernel_close(kernel);
	}
	CHECK(count_fds() == before);
	printf("opened and closed in %.1f ms\n", (double)(clock_monotonic_ns() - start) / OPENINGS / 1e6);
	return 0;
}

/* In a child: what was opened goes on without any capability. */
static int goes_on_without_privileges(struct listener *l, int h)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		uint64_t inode;

		_exit(drop_capabilities() == 0 && cgroup_make(l, h, "shed", &inode) == 0 &&
				      listen_for(l, KERNEL_CGROUP_MADE, h, inode) &&
				      cgroup_remove(l, h, "shed") == 0
			      ? 0
			      : 1);
	}
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
	return 0;
}

static int run(struct listener *l)
{
	const struct cgroup_layout *layout = l->layout;
	int v2 = home_of(layout, CONTROLLER_CORE), memory = home_of(layout, CONTROLLER_MEMORY);
	int tasks = v2 >= 0 ? v2 : memory;
	struct kernel_status status;

	CHECK(is_refused(layout) == 0);
	CHECK(leaves_nothing(layout) == 0);
	for (size_t h = 0; h < layout->n_hierarchies; h++)
		CHECK(made_renamed_removed(l, (int)h) == 0);
	CHECK(long_paths(l, tasks) == 0);
	CHECK(v2 < 0 || frozen_and_thawed(l, v2) == 0);
	CHECK(ends_of_processes(l, tasks) == 0);
	/* also those that v2 has in its root */
	CHECK(memory < 0 || memory == tasks || ends_of_processes(l, memory) == 0);
	CHECK(storm_of_forks(l, tasks) == 0);
	CHECK(last_figures(l) == 0);
	CHECK(memory < 0 || oom_kills(l, memory) == 0);
	CHECK(nothing_is_lost_silently(l, tasks) == 0);
	CHECK(only_new_cgroups_wake(l, tasks) == 0);
	CHECK(goes_on_without_privileges(l, tasks) == 0);
	kernel_status(l->kernel, &status);
	CHECK(status.on[KERNEL_EVENTS] && status.events > 0 && status.dropped == 0);
	if (*status.why[KERNEL_EVENTS])
		printf("without: %s\n", status.why[KERNEL_EVENTS]);
	return 0;
}

int main(void)
{
	const struct cgroup_roots roots = {.procfs = "/proc", .sysfs = "/sys", .rootfs = "/"};
	struct bpf_options options = {.parts = 1U << KERNEL_EVENTS};
	struct cgroup_layout *layout;
	struct listener l = {0};
	struct error err = {0};
	int status;

	if (geteuid() != 0)
		return skip("it loads BPF programs, which only root may");
	if (cgroup_layout_open(&roots, &layout, &err) < 0)
		return skip(err.cause);
	options.layout = l.layout = layout;
	if (bpf_kernel_open(&options, &l.kernel, &err) < 0) {
		cgroup_layout_close(layout);
		return skip(err.cause);
	}
	folder_make(&l);
	status = run(&l);
	folder_remove(&l);
	kernel_close(l.kernel);
	free(l.seen);
	cgroup_layout_close(layout);
	return status;
}

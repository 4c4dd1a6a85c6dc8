/* SPDX-License-Identifier: Apache-2.0 */
#include "collector_private.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Opens and reads n's cgroup.procs in a hierarchy. 0 or -errno. */
static int read_procs(struct collector *c, struct node *n, size_t hierarchy, struct slice *text)
{
	uint8_t slot = planner_slot(&c->planner, hierarchy, "cgroup.procs");
	const struct hierarchy *h = &c->layout->hierarchies[hierarchy];
	bool transient;
	int fd;
	int r;

	fd = slot == NO_SLOT
		     ? hierarchy_open_at(h, node_path(n, hierarchy), "cgroup.procs", O_RDONLY)
		     : descriptors_get(&c->descriptors, n, h, hierarchy, slot, "cgroup.procs", &transient);
	if (fd < 0)
		return fd;
	r = read_whole(&c->buffer, fd, text);
	if (slot == NO_SLOT || transient)
		close(fd);
	return r;
}

/*
 * A process is in exactly one cgroup of each hierarchy. v2 is asked first; on a hybrid host a runtime may
 * have left the v2 cgroup empty, so then the first v1 hierarchy that has the node is asked too, unless
 * `only_v2`. *version is that of the processes found, 0 where there are none.
 */
static bool find_procs(struct collector *c, struct node *n, bool only_v2, struct slice *text, int *version)
{
	bool readable = false;
	bool asked_v1 = only_v2;

	*version = 0;

	for (size_t h = 0; h < c->layout->n_hierarchies; h++) {
		bool v1 = c->layout->hierarchies[h].version == 1;

		if (!node_in(n, h) || (v1 && asked_v1))
			continue;
		asked_v1 |= v1;
		if (read_procs(c, n, h, text) < 0)
			continue;
		readable = true;
		*version = text->len ? c->layout->hierarchies[h].version : 0;
		if (*version)
			return true;
	}
	return readable;
}

bool process_is_init_of(const struct node *n, uint64_t pid)
{
	while (n && n->what.class == ENTITY_INNER)
		n = n->parent;
	return pid && n && n->identity && n->identity->init_pid == pid;
}

static void read_own(struct collector *c, struct node *n)
{
	struct slice text = {0};
	struct slice line;
	int version;

	n->first_pid = 0;
	n->n_processes_any = 0;
	n->n_processes_known = find_procs(c, n, false, &text, &version);
	while (next_line(&text, &line)) {
		uint64_t pid;

		/* "0" is a process outside our PID namespace: it counts, but can't be looked at. */
		if (parse_u64(line, &pid) < 0 || pid > UINT32_MAX)
			continue;
		n->n_processes_any++;
		if (pid && (!n->first_pid || process_is_init_of(n, pid)))
			n->first_pid = (uint32_t)pid;
	}
	n->n_processes_v2 = version == 2 ? n->n_processes_any : 0;
	n->n_processes = n->n_processes_any;
}

/*
 * A process that one hierarchy has below a node may be in the node itself, or in another one below it, in
 * another hierarchy (memory alone has a cgroup, everything else is in the root): sums stay within v2 where it
 * has any.
 */
static void add_to_parent(const struct node *n)
{
	struct node *parent = n->parent;

	if (!parent)
		return;
	parent->n_processes_v2 += n->n_processes_v2;
	parent->n_processes_any += n->n_processes_any;
	parent->n_processes = parent->n_processes_v2 ? parent->n_processes_v2 : parent->n_processes_any;
	parent->n_processes_known |= n->n_processes_known;
	if (!parent->first_pid || process_is_init_of(parent, n->first_pid))
		parent->first_pid = n->first_pid;
}

void processes_read(struct collector *c, struct node **order, size_t n)
{
	struct group_report *report = &c->reader.reports[GROUP_pids];
	uint64_t start = clock_monotonic_ns();

	for (size_t i = processes_pass(c, order, n) ? n : 0; i < n; i++)
		read_own(c, order[i]);
	for (size_t i = n; i-- > 0;)
		add_to_parent(order[i]);
	report->ran = true;
	report->spent_ns += clock_monotonic_ns() - start;
}

void processes_read_below(struct collector *c, struct node *n)
{
	read_own(c, n);
	/* From the last one, as processes_read does: both find the same first process. */
	for (struct node *child = n->last_child; child; child = child->previous) {
		processes_read_below(c, child);
		add_to_parent(child);
	}
}

/* /proc/TID/schedstat: "run wait periods" (Documentation/scheduler/sched-stats.rst) */
static void add_schedstat(int task, struct task_sums *sums)
{
	char buf[128];
	_cleanup_close_ int fd = openat(task, "schedstat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : fs_pread(fd, buf, sizeof(buf));
	struct slice rest = {buf, n > 0 ? (size_t)n : 0};
	uint64_t *const fields[] = {&sums->run_ns, &sums->wait_ns, &sums->periods};
	struct slice word;

	for (size_t i = 0; i < ARRAY_SIZE(fields) && next_word(&rest, " \n", &word); i++) {
		uint64_t value;

		if (parse_u64(word, &value) < 0)
			return;
		*fields[i] += value;
	}
}

/* The state is the letter behind the last ')' of /proc/TID/stat: a name may hold anything. */
static void add_state(int task, struct task_sums *sums)
{
	static const char *const letters[] = {"R", "SI", "Tt", "D", "ZX"};
	char buf[512];
	_cleanup_close_ int fd = openat(task, "stat", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : fs_pread(fd, buf, sizeof(buf));
	const char *paren = n > 0 ? memrchr(buf, ')', (size_t)n) : NULL;

	if (!paren || paren + 2 >= buf + n || !paren[2])
		return;
	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		sums->states[i] += strchr(letters[i], paren[2]) != NULL;
}

static void add_passed(const struct kernel_process *process, struct task_sums *sums)
{
	sums->run_ns += process->run_ns;
	sums->wait_ns += process->wait_ns;
	sums->periods += process->periods;
	for (size_t i = 0; i < ARRAY_SIZE(sums->states); i++)
		sums->states[i] += process->states[i];
}

static void sum_tasks(const struct collector *c, uint64_t pid, struct task_sums *sums)
{
	const struct kernel_process *passed = processes_passed(c, pid);
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[32];
	int fd;

	if (passed) {
		add_passed(passed, sums);
		return;
	}
	snprintf(path, sizeof(path), "%" PRIu64 "/task", pid);
	fd = fs_open_dir(c->procfs, path);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir))) {
		_cleanup_close_ int task =
			entry->d_name[0] == '.' ? -1 : openat(dirfd(dir), entry->d_name, O_PATH | O_CLOEXEC);

		if (task < 0)
			continue;
		add_schedstat(task, sums);
		add_state(task, sums);
	}
}

static void sum_descriptors(struct collector *c, uint64_t pid, struct task_sums *sums)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "%" PRIu64 "/fd", pid);
	fd = fs_open_dir(c->procfs, path);
	c->ptrace_denied |= fd == -EACCES;
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir))) {
		char target[32];
		ssize_t n;

		if (entry->d_name[0] == '.')
			continue;
		sums->descriptors++;
		n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target));
		sums->sockets += n >= 7 && memcmp(target, "socket:", 7) == 0;
	}
}

static void sum_below(struct collector *c, struct node *n, const struct metric_set *need, bool only_v2,
		      struct task_sums *out)
{
	bool tasks = metric_set_has_group(need, GROUP_sched);
	bool descriptors = metric_set_has_group(need, GROUP_descriptors);
	_cleanup_str_ struct str copy = {0};
	struct slice text = {0};
	struct slice line;
	int version;

	out->known |= find_procs(c, n, only_v2, &text, &version);
	str_append(&copy, text.at, text.len);
	text = (struct slice){copy.data, copy.len};
	while (next_line(&text, &line)) {
		uint64_t pid;

		if (parse_u64(line, &pid) < 0)
			continue;
		if (tasks)
			sum_tasks(c, pid, out);
		if (descriptors)
			sum_descriptors(c, pid, out);
	}
	for (struct node *child = n->first_child; child; child = child->next)
		sum_below(c, child, need, only_v2, out);
}

void processes_sum(struct collector *c, struct node *n, const struct metric_set *need, struct task_sums *out)
{
	sum_below(c, n, need, n->n_processes_v2 > 0, out);
}

void processes_report(struct snapshot *s, size_t index, const struct task_sums *sums)
{
	static const enum metric_id states[] = {METRIC_TASKS_RUNNING, METRIC_TASKS_SLEEPING,
						METRIC_TASKS_STOPPED, METRIC_TASKS_UNINTERRUPTIBLE,
						METRIC_TASKS_ZOMBIE};

	if (!sums->known)
		return;
	snapshot_set(s, index, METRIC_SCHED_RUN, sums->run_ns);
	snapshot_set(s, index, METRIC_SCHED_RUNQUEUE, sums->wait_ns);
	snapshot_set(s, index, METRIC_SCHED_PERIODS, sums->periods);
	for (size_t i = 0; i < ARRAY_SIZE(states); i++)
		snapshot_set(s, index, states[i], sums->states[i]);
	snapshot_set(s, index, METRIC_FILE_DESCRIPTORS, sums->descriptors);
	snapshot_set(s, index, METRIC_SOCKETS, sums->sockets);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf_events.h"

#include "base/cleanup.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_NS (UINT64_C(20) * NSEC_PER_SEC)

static uint64_t figure(const struct snapshot *s, enum metric_id id)
{
	uint64_t value;

	if (metrics[id].dimension == DIMENSION_ONE)
		return snapshot_get(s, 0, id, &value) ? value : NO_FIGURE;
	return snapshot_sum(s, 0, id, &value) ? value : NO_FIGURE;
}

static void take_figures(struct listener *l, const struct kernel_event *e, struct seen *seen)
{
	const struct host host = {.n_cpus = 1};
	struct identity *who = identity_new(&(struct identity){0});
	struct entity entity = {.path = e->path, .parent = -1, .identity = who};
	struct metric_set all = {0};
	struct snapshot *s;

	for (enum metric_group g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&all, g);
	s = snapshot_new(&all, &host, e->monotonic_ns, 0, 1);
	if (!s || !who || snapshot_add(s, &entity) != 0 || !kernel_fill_final(l->kernel, e, s, 0)) {
		snapshot_unref(s);
		identity_unref(who);
		return;
	}
	snapshot_seal(s);
	seen->cpu_ns = figure(s, METRIC_CPU_USAGE);
	seen->user_ns = figure(s, METRIC_CPU_USER);
	seen->system_ns = figure(s, METRIC_CPU_SYSTEM);
	seen->memory_peak = figure(s, METRIC_MEMORY_PEAK);
	seen->pids_peak = figure(s, METRIC_PIDS_PEAK);
	seen->failures = figure(s, METRIC_MEMORY_FAILCNT);
	seen->written = figure(s, METRIC_IO_WRITE_BYTES);
	snapshot_unref(s);
	identity_unref(who);
}

static void take(void *context, const struct kernel_event *e)
{
	struct listener *l = context;
	struct seen *seen;

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 1024;
		l->seen = reallocarray(l->seen, l->cap, sizeof(*l->seen));
		if (!l->seen)
			abort();
	}
	seen = &l->seen[l->n++];
	*seen = (struct seen){
		.kind = e->kind,
		.monotonic_ns = e->monotonic_ns,
		.hierarchy = e->hierarchy,
		.cgroup = e->cgroup,
		.pid = e->pid,
		.inner_pid = e->inner_pid,
		.status = e->status,
		.count = e->count,
		.bytes = e->bytes,
		.culprit_hierarchy = e->culprit_hierarchy,
		.culprit = e->culprit,
		.cpu_ns = NO_FIGURE,
		.user_ns = NO_FIGURE,
		.system_ns = NO_FIGURE,
		.memory_peak = NO_FIGURE,
		.pids_peak = NO_FIGURE,
		.failures = NO_FIGURE,
		.written = NO_FIGURE,
	};
	snprintf(seen->path, sizeof(seen->path), "%s", e->path);
	snprintf(seen->word, sizeof(seen->word), "%s", e->word);
	if (e->final)
		take_figures(l, e, seen);
}

int listen_all(struct listener *l)
{
	struct error err;

	if (kernel_events(l->kernel, take, l, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.cause);
	return -1;
}

static const struct seen *find(const struct listener *l, enum kernel_event_kind kind, int hierarchy,
			       uint64_t cgroup, pid_t pid)
{
	for (size_t i = l->n; i-- > 0;) {
		const struct seen *e = &l->seen[i];

		if (e->kind != kind || (pid && e->pid != pid))
			continue;
		if (pid || (e->hierarchy == hierarchy && e->cgroup == cgroup))
			return e;
	}
	return NULL;
}

static const struct seen *listen(struct listener *l, enum kernel_event_kind kind, int hierarchy,
				 uint64_t cgroup, pid_t pid)
{
	uint64_t start = clock_monotonic_ns();

	do {
		const struct seen *e;

		if (listen_all(l) < 0)
			return NULL;
		e = find(l, kind, hierarchy, cgroup, pid);
		if (e)
			return e;
		sched_yield();
	} while (clock_monotonic_ns() - start < PATIENCE_NS);
	return NULL;
}

const struct seen *listen_for(struct listener *l, enum kernel_event_kind kind, int hierarchy, uint64_t cgroup)
{
	return listen(l, kind, hierarchy, cgroup, 0);
}

const struct seen *listen_for_pid(struct listener *l, enum kernel_event_kind kind, pid_t pid)
{
	return listen(l, kind, 0, 0, pid);
}

const struct seen *listen_find(const struct listener *l, enum kernel_event_kind kind, int hierarchy,
			       uint64_t cgroup)
{
	return find(l, kind, hierarchy, cgroup, 0);
}

size_t listen_count(struct listener *l, enum kernel_event_kind kind, pid_t pid)
{
	size_t n = 0;

	if (listen_all(l) < 0)
		return 0;
	for (size_t i = 0; i < l->n; i++)
		n += l->seen[i].kind == kind && l->seen[i].pid == pid;
	return n;
}

bool wait_until(bool (*is)(const struct listener *l), const struct listener *l)
{
	uint64_t start = clock_monotonic_ns();

	while (!is(l)) {
		if (clock_monotonic_ns() - start > PATIENCE_NS)
			return false;
		sched_yield();
	}
	return true;
}

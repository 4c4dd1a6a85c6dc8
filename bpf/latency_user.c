/* SPDX-License-Identifier: Apache-2.0 */
#include "latency_user.h"

#include "base/clock.h"
#include "latency_part.h"
#include "latency_totals.h"
#include "model/latency.h"
#include "object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(LATENCY_BUCKETS == LATENCY_SLOTS, "the kernel's buckets are the model's");

struct latency {
	const struct cgroup_layout *layout;
	struct latency_home home;
	struct latency_part parts[LATENCY_KINDS];
	bool attached;
	bool packets; /* were counted at some time: their figures are there */
};

/* ---- opening */

static struct latency_home find_home(const struct cgroup_layout *layout)
{
	bool has_v2 = layout->n_hierarchies > 0 && layout->hierarchies[0].version == 2;
	struct latency_home home = {.v2 = has_v2 ? 0 : -1, .tasks_v1 = -1, .io = layout->home[CONTROLLER_IO]};
	int8_t cpu = layout->home[CONTROLLER_CPU];
	int8_t cpuacct = layout->home[CONTROLLER_CPUACCT];

	if (cpu >= 0 && layout->hierarchies[cpu].version == 1) {
		home.tasks_v1 = cpu;
	} else if (cpuacct >= 0 && layout->hierarchies[cpuacct].version == 1) {
		home.tasks_v1 = cpuacct;
		home.by_cpuacct = true;
	}
	return home;
}

static int open_part(struct latency *l, enum latency_kind kind, const struct kernel_btf *btf,
		     size_t n_cgroups, const char *refuse, struct error *err)
{
	static const char *const homeless[LATENCY_KINDS] = {
		[LATENCY_RUN_QUEUE] = "no hierarchy shows which cgroup a task runs in",
		[LATENCY_BLOCK] = "no hierarchy has the io controller",
		[LATENCY_NETWORK] = "sockets are in cgroups of v2, which is not mounted",
	};
	const struct latency_home *h = &l->home;
	bool has_home = kind == LATENCY_BLOCK	  ? h->io >= 0
			: kind == LATENCY_NETWORK ? h->v2 >= 0
						  : h->v2 >= 0 || h->tasks_v1 >= 0;

	if (!has_home)
		return error_set(err, -EOPNOTSUPP, "mount cgroup2", "%s", homeless[kind]);
	return latency_part_open(&l->parts[kind], kind, btf, h, n_cgroups, refuse, err);
}

int latency_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, size_t n_cgroups,
		 const char *refuse, struct latency **out, struct error *err)
{
	struct latency *l = calloc(1, sizeof(*l));
	struct error first = {0};
	bool any = false;

	if (!l)
		return error_set(err, -ENOMEM, "", "out of memory");
	l->layout = layout;
	l->home = find_home(layout);
	object_silence();
	for (enum latency_kind kind = 0; kind < LATENCY_KINDS; kind++) {
		struct error why = {0};

		if (open_part(l, kind, btf, n_cgroups, refuse, &why) == 0)
			any = true;
		else if (!first.code)
			first = why;
	}
	if (err)
		*err = first;
	if (!any) {
		latency_close(l);
		return first.code;
	}
	*out = l;
	return 0;
}

void latency_close(struct latency *l)
{
	if (!l)
		return;
	for (enum latency_kind kind = 0; kind < LATENCY_KINDS; kind++)
		latency_part_close(&l->parts[kind]);
	free(l);
}

/* ---- attaching */

static int attach(struct latency *l, struct error *err)
{
	int v2_fd = l->home.v2 >= 0 ? l->layout->hierarchies[l->home.v2].fd : -1;
	struct error first = {0};

	for (enum latency_kind kind = 0; kind < LATENCY_KINDS; kind++) {
		struct latency_part *p = &l->parts[kind];
		struct error why = {0};

		if (!p->skeleton)
			continue;
		if (latency_part_attach(p, v2_fd, &why) < 0 && !first.code)
			first = why;
		l->attached |= latency_part_is_attached(p);
	}
	l->packets |= latency_part_counts_packets(&l->parts[LATENCY_NETWORK]);
	if (err)
		*err = first;
	return l->attached ? 0 : first.code;
}

static void drain(struct latency *l)
{
	uint64_t now = clock_monotonic_ns();

	for (enum latency_kind kind = 0; kind < LATENCY_KINDS; kind++)
		if (l->parts[kind].skeleton)
			latency_part_drain(&l->parts[kind], now);
}

int latency_read(struct latency *l, struct error *err)
{
	int r = l->attached ? 0 : attach(l, err);

	if (r < 0)
		return r;
	drain(l);
	return 0;
}

void latency_stop(struct latency *l)
{
	if (!l->attached)
		return;
	drain(l);
	for (enum latency_kind kind = 0; kind < LATENCY_KINDS; kind++)
		latency_part_detach(&l->parts[kind]);
	l->attached = false;
}

size_t latency_memory(const struct latency *l)
{
	size_t bytes = sizeof(*l);

	for (enum latency_kind kind = 0; kind < LATENCY_KINDS; kind++)
		bytes += latency_part_memory(&l->parts[kind]);
	return bytes;
}

/* ---- handing out */

/* What a cgroup has of it in several hierarchies is of different tasks. */
static void add_value(struct snapshot *s, size_t index, enum metric_id id, uint64_t value)
{
	uint64_t there = 0;

	(void)snapshot_get(s, index, id, &there);
	snapshot_set(s, index, id, there + value);
}

/* The value of the n-th row of a histogram (model/latency.h): buckets with those below them, sum, count. */
static uint64_t row_value(const uint64_t *figures, size_t n)
{
	uint64_t value = 0;

	if (n == LATENCY_BOUNDS)
		return figures[LATENCY_BUCKETS];
	for (size_t i = 0; i < LATENCY_BUCKETS && i <= n; i++)
		value += figures[i];
	return value;
}

static void fill_run_queue(const uint64_t *figures, struct snapshot *s, size_t index)
{
	for (size_t n = 0; n <= LATENCY_BOUNDS + 1; n++)
		add_value(s, index, latency_bucket(LATENCY_OF_RUNQUEUE, n), row_value(figures, n));
}

static void fill_block(const uint64_t *figures, struct snapshot *s)
{
	static const char *const names[LATENCY_OPERATIONS] = {"read", "write", "discard", "flush"};

	snapshot_looked_for(s, DIMENSION_OPERATION);
	for (size_t op = 0; op < LATENCY_OPERATIONS; op++, figures += LATENCY_FIGURES) {
		ptrdiff_t series;

		if (row_value(figures, LATENCY_BOUNDS + 1) == 0) /* as of a device that was never used */
			continue;
		series = snapshot_series(s, DIMENSION_OPERATION, names[op], strlen(names[op]), "");
		for (size_t n = 0; series >= 0 && n <= LATENCY_BOUNDS + 1; n++)
			snapshot_series_set(s, series, latency_bucket(LATENCY_OF_BLKIO, n),
					    row_value(figures, n));
	}
}

static void fill_traffic(const struct latency *l, const uint64_t *figures, struct snapshot *s, size_t index)
{
	static const enum metric_id ids[LATENCY_TRAFFIC] = {
		[LATENCY_RX_BYTES] = METRIC_CGROUP_RX_BYTES,
		[LATENCY_RX_PACKETS] = METRIC_CGROUP_RX_PACKETS,
		[LATENCY_TX_BYTES] = METRIC_CGROUP_TX_BYTES,
		[LATENCY_TX_PACKETS] = METRIC_CGROUP_TX_PACKETS,
		[LATENCY_RETRANSMITS] = METRIC_TCP_RETRANSMITS,
	};

	for (size_t t = 0; t < LATENCY_TRAFFIC; t++)
		if (t == LATENCY_RETRANSMITS || l->packets)
			snapshot_set(s, index, ids[t], figures[t]);
}

/* Nothing has happened in a cgroup that has no figures. */
static const uint64_t *figures_of(struct latency_part *p, uint64_t key)
{
	static const uint64_t none[LATENCY_OPERATIONS * LATENCY_FIGURES];
	const uint64_t *figures = latency_totals_get(p->totals, key);

	return figures ? figures : none;
}

bool latency_fill(struct latency *l, size_t hierarchy, uint64_t inode, struct snapshot *s, size_t index)
{
	uint64_t key = LATENCY_KEY(hierarchy, inode);
	int h = (int)hierarchy;
	const struct latency_home *home = &l->home;
	bool filled = false;

	if (l->parts[LATENCY_RUN_QUEUE].skeleton && (h == home->v2 || h == home->tasks_v1)) {
		fill_run_queue(figures_of(&l->parts[LATENCY_RUN_QUEUE], key), s, index);
		filled = true;
	}
	if (l->parts[LATENCY_BLOCK].skeleton && h == home->io) {
		fill_block(figures_of(&l->parts[LATENCY_BLOCK], key), s);
		filled = true;
	}
	if (l->parts[LATENCY_NETWORK].skeleton && h == home->v2) {
		fill_traffic(l, figures_of(&l->parts[LATENCY_NETWORK], key), s, index);
		filled = true;
	}
	return filled;
}

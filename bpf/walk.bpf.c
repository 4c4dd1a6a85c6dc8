/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every cgroup of a hierarchy in one read(): a sleepable cgroup iterator (kernel/bpf/cgroup_iter.c) brings
 * the figures together once, at the first cgroup, and then copies what each has into tables that user space
 * sees. Where they are full it ends, and the next pass goes on behind those that the earlier ones had.
 */
#include "walk_read.bpf.h"
#include "walk_throttle.bpf.h"

#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

extern void cgroup_rstat_flush(struct cgroup *cgroup) __ksym __weak;
extern void css_rstat_flush(struct cgroup_subsys_state *css) __ksym __weak;
extern struct mem_cgroup *bpf_get_mem_cgroup(struct cgroup_subsys_state *css) __ksym __weak;
extern void bpf_mem_cgroup_flush_stats(struct mem_cgroup *memcg) __ksym __weak;
extern void bpf_put_mem_cgroup(struct mem_cgroup *memcg) __ksym __weak;
extern void bpf_rcu_read_lock(void) __ksym __weak;
extern void bpf_rcu_read_unlock(void) __ksym __weak;

#define TABLE(name, row)                           \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, 1);            \
		__type(key, u32);                  \
		__type(value, row);                \
	} name SEC(".maps")

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct walk_known);
} known SEC(".maps");

TABLE(cgroups, struct walk_cgroup);
TABLE(bases, struct walk_base);
TABLE(pressures, struct walk_pressure);
TABLE(averages, struct walk_average);
TABLE(cpus, struct walk_cpu);
TABLE(memories, struct walk_memory);
TABLE(stats, struct walk_stat);
TABLE(events, struct walk_events);
TABLE(local_events, struct walk_events);
TABLE(pids, struct walk_pids);
TABLE(freezers, struct walk_freezer);
TABLE(cpusets, struct walk_cpuset);
TABLE(ios, struct walk_io);
TABLE(limits, struct walk_limit);

/* Of the pass that is asked for next, set by user space. */
bool version_2 = false;
__u32 wanted = 0;      /* bit (1U << enum walk_table) */
__u32 known_first = 0; /* what is known of the first cgroup, */
__u32 known_end = 0;   /* and behind which there is no room */
__u32 first_state = 0;
__u32 n_states = 0;
__u32 first_event = 0;
__u32 n_events = 0;
__u64 after = 0;  /* a serial: earlier passes had all as far as this one; set to 0 where it is met */
__u32 passed = 0; /* or, where it is gone, so many */
/* Of the pass under way. */
__u32 met = 0;
__u32 count = 0; /* rows */
__u32 io_count = 0;
__u32 limit_count = 0;
bool full = false; /* it ended before all were met */

const volatile __u32 flush = 0;		       /* enum walk_flush */
const volatile __u32 set_bytes = 0;	       /* of a set of CPUs; 0 = they can't be read */
const volatile bool throttle = false;	       /* v1's I/O can be read */
const volatile bool limited = false;	       /* limits of I/O can be read */
const volatile bool local_pids_events = false; /* v2 is mounted with pids_localevents */

static __always_inline void flush_each(struct cgroup *c)
{
	struct cgroup_subsys_state *memory, *io;

	bpf_rcu_read_lock();
	memory = SUBSYS(c, memory_cgrp_id);
	io = SUBSYS(c, io_cgrp_id);
	bpf_rcu_read_unlock();
	if (memory)
		css_rstat_flush(memory);
	if (io)
		css_rstat_flush(io);
}

static __always_inline void flush_memory(struct cgroup *c)
{
	struct mem_cgroup *memcg = bpf_get_mem_cgroup(&c->self);

	if (!memcg)
		return;
	bpf_mem_cgroup_flush_stats(memcg);
	bpf_put_mem_cgroup(memcg);
}

static __always_inline void flush_tree(struct cgroup *c)
{
	if (flush & WALK_FLUSH_CGROUP)
		cgroup_rstat_flush(c);
	if (flush & WALK_FLUSH_CSS)
		css_rstat_flush(&c->self);
	if (flush & WALK_FLUSH_EACH)
		flush_each(c);
	if (flush & WALK_FLUSH_MEMORY)
		flush_memory(c);
}

/* A controller's state of the cgroup, or NULL. */
#define state_of(cgroup, id, type)               \
	({                                       \
		void *css_ = SUBSYS(cgroup, id); \
		css_ ? AS(type, css_) : NULL;    \
	})

/* The cgroup's row in the table of something that it has. */
static __always_inline void *row_of(void *table, enum walk_table which, struct walk_cgroup *r)
{
	u32 at = count;
	void *row = bpf_map_lookup_elem(table, &at);

	if (row)
		r->has |= 1U << which;
	return row;
}

static __always_inline void take_base(struct cgroup *c, struct walk_cgroup *r)
{
	struct walk_base *row = row_of(&bases, WALK_BASE, r);

	if (row)
		read_base(c, row);
}

static __always_inline void take_pressure(struct cgroup *c, struct walk_cgroup *r)
{
	struct psi_group *group = pressure_of(c);
	struct walk_pressure *row = group ? row_of(&pressures, WALK_PRESSURE, r) : NULL;

	if (row)
		read_pressure(group, row);
}

static __always_inline void take_average(struct cgroup *c, struct walk_cgroup *r)
{
	struct psi_group *group = pressure_of(c);
	struct walk_average *row = group ? row_of(&averages, WALK_AVERAGE, r) : NULL;

	if (row)
		read_average(group, row);
}

static __always_inline void take_cpu(struct cgroup *c, struct walk_cgroup *r)
{
	struct task_group *group = state_of(c, cpu_cgrp_id, task_group);
	struct walk_cpu *row = group ? row_of(&cpus, WALK_CPU, r) : NULL;

	if (row)
		read_cpu(group, row);
}

static __always_inline void take_memory(struct cgroup *c, struct walk_cgroup *r)
{
	struct mem_cgroup *memcg = state_of(c, memory_cgrp_id, mem_cgroup);
	struct walk_memory *row = memcg ? row_of(&memories, WALK_MEMORY, r) : NULL;

	if (row)
		read_memory(memcg, row);
}

/* A part of one of the kernel's arrays; the bound is for the verifier. */
static __always_inline void copy_part(void *row, u32 most, void *array, u32 first, u32 n)
{
	if (n <= most)
		bpf_probe_read_kernel(row, n * 8, array + first * 8);
}

static __always_inline struct memcg_vmstats *stats_of(struct cgroup *c)
{
	struct mem_cgroup *memcg = state_of(c, memory_cgrp_id, mem_cgroup);

	return memcg ? READ(memcg, vmstats) : NULL;
}

static __always_inline void take_stat(struct cgroup *c, struct walk_cgroup *r)
{
	struct memcg_vmstats *from = stats_of(c);
	struct walk_stat *row = from ? row_of(&stats, WALK_STAT, r) : NULL;

	if (row)
		copy_part(row->state, WALK_STATES, &from->state, first_state, n_states);
}

static __always_inline void take_events(struct cgroup *c, struct walk_cgroup *r)
{
	struct memcg_vmstats *from = stats_of(c);
	struct walk_events *row = from ? row_of(&events, WALK_EVENT, r) : NULL;

	if (row)
		copy_part(row->each, WALK_EVENTS, &from->events, first_event, n_events);
}

static __always_inline void take_local_events(struct cgroup *c, struct walk_cgroup *r)
{
	struct memcg_vmstats___local *from;
	struct walk_events *row;

	if (!bpf_core_field_exists(struct memcg_vmstats___local, events_local))
		return;
	from = (struct memcg_vmstats___local *)stats_of(c);
	row = from ? row_of(&local_events, WALK_LOCAL_EVENT, r) : NULL;
	if (row)
		copy_part(row->each, WALK_EVENTS, &from->events_local, first_event, n_events);
}

static __always_inline void take_pids(struct cgroup *c, struct walk_cgroup *r)
{
	struct pids_cgroup *p = state_of(c, pids_cgrp_id, pids_cgroup);
	struct walk_pids *row = p ? row_of(&pids, WALK_PIDS, r) : NULL;

	if (row)
		read_pids(p, version_2 && !local_pids_events, row);
}

static __always_inline void take_freezer(struct cgroup *c, struct walk_cgroup *r)
{
	struct freezer *freezer = state_of(c, freezer_cgrp_id, freezer);
	struct walk_freezer *row = freezer ? row_of(&freezers, WALK_FREEZER, r) : NULL;

	if (row)
		row->state = READ(freezer, state);
}

static __always_inline void take_cpuset(struct cgroup *c, struct walk_cgroup *r)
{
	struct cpuset *set = set_bytes ? (struct cpuset *)SUBSYS(c, cpuset_cgrp_id) : NULL;
	struct walk_cpuset *row = set ? row_of(&cpusets, WALK_CPUSET, r) : NULL;

	if (row)
		read_cpuset(set, set_bytes, row);
}

/* A cgroup's devices, one after the other: one loop a table, for the verifier looks at each by itself. */
struct devices {
	struct walk_cgroup *r;
	struct hlist_node *node;
	u32 at;
	bool full; /* the table has no room for all of them */
};

static __always_inline struct throtl_data *throttle_of_queue(struct request_queue *q)
{
	return bpf_core_field_exists(q->td) ? BPF_CORE_READ(q, td) : NULL;
}

enum device { DEVICE_NONE, DEVICE_READ, DEVICE_UNKNOWN };

static __always_inline enum device take_device(struct blkcg_gq *blkg, struct walk_io *row)
{
	struct request_queue *q = BPF_CORE_READ(blkg, q);
	struct gendisk *disk = BPF_CORE_READ(q, disk);
	struct throtl_data *td;

	if (!disk)
		return DEVICE_NONE;
	read_io(blkg, disk, row);
	if (version_2)
		return DEVICE_READ;
	/* v1's files list devices that can be throttled, by that policy's own figures */
	td = throttle_of_queue(q);
	if (!td)
		return DEVICE_NONE;
	return throttle && read_throttle(blkg, td, row) ? DEVICE_READ : DEVICE_UNKNOWN;
}

static long take_next(u32 i, struct devices *d)
{
	struct hlist_node *node = d->node;
	struct walk_io *row;
	enum device what;
	u32 at = d->at;

	if (!node)
		return 1;
	row = bpf_map_lookup_elem(&ios, &at);
	if (!row) {
		d->full = true;
		return 1;
	}
	what = take_device(blkg_of(node), row);
	d->node = BPF_CORE_READ(node, next);
	if (what == DEVICE_READ)
		d->at++;
	if (what == DEVICE_UNKNOWN)
		d->r->has |= WALK_BY_FILES;
	return 0;
}

static __always_inline bool take_limit(struct blkcg_gq *blkg, struct walk_limit *row)
{
	struct request_queue *q = BPF_CORE_READ(blkg, q);
	struct gendisk *disk = BPF_CORE_READ(q, disk);
	struct throtl_data *td = throttle_of_queue(q);
	struct throtl_grp *tg = disk && td ? throttle_of(blkg, td) : NULL;

	if (!tg)
		return false;
	row->major = (u32)BPF_CORE_READ(disk, major);
	row->minor = (u32)BPF_CORE_READ(disk, first_minor);
	return read_limits(tg, row);
}

static long take_next_limit(u32 i, struct devices *d)
{
	struct hlist_node *node = d->node;
	struct walk_limit *row;
	u32 at = d->at;

	if (!node)
		return 1;
	row = bpf_map_lookup_elem(&limits, &at);
	if (!row) {
		d->full = true;
		return 1;
	}
	d->node = BPF_CORE_READ(node, next);
	if (take_limit(blkg_of(node), row))
		d->at++;
	return 0;
}

/* False where the table is full. */
static __always_inline bool take_io(struct cgroup *c, struct walk_cgroup *r)
{
	struct blkcg *blkcg = state_of(c, io_cgrp_id, blkcg);
	struct devices d = {.r = r, .at = io_count};

	if (!blkcg)
		return true;
	r->has |= 1U << WALK_IO;
	d.node = READ(blkcg, blkg_list.first);
	if (d.node)
		bpf_loop(WALK_DEVICES, take_next, &d, 0);
	if (d.node)
		r->has |= WALK_BY_FILES;
	r->n_io = d.at - r->first_io;
	return !d.full;
}

static __always_inline bool take_limits(struct cgroup *c, struct walk_cgroup *r)
{
	struct blkcg *blkcg = limited ? state_of(c, io_cgrp_id, blkcg) : NULL;
	struct devices d = {.r = r, .at = limit_count};

	if (!blkcg)
		return true;
	r->has |= 1U << WALK_LIMIT;
	d.node = READ(blkcg, blkg_list.first);
	if (d.node)
		bpf_loop(WALK_DEVICES, take_next_limit, &d, 0);
	if (d.node)
		r->has |= WALK_BY_FILES;
	r->n_limits = d.at - r->first_limit;
	return !d.full;
}

static __always_inline void identify(struct cgroup *c, struct walk_cgroup *r)
{
	u64 serial = c->self.serial_nr;
	u32 at = known_first + count;
	struct walk_known *k = at < known_end ? bpf_map_lookup_elem(&known, &at) : NULL;

	r->serial = serial;
	if (k && k->serial == serial) {
		r->id = k->id;
		r->level = k->level;
		return;
	}
	r->id = c->kn->id;
	r->level = (u32)c->level;
	if (k) {
		k->id = r->id;
		k->level = r->level;
		k->serial = serial;
	}
}

enum { GO_ON, STOP }; /* what the iterator makes of it: STOP ends it (kernel/bpf/cgroup_iter.c) */

SEC("iter.s/cgroup")
int walk(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *c = ctx->cgroup;
	bool first = ctx->meta->seq_num == 0;
	struct walk_cgroup *r;
	u32 at = count;

	if (!c)
		return GO_ON;
	if (first && passed == 0 && after == 0)
		flush_tree(c);
	if (throttle)
		learn_cpus();
	if (after) {
		if (c->self.serial_nr == after)
			after = 0;
		return GO_ON;
	}
	/* the machine's own cgroup has files of its own, or none */
	if ((first && c->level == 0) || met++ < passed)
		return GO_ON;
	r = bpf_map_lookup_elem(&cgroups, &at);
	full = true;
	if (!r)
		return STOP;
	identify(c, r);
	r->has = r->n_io = r->n_limits = 0;
	r->first_io = io_count;
	r->first_limit = limit_count;
	if (wanted & 1U << WALK_IO && !take_io(c, r))
		return STOP;
	if (wanted & 1U << WALK_LIMIT && !take_limits(c, r))
		return STOP;
	if (wanted & 1U << WALK_BASE)
		take_base(c, r);
	if (wanted & 1U << WALK_PRESSURE)
		take_pressure(c, r);
	if (wanted & 1U << WALK_AVERAGE)
		take_average(c, r);
	if (wanted & 1U << WALK_CPU)
		take_cpu(c, r);
	if (wanted & 1U << WALK_MEMORY)
		take_memory(c, r);
	if (wanted & 1U << WALK_STAT)
		take_stat(c, r);
	if (wanted & 1U << WALK_EVENT)
		take_events(c, r);
	if (wanted & 1U << WALK_LOCAL_EVENT)
		take_local_events(c, r);
	if (wanted & 1U << WALK_PIDS)
		take_pids(c, r);
	if (wanted & 1U << WALK_FREEZER)
		take_freezer(c, r);
	if (wanted & 1U << WALK_CPUSET)
		take_cpuset(c, r);
	full = false;
	io_count += r->n_io;
	limit_count += r->n_limits;
	count++;
	return GO_ON;
}

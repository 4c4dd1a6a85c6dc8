/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long tasks waited on run queues and block requests took, and what went over sockets, each cgroup by
 * itself. The object is loaded once for each of the three, with its own tables and just its own programs:
 * what one kernel can't have costs only itself. Each program is a lookup and a few additions; a cgroup is put
 * into the tables by the first of its events.
 */
#include "kernel_types.h"

#include "latency.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* A cgroup's slot, by its key. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, u32);
} slots SEC(".maps");

/* Slots that nobody has. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 1);
	__uint(key_size, 0);
	__uint(value_size, sizeof(u32));
} spare SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct latency_place);
} places SEC(".maps");

/* (slot * shards + shard) * rows_each + row */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, union latency_row);
} rows SEC(".maps");

const volatile __u32 shards = 1; /* a power of two */
const volatile __u32 rows_each = 1;
const volatile __u32 v2 = 0; /* hierarchies of the layout */
const volatile __u32 v1 = 0;
const volatile bool has_v1 = false; /* tasks that are in no v2 cgroup are looked for in v1's cpu or cpuacct */
const volatile bool by_cpuacct = false;

/* No other CPU has the row of this one's shard. */
const volatile bool exclusive = false;

/* Events of cgroups that there was no slot for. */
__u64 missed = 0;
/* Changed whenever slots are taken away: what was remembered of them is void then. */
__u32 turn = 1;
struct latency_last lasts[LATENCY_CPUS] = {};

/* ---- slots */

static __always_inline u32 *take_slot(u64 key, u32 *slot, struct latency_place *place)
{
	/* the barrier: who sees the key sees the ancestors */
	__sync_lock_test_and_set(&place->key, key);
	if (bpf_map_update_elem(&slots, &key, slot, BPF_NOEXIST) != 0) { /* another CPU was faster */
		__sync_lock_test_and_set(&place->key, 0);
		bpf_map_push_elem(&spare, slot, 0);
	}
	return bpf_map_lookup_elem(&slots, &key);
}

static __always_inline struct latency_place *spare_place(u32 *slot)
{
	struct latency_place *place = NULL;

	if (bpf_map_pop_elem(&spare, slot) == 0)
		place = bpf_map_lookup_elem(&places, slot);
	if (!place)
		__sync_fetch_and_add(&missed, 1);
	return place;
}

static __noinline u32 *new_slot(struct cgroup *cgroup, u64 key)
{
	struct cgroup *up = cgroup;
	struct latency_place *place;
	u32 slot = 0;

	place = spare_place(&slot);
	if (!place)
		return NULL;
	for (u32 i = 0; i < LATENCY_DEPTH; i++) {
		struct cgroup_subsys_state *parent = up ? BPF_CORE_READ(up, self.parent) : NULL;

		up = parent ? BPF_CORE_READ(parent, cgroup) : NULL;
		place->ancestors[i] =
			up ? LATENCY_KEY(key >> LATENCY_KEY_SHIFT, BPF_CORE_READ(up, kn, id)) : 0;
	}
	return take_slot(key, &slot, place);
}

static __always_inline u32 *slot_of(struct cgroup *cgroup, u32 hierarchy)
{
	u64 key = LATENCY_KEY(hierarchy, cgroup->kn->id);
	u32 *slot = bpf_map_lookup_elem(&slots, &key);

	return slot ? slot : new_slot(cgroup, key);
}

static __always_inline union latency_row *row_of(u32 slot, u32 row)
{
	u32 shard = bpf_get_smp_processor_id() & (shards - 1);
	u32 at = (slot * shards + shard) * rows_each + row;

	return bpf_map_lookup_elem(&rows, &at);
}

/* ---- histograms */

/* How many bits it takes to write it down. */
static __always_inline u32 bits_of(u64 value)
{
	u32 bits = 0;

	if (value >> 32) {
		value >>= 32;
		bits += 32;
	}
	if (value >> 16) {
		value >>= 16;
		bits += 16;
	}
	if (value >> 8) {
		value >>= 8;
		bits += 8;
	}
	if (value >> 4) {
		value >>= 4;
		bits += 4;
	}
	if (value >> 2) {
		value >>= 2;
		bits += 2;
	}
	if (value >> 1) {
		value >>= 1;
		bits += 1;
	}
	return bits + (u32)value;
}

/*
 * Bucket k is what took at most 2^k us and more than those before. A power of two of 1024 ns is the one of
 * 1000 ns or the one below it: no division is needed.
 */
static __always_inline u32 bucket_of(u64 ns)
{
	u32 bucket = bits_of((ns ? ns - 1 : 0) >> 10);

	if (bucket >= LATENCY_BUCKETS - 1)
		return LATENCY_BUCKETS - 1;
	return ns > 1000ULL << bucket ? bucket + 1 : bucket;
}

static __always_inline void add(u32 slot, u32 row, u64 ns)
{
	union latency_row *r = row_of(slot, row);
	u32 bucket = bucket_of(ns);

	if (!r || bucket >= LATENCY_BUCKETS)
		return;
	__sync_fetch_and_add(&r->histogram.buckets[bucket], 1);
	__sync_fetch_and_add(&r->histogram.sum_ns, ns);
}

/* Interrupts are off at a switch: nothing else of this CPU adds to the row meanwhile. */
static __always_inline void add_at_switch(u32 slot, u64 ns)
{
	union latency_row *r;
	u32 bucket = bucket_of(ns);

	if (!exclusive) {
		add(slot, 0, ns);
		return;
	}
	r = row_of(slot, 0);
	if (!r || bucket >= LATENCY_BUCKETS)
		return;
	r->histogram.buckets[bucket]++;
	r->histogram.sum_ns += ns;
}

/* Most switches are to a task of the cgroup that came on last time, or that is about to. */
static __always_inline bool slot_at_switch(struct cgroup *cgroup, u32 hierarchy, u32 *out)
{
	u64 key = LATENCY_KEY(hierarchy, cgroup->kn->id);
	u32 cpu = bpf_get_smp_processor_id();
	struct latency_last *last = &lasts[cpu & (LATENCY_CPUS - 1)];
	bool has_last = cpu < LATENCY_CPUS; /* by itself */
	u32 now = turn;
	u32 *slot;

	if (has_last && last->key == key && last->turn == now) {
		*out = last->slot;
		return true;
	}
	slot = slot_of(cgroup, hierarchy);
	if (!slot)
		return false;
	*out = *slot;
	if (has_last) {
		last->key = key;
		last->slot = *slot;
		last->turn = now;
	}
	return true;
}

/*
 * The wait of the task that comes on: the kernel's own stamp (sched_info_enqueue, kernel/sched/stats.h) by
 * the run queue's clock, which is the same clock; the stamp is taken down just after this.
 */
SEC("tp_btf/sched_switch")
int BPF_PROG(latency_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	u64 queued = next->sched_info.last_queued;
	struct cgroup *cgroup = next->cgroups->dfl_cgrp;
	u32 hierarchy = v2;
	u32 slot;
	s64 wait;

	if (!queued || next->pid == 0)
		return 0;
	if (has_v1 && cgroup->level == 0) {
		struct cgroup_subsys_state *css = by_cpuacct ? SUBSYS(next->cgroups, cpuacct_cgrp_id)
							     : SUBSYS(next->cgroups, cpu_cgrp_id);

		if (css) {
			cgroup = css->cgroup;
			hierarchy = v1;
		}
	}
	if (!slot_at_switch(cgroup, hierarchy, &slot))
		return 0;
	wait = (s64)(next->se.cfs_rq->rq->clock - queued);
	add_at_switch(slot, wait > 0 ? (u64)wait : 0);
	return 0;
}

/* include/linux/blk_types.h */
#define REQ_OP_MASK 0xFFU
enum { REQ_OP_READ, REQ_OP_WRITE, REQ_OP_FLUSH, REQ_OP_DISCARD, REQ_OP_SECURE_ERASE = 5 };

static __always_inline int operation_of(u32 flags, u32 bytes)
{
	u32 op = flags & REQ_OP_MASK;

	if (op == REQ_OP_READ)
		return LATENCY_READ;
	if (op == REQ_OP_FLUSH ||
	    (op == REQ_OP_WRITE && bytes == 0)) /* a cache flush that a file system asked for */
		return LATENCY_FLUSH;
	if (op == REQ_OP_DISCARD || op == REQ_OP_SECURE_ERASE)
		return LATENCY_DISCARD;
	return op & 1 ? LATENCY_WRITE : LATENCY_READ; /* that bit is which way the data goes */
}

/* From when it was made (queueing in the I/O scheduler included) to its last byte. */
SEC("tp_btf/block_rq_complete")
int BPF_PROG(latency_request, struct request *request, int error, u32 bytes)
{
	u64 begun = request->start_time_ns;
	struct bio *bio = request->bio;
	struct blkcg_gq *group;
	u32 *slot;
	s64 took;

	/* not done yet; or no times are kept of this queue; or a flush on behalf of a request that comes by
	 * itself */
	if (bytes < request->__data_len || !begun || !bio)
		return 0;
	group = bio->bi_blkg;
	if (!group)
		return 0;
	slot = slot_of(group->blkcg->css.cgroup, v2);
	if (!slot)
		return 0;
	took = (s64)(bpf_ktime_get_ns() - begun);
	add(*slot, (u32)operation_of(request->cmd_flags, request->__data_len), took > 0 ? (u64)took : 0);
	return 0;
}

/* ---- traffic */

SEC("tp_btf/tcp_retransmit_skb")
int BPF_PROG(latency_retransmit, struct sock *sk)
{
	struct cgroup *cgroup = sk->sk_cgrp_data.cgroup;
	union latency_row *row;
	u32 *slot;

	if (!cgroup)
		return 0;
	slot = slot_of(cgroup, v2);
	row = slot ? row_of(*slot, 0) : NULL;
	if (row)
		__sync_fetch_and_add(&row->traffic[LATENCY_RETRANSMITS], 1);
	return 0;
}

/* Packets' programs see no pointer to a cgroup, but can ask for its ancestors by level. */
static __noinline u32 *new_slot_of_packet(struct __sk_buff *skb, u64 key)
{
	struct latency_place *place;
	u32 slot = 0;

	place = spare_place(&slot);
	if (!place)
		return NULL;
	for (u32 i = 0; i < LATENCY_DEPTH; i++) {
		u64 inode = bpf_skb_ancestor_cgroup_id(skb, (int)i);

		place->ancestors[i] = inode && LATENCY_KEY(v2, inode) != key ? LATENCY_KEY(v2, inode) : 0;
	}
	return take_slot(key, &slot, place);
}

static __always_inline void count_packet(struct __sk_buff *skb, u32 bytes, u32 packets)
{
	u64 inode = bpf_skb_cgroup_id(skb);
	u64 key = LATENCY_KEY(v2, inode);
	union latency_row *row;
	u32 *slot;

	if (!inode)
		return;
	slot = bpf_map_lookup_elem(&slots, &key);
	if (!slot)
		slot = new_slot_of_packet(skb, key);
	row = slot ? row_of(*slot, 0) : NULL;
	if (!row)
		return;
	__sync_fetch_and_add(&row->traffic[bytes], skb->len);
	__sync_fetch_and_add(&row->traffic[packets], 1);
}

SEC("cgroup_skb/ingress")
int latency_in(struct __sk_buff *skb)
{
	count_packet(skb, LATENCY_RX_BYTES, LATENCY_RX_PACKETS);
	return 1;
}

SEC("cgroup_skb/egress")
int latency_out(struct __sk_buff *skb)
{
	count_packet(skb, LATENCY_TX_BYTES, LATENCY_TX_PACKETS);
	return 1;
}

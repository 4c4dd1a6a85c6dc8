/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What block/blk-throttle.c keeps of a cgroup: its limits, and a v1 cgroup's I/O
 * (blkio.throttle.io_service_bytes and io_serviced), in per-CPU counters. */
#pragma once

#include "kernel_types.h"
#include "percpu.bpf.h"

#include "walk.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define POLICIES 6 /* include/linux/blkdev.h: BLKCG_MAX_POLS */
#define TRIES 4

__u32 n_cpus = 0; /* the highest one that is online, plus 1; what is offline was added up */

struct cpu_sum {
	u64 counters;
	s64 sum;
	bool unread;
};

static long add_cpu(u32 cpu, struct cpu_sum *s)
{
	s32 n = 0;

	if (bpf_probe_read_kernel(&n, sizeof(n), (void *)on_cpu(s->counters, cpu)) < 0) {
		s->unread = true;
		return 1;
	}
	s->sum += n;
	return 0;
}

/*
 * lib/percpu_counter.c: percpu_counter_sum_positive, without its lock. A CPU that hands its part over to the
 * common count holds it meanwhile: where it is held, or the count was changed, it is read again. False where
 * that did not help.
 */
static __always_inline bool counter_sum(struct percpu_counter___throttle *c, u64 *out)
{
	for (int i = 0; i < TRIES; i++) {
		struct cpu_sum s = {.counters = (u64)BPF_CORE_READ(c, counters)};
		s64 before = BPF_CORE_READ(c, count);
		u32 held = 0;

		bpf_core_read(&held, sizeof(held), &c->lock);
		bpf_loop(n_cpus, add_cpu, &s, 0);
		if (held || s.unread || BPF_CORE_READ(c, count) != before)
			continue;
		s.sum += before;
		*out = s.sum > 0 ? (u64)s.sum : 0;
		return true;
	}
	return false;
}

/* include/linux/blk-cgroup.h: blkg_rwstat_read_counter, of reads, writes and discards. */
static __always_inline bool read_rwstat(struct blkg_rwstat *stat, __u64 out[3])
{
	for (int i = 0; i < 3; i++) {
		u32 kind = i == 2 ? 4 : (u32)i; /* enum blkg_rwstat_type */
		u64 sum;

		if (!counter_sum((void *)stat + bpf_core_field_offset(struct blkg_rwstat, cpu_cnt) +
					 kind * bpf_core_type_size(struct percpu_counter___throttle),
				 &sum))
			return false;
		out[i] = sum + (u64)BPF_CORE_READ(stat, aux_cnt[kind].counter);
	}
	return true;
}

/* The policy's data of a queue: which of the numbers is its, no BTF says, but it names the queue's own. */
static __always_inline struct throtl_grp *throttle_of(struct blkcg_gq *blkg, struct throtl_data *td)
{
	for (int i = 0; i < POLICIES; i++) {
		struct throtl_grp *tg = (void *)BPF_CORE_READ(blkg, pd[i]);

		if (tg && BPF_CORE_READ(tg, td) == td)
			return tg;
	}
	return NULL;
}

static __always_inline bool read_throttle(struct blkcg_gq *blkg, struct throtl_data *td, struct walk_io *row)
{
	struct throtl_grp *tg = throttle_of(blkg, td);

	return tg &&
	       read_rwstat((void *)tg + bpf_core_field_offset(struct throtl_grp, stat_bytes), row->bytes) &&
	       read_rwstat((void *)tg + bpf_core_field_offset(struct throtl_grp, stat_ios), row->ios);
}

/* Of reads (0) or writes (1): up to 6.9 what is behind the low limit. */
static __always_inline u64 bps_of(struct throtl_grp *tg, u32 operation)
{
	struct throtl_grp___nested *nested = (void *)tg;
	u64 limit = 0;

	if (bpf_core_field_exists(nested->bps))
		return BPF_CORE_READ(nested, bps[operation][1]);
	if (bpf_core_field_size(tg->bps) > 2 * sizeof(limit))
		operation = 2 * operation + 1;
	bpf_probe_read_kernel(&limit, sizeof(limit), (void *)&tg->bps + operation * sizeof(limit));
	return limit;
}

static __always_inline u64 iops_of(struct throtl_grp *tg, u32 operation)
{
	struct throtl_grp___nested *nested = (void *)tg;
	u32 limit = 0;

	if (bpf_core_field_exists(nested->iops)) {
		limit = BPF_CORE_READ(nested, iops[operation][1]);
	} else {
		if (bpf_core_field_size(tg->iops) > 2 * sizeof(limit))
			operation = 2 * operation + 1;
		bpf_probe_read_kernel(&limit, sizeof(limit), (void *)&tg->iops + operation * sizeof(limit));
	}
	return limit == ~0U ? ~0ULL : limit; /* UINT_MAX: none */
}

/* As io.max has them, and v1's blkio.throttle.*_device. False where there is none. */
static __always_inline bool read_limits(struct throtl_grp *tg, struct walk_limit *row)
{
	row->each[0] = bps_of(tg, 0);
	row->each[1] = bps_of(tg, 1);
	row->each[2] = iops_of(tg, 0);
	row->each[3] = iops_of(tg, 1);
	return (row->each[0] & row->each[1] & row->each[2] & row->each[3]) != ~0ULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One loading of the latency programs: run queues, block requests or traffic, with tables of its own. */
#pragma once

#include "cgroup/hierarchy.h"
#include "kernel_btf.h"
#include "latency.h"

#include <stdbool.h>

struct latency_bpf;
struct bpf_link;

enum latency_kind { LATENCY_RUN_QUEUE, LATENCY_BLOCK, LATENCY_NETWORK, LATENCY_KINDS };

/* Of a histogram: its buckets, then its sum in nanoseconds. */
#define LATENCY_FIGURES (LATENCY_BUCKETS + 1)

/* Who has a slot, as far as user space knows. */
struct latency_slot {
	uint64_t key;	   /* 0 = nobody */
	uint64_t moved_ns; /* when it was found, or had grown; leaving: when it was taken out of the index */
	bool leaving;	   /* no event finds it any more: free once those under way are through */
};

struct latency_part {
	enum latency_kind kind;
	struct latency_bpf *skeleton; /* NULL = this kernel, or this user, can't have it */
	struct bpf_link *links[3];
	struct latency_place *places;
	union latency_row *rows;
	size_t place_bytes;
	size_t row_bytes;
	uint32_t n_slots;
	uint32_t shards;
	uint32_t rows_each;
	size_t n_figures;
	uint64_t *before; /* n_figures a slot, as read last */
	struct latency_slot *slots;
	struct latency_totals *totals;
};

/* Where events are counted: hierarchies of the layout, -1 = none. */
struct latency_home {
	int8_t v2;
	int8_t tasks_v1; /* of tasks that are in no v2 cgroup */
	bool by_cpuacct;
	int8_t io;
};

/* Loads it. 0 or -errno with the cause. */
int latency_part_open(struct latency_part *p, enum latency_kind kind, const struct kernel_btf *btf,
		      const struct latency_home *home, size_t n_cgroups, const char *refuse,
		      struct error *err);
void latency_part_close(struct latency_part *p);

/* cgroup_fd: v2's root, where packets are counted. 0, or -errno of the first program that could not be
 * attached; the others are. */
int latency_part_attach(struct latency_part *p, int cgroup_fd, struct error *err);
bool latency_part_is_attached(const struct latency_part *p);
/* Whether packets are counted, not just what was sent again. */
bool latency_part_counts_packets(const struct latency_part *p);
void latency_part_detach(struct latency_part *p);

/* Takes in how the rows have grown, and frees the slots of cgroups that nothing happens in. */
void latency_part_drain(struct latency_part *p, uint64_t now_ns);

size_t latency_part_memory(const struct latency_part *p);

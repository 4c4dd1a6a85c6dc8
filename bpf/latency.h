/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs of the group `latency` leave behind. A cgroup that something happened in has a slot: its
 * place, and rows to add up in. Several CPUs share a row of a slot (a shard), and an entry is in one slot of
 * one table at a time; user space takes it out again once nothing more happens in it.
 */
#pragma once

#ifndef __bpf__
#include <linux/types.h>
#endif

/* Buckets by powers of two: 1 us, 2 us, … 2^26 us (67 s), and what took longer. */
#define LATENCY_BUCKETS 28
/* In so many of its ancestors a cgroup is counted too. */
#define LATENCY_DEPTH 16

/* A cgroup: its inode, which is never 0, in a hierarchy of the layout. */
#define LATENCY_KEY_SHIFT 56
#define LATENCY_KEY(hierarchy, inode) ((__u64)(hierarchy) << LATENCY_KEY_SHIFT | (inode))

enum latency_operation { LATENCY_READ, LATENCY_WRITE, LATENCY_DISCARD, LATENCY_FLUSH, LATENCY_OPERATIONS };

struct latency_histogram {
	__u32 buckets[LATENCY_BUCKETS]; /* may wrap: what counts is how they grow */
	__u64 sum_ns;
	__u64 unused; /* two cache lines */
};

enum latency_traffic {
	LATENCY_RX_BYTES,
	LATENCY_RX_PACKETS,
	LATENCY_TX_BYTES,
	LATENCY_TX_PACKETS,
	LATENCY_RETRANSMITS,
	LATENCY_TRAFFIC
};

union latency_row {
	struct latency_histogram histogram;
	__u64 traffic[LATENCY_TRAFFIC];
};

/* Whose slot a CPU used last at a switch, in a cache line of its own. */
#define LATENCY_CPUS 256
struct latency_last {
	__u64 key;
	__u32 slot;
	__u32 turn; /* good while it is that of the programs */
	__u64 unused[6];
};

struct latency_place {
	__u64 key;			/* written last; 0 = the slot is free */
	__u64 ancestors[LATENCY_DEPTH]; /* their keys; 0 = no more */
};

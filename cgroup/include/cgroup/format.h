/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats of cgroupfs and procfs files, as streams of (instance, key, value). Nothing is copied: the
 * slices point into the text. A malformed line is skipped, never an error: a later kernel may add to any of
 * these files.
 */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum file_format {
	FILE_SINGLE,	 /* "123\n": key "" */
	FILE_TEXT,	 /* a whole line: key "" (cpuset lists, "" when empty; freezer.state) */
	FILE_FLAT,	 /* "key value\n" (memory.stat, cpu.stat, *.events): key */
	FILE_FLAT_NAMES, /* "name value\n" where the name is the instance (misc.current): instance, key "" */
	FILE_PAIR,	 /* "100000 50000\n" (cpu.max): keys "0", "1" */
	FILE_NESTED,	 /* "8:0 rbytes=1 wbytes=2\n" (io.stat, rdma.*): instance, key */
	FILE_PRESSURE,	 /* "some avg10=0.00 … total=1\n" (psi.rst): key "some total" */
	FILE_BLKIO,	 /* "8:0 Read 123\n" (blkio.*; the last "Total 5" is no instance): instance, key */
	FILE_WEIGHT,  /* "default 100\n8:0 200\n" (io.weight), or "100\n" (blkio.bfq.weight): keys "default",
			 ""; both are  given for the first value */
	FILE_NUMA_V2, /* "anon N0=1 N1=2\n": key "anon", instance "0" */
	FILE_NUMA_V1, /* "file=3 N0=1 N1=2\n": key "file", instance "0" */
	FILE_NET_DEV, /* /proc/PID/net/dev: instance "eth0", keys rx_bytes rx_packets rx_errs rx_drop …
			 tx_bytes … */
	FILE_TCP, /* /proc/PID/net/tcp: counts by state; keys "established" …; every state is given, also at 0
		   */
	FILE_UDP,   /* /proc/PID/net/udp: keys listen dropped rxqueued txqueued */
	FILE_LINES, /* cgroup.procs: key "", one item a line */
};

struct format_item {
	struct slice instance;
	struct slice key;
	struct slice value;
};

struct format_cursor {
	enum file_format format;
	struct slice rest; /* of the text */
	struct slice line; /* what is left of the current line */
	struct slice instance;
	struct slice word;
	unsigned column;
	uint64_t counts[16]; /* of formats that count */
	char scratch[64];    /* where a key or a value is put together; valid until the next call */
};

void format_begin(struct format_cursor *c, enum file_format format, struct slice text);

/* The next item; false at the end. */
bool format_next(struct format_cursor *c, struct format_item *item);

/* The format of a file by its name ("memory.stat", "hugetlb.2MB.current", "net/dev"), for cgroup version 1 or
 * 2; FILE_SINGLE where unknown. */
enum file_format file_format_of(int version, const char *name);

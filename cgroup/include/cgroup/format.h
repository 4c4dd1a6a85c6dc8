/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The formats of cgroupfs and procfs files, as streams of (instance, key, value). Nothing is copied: the
 * slices point into the text. A malformed line is skipped, never an error: a later kernel may add to any of
 * these files.
 *
 * The text is a whole file. A last line without its newline counts as complete, since some files end so;
 * whoever hands over a text that a short read cut off gets a cut-off number. NUL bytes are like any other
 * character.
 */
#pragma once

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

enum file_format {
	FILE_SINGLE, /* "123\n": key ""; nothing where the first line is empty */
	FILE_TEXT, /* the first line: key ""; always one item, "" when empty (cpuset lists, freezer.state) */
	FILE_FLAT, /* "key value\n" (memory.stat, cpu.stat, *.events): key; the value is the rest of the line
		    */
	FILE_FLAT_NAMES, /* "name value\n" where the name is the instance (misc.current): instance, key "" */
	FILE_PAIR,	 /* "100000 50000\n" (cpu.max, schedstat): keys "0", "1", … */
	FILE_NESTED,	 /* "8:0 rbytes=1 wbytes=2\n" (io.stat, rdma.*): instance, key */
	FILE_PRESSURE,	 /* "some avg10=0.00 … total=1\n" (psi.rst): key "some total" */
	FILE_BLKIO,  /* "8:0 Read 123\n" (blkio.*): instance, key. The last line, "Total 5", is the sum of all
			devices  and is left out */
	FILE_WEIGHT, /* "default 100\n8:0 200\n" (io.weight), or "100\n" (blkio.bfq.weight): keys "default"
			and "" both have the cgroup's own; a device's has an instance and key "weight" */
	FILE_NUMA_V2, /* "anon N0=1 N1=2\n": key "anon", instance "0" */
	FILE_NUMA_V1, /* "file=3 N0=1 N1=2\n": key "file", instance "0"; the sum is left out */
	FILE_NET_DEV, /* /proc/PID/net/dev: instance "eth0", keys rx_bytes rx_packets rx_errs rx_drop rx_fifo
			 rx_frame rx_compressed rx_multicast tx_bytes tx_packets tx_errs tx_drop tx_fifo
			 tx_colls tx_carrier tx_compressed */
	FILE_TCP,     /* /proc/PID/net/tcp: counts by state; keys "established" "synsent" "synrecv" "finwait1"
			 "finwait2" "timewait" "close" "closewait" "lastack" "listen" "closing": all, also at 0;
			 none     where the text is empty (it has at least a heading) */
	FILE_UDP,     /* /proc/PID/net/udp: keys "listen" (sockets that are not connected), "dropped" (sum),
			 "rxqueued",     "txqueued" (bytes); as FILE_TCP where the text is empty */
	FILE_LINES,   /* cgroup.procs: key "", one item a line */
};

struct format_item {
	struct slice instance;
	struct slice key;
	struct slice value;
};

struct format_cursor {
	enum file_format format;
	unsigned column;     /* of the line, or how far a format of few items is */
	struct slice rest;   /* of the text */
	struct slice line;   /* what is left of the current line */
	struct slice word;   /* what the line began with: an instance, a key, or a value to be given twice */
	uint64_t counts[16]; /* of formats that count */
	char scratch[64];    /* where a key or a value is put together; valid until the next call */
};

void format_begin(struct format_cursor *c, enum file_format format, struct slice text);

/* The next item of any format but FILE_FLAT. */
bool format_next_other(struct format_cursor *c, struct format_item *item);

/* FILE_FLAT: here, so that it is inlined into the loop over memory.stat, the longest file of all. */
static inline bool format_next_flat(struct format_cursor *c, struct format_item *item)
{
	while (c->rest.len) {
		const char *line = c->rest.at;
		const char *newline = memchr(line, '\n', c->rest.len);
		size_t len = newline ? (size_t)(newline - line) : c->rest.len;
		const char *space = memchr(line, ' ', len);

		c->rest.at += len + (newline != NULL);
		c->rest.len -= len + (newline != NULL);
		if (!space || space == line)
			continue;
		item->instance = (struct slice){"", 0};
		item->key = (struct slice){line, (size_t)(space - line)};
		item->value = (struct slice){space + 1, (size_t)(line + len - space) - 1};
		return true;
	}
	return false;
}

/*
 * The next item; false at the end. Its slices point into the text, into *c (until the next call) or at
 * constants; an absent instance or key has length 0.
 */
static inline bool format_next(struct format_cursor *c, struct format_item *item)
{
	return c->format == FILE_FLAT ? format_next_flat(c, item) : format_next_other(c, item);
}

/*
 * The format of a file by its name ("memory.stat", "hugetlb.2MB.current", "net/dev"), for cgroup version 1 or
 * 2 (which does not matter to files below /proc/PID); FILE_SINGLE where unknown.
 */
enum file_format file_format_of(int version, const char *name);

/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the files of a plan into the entity that a snapshot added last. */
#pragma once

#include "descriptors.h"
#include "device.h"
#include "model/snapshot.h"
#include "plan.h"

/* Grows with the longest file met; shared by everything that reads in one collector. */
struct read_buffer {
	char *data;
	size_t cap;
};

struct reader {
	const struct cgroup_layout *layout;
	struct descriptors *descriptors;
	struct devices *devices;
	struct read_buffer *buffer;
	uint64_t ticks_per_second;
	uint64_t page_size;
	uint64_t idle_ns; /* how old figures may be of a cgroup whose tasks have not run; 0 = all are read */
	int procfs;
	struct group_report reports[GROUP__COUNT]; /* of the sample under way */
	bool pressure_refused;			   /* PSI is compiled in and switched off */
};

/*
 * Reads every file of the plan for n into entity `index`. Settings are copied from `before` (may be NULL) at
 * before_index where they have not changed since. A file that is not there leaves its values absent. False
 * where n turns out to be gone from every hierarchy: what was read of it is worth nothing.
 */
bool reader_read(struct reader *r, struct node *n, struct plan *plan, struct snapshot *s, size_t index,
		 const struct snapshot *before, size_t before_index);

/* Reads the plan's files below /proc/PID. 0 or -errno of the first that failed (-ENOENT, -ESRCH: it ended).
 */
int reader_read_pid(struct reader *r, uint32_t pid, struct plan *plan, struct snapshot *s, size_t index);

/* The text of an open file from its start, in the buffer until the next call. 0 or -errno. */
int read_whole(struct read_buffer *b, int fd, struct slice *text);

void read_buffer_free(struct read_buffer *b);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the collector hears from the kernel, and what it makes of it: cgroups that came and went, how they
 * ended, and events for the sinks. It is on where a kernel with events is used.
 */
#pragma once

#include "base/arena.h"
#include "base/map.h"
#include "ending.h"
#include "name.h"

struct collector;
struct moment;
struct node;

/*
 * A cgroup that was made and removed before anybody could look at its folder: all that is known of it was
 * heard. Found by its path (a container's by its id, for a runtime may use several paths), and by each inode
 * it had.
 */
struct brief {
	struct ending end;
	char *key;
	char *path;
	struct cgroup_name what; /* slices point into path */
	struct identity *identity;
	uint64_t id;
	uint64_t made_ns; /* CLOCK_MONOTONIC */
	uint64_t removed_ns;
	unsigned n_made;
	unsigned n_removed;
	uint64_t inodes[64]; /* place_key of each; more are not followed */
	size_t n_inodes;
	bool branch;
};

struct hearing {
	bool on;
	uint64_t dropped; /* as of the last time that was looked at */
	uint64_t now_ns;  /* CLOCK_MONOTONIC of the event that is being taken in; 0 = none is */
	struct map briefs;
	struct map briefs_by_inode;

	/* for the next snapshot */
	struct arena texts;
	struct event *events;
	size_t n_events;
	size_t cap;

	uint64_t counts[EVENT__COUNT];
	struct ended_sums *ended; /* NULL where memory was short */
};

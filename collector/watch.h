/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows the tree by inotify(7). cgroupfs makes events for mkdir, rmdir and writes that go through the same
 * superblock, and for what the kernel notifies itself (cgroup.events). A cgroup namespace has a superblock of
 * its own: what happens through it is left to the rescan.
 */
#pragma once

#include "tree.h"

struct watch_hooks {
	/* Something was written to a file of n's folder: settings may have changed. */
	void (*written)(void *context, struct node *n, const char *file);
	/* The kernel said that cgroup.events changed. */
	void (*notified)(void *context, struct node *n);
	void *context;
};

struct watcher {
	int fd; /* -1: inotify is not to be had, everything is left to the rescan */
	struct tree *tree;
	struct watch_hooks hooks;
	struct map nodes; /* watch descriptor → node */
	bool files_only;  /* somebody else finds folders */
	bool exhausted;
	bool overflowed; /* events were lost: a rescan is due */
	uint64_t events_lost;
};

void watcher_open(struct watcher *w, struct tree *tree, const struct watch_hooks *hooks);
void watcher_close(struct watcher *w);

/* From here on somebody else finds out which folders come and go. */
void watcher_leave_folders(struct watcher *w);

/* To be called by the tree's hooks. */
void watcher_add(struct watcher *w, struct node *n, size_t hierarchy);
void watcher_remove(struct watcher *w, struct node *n, size_t hierarchy);

/* Tries again what could not be watched. Before a rescan, which finds what came in the meantime. */
void watcher_retry(struct watcher *w);

/* Takes in every event that is queued. 0 or -ENOMEM. */
int watcher_drain(struct watcher *w);

/* Whether every folder of n is watched: its settings need no reading between events. */
bool watcher_covers(const struct watcher *w, const struct node *n);

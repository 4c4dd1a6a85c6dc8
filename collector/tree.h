/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of logical cgroups. A node stands for one cgroup in every hierarchy that has it: joined by path,
 * or, where a runtime used different paths, by the container id that both end in.
 */
#pragma once

#include "base/map.h"
#include "cgroup/hierarchy.h"
#include "name.h"

#include <stdbool.h>
#include <stdint.h>

/* A node's cgroup in one hierarchy. */
struct place {
	uint64_t inode; /* the cgroup's id there */
	char *path;	/* where it differs from the node's; else NULL */
	int watch;	/* inotify watch descriptor; -1 = none */
};

/* Where the last values of a node are, so that they can be kept when it ends. */
enum look_kind { LOOK_NONE, LOOK_LATEST, LOOK_EXTRA };

struct node {
	struct node *parent;
	struct node *first_child;
	struct node *last_child;
	struct node *previous; /* siblings, sorted by name */
	struct node *next;
	char *path;
	const char *name;	 /* its last component, inside path; "" for the root */
	struct cgroup_name what; /* slices point into path */
	struct identity *identity;
	uint64_t id;
	uint64_t birth_ns; /* CLOCK_REALTIME */
	uint64_t found_ns; /* CLOCK_MONOTONIC */
	uint32_t presence; /* bit (1U << hierarchy) */
	uint16_t depth;
	uint32_t order_at;   /* in tree_order's array, as long as that is valid */
	bool settings_stale; /* a setting may have changed since it was read */
	bool settled;	     /* no task has run since what only tasks move was last read */
	uint64_t busy_ns;    /* CLOCK_MONOTONIC of the last reading that showed that a task had run */
	uint64_t whole_ns;   /* CLOCK_MONOTONIC of the last reading of every file */
	bool ending;	     /* ran out of processes: a final look is due */
	bool heard_of;	     /* its start was told */
	bool branch;	     /* has, or has had, children: its figures are theirs too */
	bool gone;	     /* noticed as removed while being read */
	bool sampled;	     /* is in the sample under way, at sampled_index */
	uint8_t look;	     /* enum look_kind */
	uint32_t look_index;
	uint32_t sampled_index;
	int *files; /* descriptors.h: one a registered file, NULL until first read */

	/* process.c, network.c */
	uint32_t first_pid;	  /* of the sample under way; 0 = none */
	uint32_t n_processes;	  /* of the sample under way: its own and those below */
	uint32_t n_processes_v2;  /* those of them that the v2 hierarchy has */
	uint32_t n_processes_any; /* each cgroup's in the hierarchy that has some, added up */
	bool n_processes_known;
	uint32_t namespaces_pid; /* the process whose network namespace `network` is */
	uint64_t network;	 /* inode of the network namespace; 0 = unknown */
	uint64_t network_checked_ns;
	struct layer_use *layer; /* filesystem.c */
	struct ending *end;	 /* ending.h: what was heard of its end; NULL until something was */

	struct place places[]; /* one a hierarchy */
};

struct tree;

struct tree_hooks {
	/* A node was found (all places that are known so far are set); a new place was found of a node. */
	void (*born)(void *context, struct node *n);
	void (*placed)(void *context, struct node *n, size_t hierarchy);
	/* A place is gone; then, where it was the last one, the node is about to be freed. */
	void (*unplaced)(void *context, struct node *n, size_t hierarchy);
	void (*died)(void *context, struct node *n);
	void *context;
};

struct tree {
	const struct cgroup_layout *layout;
	struct tree_hooks hooks;
	uint32_t walked; /* bit a hierarchy: those that hold figures */
	struct node *root;
	struct map by_path;
	struct map by_container; /* container id → node */
	struct map by_inode;	 /* place_key → node */
	struct node **order;	 /* parents first; valid while !order_stale */
	size_t n_nodes;
	uint64_t n_buried;
	size_t order_cap;
	bool order_stale;
	bool orphaned; /* something was dropped that is still there elsewhere: a rescan is due */
};

/* Finds everything there is. 0 or -errno. */
int tree_open(struct tree *t, const struct cgroup_layout *layout, const struct tree_hooks *hooks);
void tree_close(struct tree *t);

/* A folder `name` appeared below `parent` in `hierarchy`: finds it and all below it. Not there (any more) is
 * no error. */
int tree_add(struct tree *t, struct node *parent, size_t hierarchy, const char *name);

/* The node whose folder in `hierarchy` is `name` below parent's, joined ones too; NULL where unknown. */
struct node *tree_find_at(struct tree *t, const struct node *parent, size_t hierarchy, const char *name);

/* The node whose folder in `hierarchy` has this path there, joined ones too; NULL where unknown. */
struct node *tree_find_path(struct tree *t, size_t hierarchy, const char *path);

/* The node of a cgroup of this path, a container by its id, in whatever hierarchies; NULL where unknown. */
struct node *tree_find_anywhere(struct tree *t, const char *path);

/* The node whose folder in `hierarchy` has this inode; NULL where unknown. */
struct node *tree_find_inode(const struct tree *t, size_t hierarchy, uint64_t inode);

/* The folder is known to be gone: drops that place, and what is below it there. */
void tree_remove(struct tree *t, struct node *n, size_t hierarchy);

/* A folder is said to be gone: drops that place (and what is below it there) unless it is still the same
 * folder. */
void tree_check(struct tree *t, struct node *n, size_t hierarchy);

/* The same for every place of n: n itself goes where none is left. */
void tree_check_all(struct tree *t, struct node *n);

/* Compares everything with the folders; what events missed is found or dropped. */
int tree_rescan(struct tree *t);

/* Nodes in tree order. The array is valid until the tree changes. NULL where memory is short. */
struct node **tree_order(struct tree *t);

/* The child of this name, or NULL. */
struct node *tree_child(struct tree *t, const struct node *parent, const char *name);

/* The path of a node in a hierarchy, "/a/b". */
const char *node_path(const struct node *n, size_t hierarchy);

/* Inodes are unique within a hierarchy; kernfs counts their generations in the upper half, from 1. */
static inline uint64_t place_key(size_t hierarchy, uint64_t inode)
{
	return inode + ((uint64_t)hierarchy << 58);
}

static inline bool node_in(const struct node *n, size_t hierarchy)
{
	return n->presence >> hierarchy & 1;
}

/*
 * Opens path ("/a/b", from the hierarchy's root) and, below it, `file` ("" = the folder itself). Paths longer
 * than PATH_MAX work. A descriptor or -errno.
 */
int hierarchy_open_at(const struct hierarchy *h, const char *path, const char *file, int flags);

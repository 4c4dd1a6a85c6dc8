/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plan is made of. Steps stand in the order in which they happen; those of the parent that stand
 * behind STEP_CLONE are asked for by the child over its socket when it arrives there. But STEP_DEVICE_RULES,
 * whose program takes the kernel a third of a millisecond to check: the parent does it while the child goes
 * on, and the child waits for it before STEP_EXECUTE.
 */
#pragma once

#include "base/arena.h"
#include "cgroup/limits.h"
#include "runtime/plan.h"

#include <stdint.h>

enum step_side { SIDE_PARENT, SIDE_CHILD };

enum step_kind {
	STEP_SECCOMP,	    /* parent: the compiled filter */
	STEP_INIT_PROGRAM,  /* parent: the sealed program that executes the container's */
	STEP_CGROUP_MAKE,   /* parent */
	STEP_LIMIT,	    /* parent: one write, or those that belong together */
	STEP_TASKS_OPEN,    /* parent: v1's tasks files */
	STEP_NULL_OPEN,	    /* either: /dev/null, for masked paths */
	STEP_LAYER_FOLDERS, /* parent: upper and work */
	STEP_SOURCE_OPEN,   /* either: what is bind-mounted */
	STEP_NS_OPEN,	    /* parent: a namespace that is joined */
	STEP_NS_PID,	    /* parent: its children go into a joined pid namespace */
	STEP_TIME_OFFSETS,  /* parent (or child, without root): a time namespace and its clocks */
	STEP_CLONE,	    /* parent */
	STEP_DEVICE_RULES,  /* parent, beside the child */
	STEP_OOM_SCORE,	    /* child */
	STEP_CGROUP_ENTER,  /* child: "0" into the tasks files */
	STEP_NS_JOIN,	    /* child */
	STEP_NS_CLONE,	    /* child: a second one goes on, in what must belong to the user namespace */
	STEP_ID_MAPS,	    /* parent, or the child for its own id alone */
	STEP_BECOME_ROOT,   /* child: id 0 of its user namespace */
	STEP_CGROUP_NS,	    /* child */
	STEP_LOOPBACK,	    /* child */
	STEP_PRIVATE,	    /* child: no mount of its namespace is shared any more */
	STEP_IDMAP_LAYERS,  /* parent: layers as the user namespace's ids see them */
	STEP_ROOT,	    /* child */
	STEP_HOST_MOUNTS,   /* child: what is mounted below the host's root, as overlays */
	STEP_MOUNT,	    /* child */
	STEP_CGROUP_MOUNT,  /* child */
	STEP_PIVOT,	    /* child */
	STEP_DEVICE,	    /* child */
	STEP_DEVICE_LINKS,  /* child: /dev/fd and its like */
	STEP_CONSOLE,	    /* child */
	STEP_SYSCTL,	    /* child */
	STEP_READONLY_PATH, /* child */
	STEP_MASK,	    /* child */
	STEP_ROOT_READONLY, /* child */
	STEP_HOSTNAME,	    /* child */
	STEP_DOMAINNAME,    /* child */
	STEP_CWD,	    /* child */
	STEP_RLIMITS,	    /* child; parent where the user namespace takes away the right to raise them */
	STEP_SESSION,	    /* child */
	STEP_CREDENTIALS,   /* child: user, capabilities, filter */
	STEP_EXECUTE,	    /* child */
	STEP__COUNT
};

/* A mount's options in the kernel's terms. */
struct mount_options {
	bool bind, recursive, copy_up;
	uint64_t set, clear;		 /* MOUNT_ATTR_* of the mount itself */
	uint64_t set_below, clear_below; /* of it and all below (rro, …) */
	uint64_t propagation;		 /* MS_PRIVATE, …; 0 = private */
	bool propagation_below;
	struct spec_texts data; /* what is the file system's own: "size=64m", "newinstance" */
};

struct step_mount {
	const char *destination; /* inside of the root */
	const char *type;
	const char *source;
	struct mount_options options;
	int slot;	  /* bind: which opened source; -1 otherwise */
	bool no_symlinks; /* procfs and sysfs: a symbolic link there is an attack */
	bool optional;	  /* left out where its source isn't there */
};

struct step {
	enum step_kind kind;
	enum step_side side;
	union {
		struct {
			uint32_t hierarchies;
			bool optional; /* nothing was asked of it: go without where it is forbidden */
		} cgroup;
		struct {
			const struct limit_write *writes;
			size_t n;
		} limit;
		struct {
			const char *path;
			int slot;
			bool recursive;
			bool tree; /* a detached clone of the mount, else O_PATH just to see that it is there
				    */
			bool any_type; /* false: must be a folder */
			bool optional; /* left out where it isn't there */
		} source;
		struct {
			enum spec_namespace which;
			const char *path;
			int slot;
		} ns;
		struct {
			const struct spec_id_maps *uids, *gids;
		} maps;
		struct {
			bool user_xattr;
			bool idmapped;
			bool host; /* a layer is "/" */
			int slot;  /* plain, opened by the parent; -1 otherwise */
		} root;
		struct step_mount mount;
		const struct spec_device *device;
		const struct spec_pair *sysctl;
		const char *path;
		uint64_t flags; /* CLONE, NS_CLONE: CLONE_NEW* */
	};
	int device_slot; /* STEP_DEVICE: what is bound, since a user namespace can't mknod; -1 = mknod */
};

struct plan {
	const struct spec *spec;
	const struct host *host;
	const char *id, *folder, *seccomp_folder;
	bool init;
	bool user_ns; /* a new or joined one */
	bool rootless;
	struct step *steps;
	size_t n, cap;
	int n_slots; /* descriptors that steps hand to later ones */
	uint32_t hierarchies;
	/* the spec's, or where a user's spec has none: the user alone, as id 0 */
	struct spec_id_maps uids, gids;
	struct spec_id_map own[2];
	struct arena arena;
};

extern const char *const step_names[STEP__COUNT];

/* Appends a zeroed step; NULL where memory is short (kept in *r as -ENOMEM). */
struct step *plan_add(struct plan *plan, enum step_kind kind, enum step_side side);

/* STORE/seccomp from STORE/containers/ID; NULL where memory is short. */
const char *plan_seccomp_folder(struct arena *arena, const char *folder);

/* plan_host.c: what this host can't do. 0 or a negative errno with words. */
int plan_check(const struct plan *plan, struct error *err);

/* plan_mounts.c: the mounts' steps, and the opening of what they bind. */
int plan_sources(struct plan *plan, enum step_side side, struct error *err);
int plan_mounts(struct plan *plan, struct error *err);
/* One mount's words; -EINVAL names the one that is wrong. Texts in `arena`. */
int mount_options_parse(const struct spec_texts *list, const char *type, struct arena *arena,
			struct mount_options *out, struct error *err);
/* The mount that the spec has at a destination (the last one), or NULL. */
const struct spec_mount *plan_find_mount(const struct spec *spec, const char *destination);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each controller lives on this host: pure v2, hybrid or pure v1, mounted where mountinfo says
 * (proc(5), Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/cgroups.rst).
 */
#pragma once

#include "base/error.h"
#include "model/controller.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIERARCHIES_MAX 32

enum cgroup_mode { CGROUP_NONE, CGROUP_V2, CGROUP_HYBRID, CGROUP_V1 };

struct hierarchy {
	int version;	      /* 1 or 2 */
	uint32_t controllers; /* bit (1U << enum controller); v2: what cgroup.controllers of its root lists,
				 and CORE */
	char *mount_point;    /* as this process sees it, with --path.rootfs or --path.sysfs in front */
	char *root;    /* the cgroup that the mount shows as its root: "/" unless a cgroup was bind-mounted or
			  the    mount is inside a cgroup namespace */
	char *options; /* the controllers as v1's mount options name them, for messages: "cpu,cpuacct",
			  "name=systemd" */
	int fd;	       /* the mount point, O_RDONLY|O_DIRECTORY */
};

struct cgroup_layout {
	enum cgroup_mode mode;
	size_t n_hierarchies;
	struct hierarchy hierarchies[HIERARCHIES_MAX]; /* v2 first where there is one */
	int8_t home[CONTROLLER__COUNT]; /* index of the hierarchy that has the controller, -1 = none */
	size_t n_pagesizes;
	char pagesizes[8][16]; /* huge page sizes as hugetlb's files spell them: "2MB", "1GB" */
};

/* The roots that a reader works below, so that a fixture, or the host seen from inside a container, is a
 * folder tree. */
struct cgroup_roots {
	const char *procfs; /* "/proc" */
	const char *sysfs;  /* "/sys" */
	const char *rootfs; /* "/" */
};

/*
 * Reads <procfs>/self/mountinfo (with another procfs than /proc: its 1/mountinfo) and opens every cgroup
 * mount once; of several mounts of one hierarchy the one with the widest root wins, then the first. Mount
 * points below /sys are taken below `sysfs`, others below `rootfs`. No cgroup mount at all is -ENOENT with a
 * message that says how to get one.
 */
int cgroup_layout_open(const struct cgroup_roots *roots, struct cgroup_layout **out, struct error *err);
void cgroup_layout_close(struct cgroup_layout *layout);

const char *controller_name(enum controller c);	     /* as v2 spells it: "io" */
const char *controller_v1_name(enum controller c);   /* "blkio" */
enum controller controller_find(const char *name);   /* either spelling; CONTROLLER__COUNT where unknown */
const char *cgroup_mode_name(enum cgroup_mode mode); /* "v2", "hybrid", "v1", "none" */

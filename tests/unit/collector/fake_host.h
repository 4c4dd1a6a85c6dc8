/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host made of plain files, in a folder of the test's own: procfs, sysfs, and cgroup hierarchies whose
 * files are written in place, so that inotify tells of them as it does on cgroupfs. A failure of these
 * functions is a failure of the test.
 */
#pragma once

#include "collector/collector.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fake_kind { FAKE_V2, FAKE_V1, FAKE_HYBRID };

struct fake {
	enum fake_kind kind;
	char path[64];
	char procfs[80];
	char sysfs[80];
	int fd;
	size_t n_hierarchies;
	const char *hierarchies[16]; /* folders below sys/fs/cgroup; "" for the only one of v2 */
};

/* A host with a root cgroup, PID 1 in its namespaces, disks vda (254:0) and sda (8:0), huge pages of 2 MB and
 * 1 GB. */
void fake_make(struct fake *f, enum fake_kind kind);
void fake_remove(struct fake *f);

/* Options that point at it, with a rescan that does not come by itself. */
struct collector_options fake_options(const struct fake *f);
struct source *fake_open(const struct fake *f);

/* Folders and files below the host's folder. Writing keeps the file, as the kernel does. */
void fake_mkdir(const struct fake *f, const char *path);
void fake_write(const struct fake *f, const char *path, const char *text);
void fake_write_bytes(const struct fake *f, const char *path, const char *bytes, size_t len);
void fake_unlink(const struct fake *f, const char *path);
void fake_link(const struct fake *f, const char *path, const char *target);

/* A cgroup ("/a/b") in one hierarchy (by its folder), or in all where that is NULL. */
void fake_cgroup(const struct fake *f, const char *hierarchy, const char *cgroup);
void fake_cgroup_write(const struct fake *f, const char *hierarchy, const char *cgroup, const char *file,
		       const char *text);
/* With everything in it. */
void fake_cgroup_remove(const struct fake *f, const char *hierarchy, const char *cgroup);

/* A process with namespaces of its own, but for those that it shares with another (0 = none) as a
 * comma-separated list of kinds. */
void fake_process(const struct fake *f, unsigned pid, unsigned shares_with, const char *kinds);

/* /proc/PID/net/dev with one interface beside the loopback: rx = base + 1, 2, 3, 4; tx = base + 5, 6, 7, 8.
 */
void fake_net_dev(const struct fake *f, unsigned pid, const char *interface, uint64_t base);

/* A sample with every metric, or those given. */
struct snapshot *fake_sample(struct source *s, const struct metric_set *need);

/* The index of the cgroup that lives (or ended) at a path, or -1. */
ptrdiff_t fake_find(const struct snapshot *s, const char *path);
ptrdiff_t fake_find_ended(const struct snapshot *s, const char *path);

/* A value of the cgroup at a path; fails the test where there is none. */
uint64_t fake_value(const struct snapshot *s, const char *path, enum metric_id id);
bool fake_has(const struct snapshot *s, const char *path, enum metric_id id);
uint64_t fake_series(const struct snapshot *s, const char *path, enum metric_id id, const char *instance);
bool fake_has_series(const struct snapshot *s, const char *path, enum metric_id id, const char *instance);

/* Descriptors that this process has open. */
size_t fake_count_fds(void);

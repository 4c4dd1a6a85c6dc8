/* SPDX-License-Identifier: Apache-2.0 */
/* What a collector may be told. Zero-initialised is a good default everywhere (collector_options_init says
 * which). */
#pragma once

#include "cgroup/hierarchy.h"
#include "model/snapshot.h"

struct collector_options {
	struct cgroup_roots roots;
	/* Data folders of runtimes that are not where they would be found; NULL = find them. Paths on the
	 * host (below rootfs). */
	const char *docker_root;     /* --path.docker-root: data-root, default /var/lib/docker */
	const char *containerd_root; /* --path.containerd-root: state folder, default /run/containerd */
	const char *podman_root;   /* --path.podman-root: storage root, default /var/lib/containers/storage */
	const char *crio_root;	   /* --path.crio-root: storage root, default /var/lib/containers/storage */
	const char *lxc_root;	   /* --path.lxc-root: default /var/lib/lxc */
	const char *plimsoll_root; /* --path.plimsoll-root: store, default /var/lib/plimsoll */
	/* Classes of entities that the snapshot has: bit (1U << enum entity_class); 0 = all but INNER and
	 * HELPER. */
	uint32_t classes;
	bool host_meters;   /* each snapshot's host has its meters: three more files a sample */
	uint64_t linger_ns; /* how long an ended cgroup stays in snapshots; 0 = not at all */
	/* How old figures but the CPU time may be of a cgroup whose tasks have not run since they were read:
	 * for who looks often and wants it cheap. A write to its files has them read at once. 0 = every
	 * figure, each time. */
	uint64_t idle_ns;
	/* Samples come closer together than some seconds. The kernel adds pressure up every two while there
	 * is any, and whenever its file is read: then it is read. */
	bool often;
	/* Snapshots are to have the events that the kernel tells of (model/heard.h), not just their counts.
	 */
	bool tell_events;
	/* How long the kernel goes on measuring latencies (group `latency`) once nobody asks for them; 0 = 60
	 * s. */
	uint64_t latency_hold_ns;
	uint64_t rescan_interval_ns; /* slow rescan; 0 = 10 s */
	size_t descriptor_budget; /* 0 = RLIMIT_NOFILE's soft limit less a reserve, after raising it as far as
				     allowed */
};

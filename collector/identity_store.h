/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Identities by cgroup name, from the runtimes' metadata on disk, without any runtime's socket. Metadata that
 * is missing, unreadable or broken costs its own fields, never the identity: id and class come from the path
 * alone.
 */
#pragma once

#include "base/error.h"
#include "collector/collector.h"
#include "name.h"

struct identity_store;

/*
 * rootfs: a descriptor of the host's root (all metadata paths are resolved inside it, fs_open_in_root);
 * procfs: of the host's /proc, to find data folders on the runtimes' command lines (dockerd --data-root,
 * --exec-root, --containerd; podman --root …) next to daemon.json's data-root. Both are borrowed. now_ns:
 * CLOCK_MONOTONIC.
 */
int identity_store_open(const struct collector_options *options, int rootfs, int procfs, uint64_t now_ns,
			struct identity_store **out, struct error *err);
void identity_store_close(struct identity_store *store);

/*
 * The identity of a cgroup: a new reference, never NULL but where memory is short. cgroup_path is what a
 * plain cgroup is called by. Metadata is read when the id is first seen; where it was not there yet (a
 * runtime writes it a little later), and when its file has changed (a rename), it is read again by
 * identity_store_refresh.
 */
struct identity *identity_store_get(struct identity_store *store, const struct cgroup_name *name,
				    struct slice cgroup_path, uint64_t now_ns);

/*
 * The same identity (a new reference) if nothing changed since, else a fresh one. Cheap: one stat of the
 * metadata file for a container, nothing for others; incomplete identities are tried again with growing
 * pauses.
 */
struct identity *identity_store_refresh(struct identity_store *store, struct identity *who,
					const struct cgroup_name *name, struct slice cgroup_path,
					uint64_t now_ns);

/* Looks for the runtimes' data folders again (a daemon was started later); at the slow rescan. */
void identity_store_rescan(struct identity_store *store, uint64_t now_ns);

/* Forgets what is remembered of a container that ended. */
void identity_store_forget(struct identity_store *store, const struct cgroup_name *name);

/* collector_metadata_folders' answer. */
size_t identity_store_folders(const struct identity_store *store, struct metadata_folder *out, size_t max);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What podman and cri-o write about a container, in a storage root of containers/storage:
 * overlay-containers/{containers,volatile-containers}.json (one list of all),
 * overlay-containers/ID/userdata/config.json (the OCI bundle), and podman's database libpod/bolt_state.db,
 * which alone has labels, pods and pids. Podman 5 keeps its database in SQLite (db.sql), which isn't read:
 * labels and pod names are missing there.
 */
#pragma once

#include "base/map.h"
#include "meta.h"
#include "meta_folders.h"

/* A container of containers.json. Strings live in the list's arena. */
struct storage_entry {
	const char *id;
	const char *name;
	const char *image; /* as the user wrote it */
	const char *layer; /* folder below overlay/ */
	/* what cri-o adds; podman leaves them empty */
	const char *pod_namespace;
	const char *pod_uid;
	const char *container;
};

struct storage_list {
	struct map by_id; /* struct storage_entry */
	struct arena arena;
};

/* Adds the containers of a containers.json; what has no id is left out. 0 or meta_json's errors, or -ENOMEM.
 */
int meta_storage_parse(struct slice text, struct storage_list *list);
void meta_storage_free(struct storage_list *list);

/* Podman's own record of a container (key "config"): name, image, labels; pod gets its pod's id or "". */
int meta_podman_config_parse(struct slice text, struct meta *m, char pod[65]);

/* The key "state": pid, start, restarts. */
int meta_podman_state_parse(struct slice text, struct meta *m);

/* What is remembered of a storage root, shared by all its containers. */
struct storage_cache {
	struct storage_list list;
	struct meta_stamp stamps[2];
	bool present[2];
	bool checked;
	uint64_t checked_ns; /* looked at in this round already */
	uint64_t generation; /* counts changes */
};

/* Reads the lists again where a file has changed since; at most once for each now_ns. */
void meta_storage_refresh(const struct meta_folder *folder, uint64_t now_ns);

/* 0, -ENOENT where the list hasn't the id, -ENOMEM. Call meta_storage_refresh before. */
int meta_storage_load(const struct meta_folder *folder, struct slice id, struct meta *m);

void meta_storage_cache_free(struct storage_cache *cache);

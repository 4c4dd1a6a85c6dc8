/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the runtimes keep what they know. For each runtime, the first of these that tell come first in the
 * list, and lookups go through all: the option (then nothing else is looked at); the command lines of running
 * daemons; configuration files; the defaults. A daemon whose root isn't the host's (it runs in a container)
 * names paths of its own root: its folders are "foreign", read through /proc/PID/root, and asked only for
 * containers inside containers. What a process of a user says is believed only for containers of that user.
 */
#pragma once

#include "collector/options.h"
#include "model/identity.h"

#define META_FOLDERS_MAX 64

struct storage_cache;

struct meta_folder {
	uint64_t serial; /* never used again */
	enum runtime runtime;
	char *path;	      /* as the host sees it; of a foreign one below /proc/PID/root */
	char *data;	      /* containerd's data folder as its root sees it, else NULL */
	const char *found_by; /* a literal */
	int root_fd;	      /* the root that paths hold in */
	int fd;		      /* the folder, O_PATH; -1 where it can't be opened */
	int access;	      /* 0 or -errno */
	bool foreign;
	uint64_t pid; /* of the foreign daemon */
	bool has_owner;
	uint32_t owner;
	struct storage_cache *storage; /* podman, cri-o */
};

struct meta_folders {
	int rootfs;
	int procfs;
	const char *options[RUNTIME__COUNT]; /* borrowed; NULL = find it */
	struct meta_folder *list[META_FOLDERS_MAX];
	size_t n;
	uint32_t users[META_FOLDERS_MAX]; /* whose homes were looked into */
	size_t n_users;
	uint64_t serial;
};

/* options' strings have to live as long; the descriptors are borrowed. */
void meta_folders_init(struct meta_folders *f, const struct collector_options *options, int rootfs,
		       int procfs);
void meta_folders_free(struct meta_folders *f);

/* Looks again: configuration and defaults, and the processes too where `processes`. */
void meta_folders_scan(struct meta_folders *f, bool processes);

/* Looks into a user's home, once until the next scan. */
void meta_folders_add_user(struct meta_folders *f, uint32_t uid);

/* The folder with this serial; NULL where it is gone. */
const struct meta_folder *meta_folders_find(const struct meta_folders *f, uint64_t serial);

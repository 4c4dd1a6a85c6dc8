/* SPDX-License-Identifier: Apache-2.0 */
/* What Docker writes about a container: DATA-ROOT/containers/ID/config.v2.json (moby,
 * container/container.go). */
#pragma once

#include "meta.h"
#include "meta_folders.h"

/*
 * Fills in m from the text of a config.v2.json. driver gets the storage driver's name, "" where there is none
 * that a path may be made of. 0 or meta_json's errors.
 */
int meta_docker_parse(struct slice text, struct meta *m, char driver[32]);

/*
 * Reads a container's metadata below a data folder. stamp is config.v2.json's. 0, -ENOENT where the folder
 * doesn't know the id, or another -errno.
 */
int meta_docker_load(const struct meta_folder *folder, struct slice id, struct meta *m,
		     struct meta_stamp *stamp);

/* The stamp of the file that meta_docker_load reads. */
int meta_docker_stat(const struct meta_folder *folder, struct slice id, struct meta_stamp *stamp);

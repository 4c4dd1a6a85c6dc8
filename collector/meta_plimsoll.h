/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What plimsoll writes about its own containers: STORE/containers/ID/config.json and state.json
 * (runtime/container.h). Both are replaced by rename, so that the folder's stamp tells of a change of either.
 */
#pragma once

#include "meta.h"
#include "meta_folders.h"

/* Name, image and labels, from config.json's text. 0 or meta_json's errors. */
int meta_plimsoll_config_parse(struct slice text, struct meta *m);

/* First process, start and restarts, from state.json's text; what is not running has no process. 0 or
 * meta_json's errors. */
int meta_plimsoll_state_parse(struct slice text, struct meta *m);

/*
 * Reads a container's metadata below a store. stamp is that of the container's folder. 0, -ENOENT where the
 * store doesn't know the id, or another -errno. One without a state yet is known all the same: *running
 * tells.
 */
int meta_plimsoll_load(const struct meta_folder *folder, struct slice id, struct meta *m,
		       struct meta_stamp *stamp, bool *running);

/* The stamp that meta_plimsoll_load takes. */
int meta_plimsoll_stat(const struct meta_folder *folder, struct slice id, struct meta_stamp *stamp);

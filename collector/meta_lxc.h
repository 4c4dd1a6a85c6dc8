/* SPDX-License-Identifier: Apache-2.0 */
/* What lxc (lxc.container.conf(5)), incus, lxd and systemd-machined (systemd: src/machine/machine.c) write of
 * a machine. */
#pragma once

#include "meta.h"
#include "meta_folders.h"

/* An lxc configuration: hostname and architecture as labels, the root as the writable layer. */
void meta_lxc_parse(struct slice text, struct meta *m);

/* incus' and lxd's backup.yaml: the image's description, or its system and release. */
void meta_incus_parse(struct slice text, struct meta *m);

/* A file of /run/systemd/machines: KEY=value lines. */
void meta_machine_parse(struct slice text, struct meta *m);

/* Reads what there is of the container `name`. 0, -ENOENT or another -errno. */
int meta_lxc_load(const struct meta_folder *folder, struct slice name, struct meta *m,
		  struct meta_stamp *stamp);
int meta_lxc_stat(const struct meta_folder *folder, struct slice name, struct meta_stamp *stamp);

/* Of the machine that runs in `unit`, else the one called `name`; machine gets its name. */
int meta_machine_load(const struct meta_folder *folder, struct slice unit, const char *name, struct meta *m,
		      char machine[256], struct meta_stamp *stamp);
int meta_machine_stat(const struct meta_folder *folder, const char *machine, struct meta_stamp *stamp);

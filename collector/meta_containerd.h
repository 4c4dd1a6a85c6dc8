/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What containerd writes about a container: the OCI bundle in
 * STATE/io.containerd.runtime.v2.task/NAMESPACE/ID/ (its annotations are the CRI plugin's and nerdctl's), and
 * labels and image in its database DATA/io.containerd.metadata.v1.bolt/meta.db (containerd,
 * metadata/buckets.go).
 */
#pragma once

#include "meta.h"
#include "meta_folders.h"

/* Fills in m from an OCI config.json. 0 or meta_json's errors. The caller calls meta_finish. */
int meta_oci_parse(struct slice text, struct meta *m);

/*
 * Looks for the id in namespace `space`, or in all (but moby, which is Docker's) where that is empty or has
 * none; found gets the namespace. 0, -ENOENT or another -errno.
 */
int meta_containerd_load(const struct meta_folder *folder, struct slice space, struct slice id,
			 struct meta *m, char found[80], struct meta_stamp *stamp);

/* The stamp of the file that was read, in the namespace that was found. */
int meta_containerd_stat(const struct meta_folder *folder, const char *found, struct slice id,
			 struct meta_stamp *stamp);

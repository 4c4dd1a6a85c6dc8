/* SPDX-License-Identifier: Apache-2.0 */
/* The label block of every entity that is rendered, written once for all its lines and for all renderers at a
 * time. */
#pragma once

#include "exporter/render.h"

struct labels_row {
	size_t at;	 /* of its block in labels.text */
	uint32_t len;	 /* of the block: `id="/docker/4f5c…",image="nginx",name="web"` */
	uint32_t entity; /* index in the snapshot */
};

struct labels {
	unsigned references;
	struct labels *next; /* of those in use */
	struct snapshot *snapshot;
	struct str key; /* the options that they were made with */
	struct str text;
	struct labels_row *rows; /* in tree order */
	size_t n_rows;
};

/* A reference to the labels of the entities that the options select. NULL where memory is short. */
struct labels *labels_get(struct snapshot *s, const struct render_options *options);
void labels_unref(struct labels *l);

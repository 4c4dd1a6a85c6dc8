/* SPDX-License-Identifier: Apache-2.0 */
/* The walk's program in the kernel, with its tables mapped, attached to hierarchies. */
#pragma once

#include "base/error.h"
#include "cgroup/hierarchy.h"
#include "walk.h"
#include "walk_decide.h"

struct walk_bpf;
struct bpf_link;

struct walk_loaded {
	struct walk_bpf *skeleton;
	struct bpf_link *links[HIERARCHIES_MAX]; /* NULL: not attached */
	void *table[WALK_TABLES];
	size_t bytes[WALK_TABLES];
	uint32_t rows;	/* of each table */
	uint32_t known; /* of a hierarchy: so many cgroups are known from walk to walk */
};

struct walk_sizes {
	uint32_t rows;
	uint32_t known;
};

/* attached: bit (1U << hierarchy). 0 or -errno with the cause; then nothing is left. */
int walk_load(struct walk_loaded *l, const struct cgroup_layout *layout, const struct walk_facts *facts,
	      const struct walk_config *config, uint32_t attached, const struct walk_sizes *sizes,
	      const char *refuse, struct error *err);
void walk_unload(struct walk_loaded *l);

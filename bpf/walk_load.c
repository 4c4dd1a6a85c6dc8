/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_load.h"

#include "base/cleanup.h"
#include "kernel_layout.h"
#include "object.h"
#include "walk.skel.h"

#include <bpf/bpf.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void maps_of(const struct walk_bpf *skeleton, struct bpf_map *maps[WALK_TABLES])
{
	maps[WALK_CGROUP] = skeleton->maps.cgroups;
	maps[WALK_BASE] = skeleton->maps.bases;
	maps[WALK_PRESSURE] = skeleton->maps.pressures;
	maps[WALK_AVERAGE] = skeleton->maps.averages;
	maps[WALK_CPU] = skeleton->maps.cpus;
	maps[WALK_MEMORY] = skeleton->maps.memories;
	maps[WALK_STAT] = skeleton->maps.stats;
	maps[WALK_EVENT] = skeleton->maps.events;
	maps[WALK_LOCAL_EVENT] = skeleton->maps.local_events;
	maps[WALK_PIDS] = skeleton->maps.pids;
	maps[WALK_FREEZER] = skeleton->maps.freezers;
	maps[WALK_CPUSET] = skeleton->maps.cpusets;
	maps[WALK_IO] = skeleton->maps.ios;
	maps[WALK_LIMIT] = skeleton->maps.limits;
}

void walk_unload(struct walk_loaded *l)
{
	for (size_t h = 0; h < HIERARCHIES_MAX; h++)
		bpf_link__destroy(l->links[h]);
	for (size_t t = 0; t < WALK_TABLES; t++)
		if (l->table[t])
			munmap(l->table[t], l->bytes[t]);
	walk_bpf__destroy(l->skeleton);
	*l = (struct walk_loaded){0};
}

static int size_maps(struct walk_loaded *l, size_t n_hierarchies, struct error *err)
{
	struct bpf_map *maps[WALK_TABLES];
	int r = bpf_map__set_max_entries(l->skeleton->maps.known, (uint32_t)n_hierarchies * l->known);

	maps_of(l->skeleton, maps);
	for (size_t t = 0; r == 0 && t < WALK_TABLES; t++)
		r = bpf_map__set_max_entries(maps[t], l->rows);
	return r < 0 ? error_errno(err, r, "", "cannot size the tables of the walk") : 0;
}

static int load_program(struct walk_loaded *l, const struct cgroup_layout *layout,
			const struct walk_facts *facts, const struct walk_config *config, const char *refuse,
			struct error *err)
{
	int r;

	l->skeleton = walk_bpf__open();
	if (!l->skeleton)
		return error_errno(err, -errno, "", "cannot open the BPF program of the walk");
	l->skeleton->rodata->flush = config->flush;
	l->skeleton->rodata->can_cast = facts->can_cast;
	l->skeleton->rodata->throttle = facts->throttle;
	l->skeleton->rodata->limited = facts->limits;
	l->skeleton->rodata->set_bytes = facts->set_bytes;
	l->skeleton->rodata->n_possible_cpus = (__u32)libbpf_num_possible_cpus();
	l->skeleton->rodata->local_pids_events = kernel_layout_has_local_pids_events();
	r = size_maps(l, layout->n_hierarchies, err);
	return r < 0 ? r : object_load(l->skeleton->skeleton, refuse, err);
}

static int map_tables(struct walk_loaded *l, struct error *err)
{
	struct bpf_map *maps[WALK_TABLES];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	maps_of(l->skeleton, maps);
	for (size_t t = 0; t < WALK_TABLES; t++) {
		size_t bytes = (l->rows * (size_t)bpf_map__value_size(maps[t]) + page - 1) / page * page;
		void *at = mmap(NULL, bytes, PROT_READ, MAP_SHARED, bpf_map__fd(maps[t]), 0);

		if (at == MAP_FAILED)
			return error_errno(err, -errno, "", "cannot map the table of the walk");
		l->table[t] = at;
		l->bytes[t] = bytes;
	}
	return 0;
}

static int attach_to(struct walk_loaded *l, const struct hierarchy *h, struct bpf_link **link,
		     struct error *err)
{
	union bpf_iter_link_info info = {0};
	struct bpf_iter_attach_opts options;

	/* libbpf refuses what an initializer leaves in the padding */
	memset(&options, 0, sizeof(options));
	options.sz = sizeof(options);
	options.link_info = &info;
	options.link_info_len = sizeof(info);
	info.cgroup.cgroup_fd = (uint32_t)h->fd;
	info.cgroup.order = BPF_CGROUP_ITER_DESCENDANTS_PRE;
	*link = bpf_program__attach_iter(l->skeleton->progs.walk, &options);
	return *link ? 0
		     : error_errno(err, -errno, "", "cannot attach the walk to the cgroups below '%s'",
				   h->mount_point);
}

int walk_load(struct walk_loaded *l, const struct cgroup_layout *layout, const struct walk_facts *facts,
	      const struct walk_config *config, uint32_t attached, const struct walk_sizes *sizes,
	      const char *refuse, struct error *err)
{
	int r;

	*l = (struct walk_loaded){.rows = sizes->rows, .known = sizes->known};
	r = load_program(l, layout, facts, config, refuse, err);
	if (r == 0)
		r = map_tables(l, err);
	for (size_t h = 0; r == 0 && h < layout->n_hierarchies; h++)
		if (attached >> h & 1)
			r = attach_to(l, &layout->hierarchies[h], &l->links[h], err);
	if (r < 0)
		walk_unload(l);
	return r;
}

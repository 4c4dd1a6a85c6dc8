/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes by one pass of the kernel (model/kernel.h), instead of cgroup.procs of every cgroup and /proc of
 * every process.
 */
#include "collector_private.h"

#include "base/cleanup.h"

#include <stdlib.h>

/* A node's own processes: those that v2 has there, and those that its first v1 hierarchy has. */
struct own {
	uint32_t n[2];
	uint32_t first[2];
};
enum { IN_V2, IN_V1 };

struct pass {
	struct collector *c;
	struct node **order;
	struct own *owns;     /* by order */
	struct map places;    /* key_of → index in order, plus 1 */
	uint32_t hierarchies; /* bit (1U << hierarchy) of those that have any */
};

/* Inodes are unique within a hierarchy; kernfs counts their generations in the upper half, from 1. */
static uint64_t key_of(size_t hierarchy, uint64_t inode)
{
	return inode + ((uint64_t)hierarchy << 58);
}

static int put_place(struct pass *p, size_t index, size_t hierarchy)
{
	const struct node *n = p->order[index];

	p->hierarchies |= 1U << hierarchy;
	return map_put_u64(&p->places, key_of(hierarchy, n->places[hierarchy].inode),
			   (void *)(uintptr_t)(index + 1));
}

/* As process.c asks the files: v2, and the first v1 hierarchy that has the node. */
static int put_places(struct pass *p, size_t n)
{
	const struct cgroup_layout *layout = p->c->layout;
	int r = 0;

	for (size_t i = 0; r == 0 && i < n; i++) {
		bool asked_v1 = false;

		for (size_t h = 0; r == 0 && h < layout->n_hierarchies && h < KERNEL_HIERARCHIES; h++) {
			bool v1 = layout->hierarchies[h].version == 1;

			if (!node_in(p->order[i], h) || (v1 && asked_v1))
				continue;
			asked_v1 |= v1;
			r = put_place(p, i, h);
		}
	}
	return r;
}

static void count_in(struct pass *p, const struct kernel_process *process, size_t hierarchy)
{
	size_t found =
		(size_t)(uintptr_t)map_get_u64(&p->places, key_of(hierarchy, process->cgroups[hierarchy]));
	int in = p->c->layout->hierarchies[hierarchy].version == 1 ? IN_V1 : IN_V2;
	uint32_t pid = (uint32_t)process->pid;
	struct own *own;

	if (!found)
		return;
	own = &p->owns[found - 1];
	own->n[in]++;
	if (!own->first[in] || process_is_init_of(p->order[found - 1], pid))
		own->first[in] = pid;
}

static void set_node(struct node *n, const struct own *own)
{
	int in = own->n[IN_V2] ? IN_V2 : IN_V1;

	n->first_pid = own->first[in];
	n->n_processes_any = own->n[in];
	n->n_processes_v2 = own->n[IN_V2];
	n->n_processes = own->n[in];
	n->n_processes_known = true;
}

static int take_pass(struct pass *p, size_t n, bool with_threads)
{
	struct collector *c = p->c;
	int r = kernel_processes(c->kernel, with_threads, &c->passed, &c->n_passed, &c->kernel_error);

	if (r == 0)
		r = put_places(p, n);
	for (size_t i = 0; r == 0 && i < c->n_passed; i++)
		for (uint32_t left = p->hierarchies; left; left &= left - 1)
			count_in(p, &c->passed[i], (size_t)__builtin_ctz(left));
	for (size_t i = 0; r == 0 && i < n; i++)
		set_node(p->order[i], &p->owns[i]);
	return r;
}

bool processes_pass(struct collector *c, struct node **order, size_t n)
{
	_cleanup_free_ struct own *owns = NULL;
	struct pass p = {.c = c, .order = order};
	struct kernel_status status;
	int r;

	c->n_passed = 0;
	if (!c->kernel)
		return false;
	kernel_status(c->kernel, &status);
	if (!status.on[KERNEL_PROCESSES])
		return false;
	p.owns = owns = calloc(n ? n : 1, sizeof(*owns));
	r = owns ? take_pass(&p, n, metric_set_has_group(&c->need, GROUP_sched)) : -1;
	map_free(&p.places);
	if (r < 0)
		c->n_passed = 0;
	return r == 0;
}

static int compare_pid(const void *key, const void *process)
{
	int32_t pid = *(const int32_t *)key;
	int32_t other = ((const struct kernel_process *)process)->pid;

	return (pid > other) - (pid < other);
}

const struct kernel_process *processes_passed(const struct collector *c, uint64_t pid)
{
	int32_t key = (int32_t)pid;

	if (!c->n_passed || pid > INT32_MAX)
		return NULL;
	return bsearch(&key, c->passed, c->n_passed, sizeof(*c->passed), compare_pid);
}

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
	uint32_t version_1;   /* bit (1U << hierarchy) */
	uint32_t hierarchies; /* of those that any node is asked in */
};

/* As process.c asks the files: v2, and the first v1 hierarchy that has the node. */
static uint32_t asked_in(const struct pass *p, const struct node *n)
{
	uint32_t v1 = n->presence & p->version_1;

	return (n->presence & ~p->version_1) | (v1 & -v1);
}

static void find_hierarchies(struct pass *p, size_t n)
{
	const struct cgroup_layout *layout = p->c->layout;

	for (size_t h = 0; h < layout->n_hierarchies && h < KERNEL_HIERARCHIES; h++)
		if (layout->hierarchies[h].version == 1)
			p->version_1 |= 1U << h;
	for (size_t i = 0; i < n; i++)
		p->hierarchies |= asked_in(p, p->order[i]);
	p->hierarchies &= (1U << KERNEL_HIERARCHIES) - 1;
}

static void count_in(struct pass *p, const struct kernel_process *process, size_t hierarchy)
{
	const struct node *n = tree_find_inode(&p->c->tree, hierarchy, process->cgroups[hierarchy]);
	int in = p->version_1 >> hierarchy & 1 ? IN_V1 : IN_V2;
	uint32_t pid = (uint32_t)process->pid;
	struct own *own;

	if (!n || !(asked_in(p, n) >> hierarchy & 1))
		return;
	own = &p->owns[n->order_at];
	own->n[in]++;
	if (!own->first[in] || process_is_init_of(n, pid))
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

/* That of the network always: it tells whose the interfaces are. */
static uint32_t asked_namespaces(const struct collector *c)
{
	uint32_t asked = 1U << (METRIC_NS_NET - METRIC_NS_CGROUP);

	for (unsigned i = 0; i < KERNEL_NAMESPACES; i++)
		if (metric_set_has(&c->need, METRIC_NS_CGROUP + i))
			asked |= 1U << i;
	return asked;
}

static int take_pass(struct pass *p, size_t n)
{
	struct collector *c = p->c;
	struct kernel_question question = {.namespaces = asked_namespaces(c), .threads = c->needed.sched};
	int r;

	find_hierarchies(p, n);
	question.hierarchies = p->hierarchies;
	r = kernel_processes(c->kernel, &question, &c->passed, &c->n_passed, &c->kernel_error);
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
	r = owns ? take_pass(&p, n) : -1;
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

/* SPDX-License-Identifier: Apache-2.0 */
/* The order of a launch: each function adds one part of it. */
#include "plan_step.h"

#include <errno.h>
#include <linux/sched.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct step *plan_add(struct plan *plan, enum step_kind kind, enum step_side side)
{
	struct step *step;

	if (plan->n == plan->cap) {
		size_t cap = plan->cap ? plan->cap * 2 : 64;
		struct step *grown = reallocarray(plan->steps, cap, sizeof(*grown));

		if (!grown)
			return NULL;
		plan->steps = grown;
		plan->cap = cap;
	}
	step = &plan->steps[plan->n++];
	memset(step, 0, sizeof(*step));
	step->kind = kind;
	step->side = side;
	step->device_slot = -1;
	return step;
}

static enum spec_ns_how how(const struct plan *plan, enum spec_namespace which)
{
	return plan->spec->linux_.namespaces[which].how;
}

/* Just a kind and a side. */
static int add(struct plan *plan, enum step_kind kind, enum step_side side)
{
	return plan_add(plan, kind, side) ? 0 : -ENOMEM;
}

/* --- before the child --- */

/* A program to reap or execute is needed in any case; a filter unless none is wanted. */
static int add_programs(struct plan *plan)
{
	if (plan->spec->linux_.seccomp != SPEC_SECCOMP_UNCONFINED && add(plan, STEP_SECCOMP, SIDE_PARENT) < 0)
		return -ENOMEM;
	return add(plan, STEP_INIT_PROGRAM, SIDE_PARENT);
}

static bool limits_anything(const struct cgroup_limits *l)
{
	return l->set || l->cpuset_cpus || l->cpuset_mems || l->n_devices || l->n_pages || l->n_files;
}

static int add_limits(struct plan *plan, struct error *err)
{
	const struct cgroup_limits *limits = &plan->spec->linux_.limits;
	struct limit_write *writes = NULL;
	size_t n = 0;
	int r;

	r = cgroup_limits_plan(limits, NULL, plan->host->layout, &plan->arena, &writes, &n, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n;) {
		struct step *step = plan_add(plan, STEP_LIMIT, SIDE_PARENT);
		size_t first = i;

		if (!step)
			return -ENOMEM;
		while (i < n && writes[i].paired)
			i++;
		if (i < n)
			i++;
		step->limit.writes = writes + first;
		step->limit.n = i - first;
	}
	return 0;
}

static uint32_t only_v2(const struct cgroup_layout *layout)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < layout->n_hierarchies; i++)
		if (layout->hierarchies[i].version == 2)
			bits |= 1U << i;
	return bits;
}

static int add_cgroups(struct plan *plan, struct error *err)
{
	const struct spec_linux *l = &plan->spec->linux_;
	const struct cgroup_layout *layout = plan->host->layout;
	bool wanted = limits_anything(&l->limits);
	struct step *step;
	int r;

	if (!layout || !l->cgroups_path)
		return 0;
	plan->hierarchies = cgroup_limits_hierarchies(&l->limits, layout);
	if (plan->rootless && !wanted)
		plan->hierarchies &= only_v2(layout); /* v1's can't be delegated, and nobody asked for them */
	if (!plan->hierarchies)
		return 0;
	step = plan_add(plan, STEP_CGROUP_MAKE, SIDE_PARENT);
	if (!step)
		return -ENOMEM;
	step->cgroup.hierarchies = plan->hierarchies;
	step->cgroup.optional = plan->rootless && !wanted;
	r = wanted ? add_limits(plan, err) : 0;
	if (r == 0 && plan->hierarchies & ~only_v2(layout))
		r = add(plan, STEP_TASKS_OPEN, SIDE_PARENT);
	return r;
}

static int add_joined(struct plan *plan)
{
	/* the user namespace first: the right to enter the others comes with it */
	static const enum spec_namespace order[] = {SPEC_NS_USER, SPEC_NS_PID, SPEC_NS_NETWORK,
						    SPEC_NS_IPC,  SPEC_NS_UTS, SPEC_NS_CGROUP,
						    SPEC_NS_TIME};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const struct spec_ns *ns = &plan->spec->linux_.namespaces[order[i]];
		struct step *step;

		if (ns->how != SPEC_NS_JOIN)
			continue;
		step = plan_add(plan, STEP_NS_OPEN, SIDE_PARENT);
		if (!step)
			return -ENOMEM;
		step->ns.which = order[i];
		step->ns.path = ns->path;
		step->ns.slot = plan->n_slots++;
	}
	return 0;
}

/*
 * The right to join comes with the user namespace that owns what is joined: a joined one goes first, a new
 * one comes last. Either way what is new, and has to belong to it, needs a clone behind the joins.
 */
static bool joins_around_users(const struct plan *plan)
{
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++)
		if (how(plan, i) == SPEC_NS_JOIN)
			return plan->user_ns;
	return false;
}

static int add_join(struct plan *plan, enum step_kind kind, enum step_side side, struct step opened)
{
	struct step *step = plan_add(plan, kind, side);

	if (!step)
		return -ENOMEM;
	step->ns = opened.ns;
	/* while nobody in there can see us, so that our own files of /proc are still ours */
	if (opened.ns.which == SPEC_NS_USER && how(plan, SPEC_NS_TIME) == SPEC_NS_NEW && plan->rootless)
		return add(plan, STEP_TIME_OFFSETS, SIDE_CHILD);
	return 0;
}

/* What was opened above, in the same order: pids by the parent (they hold for children) unless the child
 * makes one more, the others by the child. */
static int add_joins(struct plan *plan, bool before_clone)
{
	bool twice = joins_around_users(plan);

	for (size_t i = 0, n = plan->n; i < n; i++) {
		const struct step *opened = &plan->steps[i];
		bool by_parent = opened->kind == STEP_NS_OPEN && opened->ns.which == SPEC_NS_PID && !twice;

		if (opened->kind != STEP_NS_OPEN || by_parent != before_clone)
			continue;
		if (add_join(plan, by_parent ? STEP_NS_PID : STEP_NS_JOIN,
			     by_parent ? SIDE_PARENT : SIDE_CHILD, *opened) < 0)
			return -ENOMEM;
	}
	return 0;
}

static bool has_layers(const struct plan *plan)
{
	return plan->spec->root.kind != SPEC_ROOT_PLAIN;
}

static bool has_host_layer(const struct plan *plan)
{
	for (size_t i = 0; has_layers(plan) && i < plan->spec->root.layers.n; i++)
		if (strcmp(plan->spec->root.layers.at[i], "/") == 0)
			return true;
	return false;
}

static int add_parent(struct plan *plan, struct error *err)
{
	enum step_side opener = plan->rootless ? SIDE_CHILD : SIDE_PARENT;
	int r = add_programs(plan);

	if (r == 0)
		r = add_cgroups(plan, err);
	if (r == 0 && plan->spec->root.kind == SPEC_ROOT_OVERLAY_KEPT)
		r = add(plan, STEP_LAYER_FOLDERS, SIDE_PARENT);
	if (r == 0 && opener == SIDE_PARENT)
		r = plan_sources(plan, SIDE_PARENT, err);
	if (r == 0)
		r = add_joined(plan);
	if (r == 0)
		r = add_joins(plan, true);
	if (r == 0 && how(plan, SPEC_NS_TIME) == SPEC_NS_NEW && !plan->rootless)
		r = add(plan, STEP_TIME_OFFSETS, SIDE_PARENT);
	return r;
}

/* --- the child's namespaces --- */

/* A user may neither load such a program nor write v1's files; no device can be opened that they could not
 * open anyhow. */
static bool has_device_rules(const struct plan *plan)
{
	return plan->hierarchies && plan->spec->linux_.limits.n_rules && !plan->rootless;
}

static int add_clone(struct plan *plan)
{
	uint64_t flags = 0;
	bool twice = joins_around_users(plan);
	struct step *step = plan_add(plan, STEP_CLONE, SIDE_PARENT);

	if (!step)
		return -ENOMEM;
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++)
		if (how(plan, i) == SPEC_NS_NEW && i != SPEC_NS_CGROUP && i != SPEC_NS_TIME)
			flags |= spec_namespace_rows[i].flag;
	step->flags = twice ? 0 : flags;
	if (has_device_rules(plan) && add(plan, STEP_DEVICE_RULES, SIDE_PARENT) < 0)
		return -ENOMEM;
	if (plan->spec->process.has_oom_score_adj && add(plan, STEP_OOM_SCORE, SIDE_CHILD) < 0)
		return -ENOMEM;
	if (plan->hierarchies && add(plan, STEP_CGROUP_ENTER, SIDE_CHILD) < 0)
		return -ENOMEM;
	if (add_joins(plan, false) < 0)
		return -ENOMEM;
	if (twice) {
		step = plan_add(plan, STEP_NS_CLONE, SIDE_CHILD);
		if (!step)
			return -ENOMEM;
		step->flags = flags;
	}
	return 0;
}

static bool is_own_id_alone(const struct spec_id_maps *maps, uint32_t id)
{
	return maps->n == 1 && maps->at[0].size == 1 && maps->at[0].host_id == id;
}

static int add_id_maps(struct plan *plan)
{
	struct step *step;
	bool own;

	if (how(plan, SPEC_NS_USER) != SPEC_NS_NEW)
		return 0;
	own = plan->rootless && is_own_id_alone(&plan->uids, plan->host->uid) &&
	      is_own_id_alone(&plan->gids, plan->host->gid);
	step = plan_add(plan, STEP_ID_MAPS, own ? SIDE_CHILD : SIDE_PARENT);
	if (!step)
		return -ENOMEM;
	step->maps.uids = &plan->uids;
	step->maps.gids = &plan->gids;
	return 0;
}

static int add_namespaces(struct plan *plan)
{
	int r = add_clone(plan);

	if (r == 0)
		r = add_id_maps(plan);
	if (r == 0 && plan->user_ns)
		r = add(plan, STEP_BECOME_ROOT, SIDE_CHILD);
	if (r == 0 && how(plan, SPEC_NS_TIME) == SPEC_NS_NEW && plan->rootless &&
	    how(plan, SPEC_NS_USER) != SPEC_NS_JOIN)
		r = add(plan, STEP_TIME_OFFSETS, SIDE_CHILD);
	if (r == 0 && how(plan, SPEC_NS_CGROUP) == SPEC_NS_NEW)
		r = add(plan, STEP_CGROUP_NS, SIDE_CHILD);
	if (r == 0 && how(plan, SPEC_NS_NETWORK) == SPEC_NS_NEW)
		r = add(plan, STEP_LOOPBACK, SIDE_CHILD);
	return r == 0 ? add(plan, STEP_PRIVATE, SIDE_CHILD) : r;
}

/* --- the root --- */

static int add_root(struct plan *plan, struct error *err)
{
	struct step *step;
	int slot = -1;
	int r = 0;

	if (plan->rootless)
		r = plan_sources(plan, SIDE_CHILD, err);
	for (size_t i = 0; i < plan->n; i++)
		if (plan->steps[i].kind == STEP_SOURCE_OPEN &&
		    plan->steps[i].source.path == plan->spec->root.path)
			slot = plan->steps[i].source.slot;
	if (r < 0)
		return r;
	if (has_layers(plan) && plan->user_ns && !plan->rootless &&
	    add(plan, STEP_IDMAP_LAYERS, SIDE_PARENT) < 0)
		return -ENOMEM;
	step = plan_add(plan, STEP_ROOT, SIDE_CHILD);
	if (!step)
		return -ENOMEM;
	step->root.slot = slot;
	step->root.user_xattr = plan->user_ns;
	step->root.idmapped = plan->user_ns && !plan->rootless;
	step->root.host = has_host_layer(plan);
	return step->root.host ? add(plan, STEP_HOST_MOUNTS, SIDE_CHILD) : 0;
}

static int add_path(struct plan *plan, enum step_kind kind, const char *path)
{
	struct step *step = plan_add(plan, kind, SIDE_CHILD);

	if (!step)
		return -ENOMEM;
	step->path = path;
	return 0;
}

static int add_devices(struct plan *plan)
{
	const struct spec_linux *l = &plan->spec->linux_;
	const struct spec_mount *dev = plan_find_mount(plan->spec, "/dev");

	for (size_t i = 0; i < l->n_devices; i++) {
		int slot = -1;
		struct step *step;

		for (size_t j = 0; plan->user_ns && j < plan->n; j++)
			if (plan->steps[j].kind == STEP_SOURCE_OPEN &&
			    plan->steps[j].source.path == l->devices[i].path)
				slot = plan->steps[j].source.slot;
		step = plan_add(plan, STEP_DEVICE, SIDE_CHILD);
		if (!step)
			return -ENOMEM;
		step->device = &l->devices[i];
		step->device_slot = slot;
	}
	if (dev && strcmp(dev->type, "tmpfs") == 0 && add(plan, STEP_DEVICE_LINKS, SIDE_CHILD) < 0)
		return -ENOMEM;
	return plan->spec->process.terminal ? add(plan, STEP_CONSOLE, SIDE_CHILD) : 0;
}

/* After the pivot, while /proc/sys can still be written and the root too. */
static int add_paths(struct plan *plan)
{
	const struct spec_linux *l = &plan->spec->linux_;

	for (size_t i = 0; i < l->sysctl.n; i++) {
		struct step *step = plan_add(plan, STEP_SYSCTL, SIDE_CHILD);

		if (!step)
			return -ENOMEM;
		step->sysctl = &l->sysctl.at[i];
	}
	for (size_t i = 0; i < l->readonly_paths.n; i++)
		if (add_path(plan, STEP_READONLY_PATH, l->readonly_paths.at[i]) < 0)
			return -ENOMEM;
	for (size_t i = 0; i < l->masked_paths.n; i++)
		if (add_path(plan, STEP_MASK, l->masked_paths.at[i]) < 0)
			return -ENOMEM;
	if (add_path(plan, STEP_CWD, plan->spec->process.cwd ? plan->spec->process.cwd : "/") < 0)
		return -ENOMEM;
	return plan->spec->root.readonly ? add(plan, STEP_ROOT_READONLY, SIDE_CHILD) : 0;
}

static int add_last(struct plan *plan)
{
	const struct spec *spec = plan->spec;
	/* raising a hard limit needs a capability of the first user namespace */
	enum step_side limiter = plan->user_ns && !plan->rootless ? SIDE_PARENT : SIDE_CHILD;

	if (spec->hostname && add_path(plan, STEP_HOSTNAME, spec->hostname) < 0)
		return -ENOMEM;
	if (spec->domainname && add_path(plan, STEP_DOMAINNAME, spec->domainname) < 0)
		return -ENOMEM;
	if (add(plan, STEP_SESSION, SIDE_CHILD) < 0)
		return -ENOMEM;
	/* when nothing is opened any more: a limit of ten descriptors is for the program */
	if (spec->process.n_rlimits && add(plan, STEP_RLIMITS, limiter) < 0)
		return -ENOMEM;
	if (add(plan, STEP_CREDENTIALS, SIDE_CHILD) < 0)
		return -ENOMEM;
	return add(plan, STEP_EXECUTE, SIDE_CHILD);
}

const char *plan_seccomp_folder(struct arena *arena, const char *folder)
{
	static const char name[] = "seccomp";
	size_t len = strlen(folder);
	char *out;

	for (int i = 0; i < 2; i++) { /* without "containers/ID" */
		while (len > 1 && folder[len - 1] == '/')
			len--;
		while (len > 0 && folder[len - 1] != '/')
			len--;
	}
	out = arena_alloc(arena, len + sizeof(name));
	if (!out)
		return NULL;
	memcpy(out, folder, len);
	memcpy(out + len, name, sizeof(name));
	return out;
}

static int fill(struct plan *plan, struct error *err)
{
	int r = plan_check(plan, err);

	if (r == 0)
		r = add_parent(plan, err);
	if (r == 0)
		r = add_namespaces(plan);
	if (r == 0)
		r = add_root(plan, err);
	if (r == 0)
		r = plan_mounts(plan, err);
	/* a user namespace may mount a procfs and a sysfs only where it sees another one whole: the host's */
	if (r == 0)
		r = add(plan, STEP_PIVOT, SIDE_CHILD);
	if (r == 0)
		r = add_devices(plan);
	if (r == 0)
		r = add_paths(plan);
	return r == 0 ? add_last(plan) : r;
}

static void set_maps(struct plan *plan)
{
	plan->uids = plan->spec->linux_.uid_maps;
	plan->gids = plan->spec->linux_.gid_maps;
	if (!plan->rootless || how(plan, SPEC_NS_USER) != SPEC_NS_NEW || plan->uids.n || plan->gids.n)
		return;
	plan->own[0] = (struct spec_id_map){.host_id = plan->host->uid, .size = 1};
	plan->own[1] = (struct spec_id_map){.host_id = plan->host->gid, .size = 1};
	plan->uids = (struct spec_id_maps){&plan->own[0], 1};
	plan->gids = (struct spec_id_maps){&plan->own[1], 1};
}

int plan_make(const struct spec *spec, const struct host *host, const struct plan_context *context,
	      struct plan **out, struct error *err)
{
	struct plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan)
		return error_errno(err, -ENOMEM, "", "cannot plan");
	plan->spec = spec;
	plan->host = host;
	plan->id = context->id;
	plan->folder = context->folder;
	plan->init = context->init;
	plan->rootless = host->rootless;
	plan->user_ns = how(plan, SPEC_NS_USER) != SPEC_NS_HOST;
	set_maps(plan);
	plan->seccomp_folder = plan_seccomp_folder(&plan->arena, context->folder);
	if (err)
		err->code = 0;
	r = plan->seccomp_folder ? fill(plan, err) : -ENOMEM;
	if (r == -ENOMEM && err && err->code == 0)
		error_errno(err, -ENOMEM, "", "cannot plan");
	if (r < 0) {
		plan_free(plan);
		return r;
	}
	*out = plan;
	return 0;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	arena_free(&plan->arena);
	free(plan->steps);
	free(plan);
}

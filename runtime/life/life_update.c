/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "life_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static bool any_limit(const struct cgroup_limits *l)
{
	return l->set || l->cpuset_cpus || l->cpuset_mems || l->n_devices || l->n_pages || l->n_files;
}

/* Below what is in use the kernel would reclaim or, where it can't, kill (v2), or refuse (v1). */
static int check_memory(const struct cgroup_group *group, const struct life_update *update, struct error *err)
{
	int64_t wanted = update->limits.value[LIMIT_MEMORY];
	int64_t used;

	if (update->force || !limit_is_set(&update->limits, LIMIT_MEMORY) || wanted < 0)
		return 0;
	used = cgroup_group_memory(group);
	if (used <= wanted)
		return 0;
	return error_set(err, -EBUSY, "free memory first, or use --force",
			 "--memory: %" PRId64 " bytes are less than the %" PRId64
			 " in use: the kernel would kill processes",
			 wanted, used);
}

static int apply(const struct cgroup_group *group, const struct host *host, const struct cgroup_limits *was,
		 const struct life_update *update, struct arena *arena, struct error *err)
{
	struct limit_write *writes;
	size_t n;
	int r = cgroup_limits_plan(&update->limits, was, host->layout, arena, &writes, &n, err);

	/* Without a group this was to see that the values make sense here. */
	if (r < 0 || !group)
		return r;
	r = check_memory(group, update, err);
	return r < 0 ? r : cgroup_group_limit(group, writes, n, err);
}

static int no_cgroups(struct error *err)
{
	return error_set(err, -EOPNOTSUPP, "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
			 "limits need cgroups, and none are mounted here");
}

static int update_limits(struct container *c, const struct host *host, const struct life_update *update,
			 struct error *err)
{
	struct cgroup_limits *limits = &c->spec->linux_.limits;
	struct cgroup_group *group = NULL;
	struct arena arena = {0};
	int r = 0;

	if (!any_limit(&update->limits))
		return 0;
	if (!host->layout)
		return no_cgroups(err);
	if (life_is_running(&c->state)) {
		if (!c->state.cgroup[0])
			return error_set(err, -EOPNOTSUPP, "start it anew",
					 "the container '%s' has no cgroup", life_name(c));
		r = cgroup_group_open(host->layout, c->state.cgroup, &group, err);
	}
	if (r == 0)
		r = apply(group, host, limits, update, &arena, err);
	if (group)
		cgroup_group_close(group);
	arena_free(&arena);
	if (r < 0)
		return r;
	if (cgroup_limits_merge(limits, &update->limits, &c->spec->arena) < 0)
		return error_set(err, -ENOMEM, NULL, "no memory");
	return 0;
}

static int update_locked(struct container *c, const struct host *host, const struct life_update *update,
			 struct error *err)
{
	int r;

	container_correct(c, host->layout);
	r = update_limits(c, host, update, err);
	if (r < 0)
		return r;
	if (update->has_restart) {
		if (c->config.auto_remove && update->restart != RESTART_NO)
			return error_set(err, -EINVAL, NULL,
					 "a container with --rm can't have a restart policy");
		c->config.restart = update->restart;
		c->config.restart_max = update->restart_max;
	}
	return container_write_spec(c, err);
}

int life_update(struct container *c, const struct host *host, const struct life_update *update,
		struct error *err)
{
	struct container *fresh = NULL;
	int r = container_lock(c, LIFE_LOCK_MS, err);

	if (r < 0)
		return r;
	/* Read again below the lock: another update may have been faster. */
	r = container_open(c->store, c->id, &fresh, err);
	if (r == 0) {
		fresh->lock = TAKE_FD(c->lock);
		fresh->state = c->state;
		r = update_locked(fresh, host, update, err);
		c->lock = TAKE_FD(fresh->lock);
		container_free(fresh);
	}
	container_unlock(c);
	return r;
}

int life_update_cgroup(const char *path, const struct host *host, const struct life_update *update,
		       struct error *err)
{
	struct cgroup_group *group;
	struct arena arena = {0};
	int r;

	if (update->has_restart)
		return error_set(err, -EINVAL, "leave --restart out", "a cgroup has no restart policy");
	if (!host->layout)
		return no_cgroups(err);
	r = cgroup_group_open(host->layout, path, &group, err);
	if (r < 0)
		return r;
	r = apply(group, host, NULL, update, &arena, err);
	cgroup_group_close(group);
	arena_free(&arena);
	return r;
}

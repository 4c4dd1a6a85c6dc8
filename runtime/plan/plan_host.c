/* SPDX-License-Identifier: Apache-2.0 */
/* What can't be: said before anything starts. */
#include "plan_step.h"
#include "spec/sysctl.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

static enum spec_ns_how how(const struct plan *plan, enum spec_namespace which)
{
	return plan->spec->linux_.namespaces[which].how;
}

/* What files and cgroups are called after: the specification leaves it to us, and so it is narrow. */
static int check_id(const char *id, struct error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-";

	if (!id || !*id)
		return error_set(err, -EINVAL, "", "the container has no id");
	for (const char *c = id; *c; c++)
		if (!strchr(allowed, *c) && (*c != '.' || c == id))
			return error_set(err, -EINVAL,
					 "an id has letters, digits and _ + - . and doesn't start with a dot",
					 "'%s' is no id of a container", id);
	return 0;
}

static int check_user_namespace(const struct plan *plan, struct error *err)
{
	const struct host *host = plan->host;

	if (how(plan, SPEC_NS_USER) == SPEC_NS_HOST && host->rootless)
		return error_set(err, -EOPNOTSUPP, "leave --userns host away, or run it as root",
				 "without root a container needs a user namespace of its own");
	if (how(plan, SPEC_NS_USER) == SPEC_NS_NEW && !host->user_namespace)
		return error_set(err, -EOPNOTSUPP, host->user_namespace_reason,
				 "this host gives no user namespace");
	if (how(plan, SPEC_NS_USER) == SPEC_NS_NEW && !host->rootless && plan->spec->linux_.uid_maps.n == 0)
		return error_set(err, -EINVAL, "give uidMappings and gidMappings",
				 "a user namespace made by root needs to know which ids it may use");
	return 0;
}

static int check_namespaces(const struct plan *plan, struct error *err)
{
	const struct spec *spec = plan->spec;

	if (how(plan, SPEC_NS_MOUNT) != SPEC_NS_NEW)
		return error_set(err, -EINVAL, "ask for a new one",
				 "a container needs a mount namespace of its own");
	if (how(plan, SPEC_NS_TIME) != SPEC_NS_HOST && !plan->host->time_namespace)
		return error_set(err, -EOPNOTSUPP, "Linux 5.6 with CONFIG_TIME_NS has them",
				 "this kernel has no time namespaces");
	if ((spec->linux_.has_time_offset[0] || spec->linux_.has_time_offset[1]) &&
	    how(plan, SPEC_NS_TIME) != SPEC_NS_NEW)
		return error_set(err, -EINVAL, "ask for a time namespace",
				 "clock offsets need a time namespace of their own");
	if ((spec->hostname || spec->domainname) && how(plan, SPEC_NS_UTS) == SPEC_NS_HOST)
		return error_set(
			err, -EINVAL, "leave --hostname or --uts host away",
			"a host name would be the host's own: the container shares its uts namespace");
	if (spec->process.terminal && !plan_find_mount(spec, "/dev/pts"))
		return error_set(err, -EINVAL, "mount a devpts at /dev/pts, or leave the terminal away",
				 "a terminal needs a devpts of the container's own");
	return 0;
}

static int check_sysctls(const struct plan *plan, struct error *err)
{
	const struct spec_pairs *sysctl = &plan->spec->linux_.sysctl;

	for (size_t i = 0; i < sysctl->n; i++) {
		const char *key = sysctl->at[i].key;
		enum spec_namespace owner = sysctl_owner(key);

		if (!sysctl_is_name(key))
			return error_set(err, -EINVAL, "write it as sysctl(8) does: net.ipv4.ip_forward",
					 "'%s' is no sysctl", key);
		if (owner == SPEC_NS__COUNT)
			return error_set(
				err, -EINVAL, "only " SYSCTL_OWN " are a container's own",
				"--sysctl %s belongs to no namespace: it would change the whole host", key);
		if (how(plan, owner) == SPEC_NS_HOST)
			return error_set(
				err, -EINVAL,
				"give the container a namespace of its own, or set it on the host",
				"--sysctl %s would change the host: the container shares its %s namespace",
				key, spec_namespace_rows[owner].name);
	}
	return 0;
}

static bool is_mapped(const struct spec_id_maps *maps, uint32_t id)
{
	for (size_t i = 0; i < maps->n; i++)
		if (id >= maps->at[i].container_id && id - maps->at[i].container_id < maps->at[i].size)
			return true;
	return maps->n == 0;
}

static int check_user(const struct plan *plan, struct error *err)
{
	const struct spec_user *user = &plan->spec->process.user;
	const struct host *host = plan->host;

	if (!is_mapped(&plan->uids, user->uid) || !is_mapped(&plan->gids, user->gid))
		return error_set(
			err, -EINVAL,
			host->ids_remedy[0] ? host->ids_remedy : "choose one that is mapped, or map more ids",
			"user %u:%u doesn't exist in the container: its user namespace doesn't map it%s%s",
			user->uid, user->gid, host->ids_missing[0] ? ", and " : "", host->ids_missing);
	if (plan->user_ns && (!is_mapped(&plan->uids, 0) || !is_mapped(&plan->gids, 0)))
		return error_set(err, -EINVAL, "map id 0 of the container too",
				 "a user namespace without its id 0 can't be set up");
	if (plan->spec->process.has_oom_score_adj &&
	    (plan->spec->process.oom_score_adj < -1000 || plan->spec->process.oom_score_adj > 1000))
		return error_set(err, -EINVAL, "it goes from -1000 to 1000",
				 "--oom-score-adj %d is out of range", plan->spec->process.oom_score_adj);
	return 0;
}

static bool limits_anything(const struct cgroup_limits *l)
{
	return l->set || l->cpuset_cpus || l->cpuset_mems || l->n_devices || l->n_pages || l->n_files;
}

static int check_cgroups(const struct plan *plan, struct error *err)
{
	const struct spec_linux *l = &plan->spec->linux_;
	const struct host *host = plan->host;

	if (!limits_anything(&l->limits))
		return 0;
	if (!host->layout)
		return error_set(err, -EOPNOTSUPP, "mount -t cgroup2 cgroup2 /sys/fs/cgroup",
				 "limits need cgroups, and none are mounted here");
	if (!l->cgroups_path && host->systemd)
		return 0; /* systemd has not been asked yet: scope.h */
	if (!l->cgroups_path && host->rootless)
		return error_set(err, -EOPNOTSUPP,
				 "have root make a cgroup that belongs to you and start from inside of it",
				 "an ordinary user can limit only below a cgroup that was delegated");
	if (!l->cgroups_path || l->cgroups_path[0] != '/')
		return error_set(err, -EINVAL, "name a cgroup, as /plimsoll/ID", "limits need a cgroup");
	return 0;
}

static int check_root(const struct plan *plan, struct error *err)
{
	const struct spec_root *root = &plan->spec->root;

	if (root->kind == SPEC_ROOT_PLAIN ? !root->path || root->path[0] != '/' : root->layers.n == 0)
		return error_set(err, -EINVAL, "give an absolute path",
				 "the container has no root file system");
	for (size_t i = 0; root->kind != SPEC_ROOT_PLAIN && i < root->layers.n; i++) {
		if (root->layers.at[i][0] != '/')
			return error_set(err, -EINVAL, "give an absolute path",
					 "the layer '%s' is no absolute path", root->layers.at[i]);
		if (strcmp(root->layers.at[i], "/") != 0)
			continue;
		if (root->layers.n > 1)
			return error_set(err, -EINVAL, "", "the host's root can't be one layer of several");
		if (plan->user_ns && !plan->rootless)
			return error_set(
				err, -EOPNOTSUPP,
				"leave --uidmap and --userns out, give a folder (--rootfs DIR), or run it "
				"as the user that is to be its root",
				"root's own host can't be a container's root in a user namespace: its ids "
				"would have to be mapped in every one of its mounts");
	}
	return 0;
}

int plan_check(const struct plan *plan, struct error *err)
{
	int r = check_id(plan->id, err);

	if (r == 0 && plan->spec->process.args.n == 0)
		r = error_set(err, -EINVAL, "name one", "there is no program to execute");
	if (r == 0)
		r = check_user_namespace(plan, err);
	if (r == 0)
		r = check_namespaces(plan, err);
	if (r == 0)
		r = check_sysctls(plan, err);
	if (r == 0)
		r = check_user(plan, err);
	if (r == 0)
		r = check_cgroups(plan, err);
	return r == 0 ? check_root(plan, err) : r;
}

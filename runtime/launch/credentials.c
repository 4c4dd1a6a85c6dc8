/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITIES 64

static int set_rlimit(pid_t pid, const struct spec_rlimit *l, uint64_t soft, struct error *err)
{
	struct rlimit64 limit = {.rlim_cur = soft, .rlim_max = l->hard};

	if (syscall(SYS_prlimit64, pid, l->resource, &limit, NULL) == 0)
		return 0;
	return error_errno(err, -errno,
			   errno == EPERM ? "raising a hard limit needs CAP_SYS_RESOURCE: ask for less, or "
					    "raise plimsoll's own limit"
					  : "",
			   "cannot set resource limit %d to %llu:%llu (--ulimit)", l->resource,
			   (unsigned long long)l->soft, (unsigned long long)l->hard);
}

int credentials_rlimits(pid_t pid, const struct spec_process *process, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < process->n_rlimits; i++)
		r = set_rlimit(pid, &process->rlimits[i], process->rlimits[i].soft, err);
	return r;
}

int credentials_raise_rlimits(const struct spec_process *process, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < process->n_rlimits; i++) {
		const struct spec_rlimit *l = &process->rlimits[i];
		struct rlimit64 now;

		if (syscall(SYS_prlimit64, 0, l->resource, NULL, &now) == 0 && l->hard > now.rlim_max)
			r = set_rlimit(0, l, now.rlim_cur, err);
	}
	return r;
}

/* glibc's own setgroups and its kin tell every thread; there is just one here. */
static int set_groups(const struct spec_user *user)
{
	static const gid_t none;

	return (int)syscall(SYS_setgroups, user->n_groups, user->n_groups ? user->groups : &none);
}

/* Its primary group alone, which setresgid gives it anyway. */
static bool has_further_groups(const struct spec_user *user)
{
	for (size_t i = 0; i < user->n_groups; i++)
		if (user->groups[i] != user->gid)
			return true;
	return false;
}

int credentials_user(const struct spec_process *process, bool user_ns, struct error *err)
{
	const struct spec_user *user = &process->user;

	for (int cap = 0; cap < CAPABILITIES; cap++) {
		if (process->capabilities.bounding >> cap & 1)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			break; /* beyond the last one that this kernel knows */
		return error_errno(err, -errno, "", "cannot drop capability %d from the bounding set", cap);
	}
	/* EPERM: in the user namespace of an ordinary user no groups can be set */
	if (set_groups(user) < 0 && !(user_ns && errno == EPERM && !has_further_groups(user)))
		return error_errno(err, -errno,
				   user_ns ? "ranges in /etc/subgid and newgidmap give a container groups"
					   : "",
				   "cannot set the supplementary groups");
	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_setresgid, user->gid, user->gid, user->gid) < 0 ||
	    syscall(SYS_setresuid, user->uid, user->uid, user->uid) < 0)
		return error_errno(err, -errno, user_ns ? "the user namespace must map it" : "",
				   "cannot become user %u:%u", user->uid, user->gid);
	return 0;
}

static int get_permitted(uint64_t *permitted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	*permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
	return 0;
}

static int set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {
		{(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32), (uint32_t)(inheritable >> 32)},
	};

	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

/* What we don't have ourselves can't be given: a container gets the rest. */
static int drop(const struct spec_capabilities *c, uint64_t have)
{
	int r = set_capabilities(c->effective & c->permitted & have, c->permitted & have,
				 c->inheritable & have);

	for (int cap = 0; r == 0 && c->ambient && cap < CAPABILITIES; cap++)
		if (c->ambient >> cap & 1 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			r = -errno;
	return r;
}

static int load_filter(const struct seccomp_program *seccomp, struct error *err)
{
	struct sock_fprog program = {.len = seccomp->n, .filter = seccomp->filter};

	if (!seccomp->filter)
		return 0;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, seccomp->flags, &program) < 0)
		return error_errno(err, -errno, "CONFIG_SECCOMP_FILTER, or --security-opt seccomp=unconfined",
				   "cannot put the system call filter in place");
	return 0;
}

int credentials_restrict(const struct spec_process *process, const struct seccomp_program *seccomp,
			 struct error *err)
{
	const struct spec_capabilities *c = &process->capabilities;
	uint64_t have = 0;
	int r = get_permitted(&have);

	if (r == 0 && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		r = -errno;
	if (r < 0)
		return error_errno(err, r, "", "cannot read the capabilities");
	if (process->no_new_privileges) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
			return error_errno(err, -errno, "", "cannot set no_new_privs");
		r = drop(c, have);
		if (r < 0)
			return error_errno(err, r, "", "cannot set the capabilities");
		return load_filter(seccomp, err);
	}
	/* without no_new_privs a filter needs CAP_SYS_ADMIN: it comes just before that goes */
	r = seccomp->filter ? set_capabilities(have, have, 0) : 0;
	if (r < 0)
		return error_errno(err, r, "", "cannot set the capabilities");
	r = load_filter(seccomp, err);
	if (r < 0)
		return r;
	r = drop(c, have);
	return r < 0 ? error_errno(err, r, "", "cannot set the capabilities") : 0;
}

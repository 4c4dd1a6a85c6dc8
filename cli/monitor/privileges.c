/* SPDX-License-Identifier: Apache-2.0 */
#include "privileges.h"

#include "base/cleanup.h"
#include "base/parse.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The last one is for who attaches programs later. */
static const cap_value_t kept[] = {CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE, CAP_NET_ADMIN};

static void free_caps(cap_t *caps)
{
	if (*caps)
		cap_free(*caps);
}
#define _cleanup_caps_ _cleanup_(free_caps)

int privileges_find_user(const char *name, struct user *out, struct error *err)
{
	const struct passwd *entry = getpwnam(name);
	uint64_t number;

	if (!entry && parse_u64(slice_of(name), &number) == 0 && number < (uid_t)-1)
		entry = getpwuid((uid_t)number);
	if (!entry)
		return error_set(err, -ENOENT, "give the name or the number of a user of this system",
				 "there is no user '%s'", name);
	*out = (struct user){.given = true, .uid = entry->pw_uid, .gid = entry->pw_gid};
	snprintf(out->name, sizeof(out->name), "%s", entry->pw_name);
	return 0;
}

/* setresuid clears the capabilities of whoever stops being root, unless they are kept on purpose
 * (capabilities(7)). */
static int become(const struct user *user, struct error *err)
{
	const char *remedy = "start it as root, or leave out --user";

	if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 || initgroups(user->name, user->gid) < 0 ||
	    setresgid(user->gid, user->gid, user->gid) < 0 || setresuid(user->uid, user->uid, user->uid) < 0)
		return error_errno(err, -errno, remedy, "cannot become the user '%s'", user->name);
	return 0;
}

static bool is_permitted(cap_t caps, cap_value_t c)
{
	cap_flag_value_t value = CAP_CLEAR;

	return cap_get_flag(caps, c, CAP_PERMITTED, &value) == 0 && value == CAP_SET;
}

/* Without CAP_SETPCAP the bounding set stays; no_new_privs makes that harmless. */
static void empty_bounding_set(void)
{
	for (cap_value_t c = 0; c <= CAP_LAST_CAP || cap_get_bound(c) >= 0; c++)
		cap_drop_bound(c);
}

static int keep_few(cap_t had, bool attaches)
{
	_cleanup_caps_ cap_t caps = cap_init();

	if (!caps)
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (!is_permitted(had, kept[i]) || (kept[i] == CAP_NET_ADMIN && !attaches))
			continue;
		if (cap_set_flag(caps, CAP_PERMITTED, 1, &kept[i], CAP_SET) < 0 ||
		    cap_set_flag(caps, CAP_EFFECTIVE, 1, &kept[i], CAP_SET) < 0)
			return -errno;
	}
	return cap_set_proc(caps) < 0 ? -errno : 0;
}

int privileges_shed(const struct user *user, bool attaches, struct error *err)
{
	_cleanup_caps_ cap_t had = cap_get_proc();
	int r;

	if (!had)
		return error_errno(err, -errno, "", "cannot read this process's capabilities");
	empty_bounding_set();
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	if (user->given && (user->uid != geteuid() || user->gid != getegid())) {
		r = become(user, err);
		if (r < 0)
			return r;
	}
	r = keep_few(had, attaches);
	if (r < 0)
		return error_errno(err, r, "", "cannot give up capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, -errno, "", "cannot set no_new_privs");
	return 0;
}

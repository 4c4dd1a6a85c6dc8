/* SPDX-License-Identifier: Apache-2.0 */
/* What this host and this user can do, looked at once: a plan is made from these facts, and tests make their
 * own. */
#pragma once

#include "base/error.h"
#include "cgroup/hierarchy.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define HOST_ID_RANGES 15

/* Ids of the host's that an ordinary user may hand out besides their own: subuid(5). */
struct host_ids {
	struct {
		uint32_t first, count;
	} at[HOST_ID_RANGES];
	size_t n;
};

struct host {
	struct cgroup_layout *layout; /* NULL where there is no cgroup mount; owned */
	uid_t uid;		      /* effective */
	gid_t gid;
	uint64_t capabilities; /* effective ones of this process, in its user namespace */
	bool rootless;	       /* without CAP_SYS_ADMIN: a user namespace is needed */
	bool systemd;	     /* PID 1 is systemd (/run/systemd/system), so cgroups are asked for over D-Bus */
	bool time_namespace; /* /proc/self/ns/time is there */
	bool user_namespace; /* allowed: user.max_user_namespaces, kernel.unprivileged_userns_clone,
				AppArmor's switch */
	const char *user_namespace_reason;	/* where not: what to change */
	struct host_ids uids, gids;		/* rootless: both or neither, for newuidmap has to be there */
	char ids_missing[128], ids_remedy[160]; /* rootless without them: what is missing, how to get it */
	char own_cgroup[HIERARCHIES_MAX][512];	/* where this process is in each hierarchy; a rootless
						   container goes below it */
	unsigned cpus;				/* online */
	uint64_t memory;			/* bytes */
	uint64_t swap;
};

/* Looks. A missing thing is a fact, not an error: errors are broken files and memory. */
int host_open(struct host *out, struct error *err);
void host_close(struct host *host);

struct spec;

/*
 * Where an ordinary user's spec has a user namespace of its own and no ids: id 0 is the user, those from 1 on
 * are the user's ranges where there are any. 0 or -ENOMEM.
 */
int host_id_maps(const struct host *host, struct spec *spec);

/*
 * Where a container's cgroup goes unless the user says, below each hierarchy's root: "/plimsoll/ID"; for an
 * ordinary user beside the cgroup that plimsoll runs in, or below it, whichever belongs to the user. 0 with
 * an empty *path where there is no such place, or where systemd has to be asked for one (scope.h).
 */
int host_cgroup_path(const struct host *host, const char *id, char *path, size_t cap, struct error *err);

/*
 * What systemd will answer when root asks it for a scope in the slice (NULL: system.slice): a slice's name
 * tells its parents (systemd.slice(5)), "/a.slice/a-b.slice/plimsoll-ID.scope/container". -EINVAL for what is
 * no slice's name.
 */
int host_scope_path(const char *slice, const char *id, char *path, size_t cap, struct error *err);

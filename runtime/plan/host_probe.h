/* SPDX-License-Identifier: Apache-2.0 */
/* The looks that host_open is made of, below a given procfs: a fixture is a folder tree. */
#pragma once

#include "runtime/host.h"

#include "base/slice.h"

/*
 * The text of <procfs>/self/cgroup (cgroups(7)): where the process is in each hierarchy of the layout, below
 * the hierarchy's mount. "" where it is outside of that or too long for own_cgroup.
 */
void host_read_own_cgroup(struct host *host, struct slice text);

/* Sets user_namespace and its reason: host->rootless is known by then. */
void host_look_at_user_namespaces(struct host *host, int procfs);

/*
 * Sets uids and gids from etc/subuid and etc/subgid below `root` (subuid(5)), for host->uid, or says what of
 * them or of newuidmap is missing.
 */
void host_look_at_ids(struct host *host, int root);

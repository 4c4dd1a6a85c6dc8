/* SPDX-License-Identifier: Apache-2.0 */
/* A container as `inspect` shows it: Docker's main keys, then the spec and the cgroups. */
#pragma once

#include "json_out.h"
#include "runtime/container.h"

/* One object. layout may be NULL; the state must be a fresh one. */
void inspect_object(struct json_out *j, const struct container *c, const struct cgroup_layout *layout);

/* The "HostConfig" of it, by Docker's names for limits: inspect_host.c. */
void inspect_host_config(struct json_out *j, const struct container *c);

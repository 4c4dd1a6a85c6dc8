/* SPDX-License-Identifier: Apache-2.0 */
/* Device rules for v1's devices controller: Documentation/admin-guide/cgroup-v1/devices.rst. */
#pragma once

#include "base/str.h"
#include "cgroup/limits.h"

/*
 * The lines for devices.deny and devices.allow, in their order: "deny a", "allow c 1:3 rwm", each with a
 * newline. v1 keeps a list of exceptions, so that a rule which takes a part away from an earlier one can't be
 * said: -EOPNOTSUPP, with its number in *rule. Pure. 0, that, -EINVAL (a type) or -ENOMEM.
 */
int device_v1_lines(const struct device_rule *rules, size_t n, struct str *out, size_t *rule);

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device rules as the kernel takes them: a BPF_PROG_TYPE_CGROUP_DEVICE program on a v2 cgroup (bpf(2),
 * Documentation/admin-guide/cgroup-v2.rst "Device controller"), or v1's devices.allow and devices.deny.
 */
#pragma once

#include "base/error.h"
#include "cgroup/group.h"
#include "cgroup/limits.h"

#include <linux/bpf.h>
#include <stddef.h>

/*
 * The program. Each kind of access (read, write, mknod) is decided by the last rule that names the device and
 * it, and denied where there is none; an open for both needs both. A rule with a number that no device has,
 * or with no access, matches nothing. Pure; *out is the caller's to free. 0 or -ENOMEM, -E2BIG (454 rules are
 * the most), -EINVAL (a type other than 'a', 'b', 'c').
 */
int device_program_make(const struct device_rule *rules, size_t n, struct bpf_insn **out, size_t *n_insns);

/*
 * Makes the rules hold for the group, before it has a process: the program on its v2 cgroup
 * (BPF_F_ALLOW_MULTI), replacing a program that an earlier call attached; where there is no v2 cgroup or no
 * right to load one, v1's devices controller. Neither: an error that says what is missing.
 */
int device_rules_apply(const struct cgroup_group *group, const struct device_rule *rules, size_t n,
		       struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
#include "arch.h"
#include "base/cleanup.h"
#include "base/parse.h"
#include "rules.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <string.h>

#define NONE (-1)
#define ALL NULL
#define KERNEL_4_8 "4.8"

/* What makes a namespace; clone3 has them behind a pointer, where no filter sees them. */
#define NEW_NAMESPACES                                                                                \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
	 CLONE_NEWNET)

static const struct group {
	const char *where;
	int capability;
	const char *names;
} groups[] = {
#define GROUP(where, capability, names) {where, capability, names},
#define CALL(name, op, index, value)
#define RANGE(name, index, from, to)
#include "profile.def"
#undef GROUP
#undef CALL
#undef RANGE
};

static const struct conditional {
	const char *name;
	unsigned n;
	struct condition conditions[2];
} conditionals[] = {
#define GROUP(where, capability, names)
#define CALL(name, op, index, value) {name, 1, {{index, op, true, value, 0}}},
#define RANGE(name, index, from, to) {name, 2, {{index, OP_GE, true, from, 0}, {index, OP_LE, true, to, 0}}},
#include "profile.def"
#undef GROUP
#undef CALL
#undef RANGE
};

static bool has(const struct request *request, int capability)
{
	return (request->capabilities >> capability & 1) != 0;
}

static bool holds(const struct request *request, const struct group *group)
{
	if (group->capability != NONE && !has(request, group->capability))
		return false;
	if (!group->where)
		return true;
	if (strcmp(group->where, KERNEL_4_8) == 0)
		return request->kernel_major > 4 ||
		       (request->kernel_major == 4 && request->kernel_minor >= 8);
	/* Docker's condition is on the host's architecture; a call that another one hasn't is left out there.
	 */
	return strcmp(group->where, request->arch->condition) == 0;
}

static int add(struct rules *rules, const char *name, uint32_t action, const struct condition *conditions,
	       unsigned n)
{
	struct rule rule = {.action = action, .n = n};

	for (unsigned i = 0; i < n; i++)
		rule.conditions[i] = conditions[i];
	return rules_add(rules, slice_of(name), &rule);
}

static int add_groups(const struct request *request, struct rules *rules)
{
	const struct rule allow = {.action = SECCOMP_RET_ALLOW};
	int r = 0;

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		struct slice rest = slice_of(groups[i].names);
		struct slice name;

		if (!holds(request, &groups[i]))
			continue;
		while (r == 0 && next_word(&rest, " ", &name))
			r = rules_add(rules, name, &allow);
	}
	return r;
}

int profile_default(const struct request *request, struct rules *rules)
{
	const struct condition no_namespace = {
		.index = 0, .op = OP_MASKED_EQ, .narrow = true, .value = 0, .mask = NEW_NAMESPACES};
	int r = add_groups(request, rules);

	rules->otherwise = SECCOMP_RET_ERRNO | EPERM;
	rules->unknown_is_missing = true;
	for (size_t i = 0; i < ARRAY_SIZE(conditionals) && r == 0; i++)
		r = add(rules, conditionals[i].name, SECCOMP_RET_ALLOW, conditionals[i].conditions,
			conditionals[i].n);
	if (!has(request, CAP_SYS_ADMIN)) {
		r = r < 0 ? r : add(rules, "clone", SECCOMP_RET_ALLOW, &no_namespace, 1);
		/* A C library falls back to clone for this errno and for no other. */
		r = r < 0 ? r : add(rules, "clone3", SECCOMP_RET_ERRNO | ENOSYS, NULL, 0);
	}
	/* The 32-bit programs of old, but not x32, which hardly a kernel runs: its calls are missing. A third
	 * table would cost every start of a container its translation. */
	return r < 0 || !request->arch->more[0]
		       ? r
		       : rules_add_arch(rules, arch_of_profile(slice_of(request->arch->more[0])));
}

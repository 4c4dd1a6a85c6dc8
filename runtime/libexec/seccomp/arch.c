/* SPDX-License-Identifier: Apache-2.0 */
#include "arch.h"

#include "base/cleanup.h"

#include <errno.h>
#include <linux/audit.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#define X32_BIT 0x40000000U
#define NUMBERS_MAX 600U

static const struct arch arches[] = {
	{"x86_64",
	 "SCMP_ARCH_X86_64",
	 "amd64",
	 SCMP_ARCH_X86_64,
	 AUDIT_ARCH_X86_64,
	 0,
	 {"SCMP_ARCH_X86", "SCMP_ARCH_X32"}},
	{NULL, "SCMP_ARCH_X32", "x32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64, X32_BIT, {NULL}},
	{"i686", "SCMP_ARCH_X86", "x86", SCMP_ARCH_X86, AUDIT_ARCH_I386, 0, {NULL}},
	{"aarch64",
	 "SCMP_ARCH_AARCH64",
	 "arm64",
	 SCMP_ARCH_AARCH64,
	 AUDIT_ARCH_AARCH64,
	 0,
	 {"SCMP_ARCH_ARM"}},
	{"armv7l", "SCMP_ARCH_ARM", "arm", SCMP_ARCH_ARM, AUDIT_ARCH_ARM, 0, {NULL}},
};

/* Newer than libseccomp 2.5; from 424 on, all architectures have the same numbers (but for x32's bit). */
static const struct newer {
	const char *name;
	uint32_t number;
	const char *only; /* the condition's word; NULL = all */
} newer[] = {
	{"uretprobe", 335, "amd64"},
	{"cachestat", 451, NULL},
	{"fchmodat2", 452, NULL},
	{"map_shadow_stack", 453, NULL},
	{"futex_wake", 454, NULL},
	{"futex_wait", 455, NULL},
	{"futex_requeue", 456, NULL},
	{"statmount", 457, NULL},
	{"listmount", 458, NULL},
	{"lsm_get_self_attr", 459, NULL},
	{"lsm_set_self_attr", 460, NULL},
	{"lsm_list_modules", 461, NULL},
	{"mseal", 462, NULL},
	{"setxattrat", 463, NULL},
	{"getxattrat", 464, NULL},
	{"listxattrat", 465, NULL},
	{"removexattrat", 466, NULL},
};

const struct arch *arch_of_machine(struct slice machine)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++)
		if (arches[i].machine && slice_is(machine, arches[i].machine))
			return &arches[i];
	return NULL;
}

const struct arch *arch_of_profile(struct slice name)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++)
		if (slice_is(name, arches[i].profile))
			return &arches[i];
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	const struct call *one = a;
	const struct call *other = b;

	return strcmp(one->name, other->name);
}

static void add_newer(const struct arch *arch, struct calls *calls)
{
	size_t known = calls->n;

	for (size_t i = 0; i < ARRAY_SIZE(newer); i++) {
		bool there = newer[i].only && strcmp(newer[i].only, arch->condition) != 0;

		for (size_t k = 0; k < known && !there; k++)
			there = strcmp(calls->at[k].name, newer[i].name) == 0 ||
				calls->at[k].number == (newer[i].number | arch->base);
		if (!there)
			calls->at[calls->n++] = (struct call){newer[i].name, newer[i].number | arch->base};
	}
}

/* By number: by name, libseccomp hides i386's direct socket calls behind socketcall. */
int calls_list(const struct arch *arch, struct calls *calls)
{
	*calls = (struct calls){.at = calloc(NUMBERS_MAX + ARRAY_SIZE(newer), sizeof(*calls->at)),
				.texts = calloc(NUMBERS_MAX, sizeof(*calls->texts))};
	if (!calls->at || !calls->texts) {
		calls_free(calls);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < NUMBERS_MAX; i++) {
		char *name = seccomp_syscall_resolve_num_arch(arch->token, (int)(i | arch->base));

		if (!name)
			continue;
		calls->texts[calls->n_texts++] = name;
		calls->at[calls->n++] = (struct call){name, i | arch->base};
	}
	add_newer(arch, calls);
	qsort(calls->at, calls->n, sizeof(*calls->at), by_name);
	return 0;
}

const struct call *calls_find(const struct calls *calls, const char *name)
{
	const struct call wanted = {.name = name};

	return bsearch(&wanted, calls->at, calls->n, sizeof(*calls->at), by_name);
}

void calls_free(struct calls *calls)
{
	for (size_t i = 0; calls->texts && i < calls->n_texts; i++)
		free(calls->texts[i]);
	free(calls->texts);
	free(calls->at);
	*calls = (struct calls){0};
}

/* libseccomp's numbers for them are -100 less socketcall's own number, and -200 less ipc's. */
bool arch_multiplexed(const struct arch *arch, const char *name, const char **by, uint64_t *number)
{
	int pseudo;

	if (arch->token != SCMP_ARCH_X86)
		return false;
	pseudo = seccomp_syscall_resolve_name_arch(arch->token, name);
	if (pseudo > -101 || pseudo < -299)
		return false;
	*by = pseudo > -200 ? "socketcall" : "ipc";
	*number = (uint64_t)(pseudo > -200 ? -pseudo - 100 : -pseudo - 200);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_names.h"

#include "base/cleanup.h"
#include "runtime/spec.h"

#include <string.h>
#include <sys/resource.h>

/* Texts rather than pointers: no relocation. */
static const char rlimits[][20] = {
	[RLIMIT_AS] = "RLIMIT_AS",
	[RLIMIT_CORE] = "RLIMIT_CORE",
	[RLIMIT_CPU] = "RLIMIT_CPU",
	[RLIMIT_DATA] = "RLIMIT_DATA",
	[RLIMIT_FSIZE] = "RLIMIT_FSIZE",
	[RLIMIT_LOCKS] = "RLIMIT_LOCKS",
	[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
	[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
	[RLIMIT_NICE] = "RLIMIT_NICE",
	[RLIMIT_NOFILE] = "RLIMIT_NOFILE",
	[RLIMIT_NPROC] = "RLIMIT_NPROC",
	[RLIMIT_RSS] = "RLIMIT_RSS",
	[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
	[RLIMIT_RTTIME] = "RLIMIT_RTTIME",
	[RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
	[RLIMIT_STACK] = "RLIMIT_STACK",
};

static const char root_kinds[][16] = {
	[SPEC_ROOT_PLAIN] = "plain",
	[SPEC_ROOT_OVERLAY_KEPT] = "overlay",
	[SPEC_ROOT_OVERLAY_TMPFS] = "overlay-tmpfs",
};

const char *spec_rlimit_name(int resource)
{
	return resource >= 0 && (size_t)resource < ARRAY_SIZE(rlimits) ? rlimits[resource] : NULL;
}

int spec_rlimit_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(rlimits); i++)
		if (strcmp(rlimits[i], name) == 0)
			return (int)i;
	return -1;
}

const char *spec_root_kind_name(int kind)
{
	return kind >= 0 && (size_t)kind < ARRAY_SIZE(root_kinds) ? root_kinds[kind] : NULL;
}

int spec_root_kind_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(root_kinds); i++)
		if (strcmp(root_kinds[i], name) == 0)
			return (int)i;
	return -1;
}

bool spec_is_ours(const char *annotation)
{
	return strcmp(annotation, SPEC_ROOT_KIND) == 0 || strcmp(annotation, SPEC_ROOT_LAYERS) == 0 ||
	       strcmp(annotation, SPEC_SECCOMP) == 0 || strcmp(annotation, SPEC_SLICE) == 0 ||
	       strncmp(annotation, SPEC_JOIN, strlen(SPEC_JOIN)) == 0;
}

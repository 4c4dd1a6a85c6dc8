/* SPDX-License-Identifier: Apache-2.0 */
#include "options_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Every string of the options, so that copying and freeing walk the same list, and the default of each (NULL
 * = none). */
static const struct {
	size_t offset;
	const char *fallback;
} strings[] = {
	{offsetof(struct collector_options, roots.procfs), "/proc"},
	{offsetof(struct collector_options, roots.sysfs), "/sys"},
	{offsetof(struct collector_options, roots.rootfs), "/"},
	{offsetof(struct collector_options, docker_root), NULL},
	{offsetof(struct collector_options, containerd_root), NULL},
	{offsetof(struct collector_options, podman_root), NULL},
	{offsetof(struct collector_options, crio_root), NULL},
	{offsetof(struct collector_options, lxc_root), NULL},
	{offsetof(struct collector_options, plimsoll_root), NULL},
};
#define N_STRINGS (sizeof(strings) / sizeof(strings[0]))

static char **string_at(struct collector_options *o, size_t i)
{
	return (char **)(void *)((char *)o + strings[i].offset);
}

int options_copy(struct collector_options *to, const struct collector_options *from)
{
	struct collector_options given = *from;
	int r = 0;

	*to = given;
	for (size_t i = 0; i < N_STRINGS; i++)
		*string_at(to, i) = NULL;
	for (size_t i = 0; i < N_STRINGS; i++) {
		const char *text = *string_at(&given, i) ? *string_at(&given, i) : strings[i].fallback;

		if (!text)
			continue;
		*string_at(to, i) = strdup(text);
		if (!*string_at(to, i))
			r = -ENOMEM;
	}
	return r;
}

void options_free(struct collector_options *o)
{
	for (size_t i = 0; i < N_STRINGS; i++)
		free(*string_at(o, i));
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The key and the name behind it live in one allocation. */
struct device {
	char *name;
	char number[32];
};

static char *look_up(const struct devices *d, const char *number)
{
	char link[64];
	char target[PATH_MAX];
	const char *slash;

	snprintf(link, sizeof(link), "dev/block/%s", number);
	if (d->sysfs < 0 || fs_read_link(d->sysfs, link, target, sizeof(target)) < 0)
		return strdup(number);
	slash = strrchr(target, '/');
	/* sysfs writes '!' for the '/' of names such as cciss/c0d0. */
	for (char *c = target; *c; c++)
		if (*c == '!')
			*c = '/';
	return strdup(slash ? slash + 1 : target);
}

const char *device_name(struct devices *d, struct slice number)
{
	struct device *found = map_get(&d->names, number);

	if (found)
		return found->name;
	if (number.len >= sizeof(found->number))
		return "";
	found = calloc(1, sizeof(*found));
	if (!found)
		return "";
	memcpy(found->number, number.at, number.len);
	found->name = look_up(d, found->number);
	if (!found->name || map_put(&d->names, (struct slice){found->number, number.len}, found) < 0) {
		free(found->name);
		free(found);
		return "";
	}
	return found->name;
}

void devices_forget(struct devices *d)
{
	struct device *device;
	size_t at = 0;

	while ((device = map_next(&d->names, &at))) {
		free(device->name);
		free(device);
	}
	map_free(&d->names);
}

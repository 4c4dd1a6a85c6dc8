/* SPDX-License-Identifier: Apache-2.0 */
/* Names of block devices by number: <sysfs>/dev/block/MAJOR:MINOR (Documentation/ABI/testing/sysfs-dev). */
#pragma once

#include "base/map.h"
#include "base/slice.h"

struct devices {
	int sysfs; /* borrowed; -1 = none */
	struct map names;
};

/* The name behind "254:0": "vda"; the number itself where it has none. Valid until devices_forget. */
const char *device_name(struct devices *d, struct slice number);

/* Forgets all names: numbers are reused. */
void devices_forget(struct devices *d);

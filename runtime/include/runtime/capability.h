/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities by name: capabilities(7). */
#pragma once

#include "base/error.h"
#include "runtime/spec.h"

#include <stdint.h>

/* Docker's 14 defaults. */
extern const uint64_t capability_defaults;

/* The bit number for "CAP_NET_ADMIN", "NET_ADMIN", in any case; -1 where there is none. */
int capability_find(const char *name);

/* "CAP_NET_ADMIN"; NULL beyond the last. */
const char *capability_name(unsigned number);

/* All that this kernel knows (/proc/sys/kernel/cap_last_cap below procfs, else the header's). */
uint64_t capability_all(void);

/* --cap-add and --cap-drop as Docker reads them (ALL; drop wins over the defaults, add over drop ALL).
 * -EINVAL with the nearest name. */
int capability_adjust(uint64_t *set, const struct spec_texts *add, const struct spec_texts *drop,
		      struct error *err);

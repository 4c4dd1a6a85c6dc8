/* SPDX-License-Identifier: Apache-2.0 */
/* A record of the ring buffer as an event of model/kernel.h. Pure. */
#pragma once

#include "model/kernel.h"

/* False where it is none: too short for its form, or of a form that we don't know. What the event points to
 * is the record's.
 */
bool events_translate(const void *record, size_t size, uint64_t page_size, struct kernel_event *out);

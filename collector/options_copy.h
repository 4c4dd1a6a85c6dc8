/* SPDX-License-Identifier: Apache-2.0 */
/* Options outlive the caller's strings. */
#pragma once

#include "collector/options.h"

/* A deep copy with the defaults of the roots filled in. 0 or -ENOMEM (then *to is still to be freed). */
int options_copy(struct collector_options *to, const struct collector_options *from);
void options_free(struct collector_options *o);

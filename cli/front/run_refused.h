/* SPDX-License-Identifier: Apache-2.0 */
/* docker run's flags that we do not have, each with the reason: none is ignored in silence. */
#pragma once

#include "options.h"

#define RUN_REFUSED_COUNT 33
extern const struct option_spec run_refused_rows[RUN_REFUSED_COUNT];

/* SPDX-License-Identifier: Apache-2.0 */
/* Public, since `exec` has a terminal of its own. */
#pragma once

#include "runtime/detach_keys.h"

/* SPDX-License-Identifier: Apache-2.0 */
/* --user by the texts of passwd(5) and group(5), already read. Pure. (Fuzzed.) */
#pragma once

#include "base/slice.h"
#include "runtime/user.h"

/* As user_resolve. Lines that are malformed are passed over: they name nobody. */
int user_resolve_text(struct slice passwd, struct slice group, const char *text,
		      const struct spec_texts *group_add, struct spec *spec, struct spec_user *out,
		      const char **home, struct error *err);

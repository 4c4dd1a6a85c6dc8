/* SPDX-License-Identifier: Apache-2.0 */
/* What spec_check is made of. Each: 0, or -EINVAL with a message. */
#pragma once

#include "runtime/spec.h"

int spec_check_linux(const struct spec *spec, struct error *err);

/* A path from "/" on; what names it in the message: "linux.maskedPaths". */
int spec_check_absolute(const char *path, const char *what, struct error *err);

/* No control characters, and at most `max` bytes. NULL is fine. */
int spec_check_name(const char *name, size_t max, const char *what, struct error *err);

/* SPDX-License-Identifier: Apache-2.0 */
/* What --volume, --tmpfs and --mount share. */
#pragma once

#include "runtime/value.h"

int value_no_memory(struct error *err);
bool value_is_propagation(struct slice word);

/* Absolute, and not the root itself. */
int value_check_destination(const char *flag, const char *path, struct error *err);

/* A tmpfs' options by commas, over Docker's defaults (nosuid, nodev, noexec), as the mount gets them. */
int value_tmpfs_options(const char *flag, struct slice words, struct str *out, struct error *err);

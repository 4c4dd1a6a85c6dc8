/* SPDX-License-Identifier: Apache-2.0 */
/* What the two ways of showing the host itself share: on top of one overlay of it, and put together of its
 * folders. */
#pragma once

#include "base/error.h"
#include "base/slice.h"

struct launching;

/* A mount of the host's, or a folder of it (of no type), that is not shown. */
bool root_host_leaves_out(const char *point, struct slice type);

/* The text of mountinfo(5), for the caller to free. 0 or -errno. */
int root_host_read_mounts(struct launching *l, char **text, struct slice *out, struct error *err);

/* The folder that the overlays' writable layers are in. The descriptor or -errno. */
int root_host_open_mounts(struct launching *l, struct error *err);

/* An overlay of the host's folder `point`, open as `lower`, not attached. The descriptor or -errno. */
int root_host_overlay(struct launching *l, int mounts, const char *point, int lower);

/* root_parts.c: the host in a user namespace. */
int root_parts(struct launching *l, struct error *err);

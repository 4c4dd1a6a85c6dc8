/* SPDX-License-Identifier: Apache-2.0 */
/* gzip, piece by piece. */
#pragma once

#include <stddef.h>
#include <sys/types.h>

struct gzip;

/* Where the plain bytes come from: as read(2), 0 at the end, -errno. */
typedef ssize_t (*gzip_input)(void *context, char *buf, size_t cap);

/* NULL where memory is short. Takes about 110 KB until it is freed. */
struct gzip *gzip_new(gzip_input input, void *context);

/* Fills buf with the next compressed bytes; 0 at the end, or -errno from the input. cap ≥ 1. */
ssize_t gzip_read(struct gzip *z, char *buf, size_t cap);
void gzip_free(struct gzip *z);

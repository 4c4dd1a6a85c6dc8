/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of the pager: bytes of anything in, printable lines out, of which the last ones are kept. Colours
 * and other escape sequences are taken out, tabs filled with spaces; what stands behind a carriage return
 * replaces the line. Pure.
 */
#pragma once

#include "base/slice.h"

#include <stdint.h>

#define PAGER_LINES 10000
#define PAGER_BYTES (UINT64_C(8) << 20)
#define PAGER_LINE_MAX 16384 /* bytes; a longer line becomes several */

struct pager_text;

struct pager_text *pager_text_new(void); /* NULL where memory is short */
void pager_text_free(struct pager_text *t);
void pager_text_feed(struct pager_text *t, const char *bytes, size_t n);

/* Lines are numbered from the first that was ever fed; those from pager_text_first up to before
 * pager_text_end are there. One that is not ended yet counts. */
uint64_t pager_text_first(const struct pager_text *t);
uint64_t pager_text_end(const struct pager_text *t);
/* Until the next feed. Empty where it is not there. */
struct slice pager_text_line(struct pager_text *t, uint64_t number);
/* Bytes that the lines take. */
uint64_t pager_text_bytes(const struct pager_text *t);

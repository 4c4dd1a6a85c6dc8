/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of exposition text that only this room needs. */
#pragma once

#include "exporter/render.h"

/* As exposition_label_value; text with a U+FFFD in it gets the bytes behind each as a suffix, so that texts
 * stay distinct. */
void exposition_distinct_value(struct str *out, struct slice value);

/* The longest start of text of at most `max` bytes that does not end within a character. */
struct slice exposition_cut(struct slice text, size_t max);

/* Appends `,name="value"`, or nothing where value is "". Values are cut at RENDER_LABEL_MAX. */
void exposition_label(struct str *out, const char *name, const char *value);

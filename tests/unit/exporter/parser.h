/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of both exposition formats, written apart from what it checks. */
#pragma once

#include "exporter/render.h"

struct parsed_sample {
	char *series; /* `name{a="1",b="2"}`, labels sorted by name, values still escaped */
	char *value;
};

struct parsed {
	struct parsed_sample *samples; /* sorted by series */
	size_t n;
	size_t cap;
	char **families; /* in order of appearance, without "_total" in OpenMetrics */
	size_t n_families;
	char error[512]; /* "" where the text is good */
};

/* Reads a whole exposition. The first thing that is wrong is left in ->error. */
void parse_exposition(struct parsed *p, const char *text, enum exposition e);
void parsed_free(struct parsed *p);

/* The value of a series, or NULL. */
const char *parsed_value(const struct parsed *p, const char *series);

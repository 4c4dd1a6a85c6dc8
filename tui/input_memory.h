/* SPDX-License-Identifier: Apache-2.0 */
/* The lines that were typed in this session, by the label of what asked for them. */
#pragma once

#include <stddef.h>

struct input_memory;

/* Keeps a line (made at the first); an empty one is not kept, one that is there already becomes the newest.
 */
void input_memory_add(struct input_memory **memory, const char *label, const char *text);
/* The line `back` lines before the newest of this label (0 = the newest); NULL beyond. */
const char *input_memory_at(const struct input_memory *memory, const char *label, size_t back);
void input_memory_free(struct input_memory *memory);

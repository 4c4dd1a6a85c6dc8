/* SPDX-License-Identifier: Apache-2.0 */
/* The last line of a view: what the function keys do. */
#pragma once

#include "canvas.h"
#include "key.h"

/* "F1Help F4Filter …": every command of this context that has a label, as many as fit. */
void function_bar(struct canvas *canvas, int y, enum context context);
/* The key whose label stands at column x of a bar of that width, or KEYCODE_NONE. */
uint32_t function_bar_key(int cols, enum context context, int x);

/* SPDX-License-Identifier: Apache-2.0 */
#include "function_bar.h"

#include "base/cleanup.h"

/* The key that stands for a command: F5 of "t F5", else the first. */
static uint32_t key_of(enum command command, enum context context)
{
	uint32_t code;

	for (size_t n = 0; (code = binding_code(command, context, n)) != KEYCODE_NONE; n++)
		if (code >= KEYCODE_F1 && code <= KEYCODE_F12)
			return code;
	return binding_code(command, context, 0);
}

struct label {
	enum command command; /* the last one; CMD_NONE at the start */
	uint32_t code;
	struct str key;
	int x, width; /* of both, without the space behind them */
};

/* The next label that there is, and that fits. */
static bool next_label(struct label *l, enum context context, int cols)
{
	l->x += l->command == CMD_NONE ? 0 : l->width + 1;
	for (l->command++; l->command < CMD__COUNT; l->command++) {
		const char *text = binding_label(l->command);

		l->code = key_of(l->command, context);
		if (!text[0] || l->code == KEYCODE_NONE)
			continue;
		str_clear(&l->key);
		key_name(l->code, &l->key);
		if (l->key.failed)
			return false;
		l->width = canvas_width(l->key.data) + canvas_width(text);
		return l->x + l->width <= cols;
	}
	return false;
}

void function_bar(struct canvas *canvas, int y, enum context context)
{
	struct label l = {0};

	canvas_fill(canvas, (struct rect){y, 0, 1, canvas->cols}, ROLE_LABEL, ' ');
	while (next_label(&l, context, canvas->cols)) {
		int x = l.x + canvas_text(canvas, y, l.x, l.width, ROLE_KEY, l.key.data);

		canvas_text(canvas, y, x, canvas->cols - x, ROLE_LABEL, binding_label(l.command));
	}
	str_free(&l.key);
}

uint32_t function_bar_key(int cols, enum context context, int x)
{
	struct label l = {0};
	uint32_t code = KEYCODE_NONE;

	while (code == KEYCODE_NONE && next_label(&l, context, cols))
		if (x >= l.x && x < l.x + l.width)
			code = l.code;
	str_free(&l.key);
	return code;
}

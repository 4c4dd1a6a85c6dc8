/* SPDX-License-Identifier: Apache-2.0 */
#include "function_bar.h"

#include "base/parse.h"

static bool is_function_key(struct slice word)
{
	return word.len > 1 && word.at[0] == 'F' && word.at[1] >= '0' && word.at[1] <= '9';
}

/* The key that stands for a command: "F5" of "t F5", else the first. */
static void key_of(enum command command, enum context context, struct str *out)
{
	_cleanup_str_ struct str keys = {0};
	struct slice rest, word, best = {0};

	binding_keys(command, context, &keys);
	if (!keys.data)
		return;
	rest = slice_of(keys.data);
	while (next_word(&rest, " ", &word)) {
		if (!best.len || (is_function_key(word) && !is_function_key(best)))
			best = word;
	}
	str_append(out, best.at, best.len);
}

void function_bar(struct canvas *canvas, int y, enum context context)
{
	int x = 0;

	canvas_fill(canvas, (struct rect){y, 0, 1, canvas->cols}, ROLE_LABEL, ' ');
	for (enum command c = CMD_NONE + 1; c < CMD__COUNT; c++) {
		const char *label = binding_label(c);
		_cleanup_str_ struct str key = {0};

		if (!label[0])
			continue;
		key_of(c, context, &key);
		if (!key.len)
			continue;
		if (x + canvas_width(key.data) + canvas_width(label) > canvas->cols)
			break;
		x += canvas_text(canvas, y, x, canvas->cols - x, ROLE_KEY, key.data);
		x += canvas_text(canvas, y, x, canvas->cols - x, ROLE_LABEL, label) + 1;
	}
}

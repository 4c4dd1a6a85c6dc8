/* SPDX-License-Identifier: Apache-2.0 */
#include "input_memory.h"

#include <stdlib.h>
#include <string.h>

#define LINES_MAX 200

struct input_memory {
	size_t n;
	struct {
		char *label;
		char *text;
	} lines[LINES_MAX]; /* the newest last */
};

static void take_out(struct input_memory *m, size_t i)
{
	free(m->lines[i].label);
	free(m->lines[i].text);
	memmove(&m->lines[i], &m->lines[i + 1], (m->n - i - 1) * sizeof(m->lines[0]));
	m->n--;
}

void input_memory_add(struct input_memory **memory, const char *label, const char *text)
{
	struct input_memory *m = *memory;
	char *label_copy, *text_copy;

	if (!text[0])
		return;
	if (!m)
		m = *memory = calloc(1, sizeof(*m));
	label_copy = strdup(label);
	text_copy = strdup(text);
	if (!m || !label_copy || !text_copy) {
		free(label_copy);
		free(text_copy);
		return;
	}
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->lines[i].label, label) == 0 && strcmp(m->lines[i].text, text) == 0) {
			take_out(m, i);
			break;
		}
	}
	if (m->n == LINES_MAX)
		take_out(m, 0);
	m->lines[m->n].label = label_copy;
	m->lines[m->n].text = text_copy;
	m->n++;
}

const char *input_memory_at(const struct input_memory *m, const char *label, size_t back)
{
	for (size_t i = m ? m->n : 0; i > 0; i--) {
		if (strcmp(m->lines[i - 1].label, label) == 0 && back-- == 0)
			return m->lines[i - 1].text;
	}
	return NULL;
}

void input_memory_free(struct input_memory *m)
{
	while (m && m->n)
		take_out(m, m->n - 1);
	free(m);
}

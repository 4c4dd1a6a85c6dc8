/* SPDX-License-Identifier: Apache-2.0 */
#include "texts.h"

#include "limits.h"

#include <errno.h>
#include <stdlib.h>

static int append(struct texts *t, struct slice text)
{
	char *copy;

	if (t->n == LIMIT_TEXT_COUNT || text.len > LIMIT_TEXTS - t->total)
		return -EFBIG;
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct slice *items = reallocarray(t->items, cap, sizeof(*items));

		if (!items)
			return -ENOMEM;
		t->items = items;
		t->cap = cap;
	}
	copy = arena_text(&t->bytes, text);
	if (!copy)
		return -ENOMEM;
	t->items[t->n++] = (struct slice){copy, text.len};
	t->total += text.len;
	return 0;
}

int texts_number(struct texts *t, struct slice text, uint64_t hint, uint64_t *number)
{
	uintptr_t known;
	int r;

	if (hint < t->n && slice_equal(t->items[hint], text)) {
		*number = hint;
		return 0;
	}
	known = (uintptr_t)map_get(&t->by_text, text);
	if (!known) {
		r = append(t, text);
		if (r < 0)
			return r;
		known = t->n;
		r = map_put(&t->by_text, t->items[t->n - 1], (void *)known);
		if (r < 0)
			return r;
	}
	*number = known - 1;
	return 0;
}

void texts_write(struct texts *t, struct str *out)
{
	wire_put(out, t->n - t->n_written);
	for (; t->n_written < t->n; t->n_written++)
		wire_put_text(out, t->items[t->n_written]);
}

int texts_read(struct texts *t, struct wire *from)
{
	uint64_t n = wire_take_max(from, (uint64_t)(from->end - from->at));

	for (uint64_t i = 0; i < n; i++) {
		struct slice text = wire_take_text(from);
		int r = from->bad ? -EBADMSG : append(t, text);

		if (r < 0)
			return r == -EFBIG ? -EBADMSG : r;
	}
	return from->bad ? -EBADMSG : 0;
}

void texts_reset(struct texts *t)
{
	arena_reset(&t->bytes);
	map_free(&t->by_text);
	t->by_text = (struct map){0};
	t->n = 0;
	t->total = 0;
	t->n_written = 0;
}

void texts_free(struct texts *t)
{
	arena_free(&t->bytes);
	map_free(&t->by_text);
	free(t->items);
	*t = (struct texts){0};
}

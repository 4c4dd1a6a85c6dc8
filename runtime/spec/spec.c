/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct spec *spec_new(void)
{
	return calloc(1, sizeof(struct spec));
}

void spec_free(struct spec *spec)
{
	if (!spec)
		return;
	arena_free(&spec->arena);
	free(spec);
}

const char *spec_text(struct spec *spec, const char *text)
{
	return text ? arena_text(&spec->arena, slice_of(text)) : NULL;
}

const char *spec_printf(struct spec *spec, const char *format, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return NULL;
	text = arena_alloc(&spec->arena, (size_t)n + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)n + 1, format, args);
	va_end(args);
	return text;
}

/* The note about the array, where it ends just where this owner thinks: else somebody else wrote behind it.
 */
static struct spec_room *find_room(struct spec *spec, const void *array, size_t n)
{
	for (size_t i = 0; array && i < ARRAY_SIZE(spec->rooms); i++) {
		struct spec_room *room = &spec->rooms[i];

		if (room->array == array && room->used == n && room->used < room->cap)
			return room;
	}
	return NULL;
}

static struct spec_room *move(struct spec *spec, const void *old, size_t n, size_t size)
{
	size_t cap = n < 2 ? 4 : n * 2;
	struct spec_room *room;
	void *fresh;
	size_t bytes;

	if (__builtin_mul_overflow(cap, size, &bytes))
		return NULL;
	fresh = arena_alloc(&spec->arena, bytes);
	if (!fresh)
		return NULL;
	if (n)
		memcpy(fresh, old, n * size);
	room = find_room(spec, old, n);
	for (size_t i = 0; !room && old && i < ARRAY_SIZE(spec->rooms); i++)
		if (spec->rooms[i].array == old)
			room = &spec->rooms[i];
	if (!room)
		room = &spec->rooms[spec->next_room++ % ARRAY_SIZE(spec->rooms)];
	*room = (struct spec_room){.array = fresh, .used = n, .cap = cap};
	return room;
}

void *spec_push(struct spec *spec, void *array, size_t *n, size_t size)
{
	void *at;
	struct spec_room *room;
	char *slot;

	memcpy(&at, array, sizeof(at));
	room = find_room(spec, at, *n);
	if (!room) {
		room = move(spec, at, *n, size);
		if (!room)
			return NULL;
	}
	memcpy(&at, &room->array, sizeof(at));
	memcpy(array, &at, sizeof(at));
	slot = (char *)at + *n * size;
	memset(slot, 0, size);
	room->used = ++*n;
	return slot;
}

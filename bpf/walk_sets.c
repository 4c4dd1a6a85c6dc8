/* SPDX-License-Identifier: Apache-2.0 */
#include "walk_sets.h"

#include <stdlib.h>
#include <string.h>

#define BITS (WALK_SET_WORDS * 64)

static bool has(const struct walk_set *set, unsigned bit)
{
	return bit < BITS && set->bits[bit / 64] >> bit % 64 & 1;
}

void walk_set_print(const struct walk_set *set, struct str *out)
{
	size_t start = out->len;

	for (unsigned from = 0; from < BITS; from++) {
		unsigned to = from;

		if (!has(set, from))
			continue;
		while (has(set, to + 1))
			to++;
		if (out->len > start)
			str_char(out, ',');
		str_u64(out, from);
		if (to > from) {
			str_char(out, '-');
			str_u64(out, to);
		}
		from = to;
	}
	/* text also where it is empty */
	str_append(out, "", 0);
}

static bool is_equal(const struct walk_sets *s, uint64_t number, const struct walk_set *set)
{
	return number < s->n && memcmp(&s->each[number]->set, set, sizeof(*set)) == 0;
}

static struct slice bits_of(const struct walk_set *set)
{
	return (struct slice){(const char *)set->bits, sizeof(set->bits)};
}

static int reserve(struct walk_sets *s)
{
	size_t cap = s->cap ? s->cap * 2 : 8;
	struct walk_named_set **each;

	if (s->n < s->cap)
		return 0;
	each = reallocarray(s->each, cap, sizeof(struct walk_named_set *));
	if (!each)
		return -1;
	s->each = each;
	s->cap = cap;
	return 0;
}

static void free_one(struct walk_named_set *named)
{
	str_free(&named->text);
	free(named);
}

static uint64_t add(struct walk_sets *s, const struct walk_set *set)
{
	struct walk_named_set *named = reserve(s) < 0 ? NULL : calloc(1, sizeof(*named));

	if (!named)
		return WALK_NO_SET;
	named->set = *set;
	walk_set_print(set, &named->text);
	/* a map's values are pointers, and never NULL: the number and one more */
	if (named->text.failed ||
	    map_put(&s->by_bits, bits_of(&named->set), (void *)(uintptr_t)(s->n + 1)) < 0) {
		free_one(named);
		return WALK_NO_SET;
	}
	s->each[s->n] = named;
	return s->n++;
}

uint64_t walk_sets_put(struct walk_sets *s, const struct walk_set *set, uint64_t guess)
{
	uintptr_t found;

	if (is_equal(s, guess, set))
		return guess;
	found = (uintptr_t)map_get(&s->by_bits, bits_of(set));
	return found ? found - 1 : add(s, set);
}

const struct str *walk_sets_text(const struct walk_sets *s, uint64_t number)
{
	return number < s->n ? &s->each[number]->text : NULL;
}

void walk_sets_clear(struct walk_sets *s)
{
	for (size_t i = 0; i < s->n; i++)
		free_one(s->each[i]);
	free(s->each);
	map_free(&s->by_bits);
	*s = (struct walk_sets){0};
}

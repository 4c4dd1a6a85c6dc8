/* SPDX-License-Identifier: Apache-2.0 */
#include "latency_totals.h"

#include "base/map.h"

#include <errno.h>
#include <stdlib.h>

struct total {
	uint64_t key;
	uint64_t used; /* the turn in which it was added to or asked for last */
	uint64_t figures[];
};

struct latency_totals {
	struct map by_key;
	size_t n_figures;
	uint64_t turn;
};

struct latency_totals *latency_totals_new(size_t n_figures)
{
	struct latency_totals *t = calloc(1, sizeof(*t));

	if (t)
		t->n_figures = n_figures;
	return t;
}

void latency_totals_free(struct latency_totals *t)
{
	struct total *each;
	size_t at = 0;

	if (!t)
		return;
	while ((each = map_next(&t->by_key, &at)))
		free(each);
	map_free(&t->by_key);
	free(t);
}

static int add_to(struct latency_totals *t, uint64_t key, const uint64_t *growth)
{
	struct total *total = map_get_u64(&t->by_key, key);

	if (!total) {
		total = calloc(1, sizeof(*total) + t->n_figures * sizeof(*growth));
		if (!total || map_put_u64(&t->by_key, key, total) < 0) {
			free(total);
			return -ENOMEM;
		}
		total->key = key;
	}
	total->used = t->turn;
	for (size_t i = 0; i < t->n_figures; i++)
		total->figures[i] += growth[i];
	return 0;
}

int latency_totals_add(struct latency_totals *t, uint64_t key, const uint64_t *ancestors, size_t n,
		       const uint64_t *growth)
{
	int result = add_to(t, key, growth);

	for (size_t i = 0; i < n && ancestors[i]; i++) {
		int r = add_to(t, ancestors[i], growth);

		result = r < 0 ? r : result;
	}
	return result;
}

const uint64_t *latency_totals_get(struct latency_totals *t, uint64_t key)
{
	struct total *total = map_get_u64(&t->by_key, key);

	if (!total)
		return NULL;
	total->used = t->turn;
	return total->figures;
}

void latency_totals_turn(struct latency_totals *t)
{
	struct total *each;
	size_t at = 0;

	while ((each = map_next(&t->by_key, &at))) {
		if (t->turn - each->used < 2)
			continue;
		map_remove_u64(&t->by_key, each->key);
		free(each);
	}
	t->turn++;
}

size_t latency_totals_bytes(const struct latency_totals *t)
{
	return t->by_key.cap * sizeof(struct map_entry) +
	       t->by_key.count * (sizeof(struct total) + t->n_figures * sizeof(uint64_t));
}

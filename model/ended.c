/* SPDX-License-Identifier: Apache-2.0 */
#include "model/ended.h"

#include "base/cleanup.h"
#include "base/map.h"
#include "base/str.h"
#include "model/heard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char *const reasons[ENDED_REASON__COUNT] = {
	[ENDED_UNKNOWN] = "unknown", [ENDED_DONE] = "done", [ENDED_FAILED] = "failed",
	[ENDED_SIGNAL] = "signal",   [ENDED_OOM] = "oom",
};

static const struct {
	enum metric_id id;
	const char *name;
	const char *help;
} figures[ENDED_FIGURE__COUNT] = {
#define ENDED(metric, name, help) [ENDED_##metric] = {METRIC_##metric, name, help},
#include "model/ended.def"
#undef ENDED
};

const char *ended_reason_name(enum ended_reason reason)
{
	return reason < ENDED_REASON__COUNT ? reasons[reason] : "";
}

enum ended_reason ended_reason_of(int32_t status, bool oom_killed)
{
	if (oom_killed)
		return ENDED_OOM;
	if (status == STATUS_UNKNOWN)
		return ENDED_UNKNOWN;
	if (WIFSIGNALED(status))
		return ENDED_SIGNAL;
	return WEXITSTATUS(status) ? ENDED_FAILED : ENDED_DONE;
}

enum metric_id ended_figure_metric(enum ended_figure f)
{
	return figures[f].id;
}

const char *ended_figure_name(enum ended_figure f)
{
	return figures[f].name;
}

const char *ended_figure_help(enum ended_figure f)
{
	return figures[f].help;
}

/* ---- summing up */

struct ended_sums {
	struct map by_name; /* class, name and image → index plus 1 */
	struct ended_sum *each;
	char **keys; /* of the map */
	size_t n;
	size_t cap;
	size_t names[ENTITY_CLASS__COUNT];
};

struct ended_sums *ended_sums_new(void)
{
	return calloc(1, sizeof(struct ended_sums));
}

static void free_text(const char *text)
{
	free((void *)(uintptr_t)text);
}

void ended_sums_free(struct ended_sums *sums)
{
	if (!sums)
		return;
	for (size_t i = 0; i < sums->n; i++) {
		free_text(sums->each[i].name);
		free_text(sums->each[i].image);
		free(sums->keys[i]);
	}
	free(sums->each);
	free(sums->keys);
	map_free(&sums->by_name);
	free(sums);
}

/* One line each: what is alike in all three has one key. */
static void make_key(struct str *key, enum entity_class class, const char *name, const char *image)
{
	str_char(key, (char)('a' + class));
	str_add(key, name);
	str_char(key, '\n');
	str_add(key, image);
}

static int make_room(struct ended_sums *sums)
{
	size_t cap = sums->cap ? sums->cap * 2 : 16;
	struct ended_sum *bigger;
	char **keys;

	if (sums->n < sums->cap)
		return 0;
	bigger = reallocarray(sums->each, cap, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	sums->each = bigger;
	keys = reallocarray(sums->keys, cap, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	sums->keys = keys;
	sums->cap = cap;
	return 0;
}

/* Takes the key, which the map needs for as long as the sum is there. */
static struct ended_sum *add_sum(struct ended_sums *sums, char *key, enum entity_class class,
				 const char *name, const char *image)
{
	struct ended_sum fresh = {.class = class, .name = strdup(name), .image = strdup(image)};

	if (!key || !fresh.name || !fresh.image || make_room(sums) < 0 ||
	    map_put(&sums->by_name, slice_of(key), (void *)(uintptr_t)(sums->n + 1)) < 0) {
		free_text(fresh.name);
		free_text(fresh.image);
		free(key);
		return NULL;
	}
	sums->names[class]++;
	sums->keys[sums->n] = key;
	sums->each[sums->n] = fresh;
	return &sums->each[sums->n++];
}

static struct ended_sum *find_sum(struct ended_sums *sums, enum entity_class class, const char *name,
				  const char *image)
{
	_cleanup_str_ struct str key = {0};
	uintptr_t at;

	make_key(&key, class, name, image);
	if (key.failed)
		return NULL;
	at = (uintptr_t)map_get(&sums->by_name, (struct slice){key.data, key.len});
	if (at)
		return &sums->each[at - 1];
	if (sums->names[class] >= ENDED_NAMES_MAX && (*name || *image))
		return find_sum(sums, class, "", "");
	return add_sum(sums, str_steal(&key), class, name, image);
}

int ended_sums_add(struct ended_sums *sums, const struct snapshot *s, size_t index, enum ended_reason reason,
		   uint64_t lifetime_ns)
{
	const struct entity *e = snapshot_entity(s, index);
	/* a plain cgroup is called by its path, which is seldom met again */
	bool named = e->class == ENTITY_CONTAINER || e->class == ENTITY_SERVICE;
	struct ended_sum *sum =
		find_sum(sums, e->class, named ? e->identity->name : "", named ? e->identity->image : "");

	if (!sum)
		return -ENOMEM;
	sum->ended[reason]++;
	sum->lifetime_ns += lifetime_ns;
	for (size_t f = 0; f < ENDED_FIGURE__COUNT; f++) {
		uint64_t value;

		if (snapshot_get(s, index, figures[f].id, &value))
			sum->figures[f] += value;
	}
	return 0;
}

const struct ended_sum *ended_sums_list(const struct ended_sums *sums, size_t *n)
{
	*n = sums->n;
	return sums->each;
}

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
	size_t n;
	size_t cap;
	size_t names[ENTITY_CLASS__COUNT];
};

/* A sum's texts and its key are one block: the class, the name, NUL, the image, NUL. */
static char *key_of(const struct ended_sum *sum)
{
	return (char *)(uintptr_t)sum->name - 1;
}

struct ended_sums *ended_sums_new(void)
{
	return calloc(1, sizeof(struct ended_sums));
}

void ended_sums_free(struct ended_sums *sums)
{
	if (!sums)
		return;
	for (size_t i = 0; i < sums->n; i++)
		free(key_of(&sums->each[i]));
	free(sums->each);
	map_free(&sums->by_name);
	free(sums);
}

static void make_key(struct str *key, enum entity_class class, const char *name, const char *image)
{
	str_char(key, (char)('a' + class));
	str_append(key, name, strlen(name) + 1);
	str_append(key, image, strlen(image) + 1);
}

static int make_room(struct ended_sums *sums)
{
	size_t cap = sums->cap ? sums->cap * 2 : 16;
	struct ended_sum *bigger;

	if (sums->n < sums->cap)
		return 0;
	bigger = reallocarray(sums->each, cap, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	sums->each = bigger;
	sums->cap = cap;
	return 0;
}

/* The key is the sum's from then on. */
static struct ended_sum *add_sum(struct ended_sums *sums, struct str *key, enum entity_class class)
{
	struct slice text = {key->data, key->len};
	const char *name = text.at + 1;

	if (make_room(sums) < 0 || map_put(&sums->by_name, text, (void *)(uintptr_t)(sums->n + 1)) < 0)
		return NULL;
	sums->names[class]++;
	sums->each[sums->n] =
		(struct ended_sum){.class = class, .name = name, .image = name + strlen(name) + 1};
	key->data = NULL;
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
	return add_sum(sums, &key, class);
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

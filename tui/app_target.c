/* SPDX-License-Identifier: Apache-2.0 */
/* Whom actions are for: copies, so that nothing that the next picture changes can reach them. */
#include "app_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TAGGED_MAX 4096
#define NAMES_MAX 6

void target_free(struct action_target *target)
{
	free((void *)(uintptr_t)target->id);
	free((void *)(uintptr_t)target->name);
	free((void *)(uintptr_t)target->path);
	memset(target, 0, sizeof(*target));
}

void targets_free(struct action_target *targets, size_t n)
{
	for (size_t i = 0; targets && i < n; i++)
		target_free(&targets[i]);
	free(targets);
}

int target_copy(const struct action_target *from, struct action_target *out)
{
	struct action_target t = *from;

	t.id = strdup(from->id);
	t.name = strdup(from->name);
	t.path = strdup(from->path);
	if (!t.id || !t.name || !t.path) {
		target_free(&t);
		return -ENOMEM;
	}
	*out = t;
	return 0;
}

static const char *name_of(const struct entity *e)
{
	const char *slash = strrchr(e->path, '/');

	if (e->identity->name[0])
		return e->identity->name;
	return slash && slash[1] ? slash + 1 : e->path;
}

int target_of(const struct snapshot *s, size_t index, struct action_target *out)
{
	const struct entity *e = snapshot_entity(s, index);
	uint64_t frozen = 0;
	struct action_target t = {.entity = e->id,
				  .class = e->class,
				  .runtime = e->identity->runtime,
				  .id = e->identity->id,
				  .name = name_of(e),
				  .path = e->path,
				  .ended = e->ended};

	t.frozen = snapshot_get(s, index, METRIC_FROZEN, &frozen) && frozen;
	return target_copy(&t, out);
}

/* As the picture shows it now, or as it was pinned, if it is not in there any more. */
static int target_again(const struct app *app, const struct action_target *pinned, struct action_target *out)
{
	const struct snapshot *s = app->shown ? comparison_later(app->shown) : NULL;
	ptrdiff_t index = s ? snapshot_find(s, pinned->entity) : -1;
	int r;

	if (index >= 0)
		return target_of(s, (size_t)index, out);
	r = target_copy(pinned, out);
	if (r == 0)
		out->ended = true;
	return r;
}

static const struct action_target *about(struct app *app)
{
	for (struct view *v = app->top; v; v = v->below) {
		if (v->ops->about)
			return v->ops->about(v, app);
	}
	return NULL;
}

int app_target(struct app *app, struct action_target *out)
{
	const struct action_target *pinned = about(app);
	const struct list_row *row;

	if (pinned)
		return target_again(app, pinned, out);
	if (!app->shown || list_count(app->list) == 0)
		return -ENOENT;
	row = list_row(app->list, list_cursor(app->list));
	if (!row || row->index < 0)
		return -ENOENT;
	return target_of(comparison_later(app->shown), (size_t)row->index, out);
}

static size_t tagged(struct app *app, struct action_target **out)
{
	const struct snapshot *s = comparison_later(app->shown);
	_cleanup_free_ uint64_t *ids = calloc(TAGGED_MAX, sizeof(*ids));
	size_t n = ids ? list_tagged(app->list, ids, TAGGED_MAX) : 0;
	struct action_target *targets;
	size_t used = 0;

	if (n > TAGGED_MAX)
		n = TAGGED_MAX;
	targets = n ? calloc(n, sizeof(*targets)) : NULL;
	for (size_t i = 0; targets && i < n; i++) {
		ptrdiff_t index = snapshot_find(s, ids[i]);

		if (index >= 0 && target_of(s, (size_t)index, &targets[used]) == 0)
			used++;
	}
	if (!used) {
		free(targets);
		return 0;
	}
	*out = targets;
	return used;
}

size_t app_targets(struct app *app, bool several, struct action_target **out)
{
	struct action_target *one;
	size_t n = 0;

	*out = NULL;
	if (several && app->shown && !about(app))
		n = tagged(app, out);
	if (n)
		return n;
	one = calloc(1, sizeof(*one));
	if (!one || app_target(app, one) < 0) {
		free(one);
		return 0;
	}
	*out = one;
	return 1;
}

struct deed *deed_new(const struct action *action, const struct action_target *targets, size_t n,
		      const char *argument)
{
	struct deed *deed = calloc(1, sizeof(*deed));

	if (!deed)
		return NULL;
	deed->action = action;
	deed->targets = calloc(n ? n : 1, sizeof(*deed->targets));
	deed->argument = argument ? strdup(argument) : NULL;
	if (!deed->targets || (argument && !deed->argument)) {
		deed_free(deed);
		return NULL;
	}
	for (; deed->n < n; deed->n++) {
		if (target_copy(&targets[deed->n], &deed->targets[deed->n]) < 0) {
			deed_free(deed);
			return NULL;
		}
	}
	return deed;
}

void deed_free(void *context)
{
	struct deed *deed = context;

	if (!deed)
		return;
	targets_free(deed->targets, deed->n);
	free(deed->argument);
	free(deed);
}

void deed_whom(const struct action_target *targets, size_t n, struct str *out)
{
	if (n == 1) {
		str_add(out, targets[0].name);
		return;
	}
	str_printf(out, "%zu containers (", n);
	for (size_t i = 0; i < n && i < NAMES_MAX; i++)
		str_printf(out, "%s%s", i ? ", " : "", targets[i].name);
	str_add(out, n > NAMES_MAX ? ", ...)" : ")");
}

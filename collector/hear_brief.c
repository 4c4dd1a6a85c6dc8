/* SPDX-License-Identifier: Apache-2.0 */
/* Cgroups that came and went before anybody could look at them: they count like any other. */
#include "collector_private.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

/* After so long the rest of what was to be heard of it was missed. */
#define BRIEF_MAX_NS (5 * NSEC_PER_SEC)

static void brief_free(struct brief *b)
{
	if (!b)
		return;
	ending_release(&b->end);
	identity_unref(b->identity);
	free(b->key);
	free(b->path);
	free(b);
}

struct subject brief_subject(const struct brief *b)
{
	return (struct subject){b->id, b->what.class, b->path, b->identity};
}

/* A container is one by its id, whatever its paths, and with what is inside of it. */
static char *key_of(const struct cgroup_name *what, const char *path)
{
	bool contained = what->class == ENTITY_CONTAINER || what->class == ENTITY_INNER;

	return contained && what->id.len ? strndup(what->id.at, what->id.len) : strdup(path);
}

static struct brief *brief_new(struct collector *c, const struct kernel_event *e, const char *path)
{
	struct brief *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->end = ENDING_NOTHING;
	b->path = strdup(path);
	b->made_ns = b->removed_ns = e->monotonic_ns;
	b->id = e->cgroup | (uint64_t)e->hierarchy << 56;
	if (b->path) {
		cgroup_name_parse(slice_of(b->path), &b->what);
		b->key = key_of(&b->what, b->path);
		b->identity = identity_store_get(c->identities, &b->what, slice_of(b->path), e->monotonic_ns);
	}
	if (!b->key || !b->identity || map_put(&c->hearing.briefs, slice_of(b->key), b) < 0) {
		brief_free(b);
		return NULL;
	}
	return b;
}

static bool is_shown(const struct collector *c, const struct brief *b)
{
	return c->options.classes >> b->what.class & 1;
}

static bool has_a_life(const struct collector *c, const struct brief *b)
{
	return is_shown(c, b) && (b->what.class == ENTITY_CONTAINER || b->what.class == ENTITY_SERVICE ||
				  b->what.class == ENTITY_GROUP);
}

static void mark_parent(struct collector *c, const char *path)
{
	const char *end = strrchr(path, '/');
	struct brief *parent = map_get(&c->hearing.briefs, (struct slice){path, (size_t)(end - path)});

	if (parent)
		parent->branch = true;
}

static void tell_start(struct collector *c, const struct brief *b)
{
	struct subject who = brief_subject(b);

	if (has_a_life(c, b))
		hear_tell(c, &who, &(struct event){.kind = EVENT_START, .status = STATUS_UNKNOWN},
			  b->made_ns);
}

void brief_made(struct collector *c, const struct kernel_event *e, const char *path)
{
	_cleanup_free_ char *key = NULL;
	struct cgroup_name what;
	struct brief *b;

	cgroup_name_parse(slice_of(path), &what);
	key = key_of(&what, path);
	b = key ? map_get(&c->hearing.briefs, slice_of(key)) : NULL;
	if (!b) {
		b = brief_new(c, e, path);
		if (b)
			tell_start(c, b);
	}
	if (!b || b->n_inodes == ARRAY_SIZE(b->inodes) ||
	    map_put_u64(&c->hearing.briefs_by_inode, place_key(e->hierarchy, e->cgroup), b) < 0)
		return;
	b->inodes[b->n_inodes++] = place_key(e->hierarchy, e->cgroup);
	b->n_made++;
	mark_parent(c, path);
}

struct brief *brief_find(const struct collector *c, size_t hierarchy, uint64_t inode)
{
	return map_get_u64(&c->hearing.briefs_by_inode, place_key(hierarchy, inode));
}

static struct entity entity_of(const struct brief *b)
{
	return (struct entity){
		.path = b->path, .identity = b->identity, .id = b->id, .parent = -1, .class = b->what.class};
}

void brief_removed(struct collector *c, const struct kernel_event *e, struct brief *b)
{
	struct cgroup_name what;
	struct entity like = entity_of(b);

	map_remove_u64(&c->hearing.briefs_by_inode, place_key(e->hierarchy, e->cgroup));
	b->n_removed++;
	b->removed_ns = e->monotonic_ns;
	/* what was inside of a container has figures of its own */
	cgroup_name_parse(slice_of(e->path), &what);
	if (what.class == b->what.class)
		ending_take(&b->end, c->kernel, e, c->layout->hierarchies[e->hierarchy].version, &c->need,
			    &c->host, &like);
}

static uint16_t depth_of(const char *path)
{
	unsigned depth = 0;

	for (; *path && depth < UINT16_MAX; path++)
		depth += *path == '/';
	return (uint16_t)depth;
}

static void bury(struct collector *c, struct brief *b, const struct moment *now)
{
	struct subject who = brief_subject(b);
	struct departed d = {
		.path = b->path,
		.identity = b->identity,
		.id = b->id,
		.depth = depth_of(b->path),
		.class = b->what.class,
		.branch = b->branch,
		.birth_ns = now->realtime_ns - elapsed_ns(now->monotonic_ns, b->made_ns),
		.end = &b->end,
	};
	struct moment then = {b->removed_ns, now->realtime_ns - elapsed_ns(now->monotonic_ns, b->removed_ns)};

	if (is_shown(c, b))
		ended_keep(c, &d, &then);
	if (has_a_life(c, b))
		hear_tell(c, &who,
			  &(struct event){.kind = EVENT_END,
					  .status = b->end.status,
					  .reason = ending_reason(&b->end)},
			  b->removed_ns);
	identity_store_forget(c->identities, &b->what);
}

static void forget(struct collector *c, struct brief *b)
{
	map_remove(&c->hearing.briefs, slice_of(b->key));
	for (size_t i = 0; i < b->n_inodes; i++)
		if (map_get_u64(&c->hearing.briefs_by_inode, b->inodes[i]) == b)
			map_remove_u64(&c->hearing.briefs_by_inode, b->inodes[i]);
}

void brief_become(struct collector *c, struct node *n)
{
	_cleanup_free_ char *key = c->hearing.briefs.count ? key_of(&n->what, n->path) : NULL;
	struct brief *b = key ? map_get(&c->hearing.briefs, slice_of(key)) : NULL;

	if (!b || b->what.class != n->what.class)
		return;
	n->end = calloc(1, sizeof(*n->end));
	if (n->end) {
		*n->end = b->end;
		b->end = ENDING_NOTHING;
	}
	n->branch |= b->branch;
	n->heard_of = true;
	forget(c, b);
	brief_free(b);
}

void briefs_bury(struct collector *c, const struct moment *now, bool all)
{
	struct brief *b;
	size_t at = 0;

	while ((b = map_next(&c->hearing.briefs, &at))) {
		if (!all && b->n_removed < b->n_made &&
		    elapsed_ns(now->monotonic_ns, b->made_ns) < BRIEF_MAX_NS)
			continue;
		forget(c, b);
		if (!c->closing)
			bury(c, b, now);
		brief_free(b);
	}
}

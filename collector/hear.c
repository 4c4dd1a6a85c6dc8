/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's events, one after the other as they happened: they find cgroups and let them go, with their
 * last figures, and become the sinks' events. What they don't tell is a write to a file: that is left to
 * inotify.
 */
#include "collector_private.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

/* Where a mount shows a part of the hierarchy only, paths begin there. NULL for what lies elsewhere. */
static const char *path_here(const struct hierarchy *h, const char *path)
{
	size_t len = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);

	if (strncmp(path, h->root, len) != 0 || path[len] != '/' || !path[len + 1])
		return NULL;
	return path + len;
}

/* The folder above, as a node; NULL where that is unknown. */
static struct node *parent_of(struct collector *c, size_t hierarchy, const char *path)
{
	size_t len = (size_t)(strrchr(path, '/') - path);
	_cleanup_free_ char *above = strndup(path, len);

	if (len == 0)
		return c->tree.root;
	return above ? tree_find_path(&c->tree, hierarchy, above) : NULL;
}

static void take_made(struct collector *c, const struct kernel_event *e, const char *path)
{
	struct node *parent = parent_of(c, e->hierarchy, path);

	if (parent)
		(void)tree_add(&c->tree, parent, e->hierarchy, strrchr(path, '/') + 1);
	/* gone again: by a part of it that is there still it is known all the same */
	if (!tree_find_inode(&c->tree, e->hierarchy, e->cgroup) && !tree_find_anywhere(&c->tree, path))
		brief_made(c, e, path);
	if (parent)
		parent->branch = true;
}

/* NULL where memory is short. */
static struct ending *end_of(struct node *n)
{
	if (!n->end) {
		n->end = malloc(sizeof(*n->end));
		if (n->end)
			*n->end = ENDING_NOTHING;
	}
	return n->end;
}

static void take_last(struct collector *c, struct node *n, const struct kernel_event *e)
{
	struct ending *end = end_of(n);
	struct entity like = {.path = n->path, .id = n->id, .parent = -1, .class = n->what.class};

	if (!end || !collector_shows(c, n) || !node_identify(c, n, e->monotonic_ns))
		return;
	like.identity = n->identity;
	ending_take(end, c->kernel, e, c->layout->hierarchies[e->hierarchy].version, &c->need, &c->host,
		    &like);
}

static void take_removed(struct collector *c, const struct kernel_event *e, const char *path)
{
	struct node *n = tree_find_inode(&c->tree, e->hierarchy, e->cgroup);
	struct brief *b = n ? NULL : brief_find(c, e->hierarchy, e->cgroup);

	if (n) {
		take_last(c, n, e);
		tree_remove(&c->tree, n, e->hierarchy);
	} else if (b) {
		brief_removed(c, e, b);
	} else if (path && (n = tree_find_anywhere(&c->tree, path))) {
		/* of this hierarchy it was gone when it was found */
		take_last(c, n, e);
	}
}

static void take_renamed(struct collector *c, const struct kernel_event *e, const char *path)
{
	struct node *n = tree_find_inode(&c->tree, e->hierarchy, e->cgroup);

	if (n)
		tree_remove(&c->tree, n, e->hierarchy);
	take_made(c, e, path);
}

/* What is inside of a container happens to the container. */
static struct node *owner_of(struct node *n)
{
	while (n && n->what.class == ENTITY_INNER && n->parent)
		n = n->parent;
	return n;
}

static const char *path_of_culprit(const struct collector *c, const struct kernel_event *e)
{
	const struct node *n;

	if (e->culprit <= 1)
		return e->culprit ? "/" : "";
	n = tree_find_inode(&c->tree, e->culprit_hierarchy, e->culprit);
	return n ? n->path : "";
}

static const enum event_kind told_as[] = {
	[KERNEL_CGROUP_FROZEN] = EVENT_FROZEN,
	[KERNEL_CGROUP_THAWED] = EVENT_THAWED,
	[KERNEL_EXEC] = EVENT_EXEC,
	[KERNEL_EXIT] = EVENT_EXIT,
	[KERNEL_OOM_KILL] = EVENT_OOM_KILL,
	[KERNEL_FORK_STORM] = EVENT_FORK_STORM,
};

static void note_end(struct ending *end, const struct kernel_event *e)
{
	if (end && e->kind == KERNEL_EXIT)
		ending_exit(end, e);
	if (end && e->kind == KERNEL_OOM_KILL)
		end->oom_killed = true;
}

/* Something that happened in a cgroup, or to a process in it. */
static void take_incident(struct collector *c, const struct kernel_event *e)
{
	struct node *n = owner_of(tree_find_inode(&c->tree, e->hierarchy, e->cgroup));
	struct brief *b = n ? NULL : brief_find(c, e->hierarchy, e->cgroup);
	struct event event = {
		.kind = told_as[e->kind],
		.count = e->count,
		.pid = e->pid,
		.status = e->kind == KERNEL_EXIT ? e->status : STATUS_UNKNOWN,
		.bytes = e->bytes,
		.program = e->word,
		.culprit = e->kind == KERNEL_OOM_KILL ? path_of_culprit(c, e) : "",
	};
	struct subject who;

	if ((!n || !collector_shows(c, n) || !node_identify(c, n, e->monotonic_ns)) && !b)
		return;
	who = n ? node_subject(n) : brief_subject(b);
	if (e->kind == KERNEL_EXIT || e->kind == KERNEL_OOM_KILL)
		note_end(n ? end_of(n) : &b->end, e);
	hear_tell(c, &who, &event, e->monotonic_ns);
}

static void take(void *context, const struct kernel_event *e)
{
	struct collector *c = context;
	const char *path = path_here(&c->layout->hierarchies[e->hierarchy], e->path);
	struct node *n;

	if (!(c->tree.walked >> e->hierarchy & 1))
		return;
	c->hearing.now_ns = e->monotonic_ns;
	switch (e->kind) {
	case KERNEL_CGROUP_MADE:
		if (path)
			take_made(c, e, path);
		break;
	case KERNEL_CGROUP_REMOVED:
		take_removed(c, e, path);
		break;
	case KERNEL_CGROUP_RENAMED:
		if (path)
			take_renamed(c, e, path);
		break;
	case KERNEL_CGROUP_POPULATED:
	case KERNEL_CGROUP_EMPTY:
		n = tree_find_inode(&c->tree, e->hierarchy, e->cgroup);
		if (n)
			follow_notified(c, n);
		break;
	case KERNEL_CGROUP_FROZEN:
	case KERNEL_CGROUP_THAWED:
	case KERNEL_EXEC:
	case KERNEL_EXIT:
	case KERNEL_OOM_KILL:
	case KERNEL_FORK_STORM:
		take_incident(c, e);
		break;
	}
}

bool hear_take(struct collector *c, const struct moment *now)
{
	struct kernel_status status;
	bool missed;

	if (!c->hearing.on)
		return false;
	missed = kernel_events(c->kernel, take, c, &c->kernel_error) < 0;
	c->hearing.now_ns = 0;
	kernel_status(c->kernel, &status);
	missed |= status.dropped != c->hearing.dropped;
	c->hearing.dropped = status.dropped;
	briefs_bury(c, now, missed);
	return missed;
}

/* ---- beginning and end */

static int watch_both(struct collector *c)
{
	const int fds[] = {c->watcher.fd, kernel_event_fd(c->kernel)};
	int fd = epoll_create1(EPOLL_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < ARRAY_SIZE(fds); i++) {
		struct epoll_event watch = {.events = EPOLLIN, .data.fd = fds[i]};

		if (fds[i] >= 0 && epoll_ctl(fd, EPOLL_CTL_ADD, fds[i], &watch) < 0) {
			close(fd);
			return -1;
		}
	}
	return fd;
}

void hear_begin(struct collector *c)
{
	struct kernel_status status;

	if (!c->kernel)
		return;
	kernel_status(c->kernel, &status);
	c->hearing.on = status.on[KERNEL_EVENTS];
	if (!c->hearing.on)
		return;
	c->wake_fd = watch_both(c);
	watcher_leave_folders(&c->watcher);
	/* what came or went while nobody listened */
	c->tree.orphaned = true;
}

void hear_end(struct collector *c)
{
	briefs_bury(c, &(struct moment){0}, true);
	map_free(&c->hearing.briefs);
	map_free(&c->hearing.briefs_by_inode);
	arena_free(&c->hearing.texts);
	free(c->hearing.events);
	ended_sums_free(c->hearing.ended);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	c->wake_fd = -1;
}

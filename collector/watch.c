/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdalign.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#define FOLDERS (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)
#define FILES (IN_MODIFY | IN_ONLYDIR)

void watcher_open(struct watcher *w, struct tree *tree, const struct watch_hooks *hooks)
{
	*w = (struct watcher){.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), .tree = tree, .hooks = *hooks};
}

void watcher_close(struct watcher *w)
{
	if (w->fd >= 0)
		close(w->fd);
	map_free(&w->nodes);
	*w = (struct watcher){.fd = -1};
}

static int watch_path(const struct watcher *w, const char *path)
{
	int wd = inotify_add_watch(w->fd, path, w->files_only ? FILES : FILES | FOLDERS);

	return wd < 0 ? -errno : wd;
}

/* The watch descriptor or -errno. */
static int add_watch(struct watcher *w, const struct hierarchy *h, const char *path)
{
	_cleanup_str_ struct str full = {0};
	_cleanup_close_ int fd = -1;
	char link[32];

	str_add(&full, h->mount_point);
	str_add(&full, path);
	if (full.failed)
		return -ENOMEM;
	if (full.len < PATH_MAX)
		return watch_path(w, full.data);
	fd = hierarchy_open_at(h, path, "", O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return watch_path(w, link);
}

void watcher_add(struct watcher *w, struct node *n, size_t hierarchy)
{
	int wd;

	if (w->fd < 0)
		return;
	wd = add_watch(w, &w->tree->layout->hierarchies[hierarchy], node_path(n, hierarchy));
	if (wd < 0) {
		w->exhausted |= wd == -ENOSPC;
		return;
	}
	if (map_put_u64(&w->nodes, (uint64_t)wd, n) < 0) {
		inotify_rm_watch(w->fd, wd);
		return;
	}
	n->places[hierarchy].watch = wd;
}

/* A folder that is watched already is watched otherwise from then on (inotify_add_watch(2)). */
void watcher_leave_folders(struct watcher *w)
{
	struct node **order = tree_order(w->tree);

	w->files_only = true;
	for (size_t i = 0; w->fd >= 0 && order && i < w->tree->n_nodes; i++)
		for (size_t h = 0; h < w->tree->layout->n_hierarchies; h++)
			if (node_in(order[i], h) && order[i]->places[h].watch >= 0)
				(void)add_watch(w, &w->tree->layout->hierarchies[h], node_path(order[i], h));
}

void watcher_retry(struct watcher *w)
{
	struct node **order = tree_order(w->tree);

	w->exhausted = false;
	for (size_t i = 0; order && i < w->tree->n_nodes; i++)
		for (size_t h = 0; h < w->tree->layout->n_hierarchies; h++)
			if (node_in(order[i], h) && order[i]->places[h].watch < 0)
				watcher_add(w, order[i], h);
}

void watcher_remove(struct watcher *w, struct node *n, size_t hierarchy)
{
	struct place *place = &n->places[hierarchy];

	if (place->watch < 0)
		return;
	/* A folder that is gone took its watch along (IN_IGNORED); then this fails, which is fine. */
	inotify_rm_watch(w->fd, place->watch);
	map_remove_u64(&w->nodes, (uint64_t)place->watch);
	place->watch = -1;
}

bool watcher_covers(const struct watcher *w, const struct node *n)
{
	for (size_t h = 0; h < w->tree->layout->n_hierarchies; h++)
		if (node_in(n, h) && n->places[h].watch < 0)
			return false;
	return true;
}

static size_t hierarchy_of(const struct watcher *w, const struct node *n, int wd)
{
	size_t h = 0;

	while (h < w->tree->layout->n_hierarchies && n->places[h].watch != wd)
		h++;
	return h;
}

static int take_folder_event(struct watcher *w, struct node *parent, size_t h, const struct inotify_event *e)
{
	struct node *n;

	if (e->mask & (IN_CREATE | IN_MOVED_TO))
		return tree_add(w->tree, parent, h, e->name);
	n = tree_find_at(w->tree, parent, h, e->name);
	if (n)
		tree_check(w->tree, n, h);
	return 0;
}

/* Writes of these move processes about; they change no setting. */
static bool moves_processes(const char *file)
{
	return strcmp(file, "cgroup.procs") == 0 || strcmp(file, "tasks") == 0 ||
	       strcmp(file, "cgroup.threads") == 0;
}

static int take_event(struct watcher *w, const struct inotify_event *e)
{
	struct node *n;
	size_t h;

	if (e->mask & IN_Q_OVERFLOW) {
		w->overflowed = true;
		w->events_lost++;
		return 0;
	}
	n = map_get_u64(&w->nodes, (uint64_t)e->wd);
	h = n ? hierarchy_of(w, n, e->wd) : 0;
	if (!n || h == w->tree->layout->n_hierarchies)
		return 0;
	if (e->mask & IN_IGNORED) {
		map_remove_u64(&w->nodes, (uint64_t)e->wd);
		n->places[h].watch = -1;
		tree_check(w->tree, n, h);
		return 0;
	}
	if (e->len == 0)
		return 0;
	if (e->mask & IN_ISDIR)
		return take_folder_event(w, n, h, e);
	if (strcmp(e->name, "cgroup.events") == 0)
		w->hooks.notified(w->hooks.context, n);
	else if (e->mask & IN_MODIFY && !moves_processes(e->name))
		w->hooks.written(w->hooks.context, n, e->name);
	return 0;
}

int watcher_drain(struct watcher *w)
{
	alignas(struct inotify_event) char buf[16384];

	while (w->fd >= 0) {
		ssize_t got = read(w->fd, buf, sizeof(buf));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return 0;
		for (const char *at = buf; at < buf + got;) {
			const struct inotify_event *e = (const void *)at;
			int r = take_event(w, e);

			if (r < 0)
				return r;
			at += sizeof(*e) + e->len;
		}
	}
	return 0;
}

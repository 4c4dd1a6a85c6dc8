/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/group.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "group_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROC_CGROUP_MAX ((size_t)256 << 10)

DEFINE_CLEANUP(struct cgroup_group *, cgroup_group_close)

struct cgroup_group *group_new(const struct cgroup_layout *layout, const char *path)
{
	struct cgroup_group *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->layout = layout;
	memset(g->fds, -1, sizeof(g->fds));
	g->path = strdup(path);
	if (!g->path) {
		free(g);
		return NULL;
	}
	return g;
}

void cgroup_group_close(struct cgroup_group *group)
{
	if (!group)
		return;
	for (size_t i = 0; i < HIERARCHIES_MAX; i++)
		if (group->fds[i] >= 0)
			close(group->fds[i]);
	free(group->path);
	free(group);
}

int group_check_path(const char *path, struct error *err)
{
	struct slice rest = slice_of(path);
	struct slice part;
	size_t slashes = 0;
	size_t parts = 0;
	bool odd = path[0] != '/' || strchr(path, '\n') || strlen(path) >= 4096;

	for (const char *p = path; *p; p++)
		slashes += *p == '/';
	while (next_word(&rest, "/", &part)) {
		odd = odd || slice_is(part, ".") || slice_is(part, "..");
		parts++;
	}
	if (!odd && parts && parts == slashes)
		return 0;
	return error_set(err, -EINVAL, "write it like /plimsoll/name", "'%s' is no path of a cgroup", path);
}

int cgroup_group_v2(const struct cgroup_group *group)
{
	return group_home(group, CONTROLLER_CORE);
}

int cgroup_group_open(const struct cgroup_layout *layout, const char *path, struct cgroup_group **out,
		      struct error *err)
{
	_cleanup_(cgroup_group_closep) struct cgroup_group *g = NULL;
	int r = group_check_path(path, err);

	if (r < 0)
		return r;
	g = group_new(layout, path);
	if (!g)
		return error_errno(err, -ENOMEM, "", "cannot open the cgroup '%s'", path);
	for (size_t i = 0; i < layout->n_hierarchies; i++) {
		int fd = fs_open_dir(layout->hierarchies[i].fd, path + 1);

		if (fd == -ENOENT || fd == -ENOTDIR)
			continue;
		if (fd < 0)
			return error_errno(err, fd, "run as a user who may read it",
					   "cannot open the cgroup '%s%s'",
					   layout->hierarchies[i].mount_point, path);
		g->fds[i] = fd;
		g->hierarchies |= UINT32_C(1) << i;
	}
	if (!g->hierarchies)
		return error_set(err, -ENOENT, "", "there is no cgroup '%s'", path);
	*out = TAKE_PTR(g);
	return 0;
}

/* --- of a process --- */

/* The hierarchy that a line's second field means; -1 where it isn't mounted. */
static int find_hierarchy(const struct cgroup_layout *layout, struct slice controllers)
{
	uint32_t set = 0;
	struct slice rest = controllers;
	struct slice word;

	while (next_word(&rest, ",", &word)) {
		char name[32];
		enum controller c = CONTROLLER__COUNT;

		if (word.len < sizeof(name)) {
			memcpy(name, word.at, word.len);
			name[word.len] = '\0';
			c = controller_find(name);
		}
		if (c != CONTROLLER__COUNT && c != CONTROLLER_CORE && c != CONTROLLER_NAMED)
			set |= 1U << c;
	}
	for (size_t i = 0; i < layout->n_hierarchies; i++) {
		const struct hierarchy *h = &layout->hierarchies[i];

		if (controllers.len == 0 ? h->version == 2
					 : h->version == 1 && (set ? h->controllers == set
								   : slice_is(controllers, h->options)))
			return (int)i;
	}
	return -1;
}

/* The path below the mount's own root, with no '/' in front; NULL where the mount does not show it, and for
 * the root, which is nobody's container. */
static const char *below_mount(const struct hierarchy *h, const char *path)
{
	size_t len = strcmp(h->root, "/") == 0 ? 0 : strlen(h->root);

	if (strncmp(path, h->root, len) != 0 || path[len] != '/' || strstr(path, "/../") || !path[len + 1])
		return NULL;
	return path + len + 1;
}

/* Splits "7:cpu,cpuacct:/path" (cgroups(7)). */
static bool split_line(struct slice line, struct slice *controllers, struct slice *path)
{
	const char *first = memchr(line.at, ':', line.len);
	const char *end = line.at + line.len;
	const char *second = first ? memchr(first + 1, ':', (size_t)(end - first - 1)) : NULL;

	if (!second)
		return false;
	*controllers = (struct slice){first + 1, (size_t)(second - first - 1)};
	*path = (struct slice){second + 1, (size_t)(end - second - 1)};
	return true;
}

/* Takes over fd, the folder that is called `below` in hierarchy i. */
static int take_folder(struct cgroup_group *g, int i, int fd, const char *below)
{
	char *path;

	if (g->fds[i] >= 0)
		close(g->fds[i]);
	g->fds[i] = fd;
	g->hierarchies |= UINT32_C(1) << i;
	/* v2's, or the first's: they are the same with most runtimes */
	if (*g->path && i != g->layout->home[CONTROLLER_CORE])
		return 0;
	if (asprintf(&path, "/%s", below) < 0)
		return -ENOMEM;
	free(g->path);
	g->path = path;
	return 0;
}

static int open_line(struct cgroup_group *g, struct slice line)
{
	struct slice controllers;
	struct slice text;
	_cleanup_free_ char *path = NULL;
	const char *below;
	int i;
	int fd;

	if (!split_line(line, &controllers, &text))
		return 0;
	i = find_hierarchy(g->layout, controllers);
	if (i < 0)
		return 0;
	path = strndup(text.at, text.len);
	if (!path)
		return -ENOMEM;
	below = below_mount(&g->layout->hierarchies[i], path);
	fd = below ? fs_open_dir(g->layout->hierarchies[i].fd, below) : -ENOENT;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	return take_folder(g, i, fd, below);
}

int cgroup_group_of(const struct cgroup_layout *layout, int procfs, pid_t pid, struct cgroup_group **out,
		    struct error *err)
{
	_cleanup_(cgroup_group_closep) struct cgroup_group *g = group_new(layout, "");
	_cleanup_free_ char *text = NULL;
	struct slice rest;
	struct slice line;
	char name[64];
	size_t len;
	int r;

	snprintf(name, sizeof(name), "%d/cgroup", (int)pid);
	r = g ? fs_read_file(procfs, name, PROC_CGROUP_MAX, &text, &len) : -ENOMEM;
	if (r == -ENOENT || r == -ESRCH)
		return error_set(err, -ESRCH, "", "there is no process %d", (int)pid);
	if (r < 0)
		return error_errno(err, r, "", "cannot read the cgroups of process %d", (int)pid);
	rest = (struct slice){text, len};
	while (next_line(&rest, &line)) {
		r = open_line(g, line);
		if (r < 0)
			return error_errno(err, r, "run as a user who may read them",
					   "cannot open the cgroups of process %d", (int)pid);
	}
	if (!g->hierarchies)
		return error_set(err, -ENOENT, "name a process that is in a container",
				 "process %d is in no cgroup of its own", (int)pid);
	*out = TAKE_PTR(g);
	return 0;
}

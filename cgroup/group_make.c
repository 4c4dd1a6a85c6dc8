/* SPDX-License-Identifier: Apache-2.0 */
/* Folders, from the root of each hierarchy down to the container's. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/str.h"
#include "group_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST_MAX 8192
#define TRIES 16

DEFINE_CLEANUP(struct cgroup_group *, cgroup_group_close)

/* What one hierarchy got, so that it can be taken back. */
struct made {
	size_t parents; /* length of the first path that was made; 0 = none */
	bool leaf;
};

/* The length of the next longer path of folders; "a/b/c": 1, 3, 5, then 0. */
static size_t next_part(const char *path, size_t len)
{
	const char *slash;

	if (len && !path[len])
		return 0;
	slash = strchr(path + len + (len != 0), '/');
	return slash ? (size_t)(slash - path) : strlen(path);
}

static int make_parents(int root, char *rel, struct made *made)
{
	for (size_t len = next_part(rel, 0); rel[len]; len = next_part(rel, len)) {
		int r;

		rel[len] = '\0';
		r = mkdirat(root, rel, 0755) < 0 ? -errno : 0;
		rel[len] = '/';
		if (r == 0 && !made->parents)
			made->parents = len;
		if (r < 0 && r != -EEXIST)
			return r;
	}
	return 0;
}

static int make_folder(int root, char *rel, struct made *made)
{
	/* somebody who gives up may take a parent away that both of us made: once more then */
	for (int i = 0; i < TRIES; i++) {
		int r;

		if (mkdirat(root, rel, 0755) == 0) {
			made->leaf = true;
			return 0;
		}
		if (errno != ENOENT)
			return -errno;
		r = make_parents(root, rel, made);
		if (r < 0 && r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

static void take_back(int root, char *rel, const struct made *made)
{
	if (made->leaf)
		(void)unlinkat(root, rel, AT_REMOVEDIR);
	for (size_t len = strlen(rel); made->parents && len >= made->parents; len--) {
		char c = rel[len];

		if (c != '/')
			continue;
		rel[len] = '\0';
		(void)unlinkat(root, rel, AT_REMOVEDIR);
		rel[len] = c;
	}
}

/* --- v2: controllers for the children --- */

static bool has_word(const char *text, struct slice word)
{
	struct slice rest = slice_of(text);
	struct slice w;

	while (next_word(&rest, " \n", &w))
		if (slice_equal(w, word))
			return true;
	return false;
}

/* Those that the folder has and does not pass on yet; each alone where all at once are refused. What can't be
 * passed on is told by the limit that needs it, in group_limit.c. */
static void enable_in(int dir)
{
	char available[1024];
	char enabled[1024];
	struct slice rest;
	struct slice word;
	_cleanup_str_ struct str all = {0};

	if (group_read(dir, "cgroup.controllers", available, sizeof(available)) < 0 ||
	    group_read(dir, "cgroup.subtree_control", enabled, sizeof(enabled)) < 0)
		return;
	rest = slice_of(available);
	while (next_word(&rest, " \n", &word))
		if (!has_word(enabled, word))
			str_printf(&all, "%s+%.*s", all.len ? " " : "", (int)word.len, word.at);
	if (!all.len || all.failed || group_has_own_processes(dir) ||
	    group_write(dir, "cgroup.subtree_control", all.data) == 0)
		return;
	rest = (struct slice){all.data, all.len};
	while (next_word(&rest, " ", &word)) {
		char one[64];

		if (word.len >= sizeof(one))
			continue;
		memcpy(one, word.at, word.len);
		one[word.len] = '\0';
		(void)group_write(dir, "cgroup.subtree_control", one);
	}
}

/* Has it all that the root has? Then no parent needs a look. */
static bool has_all(int root, int leaf)
{
	char wanted[1024];
	char there[1024];
	struct slice rest;
	struct slice word;

	if (group_read(root, "cgroup.controllers", wanted, sizeof(wanted)) < 0 ||
	    group_read(leaf, "cgroup.controllers", there, sizeof(there)) < 0)
		return false;
	rest = slice_of(wanted);
	while (next_word(&rest, " \n", &word))
		if (!has_word(there, word))
			return false;
	return true;
}

static void enable_controllers(const struct hierarchy *h, char *rel, int leaf)
{
	if (h->controllers == 1U << CONTROLLER_CORE || has_all(h->fd, leaf))
		return;
	enable_in(h->fd);
	for (size_t len = next_part(rel, 0); rel[len]; len = next_part(rel, len)) {
		_cleanup_close_ int dir = -1;

		rel[len] = '\0';
		dir = fs_open_dir(h->fd, rel);
		rel[len] = '/';
		if (dir >= 0)
			enable_in(dir);
	}
}

/* --- v1's cpuset: no process may enter before it has CPUs and memory nodes --- */

/* Fills the file of rel's first len bytes from its parent's where it is empty; value (LIST_MAX) gets what
 * stands there then. */
static int inherit(int root, const char *rel, size_t len, const char *file, char *value)
{
	_cleanup_free_ char *path = NULL;
	size_t up = len;
	ssize_t n;
	int r;

	if (asprintf(&path, "%.*s%s%s", (int)len, rel, len ? "/" : "", file) < 0)
		return -ENOMEM;
	n = group_read(root, path, value, LIST_MAX);
	if (n < 0)
		return (int)n;
	if (len == 0 || value[strspn(value, "\n")])
		return 0;
	while (up && rel[--up] != '/')
		;
	r = inherit(root, rel, up, file, value);
	return r < 0 ? r : group_write(root, path, value);
}

static int inherit_cpuset(const struct hierarchy *h, const char *rel)
{
	static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
	_cleanup_free_ char *value = NULL;
	int r = 0;

	if (h->version != 1 || !(h->controllers & 1U << CONTROLLER_CPUSET))
		return 0;
	value = malloc(LIST_MAX);
	if (!value)
		return -ENOMEM;
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(files); i++)
		r = inherit(h->fd, rel, strlen(rel), files[i], value);
	return r;
}

/* --- all of it --- */

static const char *remedy_of(int code)
{
	switch (code) {
	case -EEXIST:
		return "choose another name, or remove what has this one ('plimsoll rm')";
	case -EACCES:
	case -EPERM:
		return "run as root, or have a cgroup delegated to you: with systemd, 'systemd-run --user "
		       "--scope -p Delegate=yes'";
	case -EROFS:
		return "the cgroup mount is read-only: mount it read-write, or run on the host";
	case -EAGAIN:
		return "the number or the depth of cgroups is limited: raise cgroup.max.descendants and "
		       "cgroup.max.depth of its parents";
	case -ENOSPC:
		return "the kernel has no more cgroups to give (65535 with memory): remove unused ones";
	default:
		return "";
	}
}

static int make_in(struct cgroup_group *g, size_t i, char *rel, struct made *made, struct error *err)
{
	const struct hierarchy *h = &g->layout->hierarchies[i];
	int r = make_folder(h->fd, rel, made);

	if (r < 0)
		return error_errno(err, r, remedy_of(r), "cannot make the cgroup '%s/%s'", h->mount_point,
				   rel);
	g->fds[i] = fs_open_dir(h->fd, rel);
	if (g->fds[i] < 0)
		return error_errno(err, g->fds[i], "", "cannot open the cgroup '%s/%s'", h->mount_point, rel);
	if (h->version == 2)
		enable_controllers(h, rel, g->fds[i]);
	r = inherit_cpuset(h, rel);
	if (r < 0)
		return error_errno(err, r, "", "cannot give the cgroup '%s/%s' its parent's CPUs",
				   h->mount_point, rel);
	return 0;
}

int cgroup_group_make(const struct cgroup_layout *layout, const char *path, uint32_t hierarchies,
		      struct cgroup_group **out, struct error *err)
{
	_cleanup_(cgroup_group_closep) struct cgroup_group *g = NULL;
	struct made made[HIERARCHIES_MAX] = {0};
	_cleanup_free_ char *rel = NULL;
	int r = group_check_path(path, err);

	if (r < 0)
		return r;
	g = group_new(layout, path);
	rel = strdup(path + 1);
	if (!g || !rel)
		return error_errno(err, -ENOMEM, "", "cannot make the cgroup '%s'", path);
	for (size_t i = 0; r == 0 && i < layout->n_hierarchies; i++) {
		if (!(hierarchies >> i & 1))
			continue;
		r = make_in(g, i, rel, &made[i], err);
		g->hierarchies |= UINT32_C(1) << i;
	}
	for (size_t i = 0; r < 0 && i < layout->n_hierarchies; i++)
		take_back(layout->hierarchies[i].fd, rel, &made[i]);
	if (r < 0)
		return r;
	g->made = g->hierarchies;
	*out = TAKE_PTR(g);
	return 0;
}

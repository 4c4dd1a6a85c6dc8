/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "group_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Folders still to visit, as paths below the top: a container can nest them deeper than descriptors go. */
struct todo {
	char **paths;
	size_t n;
	size_t cap;
};

static void todo_free(struct todo *t)
{
	while (t->n)
		free(t->paths[--t->n]);
	free(t->paths);
}

static int todo_add(struct todo *t, const char *parent, const char *name)
{
	char *path;

	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 16;
		char **more = reallocarray(t->paths, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		t->paths = more;
		t->cap = cap;
	}
	if (asprintf(&path, "%s/%s", parent, name) < 0)
		return -ENOMEM;
	t->paths[t->n++] = path;
	return 0;
}

bool group_has_folders(int dir)
{
	struct stat st;

	return fstat(dir, &st) < 0 || st.st_nlink != 2;
}

bool group_is_folder(int dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int add_below(struct todo *t, int dir, const char *path)
{
	_cleanup_closedir_ DIR *list = NULL;
	const struct dirent *entry;
	int r;

	if (!group_has_folders(dir))
		return 0;
	r = fs_open_list(dir, ".", &list);
	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while (r == 0 && (entry = fs_next(list)))
		r = group_is_folder(dir, entry) ? todo_add(t, path, entry->d_name) : 0;
	return r;
}

int group_walk(int top, int (*visit)(int dir, void *arg), void *arg)
{
	_cleanup_(todo_free) struct todo t = {0};
	int r = visit(top, arg);

	if (r == 0)
		r = add_below(&t, top, ".");
	while (r == 0 && t.n) {
		_cleanup_free_ char *path = t.paths[--t.n];
		_cleanup_close_ int dir = fs_open_dir(top, path);

		if (dir == -ENOENT || dir == -ENODEV)
			continue;
		r = dir < 0 ? dir : visit(dir, arg);
		if (r == 0)
			r = add_below(&t, dir, path);
	}
	return r;
}

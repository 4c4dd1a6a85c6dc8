/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "container_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SUFFIX "/" CONTAINERS_FOLDER "/"

/* Asked before anything is taken apart: a container with a mount in it stays as it is. */
static int refuse_mounts(const struct container *c, struct error *err)
{
	static const char *const places[] = {"root", "upper", "work"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct open_how how = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW,
				       .resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV};
		long fd = syscall(SYS_openat2, c->folder, places[i], &how, sizeof(how));

		if (fd >= 0)
			close((int)fd);
		else if (errno == EXDEV)
			return error_set(err, -EBUSY, "unmount it (umount), then try again",
					 "something is mounted on '%s/%s'", c->path, places[i]);
	}
	return 0;
}

/* What a container without a writable layer on disk has: no list has to be read of it. */
static bool remove_usual(const char *path, int folder)
{
	static const char *const files[] = {"state.json", "spec.json",	 "config.json", "log.json",
					    "hosts",	  "resolv.conf", "hostname"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		(void)unlinkat(folder, files[i], 0);
	return unlinkat(AT_FDCWD, path, AT_REMOVEDIR) == 0;
}

/* The folder `name` below containers/, open as `folder`, whose lock this process has. */
static int remove_folder(const struct store *store, enum store_half half, const char *name, int folder,
			 struct error *err)
{
	_cleanup_free_ char *path = NULL;
	struct tree tree = {.top = folder, .procfs = store->procfs};
	int r;

	if (asprintf(&path, "%s" SUFFIX "%s", store_half_path(store, half), name) < 0) {
		path = NULL;
		return error_set(err, -ENOMEM, "", "no memory");
	}
	tree.path = path;
	if (remove_usual(path, folder))
		return 0;
	r = tree_empty(&tree, err);
	if ((r == -EACCES || r == -EPERM) && geteuid() != 0)
		r = tree_empty_mapped(&tree, err);
	if (r < 0)
		return r;
	if (unlinkat(AT_FDCWD, path, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return error_errno(err, -errno, "", "cannot remove '%s'", path);
	return 0;
}

int container_remove(struct container *c, struct error *err)
{
	char from[STORE_PATH_SIZE];
	char gone[STORE_PATH_SIZE];
	int named;
	int r;

	if (c->lock < 0)
		return error_set(err, -ENOLCK, "", "the container %.12s is removed without its lock", c->id);
	r = refuse_mounts(c, err);
	if (r < 0)
		return r;
	snprintf(from, sizeof(from), CONTAINERS_FOLDER "/%s", c->id);
	snprintf(gone, sizeof(gone), CONTAINERS_FOLDER "/" GONE_PREFIX "%s", c->id);
	if (renameat(container_half_fd(c), from, container_half_fd(c), gone) < 0)
		return error_errno(err, -errno, "", "cannot remove '%s'", c->path);
	/* from here on it is gone, whatever happens: store_clean finishes what a crash leaves */
	named = c->broken || !c->config.name ? names_sweep(c->store, c->id)
					     : name_release(c->store, c->config.name, c->id);
	r = remove_folder(c->store, c->half, gone + strlen(CONTAINERS_FOLDER "/"), c->folder, err);
	container_unlock(c);
	if (r == 0 && named < 0)
		r = error_errno(err, named, "", "cannot give back the name of container %.12s", c->id);
	return r;
}

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* One of the store's halves, and its containers/. */
struct half {
	const struct store *store;
	enum store_half which;
	int containers;
};

typedef int (*leftover_action)(const struct half *half, const char *name, struct error *err);

static int each_in(struct half *half, const char *prefix, leftover_action action, struct error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int result = fs_open_list(store_half_fd(half->store, half->which), CONTAINERS_FOLDER, &dir);

	if (result < 0)
		return error_errno(err, result, "", "cannot read '%s/" CONTAINERS_FOLDER "'",
				   store_half_path(half->store, half->which));
	half->containers = dirfd(dir);
	while ((entry = fs_next(dir))) {
		int r = 0;

		if (begins(entry->d_name, prefix))
			r = action(half, entry->d_name, result ? NULL : err);
		if (r < 0 && result == 0)
			result = r;
	}
	return result;
}

static int each_leftover(const struct store *store, const char *prefix, leftover_action action,
			 struct error *err)
{
	int result = 0;

	for (int i = 0; i < STORE_HALVES; i++) {
		struct half half = {.store = store, .which = (enum store_half)i};
		int r = 0;

		if (store_half_fd(store, half.which) >= 0)
			r = each_in(&half, prefix, action, result ? NULL : err);
		if (result == 0)
			result = r;
	}
	return result;
}

/* Nobody makes anything now: what is half-made has no maker. */
static int give_up_made(const struct half *half, const char *name, struct error *err)
{
	char gone[STORE_PATH_SIZE];
	int n = snprintf(gone, sizeof(gone), GONE_PREFIX "%s", name + strlen(MADE_PREFIX));

	if (n < 0 || (size_t)n >= sizeof(gone))
		return 0;
	if (renameat(half->containers, name, half->containers, gone) < 0 && errno != ENOENT)
		return error_errno(err, -errno, "", "cannot rename '%s" SUFFIX "%s'",
				   store_half_path(half->store, half->which), name);
	return 0;
}

static int remove_gone(const struct half *half, const char *name, struct error *err)
{
	_cleanup_close_ int folder = -1;

	folder = openat(half->containers, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (folder < 0 && errno == ENOENT)
		return 0;
	if (folder < 0 && (errno == ENOTDIR || errno == ELOOP))
		return unlinkat(half->containers, name, 0) < 0 && errno != ENOENT ? -errno : 0;
	if (folder < 0)
		return error_errno(err, -errno, "", "cannot open '%s" SUFFIX "%s'",
				   store_half_path(half->store, half->which), name);
	/* somebody is at it */
	if (flock(folder, LOCK_EX | LOCK_NB) < 0)
		return 0;
	return remove_folder(half->store, half->which, name, folder, err);
}

int store_clean(const struct store *store, struct error *err)
{
	int making = store_lock(store, "lock.new", LOCK_EX, 0, NULL);
	int result = 0;
	int r;

	/* -EBUSY: somebody makes one at this moment; the next time will do */
	if (making >= 0) {
		result = each_leftover(store, MADE_PREFIX, give_up_made, err);
		close(making);
	}
	r = each_leftover(store, GONE_PREFIX, remove_gone, result ? NULL : err);
	if (result == 0)
		result = r;
	r = names_sweep(store, NULL);
	if (r < 0 && result == 0)
		result = error_errno(err, r, "", "cannot clean '%s/" NAMES_FOLDER "'", store->path);
	return result;
}

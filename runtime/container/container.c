/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/container.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "container_json.h"
#include "container_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void container_free(struct container *c)
{
	if (!c)
		return;
	/* closed, not given back: a fork may hold it still */
	if (c->lock >= 0)
		close(c->lock);
	if (c->folder >= 0)
		close(c->folder);
	spec_free(c->spec);
	free(c->path);
	free(c);
}

int container_open_folder(struct container *c, struct error *err)
{
	if (c->folder >= 0)
		return 0;
	c->folder = open(c->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (c->folder >= 0)
		return 0;
	if (errno == ENOENT)
		return error_set(err, -ENOENT, "", "the container %.12s was removed meanwhile", c->id);
	return error_errno(err, -errno, "", "cannot open '%s'", c->path);
}

bool container_is_in_place(const struct container *c)
{
	char path[STORE_PATH_SIZE];
	struct stat here;
	struct stat ours;

	snprintf(path, sizeof(path), CONTAINERS_FOLDER "/%s", c->id);
	return fstatat(container_half_fd(c), path, &here, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(c->folder, &ours) == 0 && here.st_ino == ours.st_ino && here.st_dev == ours.st_dev;
}

/* Texts of a config into the arena of the spec that it will live with. */
static int copy_config(const struct container_config *from, struct spec *spec, struct container_config *out)
{
	*out = *from;
	out->labels = (struct spec_pairs){0};
	for (size_t i = 0; i < from->labels.n; i++)
		if (spec_pairs_set(spec, &out->labels, from->labels.at[i].key, from->labels.at[i].value) < 0)
			return -ENOMEM;
	out->name = spec_text(spec, from->name);
	out->image = spec_text(spec, from->image);
	out->detach_keys = spec_text(spec, from->detach_keys);
	out->pidfile = spec_text(spec, from->pidfile);
	if ((from->name && !out->name) || (from->image && !out->image) ||
	    (from->detach_keys && !out->detach_keys) || (from->pidfile && !out->pidfile))
		return -ENOMEM;
	return 0;
}

/* The lock first: a name may be taken only once the maker can be seen to live. */
static int take_new_lock(struct container *c, struct error *err)
{
	c->lock = fs_open_dir(c->folder, ".");
	if (c->lock < 0)
		return error_errno(err, c->lock, "", "cannot open '%s'", c->path);
	if (flock(c->lock, LOCK_EX | LOCK_NB) < 0)
		return error_errno(err, -errno, "", "cannot lock '%s'", c->path);
	return 0;
}

typedef int (*write_file)(int folder, const char *name, struct slice text);

static int write_spec_and_config(const struct container *c, write_file write, struct error *err)
{
	_cleanup_str_ struct str spec = {0};
	_cleanup_str_ struct str config = {0};
	int r;

	spec_write_json(c->spec, &spec);
	container_config_write(&c->config, &c->spec->process.args, &config);
	if (spec.failed || config.failed)
		return error_set(err, -ENOMEM, "", "no memory");
	r = write(c->folder, "spec.json", (struct slice){spec.data, spec.len});
	if (r < 0)
		return error_errno(err, r, "", "cannot write '%s/spec.json'", c->path);
	r = write(c->folder, "config.json", (struct slice){config.data, config.len});
	if (r < 0)
		return error_errno(err, r, "", "cannot write '%s/config.json'", c->path);
	return 0;
}

/* Where group 0 inside is another group outside, it must be let through to its root: for that group alone,
 * since a writable layer holds set-user-id programs that nobody outside may reach (CVE-2021-41091). */
static int let_group_through(const struct container *c, struct error *err)
{
	const struct spec_linux *l = &c->spec->linux_;

	if (l->namespaces[SPEC_NS_USER].how != SPEC_NS_NEW)
		return 0;
	for (size_t i = 0; i < l->gid_maps.n; i++) {
		const struct spec_id_map *map = &l->gid_maps.at[i];

		if (map->container_id != 0 || map->host_id == getegid())
			continue;
		if (fchown(c->folder, (uid_t)-1, map->host_id) < 0 || fchmod(c->folder, 0710) < 0)
			return error_errno(err, -errno, "", "cannot give '%s' to group %u", c->path,
					   map->host_id);
	}
	return 0;
}

/* The folder under its name for the time being, complete but for its place and name. */
static int make_folder(struct container *c, const char *path, struct error *err)
{
	int r;

	if (mkdirat(container_half_fd(c), path, 0700) < 0)
		return error_errno(err, -errno, "", "cannot make '%s/%s'", container_half_path(c), path);
	c->folder = fs_open_dir(container_half_fd(c), path);
	if (c->folder < 0) {
		unlinkat(container_half_fd(c), path, AT_REMOVEDIR);
		return error_errno(err, c->folder, "", "cannot open '%s/%s'", container_half_path(c), path);
	}
	r = take_new_lock(c, err);
	if (r < 0)
		return r;
	r = let_group_through(c, err);
	return r < 0 ? r : write_spec_and_config(c, file_write, err);
}

static void unmake_folder(const struct container *c, const char *path)
{
	static const char *const files[] = {"spec.json", "config.json"};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(c->folder, files[i], 0);
	unlinkat(container_half_fd(c), path, AT_REMOVEDIR);
}

static int take_name_and_place(struct container *c, const char *made, struct error *err)
{
	char place[STORE_PATH_SIZE];
	int r;

	r = name_take(c->store, c->config.name, c->id, err);
	if (r < 0)
		return r;
	snprintf(place, sizeof(place), CONTAINERS_FOLDER "/%s", c->id);
	if (renameat(container_half_fd(c), made, container_half_fd(c), place) < 0) {
		r = -errno;
		name_release(c->store, c->config.name, c->id);
		return error_errno(err, r, "", "cannot make '%s'", c->path);
	}
	return 0;
}

static int make(struct container *c, struct error *err)
{
	_cleanup_close_ int making = -1;
	char made[STORE_PATH_SIZE];
	int r;

	making = store_lock(c->store, "lock.new", LOCK_SH, SHORT_LOCK_MS, err);
	if (making < 0)
		return making;
	snprintf(made, sizeof(made), CONTAINERS_FOLDER "/" MADE_PREFIX "%s", c->id);
	r = make_folder(c, made, err);
	if (r == 0)
		r = take_name_and_place(c, made, err);
	if (r < 0 && c->folder >= 0) {
		unmake_folder(c, made);
		close(TAKE_FD(c->folder));
	}
	container_unlock(c);
	return r;
}

static int new_container(const struct store *store, const char *id, enum store_half half, struct spec *spec,
			 struct container **out)
{
	struct container *c = calloc(1, sizeof(*c));

	if (!c) {
		spec_free(spec);
		return -ENOMEM;
	}
	c->store = store;
	c->half = half;
	c->spec = spec;
	c->folder = -1;
	c->lock = -1;
	snprintf(c->id, sizeof(c->id), "%s", id);
	*out = c;
	if (asprintf(&c->path, "%s/" CONTAINERS_FOLDER "/%s", store_half_path(store, half), id) >= 0)
		return 0;
	c->path = NULL;
	return -ENOMEM;
}

int container_create(const struct store *store, const char *id, const struct container_config *config,
		     struct spec *spec, struct container **out, struct error *err)
{
	_cleanup_container_ struct container *c = NULL;
	bool fresh = !config->name;
	int tries = 16;
	int r;

	if (!container_is_id(id) || (!fresh && container_check_name(config->name, err) < 0)) {
		spec_free(spec);
		return container_is_id(id) ? -EINVAL
					   : error_set(err, -EINVAL, "", "'%s' is not a container's id", id);
	}
	if (new_container(store, id, config->half, spec, &c) < 0 || copy_config(config, spec, &c->config) < 0)
		return error_set(err, -ENOMEM, "", "no memory");
	do {
		char name[NAME_MAX_LENGTH + 1];

		if (fresh) {
			r = container_new_name(store, name, sizeof(name), err);
			if (r < 0)
				return r;
			c->config.name = spec_text(spec, name);
			if (!c->config.name)
				return error_set(err, -ENOMEM, "", "no memory");
		}
		r = make(c, err);
	} while (r == -EEXIST && fresh && --tries);
	if (r < 0)
		return r;
	*out = TAKE_PTR(c);
	return 0;
}

static int lock_failed(const struct container *c, int fd, int timeout_ms, struct error *err)
{
	pid_t owner = flock_owner(c->store->procfs, fd);

	if (owner)
		return error_set(err, -EBUSY, "try again once that process has done what it does",
				 "the container '%s' is locked by process %d since more than %d ms",
				 c->config.name ? c->config.name : c->id, (int)owner, timeout_ms);
	return error_set(err, -EBUSY, "try again",
			 "the container '%s' is locked by another process since more than %d ms",
			 c->config.name ? c->config.name : c->id, timeout_ms);
}

/* The folder once more: c->folder may be a copy of what another holds, and a lock is the open file's. */
static int open_lock(const struct container *c, struct error *err)
{
	int fd = fs_open_dir(c->folder, ".");

	if (fd == -ENOENT)
		return error_set(err, -ENOENT, "", "the container %.12s was removed meanwhile", c->id);
	if (fd < 0)
		return error_errno(err, fd, "", "cannot open '%s'", c->path);
	return fd;
}

int container_lock(struct container *c, int timeout_ms, struct error *err)
{
	_cleanup_close_ int fd = -1;
	int r = container_open_folder(c, err);

	if (r < 0)
		return r;
	if (c->lock >= 0)
		return error_set(err, -EDEADLK, "", "the container %.12s is locked twice", c->id);
	fd = open_lock(c, err);
	if (fd < 0)
		return fd;
	r = flock_wait(fd, LOCK_EX, timeout_ms);
	if (r == -EWOULDBLOCK)
		return lock_failed(c, fd, timeout_ms, err);
	if (r < 0)
		return error_errno(err, r, "", "cannot lock '%s'", c->path);
	if (!container_is_in_place(c))
		return error_set(err, -ENOENT, "", "the container %.12s was removed meanwhile", c->id);
	r = c->broken ? 0 : container_read_state(c, err);
	if (r < 0)
		return r;
	c->lock = TAKE_FD(fd);
	return 0;
}

void container_unlock(struct container *c)
{
	if (c->lock < 0)
		return;
	/* close(2) alone would leave it to a fork that has the descriptor too */
	flock(c->lock, LOCK_UN);
	close(c->lock);
	c->lock = -1;
}

int container_write_spec(struct container *c, struct error *err)
{
	if (c->lock < 0)
		return error_set(err, -ENOLCK, "", "the spec of '%s' is written without its lock", c->id);
	return write_spec_and_config(c, file_replace, err);
}

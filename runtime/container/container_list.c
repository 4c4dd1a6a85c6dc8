/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"
#include "container_json.h"
#include "container_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a file of the container may be broken by; anything else (no descriptors, no memory, no permission) is
 * a failure of this process, not of the file. */
static bool is_damage(int r)
{
	return r == -EBADMSG || r == -EINVAL || r == -ENOENT || r == -EFBIG || r == -EISDIR || r == -EIO ||
	       r == -ELOOP || r == -ENXIO || r == -ENOTDIR;
}

static int file_failed(const struct container *c, const char *file, int r, const char *why, struct error *err)
{
	if (!is_damage(r))
		return error_errno(err, r, "", "cannot read '%s/%s'", c->path, file);
	return error_set(err, -EBADMSG, "remove the container: plimsoll rm", "'%s/%s' is broken: %s", c->path,
			 file, why ? why : strerror(-r));
}

static int read_config(struct container *c, struct spec *arena, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct slice slice = {0};
	struct error why = {0};
	int r = fs_read_file(c->folder, "config.json", CONFIG_SIZE_MAX, &text, &slice.len);

	if (r < 0)
		return file_failed(c, "config.json", r, NULL, err);
	slice.at = text;
	r = container_config_read(slice, arena, &c->config, &why);
	return r < 0 ? file_failed(c, "config.json", r, why.cause, err) : 0;
}

static int read_spec(struct container *c, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	struct slice slice = {0};
	struct error why = {0};
	struct spec *spec = NULL;
	int r = fs_read_file(c->folder, "spec.json", SPEC_SIZE_MAX, &text, &slice.len);

	if (r < 0)
		return file_failed(c, "spec.json", r, NULL, err);
	slice.at = text;
	r = spec_read_json(slice, &spec, &why);
	if (r < 0)
		return file_failed(c, "spec.json", r, why.cause, err);
	spec_free(c->spec);
	c->spec = spec;
	return 0;
}

/* All three, whatever the others are like: what can be read of a broken one helps to remove it. The config is
 * read into the spec's arena, so the spec comes first. */
static int read_files(struct container *c, bool brief, struct error *err)
{
	struct error first = {0};
	struct error later = {0};
	struct spec_texts args;
	int r = 0;

	if (!brief)
		r = read_spec(c, &first);
	args = c->spec->process.args;
	if (r == 0 || r == -EBADMSG) {
		int again = read_config(c, c->spec, r ? &later : &first);

		r = r ? r : again;
	}
	if (!brief)
		c->spec->process.args = args;
	if (r == 0 || r == -EBADMSG) {
		int again = container_read_state(c, r ? &later : &first);

		if (again < 0 && is_damage(again))
			again = -EBADMSG;
		r = r ? r : again;
	}
	if (r < 0)
		*err = first;
	return r;
}

static int no_memory(struct error *err)
{
	error_set(err, -ENOMEM, "", "no memory");
	return -ENOMEM;
}

/* NULL with *err, which may not be NULL. */
static struct container *open_folder(const struct store *store, enum store_half half, const char *id,
				     struct error *err)
{
	_cleanup_container_ struct container *c = calloc(1, sizeof(*c));
	const char *top = store_half_path(store, half);
	char path[STORE_PATH_SIZE];

	if (!c) {
		no_memory(err);
		return NULL;
	}
	c->store = store;
	c->half = half;
	c->lock = -1;
	snprintf(c->id, sizeof(c->id), "%s", id);
	snprintf(path, sizeof(path), CONTAINERS_FOLDER "/%s", id);
	c->folder = openat(store_half_fd(store, half), path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (c->folder < 0) {
		error_errno(err, -errno, "", "cannot open '%s/%s'", top, path);
		return NULL;
	}
	c->spec = spec_new();
	if (asprintf(&c->path, "%s/%s", top, path) < 0)
		c->path = NULL;
	if (!c->spec || !c->path) {
		no_memory(err);
		return NULL;
	}
	return TAKE_PTR(c);
}

/* 0 with c->broken set for a broken one; *err then says why as well. */
static int load(const struct store *store, enum store_half half, const char *id, bool brief,
		struct container **out, struct error *err)
{
	struct error why = {0};
	_cleanup_container_ struct container *c = open_folder(store, half, id, &why);
	int r = c ? read_files(c, brief, &why) : why.code;

	if (r < 0 && err)
		*err = why;
	if (!c)
		return r;
	if (r == -EBADMSG) {
		/* files go one by one while it is removed */
		if (!container_is_in_place(c))
			return error_set(err, -ENOENT, "", "the container %.12s was removed meanwhile", id);
		c->broken = true;
		snprintf(c->state.error, sizeof(c->state.error), "%s", why.cause);
		r = 0;
	}
	if (r < 0)
		return r;
	if (brief) {
		close(c->folder);
		c->folder = -1;
	}
	*out = TAKE_PTR(c);
	return 0;
}

static int no_such(const char *name, struct error *err)
{
	return error_set(err, -ENOENT, "see what there is: plimsoll ps -a", "there is no container '%s'",
			 name);
}

static int open_containers(const struct store *store, enum store_half half, DIR **out, struct error *err)
{
	int r = fs_open_list(store_half_fd(store, half), CONTAINERS_FOLDER, out);

	return r < 0 ? error_errno(err, r, "", "cannot read '%s/" CONTAINERS_FOLDER "'",
				   store_half_path(store, half))
		     : 0;
}

static int prefix_in(const struct store *store, enum store_half half, const char *prefix,
		     char id[CONTAINER_ID_LENGTH + 1], struct error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	size_t n = strlen(prefix);
	int r = open_containers(store, half, &dir, err);

	if (r < 0)
		return r;
	while ((entry = fs_next(dir))) {
		if (!container_is_id(entry->d_name) || strncmp(entry->d_name, prefix, n) != 0 ||
		    strcmp(entry->d_name, id) == 0)
			continue;
		if (id[0])
			return error_set(err, -EEXIST, "give more of the id, or the name",
					 "more than one container's id begins with '%s'", prefix);
		memcpy(id, entry->d_name, CONTAINER_ID_LENGTH + 1);
	}
	return 0;
}

static bool stands(const struct store *store, const char *id, enum store_half *half)
{
	char path[STORE_PATH_SIZE];

	snprintf(path, sizeof(path), CONTAINERS_FOLDER "/%s", id);
	return store_holds(store, path, half);
}

static int find_prefix(const struct store *store, const char *prefix, char id[CONTAINER_ID_LENGTH + 1],
		       enum store_half *half, struct error *err)
{
	int r = 0;

	id[0] = '\0';
	for (int i = 0; r == 0 && i < STORE_HALVES; i++)
		if (store_half_fd(store, (enum store_half)i) >= 0)
			r = prefix_in(store, (enum store_half)i, prefix, id, err);
	if (r < 0)
		return r;
	return id[0] && stands(store, id, half) ? 0 : no_such(prefix, err);
}

/* Docker's order: a whole id, a name, the beginning of an id. */
static int find(const struct store *store, const char *name, char id[CONTAINER_ID_LENGTH + 1],
		enum store_half *half, struct error *err)
{
	char path[STORE_PATH_SIZE];
	char target[STORE_PATH_SIZE];

	if (container_is_id(name) && stands(store, name, half)) {
		memcpy(id, name, CONTAINER_ID_LENGTH + 1);
		return 0;
	}
	if (container_check_name(name, NULL) == 0) {
		snprintf(path, sizeof(path), NAMES_FOLDER "/%s", name);
		if (name_owner(store, path, target) == 0 && container_is_id(target) &&
		    stands(store, target, half)) {
			memcpy(id, target, CONTAINER_ID_LENGTH + 1);
			return 0;
		}
	}
	if (name[0] && strspn(name, "0123456789abcdef") == strlen(name))
		return find_prefix(store, name, id, half, err);
	return no_such(name, err);
}

int container_open_any(const struct store *store, const char *name, struct container **out, struct error *err)
{
	char id[CONTAINER_ID_LENGTH + 1];
	enum store_half half = STORE_DISK;
	int r = find(store, name, id, &half, err);

	if (r == 0)
		r = load(store, half, id, false, out, err);
	return r;
}

int container_open(const struct store *store, const char *name, struct container **out, struct error *err)
{
	struct container *c = NULL;
	struct error why = {0};
	int r = container_open_any(store, name, &c, &why);

	if (r == 0 && c->broken) {
		container_free(c);
		r = -EBADMSG;
	}
	if (r < 0) {
		if (err)
			*err = why;
		return r;
	}
	*out = c;
	return 0;
}

static int newest_first(const void *a, const void *b)
{
	const struct container *x = *(struct container *const *)a;
	const struct container *y = *(struct container *const *)b;

	if (x->config.created_ns != y->config.created_ns)
		return x->config.created_ns < y->config.created_ns ? 1 : -1;
	return strcmp(x->id, y->id);
}

struct list {
	struct container **at;
	size_t n, cap;
};

static int push(struct list *list, struct container *c)
{
	if (list->n == list->cap) {
		size_t more = list->cap ? list->cap * 2 : 32;
		struct container **grown = reallocarray(list->at, more, sizeof(struct container *));

		if (!grown)
			return -ENOMEM;
		list->at = grown;
		list->cap = more;
	}
	list->at[list->n++] = c;
	return 0;
}

static int list_half(const struct store *store, enum store_half half, bool brief, struct list *list,
		     struct error *err)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int r = open_containers(store, half, &dir, err);

	while (r == 0 && (entry = fs_next(dir))) {
		struct container *c = NULL;

		if (!container_is_id(entry->d_name))
			continue;
		r = load(store, half, entry->d_name, brief, &c, err);
		if (r == 0 && push(list, c) < 0) {
			container_free(c);
			r = no_memory(err);
		}
		/* removed between the two looks */
		if (r == -ENOENT)
			r = 0;
	}
	return r;
}

static int list_all(const struct store *store, bool brief, struct container ***out, size_t *count,
		    struct error *err)
{
	struct list list = {0};
	int r = 0;

	for (int i = 0; r == 0 && i < STORE_HALVES; i++)
		if (store_half_fd(store, (enum store_half)i) >= 0)
			r = list_half(store, (enum store_half)i, brief, &list, err);
	if (r < 0) {
		container_list_free(list.at, list.n);
		return r;
	}
	if (list.n)
		qsort(list.at, list.n, sizeof(struct container *), newest_first);
	*out = list.at;
	*count = list.n;
	return 0;
}

int container_list(const struct store *store, struct container ***list, size_t *n, struct error *err)
{
	return list_all(store, false, list, n, err);
}

int container_list_brief(const struct store *store, struct container ***list, size_t *n, struct error *err)
{
	return list_all(store, true, list, n, err);
}

void container_list_free(struct container **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		container_free(list[i]);
	free(list);
}

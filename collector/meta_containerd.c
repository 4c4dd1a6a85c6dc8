/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_containerd.h"

#include "base/fs.h"
#include "base/parse.h"
#include "meta_bolt.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define TASKS "io.containerd.runtime.v2.task"
#define NAMESPACES_MAX 64

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* cri-o puts all labels into one annotation, as JSON. */
static void take_crio_labels(struct slice text, struct meta *m)
{
	_cleanup_json_ struct json_object *labels = NULL;

	if (meta_json(text, &labels) == 0)
		meta_labels(m, labels);
}

int meta_oci_parse(struct slice text, struct meta *m)
{
	_cleanup_json_ struct json_object *root = NULL;
	struct json_object *annotations;
	int r = meta_json(text, &root);

	if (r < 0)
		return r;
	annotations = json_member(root, "annotations");
	if (!json_object_is_type(annotations, json_type_object))
		return 0;
	json_object_object_foreach(annotations, key, value)
	{
		struct slice value_text = json_text(annotations, key);

		(void)value;
		meta_known_key(m, key, value_text);
		if (strcmp(key, "io.kubernetes.cri-o.Labels") == 0)
			take_crio_labels(value_text, m);
		else if (value_text.len && !starts_with(key, "io.kubernetes.cri"))
			meta_label(m, slice_of(key), value_text);
	}
	return 0;
}

static bool bundle_path(const char *space, struct slice id, const char *file, char *out, size_t cap)
{
	int n = snprintf(out, cap, TASKS "/%s/%.*s/%s", space, (int)id.len, id.at, file);

	return id.len < 80 && n > 0 && (size_t)n < cap;
}

int meta_containerd_stat(const struct meta_folder *folder, const char *found, struct slice id,
			 struct meta_stamp *stamp)
{
	char path[256];

	return bundle_path(found, id, "config.json", path, sizeof(path)) ? meta_stat(folder->fd, path, stamp)
									 : -ENOENT;
}

static void take_pid(const struct meta_folder *folder, const char *space, struct slice id, struct meta *m)
{
	_cleanup_free_ char *text = NULL;
	char path[256];
	uint64_t pid;
	size_t len;

	if (!bundle_path(space, id, "init.pid", path, sizeof(path)) ||
	    meta_read(folder->fd, path, &text, &len, NULL) < 0)
		return;
	if (parse_u64((struct slice){text, strcspn(text, "\n")}, &pid) == 0 && pid <= INT_MAX)
		m->who.init_pid = (uint32_t)pid;
}

static void add_label(void *context, struct slice key, struct slice value)
{
	struct meta *m = context;
	char name[64];

	if (key.len < sizeof(name)) {
		memcpy(name, key.at, key.len);
		name[key.len] = '\0';
		meta_known_key(m, name, value);
	}
	meta_label(m, key, value);
}

/* The bundle says who it is to the CRI plugin; labels and image stand only in the database. */
static void read_database(const struct meta_folder *folder, const char *space, struct slice id,
			  struct meta *m)
{
	struct slice path[] = {slice_of("v1"), slice_of(space), slice_of("containers"), id,
			       slice_of("labels")};
	_cleanup_bolt_ struct bolt db = BOLT_CLOSED;
	_cleanup_free_ char *image = NULL;
	char file[PATH_MAX];
	size_t len;
	int n;

	if (!folder->data)
		return;
	n = snprintf(file, sizeof(file), "%s/io.containerd.metadata.v1.bolt/meta.db", folder->data);
	if (n < 0 || (size_t)n >= sizeof(file) || bolt_open(&db, folder->root_fd, file) < 0)
		return;
	bolt_each(&db, path, 5, add_label, m);
	path[4] = slice_of("image");
	if (bolt_get(&db, path, 5, &image, &len) == 0)
		meta_text(m, &m->who.image, (struct slice){image, len});
}

static int load_from(const struct meta_folder *folder, const char *space, struct slice id, struct meta *m,
		     struct meta_stamp *stamp)
{
	_cleanup_free_ char *text = NULL;
	char path[256];
	size_t len;
	int r;

	if (!bundle_path(space, id, "config.json", path, sizeof(path)))
		return -ENOENT;
	r = meta_read(folder->fd, path, &text, &len, stamp);
	if (r == 0)
		r = meta_oci_parse((struct slice){text, len}, m);
	if (r < 0)
		return r;
	take_pid(folder, space, id, m);
	read_database(folder, space, id, m);
	meta_finish(m);
	return 0;
}

static int load_from_any(const struct meta_folder *folder, struct slice id, struct meta *m, char found[80],
			 struct meta_stamp *stamp)
{
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;
	int fd = fs_open_in_root(folder->fd, TASKS, O_RDONLY | O_DIRECTORY);
	int best = -ENOENT;

	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < NAMESPACES_MAX && (entry = readdir(dir));) {
		int r;

		/* an identifier of containerd has at most 76 characters */
		if (entry->d_name[0] == '.' || strlen(entry->d_name) >= 80 ||
		    strcmp(entry->d_name, "moby") == 0)
			continue;
		i++;
		r = load_from(folder, entry->d_name, id, m, stamp);
		if (r == 0) {
			memcpy(found, entry->d_name, strlen(entry->d_name) + 1);
			return 0;
		}
		if (r != -ENOENT)
			best = r;
	}
	return best;
}

int meta_containerd_load(const struct meta_folder *folder, struct slice space, struct slice id,
			 struct meta *m, char found[80], struct meta_stamp *stamp)
{
	if (space.len && space.len < 80 && !slice_is(space, "moby")) {
		memcpy(found, space.at, space.len);
		found[space.len] = '\0';
		if (load_from(folder, found, id, m, stamp) == 0)
			return 0;
	}
	return load_from_any(folder, id, m, found, stamp);
}

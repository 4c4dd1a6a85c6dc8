/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_plimsoll.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

int meta_plimsoll_config_parse(struct slice text, struct meta *m)
{
	_cleanup_json_ struct json_object *root = NULL;
	int r = meta_json(text, &root);

	if (r < 0)
		return r;
	meta_text(m, &m->who.name, json_text(root, "name"));
	meta_text(m, &m->who.image, json_text(root, "image"));
	meta_labels(m, json_member(root, "labels"));
	return m->failed ? -ENOMEM : 0;
}

int meta_plimsoll_state_parse(struct slice text, struct meta *m)
{
	_cleanup_json_ struct json_object *root = NULL;
	struct slice status;
	int r = meta_json(text, &root);

	if (r < 0)
		return r;
	status = json_text(root, "status");
	m->who.restarts = (uint32_t)json_u64(root, "restarts", UINT32_MAX);
	if (slice_is(status, "running") || slice_is(status, "paused")) {
		m->who.init_pid = (uint32_t)json_u64(root, "pid", INT_MAX);
		m->who.started_at_ns = json_u64(root, "started_ns", INT64_MAX);
	}
	return 0;
}

/* An id comes from a cgroup's name, which is anybody's: it must not lead out of containers/. */
static bool container_path(struct slice id, const char *file, char *out, size_t cap)
{
	int n = snprintf(out, cap, "containers/%.*s%s", (int)id.len, id.at, file);

	return id.len > 0 && id.len <= 64 && id.at[0] != '.' && !memchr(id.at, '/', id.len) && n > 0 &&
	       (size_t)n < cap;
}

int meta_plimsoll_stat(const struct meta_folder *folder, struct slice id, struct meta_stamp *stamp)
{
	char path[128];

	return container_path(id, "", path, sizeof(path)) ? meta_stat(folder->fd, path, stamp) : -ENOENT;
}

static int read_config(const struct meta_folder *folder, struct slice id, struct meta *m)
{
	_cleanup_free_ char *text = NULL;
	char path[128];
	size_t len;
	int r;

	if (!container_path(id, "/config.json", path, sizeof(path)))
		return -ENOENT;
	r = meta_read(folder->fd, path, &text, &len, NULL);
	return r < 0 ? r : meta_plimsoll_config_parse((struct slice){text, len}, m);
}

/* It may be there a little later, and costs its own fields only. */
static void read_state(const struct meta_folder *folder, struct slice id, struct meta *m)
{
	_cleanup_free_ char *text = NULL;
	char path[128];
	size_t len;

	if (container_path(id, "/state.json", path, sizeof(path)) &&
	    meta_read(folder->fd, path, &text, &len, NULL) == 0)
		meta_plimsoll_state_parse((struct slice){text, len}, m);
}

/* Where a writable layer is kept; one on a tmpfs is nowhere on the host. */
static void find_layer(const struct meta_folder *folder, struct slice id, struct meta *m)
{
	struct meta_stamp ignored;
	char path[PATH_MAX];
	int n;

	if (!container_path(id, "/upper", path, 128) || meta_stat(folder->fd, path, &ignored) < 0)
		return;
	n = snprintf(path, sizeof(path), "%s/containers/%.*s/upper", folder->path, (int)id.len, id.at);
	if (n > 0 && (size_t)n < sizeof(path))
		meta_set(m, &m->who.writable_layer, path);
}

int meta_plimsoll_load(const struct meta_folder *folder, struct slice id, struct meta *m,
		       struct meta_stamp *stamp, bool *running)
{
	/* before the files are read: what changes meanwhile is seen as a change the next time */
	int r = meta_plimsoll_stat(folder, id, stamp);

	if (r == 0)
		r = read_config(folder, id, m);
	if (r < 0)
		return r;
	read_state(folder, id, m);
	find_layer(folder, id, m);
	meta_finish(m);
	*running = m->who.init_pid != 0;
	return m->failed ? -ENOMEM : 0;
}

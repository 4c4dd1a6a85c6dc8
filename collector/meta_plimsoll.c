/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_plimsoll.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

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

/* The half of the store that is kept in memory: where its link "memory" leads, if that is its owner's. */
static int open_memory(const struct meta_folder *folder)
{
	_cleanup_close_ int fd = -1;
	char path[PATH_MAX];
	struct stat store;
	struct stat st;
	ssize_t n = fs_read_link(folder->fd, "memory", path, sizeof(path));

	if (n < 0 || path[0] != '/')
		return n < 0 ? (int)n : -EINVAL;
	fd = fs_open_in_root(folder->root_fd, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	if (fstat(folder->fd, &store) < 0 || fstat(fd, &st) < 0)
		return -errno;
	return st.st_uid == store.st_uid ? TAKE_FD(fd) : -EPERM;
}

/* Which half has the container: its descriptor, in *memory where it is to be closed. */
static int stat_half(const struct meta_folder *folder, struct slice id, struct meta_stamp *stamp, int *memory)
{
	char path[128];
	int r;

	if (!container_path(id, "", path, sizeof(path)))
		return -ENOENT;
	r = meta_stat(folder->fd, path, stamp);
	if (r != -ENOENT)
		return r < 0 ? r : folder->fd;
	*memory = open_memory(folder);
	if (*memory < 0)
		return r;
	r = meta_stat(*memory, path, stamp);
	return r < 0 ? r : *memory;
}

int meta_plimsoll_stat(const struct meta_folder *folder, struct slice id, struct meta_stamp *stamp)
{
	_cleanup_close_ int memory = -1;
	int half = stat_half(folder, id, stamp, &memory);

	return half < 0 ? half : 0;
}

static int read_config(int half, struct slice id, struct meta *m)
{
	_cleanup_free_ char *text = NULL;
	char path[128];
	size_t len;
	int r;

	if (!container_path(id, "/config.json", path, sizeof(path)))
		return -ENOENT;
	r = meta_read(half, path, &text, &len, NULL);
	return r < 0 ? r : meta_plimsoll_config_parse((struct slice){text, len}, m);
}

/* It may be there a little later, and costs its own fields only. */
static void read_state(int half, struct slice id, struct meta *m)
{
	_cleanup_free_ char *text = NULL;
	char path[128];
	size_t len;

	if (container_path(id, "/state.json", path, sizeof(path)) &&
	    meta_read(half, path, &text, &len, NULL) == 0)
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
	_cleanup_close_ int memory = -1;
	int half = stat_half(folder, id, stamp, &memory);
	int r = half < 0 ? half : read_config(half, id, m);

	if (r < 0)
		return r;
	read_state(half, id, m);
	find_layer(folder, id, m);
	meta_finish(m);
	*running = m->who.init_pid != 0;
	return m->failed ? -ENOMEM : 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_docker.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

static void take_driver(struct slice text, char driver[32])
{
	driver[0] = '\0';
	if (text.len >= 32)
		return;
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.at[i]) && text.at[i] != '-')
			return;
	memcpy(driver, text.at, text.len);
	driver[text.len] = '\0';
}

int meta_docker_parse(struct slice text, struct meta *m, char driver[32])
{
	_cleanup_json_ struct json_object *root = NULL;
	struct json_object *config;
	struct json_object *state;
	struct slice name;
	int r = meta_json(text, &root);

	if (r < 0)
		return r;
	config = json_member(root, "Config");
	state = json_member(root, "State");
	name = json_text(root, "Name");
	if (name.len && name.at[0] == '/')
		name = (struct slice){name.at + 1, name.len - 1};
	meta_text(m, &m->who.name, name);
	meta_text(m, &m->who.image, json_text(config, "Image"));
	meta_labels(m, json_member(config, "Labels"));
	if (json_object_get_boolean(json_member(state, "Running"))) {
		m->who.init_pid = (uint32_t)json_u64(state, "Pid", INT_MAX);
		m->who.started_at_ns = meta_time(json_text(state, "StartedAt"));
	}
	m->who.restarts = (uint32_t)json_u64(root, "RestartCount", UINT32_MAX);
	take_driver(json_text(root, "Driver"), driver);
	meta_finish(m);
	return 0;
}

/* Drivers that keep a container's own files in one folder, and where that is below the driver's. */
static const char *layer_folder(const char *driver)
{
	if (strcmp(driver, "overlay2") == 0 || strcmp(driver, "fuse-overlayfs") == 0)
		return "/diff";
	return NULL;
}

static bool is_plain_id(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isalnum((unsigned char)text.at[i]))
			return false;
	return text.len >= 8 && text.len <= 64;
}

/* image/DRIVER/layerdb/mounts/ID/mount-id names the container's folder below DRIVER/. */
static void find_layer(const struct meta_folder *folder, struct slice id, const char *driver, struct meta *m)
{
	const char *below = layer_folder(driver);
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t len;
	int n;

	if (!below)
		return;
	n = snprintf(path, sizeof(path), "image/%s/layerdb/mounts/%.*s/mount-id", driver, (int)id.len, id.at);
	if (n < 0 || (size_t)n >= sizeof(path) || meta_read(folder->fd, path, &text, &len, NULL) < 0)
		return;
	if (!is_plain_id((struct slice){text, len}))
		return;
	n = snprintf(path, sizeof(path), "%s/%s/%s%s", folder->path, driver, text, below);
	if (n > 0 && (size_t)n < sizeof(path))
		meta_set(m, &m->who.writable_layer, path);
}

static bool config_path(struct slice id, char *out, size_t cap)
{
	int n = snprintf(out, cap, "containers/%.*s/config.v2.json", (int)id.len, id.at);

	return id.len <= 64 && n > 0 && (size_t)n < cap;
}

int meta_docker_stat(const struct meta_folder *folder, struct slice id, struct meta_stamp *stamp)
{
	char path[128];

	return config_path(id, path, sizeof(path)) ? meta_stat(folder->fd, path, stamp) : -ENOENT;
}

int meta_docker_load(const struct meta_folder *folder, struct slice id, struct meta *m,
		     struct meta_stamp *stamp)
{
	_cleanup_free_ char *text = NULL;
	char driver[32];
	char path[128];
	size_t len;
	int r;

	if (!config_path(id, path, sizeof(path)))
		return -ENOENT;
	r = meta_read(folder->fd, path, &text, &len, stamp);
	if (r == 0)
		r = meta_docker_parse((struct slice){text, len}, m, driver);
	if (r == 0)
		find_layer(folder, id, driver, m);
	return r;
}

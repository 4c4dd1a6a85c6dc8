/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_podman.h"

#include "base/parse.h"
#include "meta_bolt.h"
#include "meta_containerd.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define CONTAINERS "overlay-containers"

/* --- containers.json --- */

void meta_storage_free(struct storage_list *list)
{
	map_free(&list->by_id);
	arena_free(&list->arena);
}

static const char *keep(struct storage_list *list, struct slice text, bool *failed)
{
	const char *copy;

	if (text.len > META_TEXT_MAX || (text.len && memchr(text.at, '\0', text.len)))
		text.len = 0;
	copy = arena_text(&list->arena, text);
	if (!copy)
		*failed = true;
	return copy;
}

/* "metadata" is a text that is again JSON. */
static void take_metadata(struct storage_list *list, struct slice text, struct storage_entry *e, bool *failed)
{
	_cleanup_json_ struct json_object *metadata = NULL;

	if (text.len && meta_json(text, &metadata) == -ENOMEM)
		*failed = true;
	e->image = keep(list, json_text(metadata, "image-name"), failed);
	e->pod_namespace = keep(list, json_text(metadata, "namespace"), failed);
	e->pod_uid = keep(list, json_text(metadata, "uid"), failed);
	e->container = keep(list, json_text(metadata, "metadata-name"), failed);
	if (!*failed && !e->name[0])
		e->name = keep(list, json_text(metadata, "name"), failed);
}

static struct slice first_text(struct json_object *array)
{
	struct json_object *first;

	if (!json_object_is_type(array, json_type_array) || json_object_array_length(array) == 0)
		return (struct slice){"", 0};
	first = json_object_array_get_idx(array, 0);
	if (!json_object_is_type(first, json_type_string))
		return (struct slice){"", 0};
	return (struct slice){json_object_get_string(first), (size_t)json_object_get_string_len(first)};
}

static bool add_entry(struct storage_list *list, struct json_object *from)
{
	struct storage_entry *e;
	bool failed = false;

	if (json_text(from, "id").len == 0)
		return true;
	e = arena_alloc(&list->arena, sizeof(*e));
	if (!e)
		return false;
	e->id = keep(list, json_text(from, "id"), &failed);
	e->layer = keep(list, json_text(from, "layer"), &failed);
	e->name = keep(list, first_text(json_member(from, "names")), &failed);
	if (!failed)
		take_metadata(list, json_text(from, "metadata"), e, &failed);
	return !failed && map_put(&list->by_id, slice_of(e->id), e) == 0;
}

int meta_storage_parse(struct slice text, struct storage_list *list)
{
	_cleanup_json_ struct json_object *root = NULL;
	size_t n;
	int r = meta_json(text, &root);

	if (r < 0)
		return r;
	if (!json_object_is_type(root, json_type_array))
		return -EINVAL;
	n = json_object_array_length(root);
	for (size_t i = 0; i < n; i++)
		if (!add_entry(list, json_object_array_get_idx(root, i)))
			return -ENOMEM;
	return 0;
}

/* --- podman's database --- */

static bool is_id(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!(text.at[i] >= '0' && text.at[i] <= '9') && !(text.at[i] >= 'a' && text.at[i] <= 'f'))
			return false;
	return text.len == 64;
}

int meta_podman_config_parse(struct slice text, struct meta *m, char pod[65])
{
	_cleanup_json_ struct json_object *root = NULL;
	struct slice pod_id;
	int r = meta_json(text, &root);

	if (r < 0)
		return r;
	meta_text(m, &m->who.name, json_text(root, "name"));
	meta_text(m, &m->who.image, json_text(root, "RawImageName"));
	meta_text(m, &m->who.image, json_text(root, "rootfsImageName"));
	meta_labels(m, json_member(root, "labels"));
	if (json_object_get_boolean(json_member(root, "pause")))
		m->who.sandbox = true;
	pod_id = json_text(root, "pod");
	pod[0] = '\0';
	if (is_id(pod_id)) {
		memcpy(pod, pod_id.at, 64);
		pod[64] = '\0';
	}
	return 0;
}

int meta_podman_state_parse(struct slice text, struct meta *m)
{
	_cleanup_json_ struct json_object *root = NULL;
	int r = meta_json(text, &root);

	if (r < 0)
		return r;
	m->who.init_pid = (uint32_t)json_u64(root, "pid", INT_MAX);
	m->who.started_at_ns = m->who.init_pid ? meta_time(json_text(root, "startedTime")) : 0;
	m->who.restarts = (uint32_t)json_u64(root, "restartCount", UINT32_MAX);
	return 0;
}

static void take_pod(const struct bolt *db, const char *id, struct meta *m)
{
	const struct slice path[] = {slice_of("pod"), slice_of(id), slice_of("config")};
	_cleanup_json_ struct json_object *root = NULL;
	_cleanup_free_ char *text = NULL;
	size_t len;

	if (bolt_get(db, path, 3, &text, &len) < 0 || meta_json((struct slice){text, len}, &root) < 0)
		return;
	meta_text(m, &m->who.pod, json_text(root, "name"));
}

static void read_database(const struct meta_folder *folder, struct slice id, struct meta *m)
{
	struct slice path[] = {slice_of("ctr"), id, slice_of("config")};
	_cleanup_bolt_ struct bolt db = BOLT_CLOSED;
	_cleanup_free_ char *config = NULL;
	_cleanup_free_ char *state = NULL;
	char pod[65];
	size_t len;

	if (bolt_open(&db, folder->fd, "libpod/bolt_state.db") < 0)
		return;
	if (bolt_get(&db, path, 3, &config, &len) == 0 &&
	    meta_podman_config_parse((struct slice){config, len}, m, pod) == 0 && pod[0])
		take_pod(&db, pod, m);
	path[2] = slice_of("state");
	if (bolt_get(&db, path, 3, &state, &len) == 0)
		meta_podman_state_parse((struct slice){state, len}, m);
}

/* --- one container --- */

static void read_bundle(const struct meta_folder *folder, struct slice id, struct meta *m)
{
	_cleanup_free_ char *text = NULL;
	char path[160];
	size_t len;
	int n = snprintf(path, sizeof(path), CONTAINERS "/%.*s/userdata/config.json", (int)id.len, id.at);

	if (n > 0 && (size_t)n < sizeof(path) && meta_read(folder->fd, path, &text, &len, NULL) == 0)
		meta_oci_parse((struct slice){text, len}, m);
}

static void take_layer(const struct meta_folder *folder, const char *layer, struct meta *m)
{
	char path[PATH_MAX];
	int n;

	if (!is_id(slice_of(layer)))
		return;
	n = snprintf(path, sizeof(path), "%s/overlay/%s/diff", folder->path, layer);
	if (n > 0 && (size_t)n < sizeof(path))
		meta_set(m, &m->who.writable_layer, path);
}

/* "k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT", where the bundle has not said it */
static void take_pod_of_name(struct slice name, struct meta *m)
{
	struct slice part = {"", 0};

	for (unsigned i = 0; i < 3; i++)
		if (!next_word(&name, "_", &part) || (i == 0 && !slice_is(part, "k8s")))
			return;
	meta_text(m, &m->who.pod, part);
}

int meta_storage_load(const struct meta_folder *folder, struct slice id, struct meta *m)
{
	const struct storage_entry *e = map_get(&folder->storage->list.by_id, id);

	if (!e)
		return -ENOENT;
	if (folder->runtime == RUNTIME_CRIO) {
		read_bundle(folder, id, m);
		meta_text(m, &m->who.pod_namespace, slice_of(e->pod_namespace));
		meta_text(m, &m->who.pod_uid, slice_of(e->pod_uid));
		meta_text(m, &m->who.kube_container, slice_of(e->container));
		take_pod_of_name(slice_of(e->name), m);
	} else {
		read_database(folder, id, m);
	}
	/* the list is newer than the database where podman has renamed */
	if (e->name[0])
		meta_set(m, &m->who.name, e->name);
	meta_text(m, &m->who.image, slice_of(e->image));
	take_layer(folder, e->layer, m);
	meta_finish(m);
	if (folder->runtime == RUNTIME_PODMAN && m->who.pod)
		meta_text(m, &m->who.compose_project, slice_of(m->who.pod));
	return m->failed ? -ENOMEM : 0;
}

/* --- the lists, read once for all --- */

static const char *const list_files[2] = {CONTAINERS "/containers.json",
					  CONTAINERS "/volatile-containers.json"};

static bool changed(const struct meta_folder *folder)
{
	const struct storage_cache *cache = folder->storage;

	for (size_t i = 0; i < ARRAY_SIZE(list_files); i++) {
		struct meta_stamp now;
		bool present = meta_stat(folder->fd, list_files[i], &now) == 0;

		if (present != cache->present[i] || (present && !meta_stamp_equal(&now, &cache->stamps[i])))
			return true;
	}
	return false;
}

/* A list that is broken just now leaves the last good one in place. */
void meta_storage_refresh(const struct meta_folder *folder, uint64_t now_ns)
{
	struct storage_cache *cache = folder->storage;
	struct storage_list fresh = {0};
	int r = 0;

	if (cache->checked && cache->checked_ns == now_ns)
		return;
	cache->checked = true;
	cache->checked_ns = now_ns;
	if (!changed(folder))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(list_files); i++) {
		_cleanup_free_ char *text = NULL;
		size_t len;

		cache->present[i] = meta_stat(folder->fd, list_files[i], &cache->stamps[i]) == 0;
		if (r == 0 && meta_read(folder->fd, list_files[i], &text, &len, &cache->stamps[i]) == 0)
			r = meta_storage_parse((struct slice){text, len}, &fresh);
	}
	if (r < 0) {
		meta_storage_free(&fresh);
		return;
	}
	meta_storage_free(&cache->list);
	cache->list = fresh;
	cache->generation++;
}

void meta_storage_cache_free(struct storage_cache *cache)
{
	if (cache)
		meta_storage_free(&cache->list);
	free(cache);
}

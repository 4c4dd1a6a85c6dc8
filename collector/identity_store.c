/* SPDX-License-Identifier: Apache-2.0 */
#include "identity_store.h"

#include "base/clock.h"
#include "base/map.h"
#include "identity_lookup.h"
#include "meta_kube.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#define FIRST_PAUSE (100 * NSEC_PER_MSEC)
#define LONGEST_PAUSE (60 * NSEC_PER_SEC)

/* What is remembered of a container. */
struct record {
	char *key;
	struct identity *identity;
	struct lookup lookup;
	uint64_t pause_ns;
	uint64_t next_try_ns;
};

struct identity_store {
	struct collector_options options;
	char *texts[6]; /* the options' strings */
	struct meta_folders folders;
	struct map records;
	bool wants_scan; /* somebody isn't known: perhaps a runtime was started elsewhere */
};

/* --- opening --- */

static bool keep_options(struct identity_store *store, const struct collector_options *options)
{
	const char **const fields[] = {&store->options.docker_root, &store->options.containerd_root,
				       &store->options.podman_root, &store->options.crio_root,
				       &store->options.lxc_root,    &store->options.plimsoll_root};

	store->options = *options;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!*fields[i])
			continue;
		store->texts[i] = strdup(*fields[i]);
		if (!store->texts[i])
			return false;
		*fields[i] = store->texts[i];
	}
	return true;
}

int identity_store_open(const struct collector_options *options, int rootfs, int procfs, uint64_t now_ns,
			struct identity_store **out, struct error *err)
{
	struct identity_store *store = calloc(1, sizeof(*store));

	(void)now_ns;
	if (!store || !keep_options(store, options)) {
		identity_store_close(store);
		return error_set(err, -ENOMEM, NULL, "memory is short");
	}
	meta_folders_init(&store->folders, &store->options, rootfs, procfs);
	meta_folders_scan(&store->folders, true);
	*out = store;
	return 0;
}

static void record_free(struct record *record)
{
	identity_unref(record->identity);
	lookup_free(&record->lookup);
	free(record->key);
	free(record);
}

void identity_store_close(struct identity_store *store)
{
	struct record *record;
	size_t at = 0;

	if (!store)
		return;
	while ((record = map_next(&store->records, &at)))
		record_free(record);
	map_free(&store->records);
	meta_folders_free(&store->folders);
	for (size_t i = 0; i < ARRAY_SIZE(store->texts); i++)
		free(store->texts[i]);
	free(store);
}

/* --- what the path tells --- */

/* As Kubernetes writes it: '-' for the '_' that a unit's name has. */
static void take_pod_uid(struct slice uid, struct meta *m)
{
	char text[40];

	if (uid.len == 0 || uid.len >= sizeof(text))
		return;
	memcpy(text, uid.at, uid.len);
	text[uid.len] = '\0';
	for (size_t i = 0; i < uid.len; i++)
		if (text[i] == '_')
			text[i] = '-';
	meta_text(m, &m->who.pod_uid, slice_of(text));
}

static bool ends_with(struct slice s, const char *end)
{
	size_t len = strlen(end);

	return s.len >= len && memcmp(s.at + s.len - len, end, len) == 0;
}

/* What the path tells, where the metadata has not told better. */
static void add_from_path(struct identity_store *store, const struct request *q,
			  const struct meta_folder *folder, struct meta *m)
{
	const struct cgroup_name *name = q->name;
	enum runtime runtime = name->runtime == RUNTIME_NONE ? RUNTIME_CONTAINERD : name->runtime;
	_cleanup_free_ char *id = unit_unescaped(name->id);

	m->who.runtime = folder ? folder->runtime : runtime;
	if (id)
		meta_set(m, &m->who.id, id);
	m->failed = m->failed || !id;
	m->who.has_owner = name->has_owner;
	m->who.owner_uid = name->has_owner ? name->owner_uid : 0;
	/* with systemd's driver, cri-o's sandbox is the one that has no scope */
	if (runtime == RUNTIME_CRIO && !ends_with(q->unit, ".scope") && ends_with(q->parent, ".slice"))
		m->who.sandbox = true;
	if (name->pod_uid.len) {
		take_pod_uid(name->pod_uid, m);
		meta_kube_load(store->folders.rootfs, name->id, name->pod_uid, m);
		meta_finish(m);
	}
	/* ids that a person chose */
	if (id && name->id.len != 64)
		meta_text(m, &m->who.name, slice_of(id));
	/* of a container in a container, the path means something in there alone */
	if (folder && folder->foreign)
		m->who.writable_layer = NULL;
}

static bool labels_equal(const struct identity *a, const struct identity *b)
{
	if (a->n_labels != b->n_labels)
		return false;
	for (size_t i = 0; i < a->n_labels; i++)
		if (strcmp(a->labels[i].key, b->labels[i].key) != 0 ||
		    strcmp(a->labels[i].value, b->labels[i].value) != 0)
			return false;
	return true;
}

static bool texts_equal(const struct identity *a, const struct identity *b)
{
	const char *const texts[][2] = {
		{a->id, b->id},
		{a->name, b->name},
		{a->image, b->image},
		{a->pod, b->pod},
		{a->pod_namespace, b->pod_namespace},
		{a->pod_uid, b->pod_uid},
		{a->kube_container, b->kube_container},
		{a->compose_project, b->compose_project},
		{a->compose_service, b->compose_service},
		{a->writable_layer, b->writable_layer},
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i][0], texts[i][1]) != 0)
			return false;
	return true;
}

/* Docker writes its file anew at every health check: the same content is the same identity. */
static bool identity_equal(const struct identity *a, const struct identity *b)
{
	return a->runtime == b->runtime && a->sandbox == b->sandbox && a->has_owner == b->has_owner &&
	       a->owner_uid == b->owner_uid && a->init_pid == b->init_pid &&
	       a->started_at_ns == b->started_at_ns && a->restarts == b->restarts && texts_equal(a, b) &&
	       labels_equal(a, b);
}

static void postpone(struct identity_store *store, struct record *record, uint64_t now_ns)
{
	record->pause_ns = record->pause_ns ? record->pause_ns * 2 : FIRST_PAUSE;
	if (record->pause_ns > LONGEST_PAUSE)
		record->pause_ns = LONGEST_PAUSE;
	record->next_try_ns = now_ns + record->pause_ns;
	store->wants_scan = store->wants_scan || !record->lookup.folder;
}

/* Reads the metadata; the identity is replaced if that says something new. Where nothing is found, what is
 * known stays. */
static void record_load(struct identity_store *store, const struct request *q, struct record *record)
{
	_cleanup_meta_ struct meta m = {0};
	const struct meta_folder *folder = lookup_load(&store->folders, q, &record->lookup, &m);
	struct identity *fresh = NULL;

	if (!record->lookup.complete)
		postpone(store, record, q->now_ns);
	if (!folder && record->identity && record->lookup.folder)
		return;
	add_from_path(store, q, folder, &m);
	fresh = m.failed ? NULL : identity_new(&m.who);
	if (!fresh)
		return;
	if (record->identity && identity_equal(record->identity, fresh)) {
		identity_unref(fresh);
		return;
	}
	identity_unref(record->identity);
	record->identity = fresh;
}

static void record_refresh(struct identity_store *store, const struct request *q, struct record *record)
{
	bool again = !record->lookup.complete && q->now_ns >= record->next_try_ns;

	if (!record->identity || again || lookup_changed(&store->folders, q, &record->lookup))
		record_load(store, q, record);
}

/* --- records --- */

/* Ids of 64 digits are the world's; others are a runtime's, and a user's. Neither id nor space is longer than
 * NAME_MAX. */
#define KEY_CAP (2 * NAME_MAX + 32)

static struct slice key_of(const struct cgroup_name *name, char out[KEY_CAP])
{
	int n = snprintf(out, KEY_CAP, "%d/%lld/%.*s/%.*s", (int)name->runtime,
			 name->has_owner ? (long long)name->owner_uid : -1, (int)name->space.len,
			 name->space.at, (int)name->id.len, name->id.at);

	return (struct slice){out, n < 0 ? 0 : n >= KEY_CAP ? KEY_CAP - 1 : (size_t)n};
}

static struct record *find_record(struct identity_store *store, const struct cgroup_name *name)
{
	char key[KEY_CAP];

	return map_get(&store->records, key_of(name, key));
}

static struct record *add_record(struct identity_store *store, const struct cgroup_name *name)
{
	struct record *record = calloc(1, sizeof(*record));
	char key[KEY_CAP];

	if (!record)
		return NULL;
	record->key = strdup(key_of(name, key).at);
	if (!record->key || map_put(&store->records, slice_of(record->key), record) < 0) {
		record_free(record);
		return NULL;
	}
	return record;
}

void identity_store_forget(struct identity_store *store, const struct cgroup_name *name)
{
	struct record *record;

	if (name->class != ENTITY_CONTAINER)
		return;
	record = find_record(store, name);
	if (!record)
		return;
	map_remove(&store->records, slice_of(record->key));
	record_free(record);
}

/* --- identities --- */

/* A plain cgroup, a branch, a unit or a helper: nothing is read. */
static struct identity *plain_identity(const struct cgroup_name *name, struct slice path)
{
	_cleanup_meta_ struct meta m = {0};
	_cleanup_free_ char *shown = NULL;
	_cleanup_free_ char *id = NULL;
	bool unit = name->runtime == RUNTIME_SYSTEMD;

	if (path.len == 0)
		path = slice_of("/");
	id = strndup(name->id.len ? name->id.at : path.at, name->id.len ? name->id.len : path.len);
	shown = unit ? unit_unescaped(name->id) : strndup(path.at, path.len);
	if (!id || !shown)
		return NULL;
	m.who.runtime = name->runtime;
	m.who.id = id;
	m.who.name = shown;
	m.who.has_owner = name->has_owner;
	m.who.owner_uid = name->has_owner ? name->owner_uid : 0;
	take_pod_uid(name->pod_uid, &m);
	return identity_new(&m.who);
}

/* A cgroup inside a container is its container, by a name of its own. */
static struct identity *inner_identity(const struct identity *container, struct slice inside)
{
	_cleanup_str_ struct str shown = {0};
	struct identity who = *container;

	if (container->name[0])
		str_add(&shown, container->name);
	else
		str_append(&shown, container->id, strnlen(container->id, 12));
	str_char(&shown, '/');
	unit_unescape(inside, &shown);
	if (shown.failed)
		return NULL;
	who.name = shown.data;
	who.sandbox = false;
	return identity_new(&who);
}

static bool has_record(const struct request *q)
{
	/* an outer container may have the same name */
	return q->name->id.len == 64 || !request_is_nested(q);
}

/* The container's identity, a new reference. */
static struct identity *container_identity(struct identity_store *store, const struct cgroup_name *name,
					   struct slice path, uint64_t now_ns)
{
	struct request q = request_of(name, path, now_ns);
	struct record *record;

	if (!has_record(&q)) {
		_cleanup_meta_ struct meta m = {0};

		add_from_path(store, &q, NULL, &m);
		return m.failed ? NULL : identity_new(&m.who);
	}
	record = find_record(store, name);
	if (record)
		record_refresh(store, &q, record);
	else
		record = add_record(store, name);
	if (record && !record->identity)
		record_load(store, &q, record);
	return record && record->identity ? identity_ref(record->identity) : NULL;
}

struct identity *identity_store_get(struct identity_store *store, const struct cgroup_name *name,
				    struct slice cgroup_path, uint64_t now_ns)
{
	struct identity *container;
	struct identity *inner;

	if (name->class != ENTITY_CONTAINER && name->class != ENTITY_INNER)
		return plain_identity(name, cgroup_path);
	container = container_identity(store, name, cgroup_path, now_ns);
	if (!container || name->class == ENTITY_CONTAINER)
		return container;
	inner = inner_identity(container, request_of(name, cgroup_path, now_ns).rest);
	identity_unref(container);
	return inner;
}

struct identity *identity_store_refresh(struct identity_store *store, struct identity *who,
					const struct cgroup_name *name, struct slice cgroup_path,
					uint64_t now_ns)
{
	struct identity *fresh;

	if (name->class != ENTITY_CONTAINER && name->class != ENTITY_INNER)
		return identity_ref(who);
	fresh = identity_store_get(store, name, cgroup_path, now_ns);
	if (fresh && fresh != who && !identity_equal(fresh, who))
		return fresh;
	identity_unref(fresh);
	return identity_ref(who);
}

void identity_store_rescan(struct identity_store *store, uint64_t now_ns)
{
	uint64_t serial = store->folders.serial;
	struct record *record;
	size_t at = 0;

	meta_folders_scan(&store->folders, store->wants_scan);
	store->wants_scan = false;
	if (store->folders.serial == serial)
		return;
	while ((record = map_next(&store->records, &at))) {
		if (!record->lookup.complete) {
			record->next_try_ns = now_ns;
			record->pause_ns = 0;
		}
	}
}

size_t identity_store_folders(const struct identity_store *store, struct metadata_folder *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < store->folders.n && n < max; i++) {
		const struct meta_folder *folder = store->folders.list[i];

		out[n] = (struct metadata_folder){
			.runtime = folder->runtime, .found_by = folder->found_by, .access = folder->access};
		snprintf(out[n].path, sizeof(out[n].path), "%s", folder->path);
		n++;
	}
	return n;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "identity_lookup.h"

#include "base/parse.h"
#include "meta_containerd.h"
#include "meta_docker.h"
#include "meta_lxc.h"
#include "meta_plimsoll.h"
#include "meta_podman.h"

#include <errno.h>
#include <string.h>

/* The nth component (from 1) of a path, and the one before it; rest gets what is behind. */
static void component_at(struct slice path, size_t n, struct slice *parent, struct slice *component,
			 struct slice *rest)
{
	*parent = *component = (struct slice){"", 0};
	for (size_t i = 0; i < n; i++) {
		*parent = *component;
		if (!next_word(&path, "/", component))
			break;
	}
	while (path.len && path.at[0] == '/')
		path = (struct slice){path.at + 1, path.len - 1};
	*rest = path;
}

struct request request_of(const struct cgroup_name *name, struct slice path, uint64_t now_ns)
{
	struct request q = {.name = name, .path = path, .now_ns = now_ns};

	component_at(path, name->container_depth, &q.parent, &q.unit, &q.rest);
	return q;
}

bool request_is_nested(const struct request *q)
{
	struct cgroup_name outer;

	if (q->unit.len == 0 || q->unit.at <= q->path.at)
		return false;
	cgroup_name_parse((struct slice){q->path.at, (size_t)(q->unit.at - q->path.at)}, &outer);
	return outer.container_depth > 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

void unit_unescape(struct slice text, struct str *out)
{
	for (size_t i = 0; i < text.len; i++) {
		int high = -1;
		int low = -1;

		if (text.at[i] == '\\' && text.len - i >= 4 && text.at[i + 1] == 'x') {
			high = hex_digit(text.at[i + 2]);
			low = hex_digit(text.at[i + 3]);
		}
		if (high >= 2 && high < 8 && low >= 0 && high * 16 + low != 0x7F) {
			str_char(out, (char)(high * 16 + low));
			i += 3;
		} else {
			str_char(out, text.at[i]);
		}
	}
}

char *unit_unescaped(struct slice text)
{
	struct str out = {0};

	unit_unescape(text, &out);
	return str_steal(&out);
}

/* --- readers: one a runtime --- */

static int load_docker(const struct meta_folder *folder, const struct request *q, struct lookup *lookup,
		       struct meta *m)
{
	lookup->complete = true;
	return meta_docker_load(folder, q->name->id, m, &lookup->stamp);
}

static bool docker_changed(const struct meta_folder *folder, const struct request *q, struct lookup *lookup)
{
	struct meta_stamp now;

	return meta_docker_stat(folder, q->name->id, &now) == 0 && !meta_stamp_equal(&now, &lookup->stamp);
}

static int set_place(struct lookup *lookup, const char *place)
{
	char *copy = strdup(place);

	if (!copy)
		return -ENOMEM;
	free(lookup->place);
	lookup->place = copy;
	return 0;
}

static int load_containerd(const struct meta_folder *folder, const struct request *q, struct lookup *lookup,
			   struct meta *m)
{
	char space[80];
	int r = meta_containerd_load(folder, q->name->space, q->name->id, m, space, &lookup->stamp);

	lookup->complete = true;
	return r < 0 ? r : set_place(lookup, space);
}

static bool containerd_changed(const struct meta_folder *folder, const struct request *q,
			       struct lookup *lookup)
{
	struct meta_stamp now;

	return meta_containerd_stat(folder, lookup->place, q->name->id, &now) == 0 &&
	       !meta_stamp_equal(&now, &lookup->stamp);
}

/* The pid comes by a file that isn't watched, a little later than the name. */
static int load_storage(const struct meta_folder *folder, const struct request *q, struct lookup *lookup,
			struct meta *m)
{
	int r;

	meta_storage_refresh(folder, q->now_ns);
	lookup->generation = folder->storage->generation;
	r = meta_storage_load(folder, q->name->id, m);
	lookup->complete = folder->runtime == RUNTIME_CRIO || m->who.init_pid != 0;
	return r;
}

static bool storage_changed(const struct meta_folder *folder, const struct request *q, struct lookup *lookup)
{
	meta_storage_refresh(folder, q->now_ns);
	return lookup->generation != folder->storage->generation;
}

static int load_lxc(const struct meta_folder *folder, const struct request *q, struct lookup *lookup,
		    struct meta *m)
{
	lookup->complete = true;
	return meta_lxc_load(folder, q->name->id, m, &lookup->stamp);
}

static bool lxc_changed(const struct meta_folder *folder, const struct request *q, struct lookup *lookup)
{
	struct meta_stamp now;

	return meta_lxc_stat(folder, q->name->id, &now) == 0 && !meta_stamp_equal(&now, &lookup->stamp);
}

static int load_machine(const struct meta_folder *folder, const struct request *q, struct lookup *lookup,
			struct meta *m)
{
	_cleanup_free_ char *name = unit_unescaped(q->name->id);
	char machine[256];
	int r;

	if (!name)
		return -ENOMEM;
	lookup->complete = true;
	r = meta_machine_load(folder, q->unit, name, m, machine, &lookup->stamp);
	return r < 0 ? r : set_place(lookup, machine);
}

static bool machine_changed(const struct meta_folder *folder, const struct request *q, struct lookup *lookup)
{
	struct meta_stamp now;

	(void)q;
	return meta_machine_stat(folder, lookup->place, &now) == 0 && !meta_stamp_equal(&now, &lookup->stamp);
}

static int load_plimsoll(const struct meta_folder *folder, const struct request *q, struct lookup *lookup,
			 struct meta *m)
{
	return meta_plimsoll_load(folder, q->name->id, m, &lookup->stamp, &lookup->complete);
}

static bool plimsoll_changed(const struct meta_folder *folder, const struct request *q, struct lookup *lookup)
{
	struct meta_stamp now;

	return meta_plimsoll_stat(folder, q->name->id, &now) == 0 && !meta_stamp_equal(&now, &lookup->stamp);
}

static const struct reader {
	int (*load)(const struct meta_folder *folder, const struct request *q, struct lookup *lookup,
		    struct meta *m);
	/* What can't be looked at now has not changed: what is known of a container outlives its metadata. */
	bool (*changed)(const struct meta_folder *folder, const struct request *q, struct lookup *lookup);
} readers[RUNTIME__COUNT] = {
	[RUNTIME_DOCKER] = {load_docker, docker_changed},
	[RUNTIME_CONTAINERD] = {load_containerd, containerd_changed},
	[RUNTIME_PODMAN] = {load_storage, storage_changed},
	[RUNTIME_CRIO] = {load_storage, storage_changed},
	[RUNTIME_LXC] = {load_lxc, lxc_changed},
	[RUNTIME_NSPAWN] = {load_machine, machine_changed},
	[RUNTIME_PLIMSOLL] = {load_plimsoll, plimsoll_changed},
};

/* --- looking up --- */

/* For an id in a place that doesn't tell the runtime; see name.c. */
static const enum runtime any_runtime[] = {RUNTIME_DOCKER, RUNTIME_CONTAINERD, RUNTIME_PODMAN,
					   RUNTIME__COUNT};

static bool may_know(const struct meta_folder *folder, const struct request *q, bool nested)
{
	if (folder->fd < 0 || (folder->foreign && !nested))
		return false;
	return !folder->has_owner || (q->name->has_owner && q->name->owner_uid == folder->owner);
}

static const struct meta_folder *look_in(const struct meta_folders *folders, const struct request *q,
					 enum runtime runtime, bool nested, struct lookup *lookup,
					 struct meta *m)
{
	for (size_t i = 0; i < folders->n; i++) {
		const struct meta_folder *folder = folders->list[i];

		if (folder->runtime != runtime || !may_know(folder, q, nested))
			continue;
		if (readers[runtime].load(folder, q, lookup, m) == 0)
			return folder;
		meta_free(m);
	}
	return NULL;
}

const struct meta_folder *lookup_load(struct meta_folders *folders, const struct request *q,
				      struct lookup *lookup, struct meta *m)
{
	const enum runtime only[] = {q->name->runtime, RUNTIME__COUNT};
	const enum runtime *runtimes = q->name->runtime == RUNTIME_NONE ? any_runtime : only;
	bool nested = request_is_nested(q);
	bool readable = false;

	if (q->name->has_owner)
		meta_folders_add_user(folders, q->name->owner_uid);
	for (; *runtimes != RUNTIME__COUNT; runtimes++) {
		const struct meta_folder *folder;

		if (!readers[*runtimes].load)
			continue;
		readable = true;
		folder = look_in(folders, q, *runtimes, nested, lookup, m);
		if (folder) {
			lookup->folder = folder->serial;
			return folder;
		}
	}
	lookup->complete = !readable;
	return NULL;
}

bool lookup_changed(const struct meta_folders *folders, const struct request *q, struct lookup *lookup)
{
	const struct meta_folder *folder = lookup->folder ? meta_folders_find(folders, lookup->folder) : NULL;

	return folder && folder->fd >= 0 && readers[folder->runtime].changed(folder, q, lookup);
}

void lookup_free(struct lookup *lookup)
{
	free(lookup->place);
	lookup->place = NULL;
}

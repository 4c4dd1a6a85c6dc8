/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_folders.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "meta.h"
#include "meta_config.h"
#include "meta_daemons.h"
#include "meta_podman.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define PATH_CAP 512
/* together with the defaults, no more than META_FOLDERS_MAX */
#define OWN_MAX 16U	/* of the host, that are no defaults */
#define GUESTS_MAX 32U	/* of users and of containers */
#define FOREIGN_MAX 24U /* of containers */
#define OWNER_MAX 6U	/* of one user */

static const struct default_folder {
	enum runtime runtime;
	const char *path;
	const char *data;
	bool only_if_there; /* the usual one is named even where it is missing, for doctor */
} defaults[] = {
	{RUNTIME_DOCKER, "/var/lib/docker", NULL, false},
	{RUNTIME_DOCKER, "/var/snap/docker/common/var-lib-docker", NULL, true},
	{RUNTIME_CONTAINERD, "/run/containerd", "/var/lib/containerd", false},
	{RUNTIME_CONTAINERD, "/run/k3s/containerd", "/var/lib/rancher/k3s/agent/containerd", true},
	{RUNTIME_CONTAINERD, "/var/snap/microk8s/common/run/containerd",
	 "/var/snap/microk8s/common/var/lib/containerd", true},
	{RUNTIME_PODMAN, "/var/lib/containers/storage", NULL, false},
	{RUNTIME_CRIO, "/var/lib/containers/storage", NULL, false},
	{RUNTIME_LXC, "/var/lib/lxc", NULL, false},
	{RUNTIME_LXC, "/var/lib/incus", NULL, true},
	{RUNTIME_LXC, "/var/lib/lxd", NULL, true},
	{RUNTIME_LXC, "/var/snap/lxd/common/lxd", NULL, true},
	{RUNTIME_NSPAWN, "/run/systemd/machines", NULL, false},
	{RUNTIME_PLIMSOLL, "/var/lib/plimsoll", NULL, true},
};

/* --- the list --- */

static void folder_free(struct meta_folder *folder)
{
	if (!folder)
		return;
	if (folder->fd >= 0)
		close(folder->fd);
	if (folder->foreign && folder->root_fd >= 0)
		close(folder->root_fd);
	meta_storage_cache_free(folder->storage);
	free(folder->path);
	free(folder->data);
	free(folder);
}

void meta_folders_init(struct meta_folders *f, const struct collector_options *options, int rootfs,
		       int procfs)
{
	*f = (struct meta_folders){.rootfs = rootfs, .procfs = procfs};
	f->options[RUNTIME_DOCKER] = options->docker_root;
	f->options[RUNTIME_CONTAINERD] = options->containerd_root;
	f->options[RUNTIME_PODMAN] = options->podman_root;
	f->options[RUNTIME_CRIO] = options->crio_root;
	f->options[RUNTIME_LXC] = options->lxc_root;
	f->options[RUNTIME_PLIMSOLL] = options->plimsoll_root;
}

void meta_folders_free(struct meta_folders *f)
{
	for (size_t i = 0; i < f->n; i++)
		folder_free(f->list[i]);
	f->n = 0;
}

const struct meta_folder *meta_folders_find(const struct meta_folders *f, uint64_t serial)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->list[i]->serial == serial)
			return f->list[i];
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static struct meta_folder *find_same(const struct meta_folders *f, const struct folder_found *found)
{
	for (size_t i = 0; i < f->n; i++) {
		struct meta_folder *at = f->list[i];

		if (at->runtime == found->runtime && at->foreign == found->foreign && at->pid == found->pid &&
		    at->has_owner == found->has_owner && at->owner == found->owner &&
		    strcmp(at->path, found->path) == 0)
			return at;
	}
	return NULL;
}

/* Opened anew at every scan: a daemon may have made its folder just now, or another one in the same place. */
static void reopen(struct meta_folder *folder, const char *path)
{
	int fd = fs_open_in_root(folder->root_fd, path, O_PATH | O_DIRECTORY);

	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = fd < 0 ? -1 : fd;
	folder->access = fd < 0 ? fd : 0;
	/* O_PATH asks for no permission of the folder itself */
	if (fd >= 0 && faccessat(fd, ".", R_OK | X_OK, AT_EACCESS) < 0 &&
	    faccessat(fd, ".", X_OK, AT_EACCESS) < 0)
		folder->access = -errno;
}

static struct meta_folder *folder_new(struct meta_folders *f, const struct folder_found *found)
{
	struct meta_folder *folder = calloc(1, sizeof(*folder));
	bool shares_list = found->runtime == RUNTIME_PODMAN || found->runtime == RUNTIME_CRIO;

	if (!folder)
		return NULL;
	*folder = (struct meta_folder){
		.runtime = found->runtime,
		.path = strdup(found->path),
		.data = found->data ? strdup(found->data) : NULL,
		.found_by = found->found_by,
		.root_fd = found->foreign ? fcntl(found->root_fd, F_DUPFD_CLOEXEC, 3) : f->rootfs,
		.fd = -1,
		.foreign = found->foreign,
		.pid = found->pid,
		.has_owner = found->has_owner,
		.owner = found->owner,
		.storage = shares_list ? calloc(1, sizeof(struct storage_cache)) : NULL,
	};
	if (!folder->path || (found->data && !folder->data) || (shares_list && !folder->storage) ||
	    folder->root_fd < 0) {
		folder_free(folder);
		return NULL;
	}
	folder->serial = ++f->serial;
	return folder;
}

/* The host's own folders keep room, whatever processes of users and containers call themselves. */
static bool has_room(const struct meta_folders *f, const struct folder_found *found)
{
	unsigned same_owner = 0;
	unsigned foreign = 0;
	unsigned guests = 0;
	unsigned own = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct meta_folder *at = f->list[i];

		same_owner += at->has_owner && at->owner == found->owner;
		foreign += at->foreign;
		guests += at->foreign || at->has_owner;
		own += !at->foreign && !at->has_owner && strcmp(at->found_by, "default") != 0;
	}
	if (found->has_owner && same_owner >= OWNER_MAX)
		return false;
	if (found->foreign)
		return foreign < FOREIGN_MAX && guests < GUESTS_MAX;
	if (found->has_owner)
		return guests < GUESTS_MAX;
	return strcmp(found->found_by, "default") == 0 ? f->n < META_FOLDERS_MAX : own < OWN_MAX;
}

void meta_folders_add(struct meta_folders *f, const struct folder_found *found)
{
	struct meta_folder *folder = find_same(f, found);

	if (!folder) {
		if (f->n == META_FOLDERS_MAX || !has_room(f, found))
			return;
		folder = folder_new(f, found);
		if (!folder)
			return;
		f->list[f->n++] = folder;
	} else if (!same_text(folder->data, found->data) && found->data) {
		char *data = strdup(found->data);

		if (data) {
			free(folder->data);
			folder->data = data;
		}
	}
	reopen(folder, found->inside ? found->inside : found->path);
}

/* Folders of daemons in containers go with their process. */
static void drop_foreign(struct meta_folders *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++) {
		struct meta_folder *at = f->list[i];
		char path[32];

		snprintf(path, sizeof(path), "%llu", (unsigned long long)at->pid);
		if (at->foreign && faccessat(f->procfs, path, F_OK, 0) < 0)
			folder_free(at);
		else
			f->list[kept++] = at;
	}
	f->n = kept;
}

/* --- configuration files and defaults --- */

static bool read_config(int rootfs, const char *file, const char *section, const char *key, char *out,
			size_t cap)
{
	_cleanup_free_ char *text = NULL;
	struct slice value;
	size_t len;

	return meta_read(rootfs, file, &text, &len, NULL) == 0 &&
	       toml_text((struct slice){text, len}, section, key, &value) && take_path(value, out, cap);
}

static void add_plain(struct meta_folders *f, enum runtime runtime, const char *path, const char *data,
		      const char *found_by)
{
	if (!f->options[runtime])
		meta_folders_add(
			f, &(struct folder_found){
				   .runtime = runtime, .path = path, .data = data, .found_by = found_by});
}

static void add_docker_config(struct meta_folders *f)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_CAP];
	size_t len;

	if (meta_read(f->rootfs, "/etc/docker/daemon.json", &text, &len, NULL) == 0 &&
	    daemon_json_root((struct slice){text, len}, path, sizeof(path)))
		add_plain(f, RUNTIME_DOCKER, path, NULL, "daemon.json");
}

static void add_containerd_config(struct meta_folders *f)
{
	char state[PATH_CAP];
	char data[PATH_CAP];
	static const char file[] = "/etc/containerd/config.toml";

	if (!read_config(f->rootfs, file, "", "root", data, sizeof(data)))
		snprintf(data, sizeof(data), "/var/lib/containerd");
	if (!read_config(f->rootfs, file, "", "state", state, sizeof(state)))
		snprintf(state, sizeof(state), "/run/containerd");
	add_plain(f, RUNTIME_CONTAINERD, state, data, "/etc/containerd/config.toml");
}

static void add_storage_config(struct meta_folders *f)
{
	static const char etc[] = "/etc/containers/storage.conf";
	static const char usr[] = "/usr/share/containers/storage.conf";
	static const char crio[] = "/etc/crio/crio.conf";
	char path[PATH_CAP];

	if (read_config(f->rootfs, crio, "crio", "root", path, sizeof(path)))
		add_plain(f, RUNTIME_CRIO, path, NULL, crio);
	if (read_config(f->rootfs, etc, "storage", "graphroot", path, sizeof(path))) {
		add_plain(f, RUNTIME_PODMAN, path, NULL, etc);
		add_plain(f, RUNTIME_CRIO, path, NULL, etc);
	} else if (read_config(f->rootfs, usr, "storage", "graphroot", path, sizeof(path))) {
		add_plain(f, RUNTIME_PODMAN, path, NULL, usr);
		add_plain(f, RUNTIME_CRIO, path, NULL, usr);
	}
}

static bool is_there(int rootfs, const char *path)
{
	_cleanup_close_ int fd = fs_open_in_root(rootfs, path, O_PATH | O_DIRECTORY);

	return fd >= 0;
}

static void add_defaults(struct meta_folders *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
		const struct default_folder *d = &defaults[i];

		if (!d->only_if_there || is_there(f->rootfs, d->path))
			add_plain(f, d->runtime, d->path, d->data, "default");
	}
}

static void add_options(struct meta_folders *f)
{
	for (unsigned r = 0; r < RUNTIME__COUNT; r++) {
		struct folder_found found = {.runtime = (enum runtime)r, .found_by = "option"};

		if (!f->options[r])
			continue;
		found.path = f->options[r];
		found.data = r == RUNTIME_CONTAINERD ? "/var/lib/containerd" : NULL;
		meta_folders_add(f, &found);
	}
}

void meta_folders_scan(struct meta_folders *f, bool processes)
{
	f->n_users = 0;
	add_options(f);
	if (processes) {
		drop_foreign(f);
		meta_daemons_scan(f);
	}
	add_docker_config(f);
	if (is_there(f->rootfs, "/etc/containerd"))
		add_containerd_config(f);
	add_storage_config(f);
	add_defaults(f);
}

/* --- homes --- */

static bool find_home(int rootfs, uint32_t uid, char *out, size_t cap)
{
	_cleanup_free_ char *text = NULL;
	struct slice home;
	size_t len;

	return meta_read(rootfs, "/etc/passwd", &text, &len, NULL) == 0 &&
	       passwd_home((struct slice){text, len}, uid, &home) && take_path(home, out, cap);
}

static void add_home(struct meta_folders *f, enum runtime runtime, const char *path, const char *found_by,
		     uint32_t uid)
{
	if (!f->options[runtime])
		meta_folders_add(f, &(struct folder_found){.runtime = runtime,
							   .path = path,
							   .found_by = found_by,
							   .has_owner = true,
							   .owner = uid});
}

void meta_folders_add_user(struct meta_folders *f, uint32_t uid)
{
	char home[PATH_CAP / 2];
	char path[PATH_CAP];
	char storage[PATH_CAP];

	for (size_t i = 0; i < f->n_users; i++)
		if (f->users[i] == uid)
			return;
	if (f->n_users == META_FOLDERS_MAX)
		return;
	f->users[f->n_users++] = uid;
	if (!find_home(f->rootfs, uid, home, sizeof(home)))
		return;
	snprintf(path, sizeof(path), "%s/.local/share/docker", home);
	add_home(f, RUNTIME_DOCKER, path, "default", uid);
	snprintf(path, sizeof(path), "%s/.config/containers/storage.conf", home);
	if (read_config(f->rootfs, path, "storage", "graphroot", storage, sizeof(storage)))
		add_home(f, RUNTIME_PODMAN, storage, "the user's storage.conf", uid);
	snprintf(path, sizeof(path), "%s/.local/share/containers/storage", home);
	add_home(f, RUNTIME_PODMAN, path, "default", uid);
	snprintf(path, sizeof(path), "%s/.local/share/plimsoll", home);
	add_home(f, RUNTIME_PLIMSOLL, path, "default", uid);
}

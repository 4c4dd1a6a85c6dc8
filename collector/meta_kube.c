/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_kube.h"

#include "base/fs.h"
#include "base/parse.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#define NAMES_MAX 20000

static bool ends_with(struct slice s, struct slice end)
{
	return s.len >= end.len && (end.len == 0 || memcmp(s.at + s.len - end.len, end.at, end.len) == 0);
}

/* Neither pods, namespaces nor containers can have a '_' in their names (RFC 1123). */
static bool three_parts(struct slice text, struct slice part[3])
{
	struct slice more;

	return next_word(&text, "_", &part[0]) && next_word(&text, "_", &part[1]) &&
	       next_word(&text, "_", &part[2]) && !next_word(&text, "_", &more);
}

bool meta_kube_container_log(struct slice file, struct slice id, struct meta *m)
{
	static const struct slice suffix = {".log", 4};
	struct slice part[3];

	if (!ends_with(file, suffix))
		return false;
	file.len -= suffix.len;
	if (id.len == 0 || !ends_with(file, id) || !three_parts(file, part) || part[2].len < id.len + 2)
		return false;
	part[2].len -= id.len;
	if (part[2].at[--part[2].len] != '-')
		return false;
	meta_text(m, &m->who.pod, part[0]);
	meta_text(m, &m->who.pod_namespace, part[1]);
	meta_text(m, &m->who.kube_container, part[2]);
	return true;
}

/* systemd's unit names have '_' where the UID has '-' */
static bool same_uid(struct slice a, struct slice b)
{
	if (a.len != b.len || a.len == 0)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (a.at[i] != b.at[i] && !(a.at[i] == '-' && b.at[i] == '_'))
			return false;
	return true;
}

bool meta_kube_pod_log(struct slice folder, struct slice pod_uid, struct meta *m)
{
	struct slice part[3];

	if (!three_parts(folder, part) || !same_uid(part[2], pod_uid))
		return false;
	meta_text(m, &m->who.pod_namespace, part[0]);
	meta_text(m, &m->who.pod, part[1]);
	return true;
}

static void search(int rootfs, const char *path,
		   bool (*take)(struct slice name, struct slice key, struct meta *m), struct slice key,
		   struct meta *m)
{
	_cleanup_closedir_ DIR *dir = NULL;
	int fd = fs_open_in_root(rootfs, path, O_RDONLY | O_DIRECTORY);
	const struct dirent *entry;

	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return;
	}
	for (unsigned i = 0; i < NAMES_MAX && (entry = readdir(dir)); i++)
		if (take(slice_of(entry->d_name), key, m))
			return;
}

void meta_kube_load(int rootfs, struct slice id, struct slice pod_uid, struct meta *m)
{
	if (!m->who.pod || !m->who.kube_container)
		search(rootfs, "/var/log/containers", meta_kube_container_log, id, m);
	if (!m->who.pod)
		search(rootfs, "/var/log/pods", meta_kube_pod_log, pod_uid, m);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where a container's cgroup goes. */
#include "runtime/host.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The user may make folders in it: it was delegated (cgroup-v2.rst, "Delegation"). */
static bool may_write(const struct hierarchy *h, const char *path)
{
	return faccessat(h->fd, path[1] ? path + 1 : ".", W_OK, AT_EACCESS) == 0;
}

/* Only v2 can be delegated to an ordinary user. False where it was not. */
static bool delegated_parent(const struct host *host, char *parent, size_t cap)
{
	for (size_t i = 0; i < host->layout->n_hierarchies; i++) {
		const struct hierarchy *h = &host->layout->hierarchies[i];
		const char *own = host->own_cgroup[i];
		const char *last = strrchr(own, '/');

		if (h->version != 2 || !last || !own[1])
			continue;
		/* beside: a cgroup with processes in it can't pass controllers on */
		snprintf(parent, cap, "%.*s", (int)(last - own), own);
		if (may_write(h, *parent ? parent : "/"))
			return true;
		snprintf(parent, cap, "%s", own);
		return may_write(h, own);
	}
	return false;
}

int host_cgroup_path(const struct host *host, const char *id, char *path, size_t cap, struct error *err)
{
	char parent[sizeof(host->own_cgroup[0])] = "";
	int n;

	if (cap)
		path[0] = '\0';
	if (!host->layout || host->systemd ||
	    (host->rootless && !delegated_parent(host, parent, sizeof(parent))))
		return 0;
	n = snprintf(path, cap, "%s/plimsoll%c%s", parent, host->rootless ? '-' : '/', id);
	if (n < 0 || (size_t)n >= cap)
		return error_set(err, -ENAMETOOLONG, "run plimsoll in a cgroup nearer to the root",
				 "the path of a cgroup below '%s' is too long", parent);
	return 0;
}

/* As systemd's slice_name_is_valid: words between single dashes, or "-.slice", the root. */
static bool is_slice(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool good = (name[i] >= 'a' && name[i] <= 'z') || (name[i] >= 'A' && name[i] <= 'Z') ||
			    (name[i] >= '0' && name[i] <= '9') || strchr(":-_.\\", name[i]);

		if (!good || (name[i] == '-' && len > 1 && (i == 0 || i == len - 1 || name[i + 1] == '-')))
			return false;
	}
	return len > 0;
}

int host_scope_path(const char *slice, const char *id, char *path, size_t cap, struct error *err)
{
	const char *name = slice ? slice : "system.slice";
	size_t len = strlen(name);
	_cleanup_str_ struct str out = {0};

	len = len > 6 && strcmp(name + len - 6, ".slice") == 0 ? len - 6 : 0;
	if (!is_slice(name, len))
		return error_set(err, -EINVAL, "name one as batch.slice, or batch-night.slice below it",
				 "'%s' is no slice of systemd's", name);
	for (size_t i = 1; i <= len && strcmp(name, "-.slice") != 0; i++)
		if (i == len || name[i] == '-')
			str_printf(&out, "/%.*s.slice", (int)i, name);
	str_printf(&out, "/plimsoll-%s.scope/container", id);
	if (out.failed)
		return error_errno(err, -ENOMEM, "", "cannot tell where the cgroup will be");
	if (out.len >= cap)
		return error_set(err, -ENAMETOOLONG, "", "the slice '%s' is too deep", name);
	memcpy(path, out.data, out.len + 1);
	return 0;
}

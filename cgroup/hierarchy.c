/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/hierarchy.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/str.h"
#include "cgroup/mountinfo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOUNTINFO_MAX ((size_t)64 << 20)
#define CONTROLLERS_MAX ((size_t)64 << 10)

struct mount_list {
	struct cgroup_mount *mounts;
	size_t n;
	bool own_view; /* mount points are as this process sees them, not as the host does */
	char *path;    /* of the mountinfo, for messages */
};

static void mount_list_free(struct mount_list *l)
{
	cgroup_mounts_free(l->mounts, l->n);
	free(l->path);
}

static char *join(const char *root, const char *path)
{
	_cleanup_str_ struct str out = {0};

	str_add(&out, root);
	while (out.len && out.data[out.len - 1] == '/')
		out.data[--out.len] = '\0';
	str_add(&out, path);
	if (out.len == 0)
		str_char(&out, '/');
	return str_steal(&out);
}

/* What is behind `root` in path ("" or "/…"), or NULL where path is not below it. */
static const char *path_below(const char *path, const char *root)
{
	size_t len = strlen(root);

	while (len && root[len - 1] == '/')
		len--;
	if (strncmp(path, root, len) != 0 || (path[len] != '/' && path[len] != '\0'))
		return NULL;
	return path + len;
}

static bool is_plain(const char *root, const char *usual)
{
	const char *rest = path_below(root, usual);

	return rest && (*rest == '\0' || strcmp(rest, "/") == 0);
}

static int read_mountinfo(const struct cgroup_roots *roots, struct mount_list *l, struct error *err)
{
	static const char *const places[] = {"/1/mountinfo", "/self/mountinfo"};
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = -ENOENT;

	for (size_t i = is_plain(roots->procfs, "/proc"); i < ARRAY_SIZE(places); i++) {
		free(l->path);
		l->path = join(roots->procfs, places[i]);
		if (!l->path)
			return error_errno(err, -ENOMEM, "", "cannot look for cgroup mounts");
		r = fs_read_file(AT_FDCWD, l->path, MOUNTINFO_MAX, &text, &len);
		l->own_view = i == 1;
		if (r == 0)
			break;
	}
	if (r < 0)
		return error_errno(err, r, "mount procfs, or say where it is with --path.procfs",
				   "cannot read '%s'", l->path);
	r = mountinfo_cgroups((struct slice){text, len}, &l->mounts, &l->n);
	return r < 0 ? error_errno(err, r, "", "cannot look for cgroup mounts") : 0;
}

/* Opens `path` below the root that the user named, following links as the host would. */
static int open_below(const char *root, const char *path)
{
	_cleanup_close_ int fd = -1;

	if (is_plain(root, "/"))
		return fs_open_dir(AT_FDCWD, path);
	fd = fs_open_dir(AT_FDCWD, root);
	if (fd < 0)
		return fd;
	return fs_open_in_root(fd, *path ? path : "/", O_RDONLY | O_DIRECTORY);
}

static int open_mount(const struct cgroup_roots *roots, const struct mount_list *l, const char *point,
		      char **seen)
{
	const char *below_sys = path_below(point, "/sys");
	bool as_it_is = l->own_view && ((!is_plain(roots->rootfs, "/") && path_below(point, roots->rootfs)) ||
					(!is_plain(roots->sysfs, "/sys") && path_below(point, roots->sysfs)));
	const char *root = roots->rootfs;
	_cleanup_free_ char *path = NULL;
	int fd;

	if (as_it_is) {
		root = "/";
	} else if (below_sys) {
		root = roots->sysfs;
		point = below_sys;
	}
	path = join(root, point);
	if (!path)
		return -ENOMEM;
	/* "/sys" and "/" as they are need no openat2, which kernels before 5.6 do not have */
	if (is_plain(root, "/sys"))
		fd = fs_open_dir(AT_FDCWD, path);
	else
		fd = open_below(root, point);
	if (fd >= 0)
		*seen = TAKE_PTR(path);
	return fd;
}

/* What the v2 root offers. Its folder is read rather than the mount options, which name no controllers. */
static uint32_t read_v2_controllers(int fd)
{
	uint32_t set = 1U << CONTROLLER_CORE;
	_cleanup_free_ char *text = NULL;
	struct slice rest;
	struct slice word;
	size_t len;

	if (fs_read_file(fd, "cgroup.controllers", CONTROLLERS_MAX, &text, &len) < 0)
		return set;
	rest = (struct slice){text, len};
	while (next_word(&rest, " \n", &word)) {
		char name[32];
		enum controller c;

		if (word.len >= sizeof(name))
			continue;
		memcpy(name, word.at, word.len);
		name[word.len] = '\0';
		c = controller_find(name);
		if (c != CONTROLLER__COUNT && c != CONTROLLER_NAMED)
			set |= 1U << c;
	}
	return set;
}

/* By what they control: a cgroup namespace gives one v1 hierarchy several superblocks, so device numbers
 * don't tell. */
static bool same_hierarchy(const struct cgroup_mount *a, const struct cgroup_mount *b)
{
	return a->version == b->version && a->controllers == b->controllers &&
	       strcmp(a->options, b->options) == 0;
}

/* The mount of first's hierarchy that shows the most and was not tried yet. */
static struct cgroup_mount *widest(const struct mount_list *l, const struct cgroup_mount *first)
{
	struct cgroup_mount *best = NULL;

	for (size_t i = 0; i < l->n; i++) {
		struct cgroup_mount *m = &l->mounts[i];

		if (!m->settled && same_hierarchy(m, first) && (!best || m->depth < best->depth))
			best = m;
	}
	return best;
}

static void settle(const struct mount_list *l, const struct cgroup_mount *first)
{
	for (size_t i = 0; i < l->n; i++)
		if (!l->mounts[i].settled && same_hierarchy(&l->mounts[i], first))
			l->mounts[i].settled = true;
}

struct failure {
	int code;
	const char *point;
};

/* Opens the best mount of first's hierarchy that lets itself be opened; *opened is that one. The descriptor,
 * or -errno. */
static int open_best(const struct cgroup_roots *roots, const struct mount_list *l,
		     const struct cgroup_mount *first, struct cgroup_mount **opened, char **seen,
		     struct failure *failure)
{
	struct cgroup_mount *m;
	int fd = -ENOENT;

	while (fd < 0 && (m = widest(l, first))) {
		m->settled = true;
		fd = open_mount(roots, l, m->point, seen);
		*opened = m;
		if (fd < 0 && !failure->code)
			*failure = (struct failure){fd, m->point};
	}
	return fd;
}

/* Adds the hierarchies of one version. A mount's strings are taken over once nothing compares with it any
 * more. */
static void add_version(struct cgroup_layout *layout, const struct cgroup_roots *roots,
			const struct mount_list *l, int version, struct failure *failure)
{
	for (size_t i = 0; i < l->n && layout->n_hierarchies < HIERARCHIES_MAX; i++) {
		const struct cgroup_mount *first = &l->mounts[i];
		struct cgroup_mount *m = NULL;
		char *seen = NULL;
		int fd;

		if (first->version != version || first->settled)
			continue;
		fd = open_best(roots, l, first, &m, &seen, failure);
		settle(l, first);
		if (fd < 0)
			continue;
		layout->hierarchies[layout->n_hierarchies++] = (struct hierarchy){
			.version = version,
			.controllers = version == 2 ? read_v2_controllers(fd) : m->controllers,
			.mount_point = seen,
			.root = TAKE_PTR(m->root),
			.options = TAKE_PTR(m->options),
			.fd = fd,
		};
	}
}

static void find_homes(struct cgroup_layout *layout)
{
	memset(layout->home, -1, sizeof(layout->home));
	for (size_t i = 0; i < layout->n_hierarchies; i++) {
		const struct hierarchy *h = &layout->hierarchies[i];

		for (enum controller c = 0; c < CONTROLLER__COUNT; c++)
			if (h->controllers & 1U << c && layout->home[c] < 0)
				layout->home[c] = (int8_t)i;
		/* of several named hierarchies, systemd's has a folder for every service and container */
		if (strcmp(h->options, "name=systemd") == 0)
			layout->home[CONTROLLER_NAMED] = (int8_t)i;
	}
}

/* A named v1 hierarchy beside v2 (name=systemd, mounted for old images) controls nothing and makes no hybrid.
 */
static enum cgroup_mode find_mode(const struct cgroup_layout *layout)
{
	bool v2 = layout->home[CONTROLLER_CORE] >= 0;
	bool v1 = false;

	for (size_t i = 0; i < layout->n_hierarchies; i++) {
		const struct hierarchy *h = &layout->hierarchies[i];

		v1 = v1 || (h->version == 1 && (!v2 || h->controllers & ~(1U << CONTROLLER_NAMED)));
	}
	if (v2)
		return v1 ? CGROUP_HYBRID : CGROUP_V2;
	return v1 ? CGROUP_V1 : CGROUP_NONE;
}

/* "hugepages-2048kB" → 2048; 0 where the name is another. */
static uint64_t hugepage_kilobytes(const char *name)
{
	static const char before[] = "hugepages-";
	struct slice rest = slice_of(name);
	uint64_t kilobytes;

	if (rest.len < sizeof(before) - 1 + 2 || memcmp(name, before, sizeof(before) - 1) != 0 ||
	    strcmp(name + rest.len - 2, "kB") != 0)
		return 0;
	rest = (struct slice){name + sizeof(before) - 1, rest.len - (sizeof(before) - 1) - 2};
	return parse_u64(rest, &kilobytes) < 0 ? 0 : kilobytes;
}

/* As mm/hugetlb_cgroup.c (mem_fmt) names its files: whole units, rounded down. */
static void name_pagesize(char *out, size_t cap, uint32_t kilobytes)
{
	if (kilobytes >= 1U << 20)
		snprintf(out, cap, "%" PRIu32 "GB", kilobytes >> 20);
	else if (kilobytes >= 1U << 10)
		snprintf(out, cap, "%" PRIu32 "MB", kilobytes >> 10);
	else
		snprintf(out, cap, "%" PRIu32 "KB", kilobytes);
}

/* The smallest ones first; a host without huge pages has none. */
static void find_pagesizes(struct cgroup_layout *layout, const char *sysfs)
{
	_cleanup_free_ char *path = join(sysfs, "/kernel/mm/hugepages");
	_cleanup_closedir_ DIR *dir = path ? opendir(path) : NULL;
	uint32_t sizes[ARRAY_SIZE(layout->pagesizes)];
	const struct dirent *entry;
	size_t n = 0;

	while (dir && (entry = readdir(dir)) && n < ARRAY_SIZE(sizes)) {
		uint64_t size = hugepage_kilobytes(entry->d_name);
		size_t at = n;

		/* 4 TB and more: no page of any machine */
		if (size == 0 || size > UINT32_MAX)
			continue;
		for (; at > 0 && sizes[at - 1] > size; at--)
			sizes[at] = sizes[at - 1];
		sizes[at] = (uint32_t)size;
		n++;
	}
	for (size_t i = 0; i < n; i++)
		name_pagesize(layout->pagesizes[i], sizeof(layout->pagesizes[i]), sizes[i]);
	layout->n_pagesizes = n;
}

static int report_nothing(const struct mount_list *l, const struct failure *failure, struct error *err)
{
	if (failure->code)
		return error_errno(err, failure->code,
				   "run as a user who may read it; in a container, mount the host's /sys and "
				   "/ and name them "
				   "with --path.sysfs and --path.rootfs",
				   "cannot open the cgroup mount '%s' that '%s' lists", failure->point,
				   l->path);
	return error_set(
		err, -ENOENT,
		"mount one with 'mount -t cgroup2 none /sys/fs/cgroup'; in a container, give it the host's "
		"/proc and /sys and name them with --path.procfs and --path.sysfs",
		"no cgroup file system is mounted: '%s' lists none", l->path);
}

int cgroup_layout_open(const struct cgroup_roots *roots, struct cgroup_layout **out, struct error *err)
{
	_cleanup_(mount_list_free) struct mount_list l = {0};
	struct failure failure = {0};
	struct cgroup_layout *layout;
	int r = read_mountinfo(roots, &l, err);

	if (r < 0)
		return r;
	layout = calloc(1, sizeof(*layout));
	if (!layout)
		return error_errno(err, -ENOMEM, "", "cannot look for cgroup mounts");
	add_version(layout, roots, &l, 2, &failure);
	add_version(layout, roots, &l, 1, &failure);
	if (layout->n_hierarchies == 0) {
		cgroup_layout_close(layout);
		return report_nothing(&l, &failure, err);
	}
	find_homes(layout);
	layout->mode = find_mode(layout);
	find_pagesizes(layout, roots->sysfs);
	*out = layout;
	return 0;
}

void cgroup_layout_close(struct cgroup_layout *layout)
{
	if (!layout)
		return;
	for (size_t i = 0; i < layout->n_hierarchies; i++) {
		struct hierarchy *h = &layout->hierarchies[i];

		close(h->fd);
		free(h->mount_point);
		free(h->root);
		free(h->options);
	}
	free(layout);
}

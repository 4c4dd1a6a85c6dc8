/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Hierarchies that hold nothing we show (perf_event, net_cls, name=systemd) would only add nodes without
 * figures. */
#define WITHOUT_FIGURES                                                                       \
	(1U << CONTROLLER_PERF_EVENT | 1U << CONTROLLER_NET_CLS | 1U << CONTROLLER_NET_PRIO | \
	 1U << CONTROLLER_NAMED)

/* Longest piece of a path that is opened at once. */
#define STEP_MAX (PATH_MAX - NAME_MAX - 2)

/* What lies deeper is left out: a user who may make cgroups could else exhaust our stack. */
#define DEPTH_MAX 1024

/* Container ids of this length are unique on a host, whatever runtime's; shorter ones are names. */
#define FULL_ID_LENGTH 64

const char *node_path(const struct node *n, size_t hierarchy)
{
	return n->places[hierarchy].path ? n->places[hierarchy].path : n->path;
}

/* Opens the first components of *path that fit, and moves *path behind them. */
static int open_step(int fd, const char **path)
{
	char piece[STEP_MAX + 1];
	size_t len = STEP_MAX;

	while (len > 0 && (*path)[len] != '/')
		len--;
	if (len == 0)
		return -ENAMETOOLONG;
	memcpy(piece, *path, len);
	piece[len] = '\0';
	*path += len + 1;
	return openat(fd, piece, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

int hierarchy_open_at(const struct hierarchy *h, const char *path, const char *file, int flags)
{
	char name[PATH_MAX];
	_cleanup_close_ int step = -1;
	int at = h->fd;
	int fd;

	for (path++; strlen(path) > STEP_MAX;) {
		fd = open_step(at, &path);
		if (fd < 0)
			return fd == -1 ? -errno : fd;
		if (step >= 0)
			close(step);
		at = step = fd;
	}
	snprintf(name, sizeof(name), "%s%s%s", *path || *file ? path : ".", *path && *file ? "/" : "", file);
	fd = openat(at, name, flags | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

static int stat_place(const struct hierarchy *h, const char *path, struct stat *st)
{
	_cleanup_close_ int fd = -1;

	if (strlen(path) < STEP_MAX) {
		if (fstatat(h->fd, path[1] ? path + 1 : ".", st, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
	} else {
		fd = hierarchy_open_at(h, path, "", O_PATH | O_DIRECTORY);
		if (fd < 0)
			return fd;
		if (fstat(fd, st) < 0)
			return -errno;
	}
	return S_ISDIR(st->st_mode) ? 0 : -ENOTDIR;
}

static char *join(const char *parent, const char *name)
{
	_cleanup_str_ struct str path = {0};

	str_add(&path, parent[1] ? parent : "");
	str_char(&path, '/');
	str_add(&path, name);
	return str_steal(&path);
}

struct node *tree_child(struct tree *t, const struct node *parent, const char *name)
{
	_cleanup_free_ char *path = join(parent->path, name);

	return path ? map_get(&t->by_path, slice_of(path)) : NULL;
}

static void link_child(struct node *parent, struct node *n)
{
	struct node *after = parent->last_child;

	while (after && strcmp(after->name, n->name) > 0)
		after = after->previous;
	n->previous = after;
	n->next = after ? after->next : parent->first_child;
	if (n->next)
		n->next->previous = n;
	else
		parent->last_child = n;
	if (after)
		after->next = n;
	else
		parent->first_child = n;
	n->parent = parent;
}

static void unlink_child(struct node *n)
{
	struct node *parent = n->parent;

	if (!parent)
		return;
	if (n->previous)
		n->previous->next = n->next;
	else
		parent->first_child = n->next;
	if (n->next)
		n->next->previous = n->previous;
	else
		parent->last_child = n->previous;
}

static bool is_container(const struct node *n)
{
	return n->what.class == ENTITY_CONTAINER && n->what.id.len > 0;
}

static void free_node(struct tree *t, struct node *n)
{
	for (size_t h = 0; h < t->layout->n_hierarchies; h++)
		free(n->places[h].path);
	free(n->path);
	free(n);
}

/* Takes ownership of path, also where it fails. */
static struct node *new_node(struct tree *t, struct node *parent, char *path)
{
	struct node *n = calloc(1, sizeof(*n) + t->layout->n_hierarchies * sizeof(n->places[0]));

	if (!n) {
		free(path);
		return NULL;
	}
	for (size_t h = 0; h < t->layout->n_hierarchies; h++)
		n->places[h].watch = -1;
	n->path = path;
	n->name = parent ? strrchr(path, '/') + 1 : "";
	n->depth = parent ? (uint16_t)(parent->depth + 1) : 0;
	n->settings_stale = true;
	cgroup_name_parse(slice_of(path), &n->what);
	if (map_put(&t->by_path, slice_of(path), n) < 0) {
		free_node(t, n);
		return NULL;
	}
	if (is_container(n) && !map_get(&t->by_container, n->what.id))
		(void)map_put(&t->by_container, n->what.id, n);
	if (parent) {
		link_child(parent, n);
		parent->branch = true;
	}
	t->n_nodes++;
	t->order_stale = true;
	return n;
}

static void bury(struct tree *t, struct node *n)
{
	t->hooks.died(t->hooks.context, n);
	map_remove(&t->by_path, slice_of(n->path));
	if (is_container(n) && map_get(&t->by_container, n->what.id) == n)
		map_remove(&t->by_container, n->what.id);
	unlink_child(n);
	t->n_nodes--;
	t->n_buried++;
	t->order_stale = true;
	free_node(t, n);
}

static void drop_place(struct tree *t, struct node *n, size_t hierarchy)
{
	for (struct node *child = n->first_child, *next; child; child = next) {
		next = child->next;
		if (node_in(child, hierarchy))
			drop_place(t, child, hierarchy);
	}
	t->hooks.unplaced(t->hooks.context, n, hierarchy);
	if (tree_find_inode(t, hierarchy, n->places[hierarchy].inode) == n)
		map_remove_u64(&t->by_inode, place_key(hierarchy, n->places[hierarchy].inode));
	n->presence &= ~(1U << hierarchy);
	free(n->places[hierarchy].path);
	n->places[hierarchy].path = NULL;
	if (n->presence == 0 && n != t->root) {
		while (n->first_child) {
			/* Joined from elsewhere, and still there: to be found again under another path. */
			t->orphaned = true;
			drop_place(t, n->first_child, (size_t)__builtin_ctz(n->first_child->presence));
		}
		bury(t, n);
	}
}

/* The container that a cgroup of this name belongs to; NULL where none is known. */
static struct node *find_container(const struct tree *t, const struct cgroup_name *what)
{
	struct node *n = NULL;

	if (what->class == ENTITY_CONTAINER && what->id.len)
		n = map_get(&t->by_container, what->id);
	if (n && n->what.runtime != what->runtime && what->id.len != FULL_ID_LENGTH)
		return NULL;
	return n;
}

static bool is_at(const struct node *n, size_t hierarchy, const char *path)
{
	return node_in(n, hierarchy) && strcmp(node_path(n, hierarchy), path) == 0;
}

/* Finds or makes the node for the folder at `path` of a hierarchy. */
static struct node *node_for(struct tree *t, struct node *parent, size_t hierarchy, const char *name,
			     char **alias)
{
	_cleanup_free_ char *here = join(node_path(parent, hierarchy), name);
	_cleanup_free_ char *path = join(parent->path, name);
	struct cgroup_name what;
	struct node *n;

	if (!here || !path)
		return NULL;
	n = map_get(&t->by_path, slice_of(path));
	if (!n) {
		cgroup_name_parse(slice_of(path), &what);
		n = find_container(t, &what);
		if (n && node_in(n, hierarchy) && !is_at(n, hierarchy, here))
			n = NULL; /* another cgroup with this id in the same hierarchy: a node of its own */
	}
	if (!n)
		n = new_node(t, parent, TAKE_PTR(path));
	*alias = n && strcmp(n->path, here) != 0 ? TAKE_PTR(here) : NULL;
	return n;
}

static uint64_t birth_of(const struct stat *st)
{
	return (uint64_t)st->st_ctim.tv_sec * NSEC_PER_SEC + (uint64_t)st->st_ctim.tv_nsec;
}

static void set_place(struct tree *t, struct node *n, size_t hierarchy, const struct stat *st, char *alias)
{
	bool first = n->presence == 0;

	n->presence |= 1U << hierarchy;
	n->places[hierarchy].inode = st->st_ino;
	n->places[hierarchy].path = alias;
	/* where memory is short, what is heard of it is not understood, and the rescan finds out */
	(void)map_put_u64(&t->by_inode, place_key(hierarchy, st->st_ino), n);
	if (first) {
		/* Inode numbers of different hierarchies overlap; the v2 one is the cgroup id that BPF sees.
		 */
		n->id = st->st_ino | (uint64_t)hierarchy << 56;
		n->birth_ns = birth_of(st);
		t->hooks.born(t->hooks.context, n);
	}
	t->hooks.placed(t->hooks.context, n, hierarchy);
}

/* False where the folder is gone or another one has taken its place. */
static bool place_is_there(const struct tree *t, const struct node *n, size_t hierarchy)
{
	struct stat st;

	return stat_place(&t->layout->hierarchies[hierarchy], node_path(n, hierarchy), &st) == 0 &&
	       st.st_ino == n->places[hierarchy].inode;
}

/* Drops every place of n that is not there any more; n itself too where none is left. */
static void drop_stale_places(struct tree *t, struct node *n)
{
	uint32_t stale = 0;

	for (size_t h = 0; h < t->layout->n_hierarchies; h++)
		if (node_in(n, h) && !place_is_there(t, n, h))
			stale |= 1U << h;
	for (size_t h = 0; stale; h++) {
		if (stale >> h & 1)
			drop_place(t, n, h);
		stale &= ~(1U << h);
	}
}

static int scan_children(struct tree *t, struct node *n, size_t hierarchy);

/*
 * A kernfs folder counts its subfolders in st_nlink (2 + n; fs/kernfs/inode.c), so that a leaf is never
 * listed. File systems that don't count say 1.
 */
static bool may_have_children(const struct stat *st)
{
	return st->st_nlink != 2;
}

int tree_add(struct tree *t, struct node *parent, size_t hierarchy, const char *name)
{
	const struct hierarchy *h = &t->layout->hierarchies[hierarchy];
	_cleanup_free_ char *here = join(node_path(parent, hierarchy), name);
	_cleanup_free_ char *alias = NULL;
	struct node *n;
	struct stat st;

	if (!here)
		return -ENOMEM;
	if (parent->depth >= DEPTH_MAX || stat_place(h, here, &st) < 0)
		return 0;
	n = node_for(t, parent, hierarchy, name, &alias);
	if (!n)
		return -ENOMEM;
	if (node_in(n, hierarchy) && !is_at(n, hierarchy, here)) {
		/* It was joined to a folder elsewhere, and now one with its own path came. */
		drop_place(t, n, hierarchy);
		return tree_add(t, parent, hierarchy, name);
	}
	if (node_in(n, hierarchy) && n->places[hierarchy].inode != st.st_ino) {
		/* A successor at the same path, before we heard of the end of the old one. */
		drop_stale_places(t, n);
		return tree_add(t, parent, hierarchy, name);
	}
	if (!node_in(n, hierarchy)) {
		set_place(t, n, hierarchy, &st, TAKE_PTR(alias));
		/* What was made below between its mkdir and our watch made no event. */
		if (stat_place(h, here, &st) < 0)
			return 0;
	}
	return may_have_children(&st) ? scan_children(t, n, hierarchy) : 0;
}

static bool is_folder(const struct dirent *entry)
{
	return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) && strcmp(entry->d_name, ".") != 0 &&
	       strcmp(entry->d_name, "..") != 0;
}

/* Names of the folders at a path, one behind the other with their NULs. 0 (also where it is gone again, or
 * not ours to look into) or -ENOMEM. */
static int list_folders(const struct hierarchy *h, const char *path, struct str *names, size_t *count)
{
	int fd = hierarchy_open_at(h, path, "", O_RDONLY | O_DIRECTORY);
	_cleanup_closedir_ DIR *dir = NULL;
	const struct dirent *entry;

	*count = 0;
	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(dir))) {
		if (!is_folder(entry))
			continue;
		str_append(names, entry->d_name, strlen(entry->d_name) + 1);
		(*count)++;
	}
	return names->failed ? -ENOMEM : 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Listed as a whole, so that no descriptor is held while it goes deeper; sorted, so that each comes last
 * among its siblings and is linked without a search. */
static int scan_children(struct tree *t, struct node *n, size_t hierarchy)
{
	_cleanup_str_ struct str names = {0};
	_cleanup_free_ const char **sorted = NULL;
	const char *at;
	size_t count;
	int r = list_folders(&t->layout->hierarchies[hierarchy], node_path(n, hierarchy), &names, &count);

	if (r < 0 || count == 0)
		return r;
	sorted = reallocarray(NULL, count, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	at = names.data;
	for (size_t i = 0; i < count; i++, at += strlen(at) + 1)
		sorted[i] = at;
	qsort(sorted, count, sizeof(*sorted), compare_names);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = tree_add(t, n, hierarchy, sorted[i]);
	return r;
}

struct node *tree_find_anywhere(struct tree *t, const char *path)
{
	struct node *n = map_get(&t->by_path, slice_of(path));
	struct cgroup_name what;

	if (n)
		return n;
	cgroup_name_parse(slice_of(path), &what);
	return find_container(t, &what);
}

struct node *tree_find_path(struct tree *t, size_t hierarchy, const char *path)
{
	struct node *n = map_get(&t->by_path, slice_of(path));
	struct cgroup_name what;

	if (n && is_at(n, hierarchy, path))
		return n;
	/* A container that is joined to a node elsewhere in the tree. */
	cgroup_name_parse(slice_of(path), &what);
	n = find_container(t, &what);
	return n && is_at(n, hierarchy, path) ? n : NULL;
}

struct node *tree_find_at(struct tree *t, const struct node *parent, size_t hierarchy, const char *name)
{
	struct node *n = tree_child(t, parent, name);
	_cleanup_free_ char *here = NULL;

	if (n && node_in(n, hierarchy))
		return n;
	here = join(node_path(parent, hierarchy), name);
	return here ? tree_find_path(t, hierarchy, here) : NULL;
}

struct node *tree_find_inode(const struct tree *t, size_t hierarchy, uint64_t inode)
{
	return map_get_u64(&t->by_inode, place_key(hierarchy, inode));
}

void tree_remove(struct tree *t, struct node *n, size_t hierarchy)
{
	if (n != t->root && node_in(n, hierarchy))
		drop_place(t, n, hierarchy);
}

void tree_check(struct tree *t, struct node *n, size_t hierarchy)
{
	if (n != t->root && node_in(n, hierarchy) && !place_is_there(t, n, hierarchy))
		drop_place(t, n, hierarchy);
}

void tree_check_all(struct tree *t, struct node *n)
{
	if (n != t->root)
		drop_stale_places(t, n);
}

static int open_root(struct tree *t)
{
	char *path = strdup("/");

	t->root = path ? new_node(t, NULL, path) : NULL;
	if (!t->root)
		return -ENOMEM;
	for (size_t h = 0; h < t->layout->n_hierarchies; h++) {
		struct stat st;

		if (t->walked >> h & 1 && fstat(t->layout->hierarchies[h].fd, &st) == 0)
			set_place(t, t->root, h, &st, NULL);
	}
	return 0;
}

static int scan_all(struct tree *t)
{
	for (size_t h = 0; h < t->layout->n_hierarchies; h++) {
		int r = node_in(t->root, h) ? scan_children(t, t->root, h) : 0;

		if (r < 0)
			return r;
	}
	return 0;
}

int tree_open(struct tree *t, const struct cgroup_layout *layout, const struct tree_hooks *hooks)
{
	int r;

	*t = (struct tree){.layout = layout, .hooks = *hooks, .order_stale = true};
	for (size_t h = 0; h < layout->n_hierarchies; h++)
		if (layout->hierarchies[h].controllers & ~WITHOUT_FIGURES)
			t->walked |= 1U << h;
	r = open_root(t);
	return r < 0 ? r : scan_all(t);
}

void tree_close(struct tree *t)
{
	for (size_t h = 0; t->root && h < t->layout->n_hierarchies; h++)
		if (node_in(t->root, h))
			drop_place(t, t->root, h);
	if (t->root) {
		while (t->root->first_child)
			bury(t, t->root->first_child);
		bury(t, t->root);
	}
	map_free(&t->by_path);
	map_free(&t->by_container);
	map_free(&t->by_inode);
	free(t->order);
	*t = (struct tree){0};
}

static size_t count_children(const struct node *n, size_t hierarchy)
{
	size_t count = 0;

	for (const struct node *child = n->first_child; child; child = child->next)
		count += node_in(child, hierarchy);
	return count;
}

static struct node *next_in_order(const struct node *n)
{
	if (n->first_child)
		return n->first_child;
	while (n && !n->next)
		n = n->parent;
	return n ? n->next : NULL;
}

/* Drops what is gone. Children before parents: a node that is dropped takes only nodes behind it along. */
static int rescan_for_ends(struct tree *t)
{
	struct node **order = tree_order(t);
	_cleanup_free_ struct node **copy = NULL;
	size_t n = t->n_nodes;

	copy = order ? reallocarray(NULL, n, sizeof(struct node *)) : NULL;
	if (!copy)
		return -ENOMEM;
	memcpy(copy, order, n * sizeof(struct node *));
	for (size_t i = n; i-- > 1;)
		drop_stale_places(t, copy[i]);
	return 0;
}

static int rescan_node(struct tree *t, struct node *n)
{
	for (size_t h = 0; h < t->layout->n_hierarchies; h++) {
		struct stat st;
		int r;

		if (!node_in(n, h) || stat_place(&t->layout->hierarchies[h], node_path(n, h), &st) < 0)
			continue;
		if (st.st_nlink == count_children(n, h) + 2)
			continue;
		r = scan_children(t, n, h);
		if (r < 0)
			return r;
	}
	return 0;
}

int tree_rescan(struct tree *t)
{
	int r = rescan_for_ends(t);

	/* Walking the links, not an array: what is found joins the walk. An end in the middle of it (a race)
	 * leaves the rest to the next rescan. */
	for (struct node *n = t->root; r == 0 && n;) {
		uint64_t buried = t->n_buried;

		r = rescan_node(t, n);
		n = buried == t->n_buried ? next_in_order(n) : NULL;
	}
	return r;
}

static int reserve_order(struct tree *t)
{
	struct node **order;
	size_t cap = t->order_cap ? t->order_cap : 64;

	while (cap < t->n_nodes)
		cap *= 2;
	if (cap == t->order_cap)
		return 0;
	order = reallocarray(t->order, cap, sizeof(struct node *));
	if (!order)
		return -ENOMEM;
	t->order = order;
	t->order_cap = cap;
	return 0;
}

struct node **tree_order(struct tree *t)
{
	size_t count = 0;

	if (!t->order_stale)
		return t->order;
	if (reserve_order(t) < 0)
		return NULL;
	for (struct node *n = t->root; n; n = next_in_order(n)) {
		n->order_at = (uint32_t)count;
		t->order[count++] = n;
	}
	t->order_stale = false;
	return t->order;
}

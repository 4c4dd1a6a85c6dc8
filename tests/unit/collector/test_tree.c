/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

#define ID1 "1111111111111111111111111111111111111111111111111111111111111111"
#define ID2 "2222222222222222222222222222222222222222222222222222222222222222"

struct world {
	struct fake host;
	struct cgroup_layout *layout;
	struct tree tree;
	unsigned born;
	unsigned died;
	unsigned placed;
	unsigned unplaced;
	char last_died[256];
};

static void on_born(void *context, struct node *n)
{
	struct world *w = context;

	assert_int_not_equal(n->presence, 0);
	assert_ptr_equal(map_get(&w->tree.by_path, slice_of(n->path)), n);
	w->born++;
}

static void on_placed(void *context, struct node *n, size_t hierarchy)
{
	struct world *w = context;

	assert_true(node_in(n, hierarchy));
	w->placed++;
}

static void on_unplaced(void *context, struct node *n, size_t hierarchy)
{
	struct world *w = context;

	assert_true(node_in(n, hierarchy));
	w->unplaced++;
}

static void on_died(void *context, struct node *n)
{
	struct world *w = context;

	assert_int_equal(n->presence, 0);
	assert_null(n->first_child);
	w->died++;
	snprintf(w->last_died, sizeof(w->last_died), "%s", n->path);
}

static void make_world(struct world *w, enum fake_kind kind)
{
	memset(w, 0, sizeof(*w));
	fake_make(&w->host, kind);
}

static void open_world(struct world *w)
{
	const struct tree_hooks hooks = {on_born, on_placed, on_unplaced, on_died, w};
	const struct cgroup_roots roots = {w->host.procfs, w->host.sysfs, w->host.path};
	struct error err = {0};

	assert_int_equal(cgroup_layout_open(&roots, &w->layout, &err), 0);
	w->tree.layout = w->layout;
	assert_int_equal(tree_open(&w->tree, w->layout, &hooks), 0);
}

static void end_world(struct world *w)
{
	if (w->layout) {
		tree_close(&w->tree);
		assert_int_equal(w->born, w->died);
		assert_int_equal(w->placed, w->unplaced);
		cgroup_layout_close(w->layout);
	}
	fake_remove(&w->host);
}

static size_t hierarchy(const struct world *w, const char *name)
{
	for (size_t h = 0; h < w->layout->n_hierarchies; h++) {
		const char *point = w->layout->hierarchies[h].mount_point;

		if (strcmp(strrchr(point, '/') + 1, name) == 0)
			return h;
	}
	fail_msg("no hierarchy %s", name);
	return 0;
}

static struct node *node_at(const struct world *w, const char *path)
{
	return map_get(&w->tree.by_path, slice_of(path));
}

static struct node *must_node(const struct world *w, const char *path)
{
	struct node *n = node_at(w, path);

	if (!n)
		fail_msg("no node at %s", path);
	return n;
}

/* Links, order and depths fit; every node is where the map says. */
static void check_tree(struct world *w)
{
	struct node **order = tree_order(&w->tree);

	assert_non_null(order);
	assert_ptr_equal(order[0], w->tree.root);
	for (size_t i = 0; i < w->tree.n_nodes; i++) {
		const struct node *n = order[i];

		assert_ptr_equal(node_at(w, n->path), n);
		for (const struct node *c = n->first_child; c; c = c->next) {
			assert_ptr_equal(c->parent, n);
			assert_int_equal(c->depth, n->depth + 1);
			assert_ptr_equal(c->previous ? c->previous->next : n->first_child, c);
			if (c->next)
				assert_true(strcmp(c->name, c->next->name) < 0);
			else
				assert_ptr_equal(n->last_child, c);
		}
		for (size_t h = 0; h < w->layout->n_hierarchies; h++)
			assert_true(node_in(n, h) || n->places[h].path == NULL);
	}
	assert_int_equal(w->tree.n_nodes, w->tree.by_path.count);
}

static void walks_in_order(void **state)
{
	static const char *const expected[] = {"/",  "/a", "/a/b", "/a/b/c", "/a.b",
					       "/b", "/z", "/z/1", "/z/10",  "/z/2"};
	struct world w;

	(void)state;
	make_world(&w, FAKE_V2);
	for (size_t i = ARRAY_SIZE(expected); i-- > 1;)
		fake_cgroup(&w.host, NULL, expected[i]);
	open_world(&w);
	check_tree(&w);
	assert_int_equal(w.tree.n_nodes, ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		assert_string_equal(tree_order(&w.tree)[i]->path, expected[i]);
	assert_string_equal(must_node(&w, "/z/10")->name, "10");
	assert_string_equal(w.tree.root->name, "");
	assert_int_equal(w.born, ARRAY_SIZE(expected));
	assert_ptr_equal(tree_child(&w.tree, must_node(&w, "/a"), "b"), must_node(&w, "/a/b"));
	assert_null(tree_child(&w.tree, must_node(&w, "/a"), "c"));
	end_world(&w);
}

static void joins_by_path(void **state)
{
	struct world w;
	const struct node *n;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, NULL, "/a");
	fake_cgroup(&w.host, "memory", "/m");
	fake_cgroup(&w.host, "memory", "/a/only");
	open_world(&w);
	check_tree(&w);
	assert_int_equal(w.tree.n_nodes, 4);
	n = must_node(&w, "/a");
	assert_int_equal(n->presence, (1U << w.layout->n_hierarchies) - 1);
	assert_int_equal(must_node(&w, "/m")->presence, 1U << hierarchy(&w, "memory"));
	assert_ptr_equal(must_node(&w, "/a/only")->parent, n);
	/* the v2 inode is the id */
	assert_int_equal(n->id, n->places[0].inode);
	assert_int_not_equal(must_node(&w, "/m")->id,
			     must_node(&w, "/m")->places[hierarchy(&w, "memory")].inode);
	end_world(&w);
}

/* A runtime that calls it otherwise in each hierarchy: one node, however often it is found. */
static void joins_by_container(void **state)
{
	struct world w;
	const struct node *n;
	size_t memory;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, "unified", "/machine.slice/libpod-" ID1 ".scope");
	fake_cgroup(&w.host, "memory", "/libpod_parent/libpod-" ID1);
	fake_cgroup(&w.host, "cpu", "/libpod_parent/libpod-" ID1 "/below");
	open_world(&w);
	check_tree(&w);
	memory = hierarchy(&w, "memory");
	n = must_node(&w, "/machine.slice/libpod-" ID1 ".scope");
	assert_string_equal(node_path(n, 0), n->path);
	assert_string_equal(node_path(n, memory), "/libpod_parent/libpod-" ID1);
	assert_int_equal(n->presence, 1U << 0 | 1U << memory | 1U << hierarchy(&w, "cpu"));
	assert_string_equal(n->first_child->path, "/machine.slice/libpod-" ID1 ".scope/below");
	assert_string_equal(node_path(n->first_child, hierarchy(&w, "cpu")),
			    "/libpod_parent/libpod-" ID1 "/below");
	assert_null(node_at(&w, "/libpod_parent/libpod-" ID1));

	for (unsigned i = 0; i < 3; i++) {
		uint32_t before = n->presence;

		/* the event of what the walk had found already, and the safety net */
		assert_int_equal(tree_add(&w.tree, must_node(&w, "/libpod_parent"), memory, "libpod-" ID1),
				 0);
		assert_int_equal(tree_rescan(&w.tree), 0);
		assert_int_equal(w.tree.n_nodes, 5);
		assert_int_equal(n->presence, before);
		check_tree(&w);
	}
	assert_ptr_equal(tree_find_at(&w.tree, must_node(&w, "/libpod_parent"), memory, "libpod-" ID1), n);
	assert_null(tree_find_at(&w.tree, must_node(&w, "/libpod_parent"), 0, "libpod-" ID1));

	fake_cgroup_remove(&w.host, "memory", "/libpod_parent/libpod-" ID1);
	tree_check(&w.tree, tree_find_at(&w.tree, must_node(&w, "/libpod_parent"), memory, "libpod-" ID1),
		   memory);
	assert_false(node_in(n, memory));
	assert_int_equal(w.died, 0);
	end_world(&w);
}

/* It has joined a folder elsewhere, and then its own path appears in that hierarchy, too. */
static void own_path_wins(void **state)
{
	struct world w;
	struct node *n;
	size_t memory;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, "unified", "/x/" ID1);
	fake_cgroup(&w.host, "memory", "/y/" ID1);
	fake_cgroup(&w.host, "memory", "/x");
	open_world(&w);
	memory = hierarchy(&w, "memory");
	n = must_node(&w, "/x/" ID1);
	assert_string_equal(node_path(n, memory), "/y/" ID1);

	fake_cgroup(&w.host, "memory", "/x/" ID1);
	assert_int_equal(tree_add(&w.tree, must_node(&w, "/x"), memory, ID1), 0);
	assert_ptr_equal(must_node(&w, "/x/" ID1), n);
	assert_string_equal(node_path(n, memory), "/x/" ID1);
	check_tree(&w);
	/* The other one is somebody else now. */
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(tree_rescan(&w.tree), 0);
		assert_string_equal(node_path(n, memory), "/x/" ID1);
		assert_int_equal(must_node(&w, "/y/" ID1)->presence, 1U << memory);
		check_tree(&w);
	}
	end_world(&w);
}

/* All at once, so that the walk meets them in an order that nobody chose. */
static void same_id_everywhere(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, "unified", "/b/" ID1);
	fake_cgroup(&w.host, "memory", "/a/" ID1);
	fake_cgroup(&w.host, "memory", "/b/" ID1);
	fake_cgroup(&w.host, "cpu", "/c/" ID1 "/d/" ID1);
	fake_cgroup(&w.host, "memory", "/b/" ID1 "/x/" ID2);
	fake_cgroup(&w.host, "cpu", "/q/" ID2 "/x/" ID1);
	open_world(&w);
	for (unsigned i = 0; i < 3; i++) {
		check_tree(&w);
		assert_int_equal(tree_rescan(&w.tree), 0);
	}
	assert_true(node_in(must_node(&w, "/b/" ID1), 0));
	assert_true(node_in(must_node(&w, "/b/" ID1), hierarchy(&w, "memory")));
	end_world(&w);
}

/* Names are no ids: a machine and a container may both be called "web". */
static void names_do_not_join(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, "memory", "/lxc/web");
	fake_cgroup(&w.host, "cpu", "/machine.slice/machine-web.scope");
	/* but one runtime's own, in two layouts, is one */
	fake_cgroup(&w.host, "memory", "/lxc/db");
	fake_cgroup(&w.host, "pids", "/lxc.payload.db");
	open_world(&w);
	check_tree(&w);
	assert_int_equal(must_node(&w, "/machine.slice/machine-web.scope")->presence,
			 1U << hierarchy(&w, "cpu"));
	assert_int_equal(must_node(&w, "/lxc/web")->presence, 1U << hierarchy(&w, "memory"));
	assert_int_equal(must_node(&w, "/lxc/db")->presence,
			 1U << hierarchy(&w, "memory") | 1U << hierarchy(&w, "pids"));
	assert_null(node_at(&w, "/lxc.payload.db"));
	end_world(&w);
}

static void nested_containers(void **state)
{
	struct world w;
	const struct node *inner;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, NULL, "/docker/" ID1 "/docker/" ID2);
	open_world(&w);
	check_tree(&w);
	assert_int_equal(w.tree.n_nodes, 5);
	inner = must_node(&w, "/docker/" ID1 "/docker/" ID2);
	assert_int_equal(inner->what.class, ENTITY_CONTAINER);
	assert_true(slice_is(inner->what.id, ID2));
	assert_int_equal(inner->presence, (1U << w.layout->n_hierarchies) - 1);
	end_world(&w);
}

/* Another folder at the path of one whose end nobody told us of. */
static void replace(struct world *w, const char *hierarchy_name, const char *name)
{
	char to[128];

	/* made first, so that the two are there at once and have different inodes */
	snprintf(to, sizeof(to), "sys/fs/cgroup%s%s/%s", *hierarchy_name ? "/" : "", hierarchy_name, name);
	fake_mkdir(&w->host, "new");
	fake_cgroup_remove(&w->host, hierarchy_name, strrchr(to, '/'));
	assert_int_equal(renameat(w->host.fd, "new", w->host.fd, to), 0);
}

static void successors(void **state)
{
	struct world w;
	uint64_t id;

	(void)state;
	make_world(&w, FAKE_V2);
	fake_cgroup(&w.host, NULL, "/a/b");
	open_world(&w);
	id = must_node(&w, "/a")->id;
	replace(&w, "", "a");
	fake_cgroup(&w.host, NULL, "/a/c");
	assert_int_equal(tree_add(&w.tree, w.tree.root, 0, "a"), 0);
	assert_int_equal(w.died, 2);
	assert_int_not_equal(must_node(&w, "/a")->id, id);
	assert_null(node_at(&w, "/a/b"));
	must_node(&w, "/a/c");
	check_tree(&w);

	/* The same, found by the safety net alone. */
	id = must_node(&w, "/a")->id;
	replace(&w, "", "a");
	assert_int_equal(tree_rescan(&w.tree), 0);
	assert_int_not_equal(must_node(&w, "/a")->id, id);
	assert_null(node_at(&w, "/a/c"));
	assert_int_equal(w.died, 4);

	/* A folder that is said to be gone and is not. */
	tree_check(&w.tree, must_node(&w, "/a"), 0);
	tree_check_all(&w.tree, must_node(&w, "/a"));
	tree_check_all(&w.tree, w.tree.root);
	must_node(&w, "/a");
	end_world(&w);
}

/* Only one hierarchy has a new folder: then it is a successor in all of them, which follow one by one. */
static void successor_in_one_hierarchy(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, NULL, "/a");
	open_world(&w);
	replace(&w, "memory", "a");
	assert_int_equal(tree_add(&w.tree, w.tree.root, hierarchy(&w, "memory"), "a"), 0);
	assert_int_equal(w.died, 0);
	assert_int_equal(w.unplaced, 1);
	assert_int_equal(must_node(&w, "/a")->presence, (1U << w.layout->n_hierarchies) - 1);
	check_tree(&w);
	end_world(&w);
}

static void ends_when_the_last_place_goes(void **state)
{
	struct world w;
	size_t n;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, NULL, "/a/b");
	open_world(&w);
	n = w.layout->n_hierarchies;
	for (size_t i = 0; i < n; i++) {
		size_t h = (i * 5 + 3) % n; /* in no order of ours (n is 12) */

		assert_int_equal(w.died, 0);
		/* the parent is told of first in every other one, as events may come */
		fake_cgroup_remove(&w.host, w.host.hierarchies[h], "/a");
		if (i % 2)
			tree_check(&w.tree, must_node(&w, "/a/b"), hierarchy(&w, w.host.hierarchies[h]));
		tree_check(&w.tree, must_node(&w, "/a"), hierarchy(&w, w.host.hierarchies[h]));
		check_tree(&w);
	}
	assert_int_equal(w.died, 2);
	assert_string_equal(w.last_died, "/a");
	assert_int_equal(w.tree.n_nodes, 1);
	end_world(&w);
}

/* Joined below one parent, alive below another: what goes with the first is to be found again. */
static void parent_ends_first(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, "unified", "/x/" ID1);
	fake_cgroup(&w.host, "memory", "/y/" ID1);
	open_world(&w);
	fake_cgroup_remove(&w.host, "unified", "/x");
	assert_false(w.tree.orphaned);
	tree_check(&w.tree, must_node(&w, "/x"), 0);
	assert_true(w.tree.orphaned);
	assert_null(node_at(&w, "/x"));
	assert_int_equal(tree_rescan(&w.tree), 0);
	assert_int_equal(must_node(&w, "/y/" ID1)->presence, 1U << hierarchy(&w, "memory"));
	check_tree(&w);
	end_world(&w);
}

static void rescan_finds_all(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_HYBRID);
	fake_cgroup(&w.host, NULL, "/keep/one");
	fake_cgroup(&w.host, NULL, "/gone/deep/below");
	open_world(&w);
	fake_cgroup_remove(&w.host, NULL, "/gone");
	fake_cgroup_remove(&w.host, "memory", "/keep/one");
	fake_cgroup(&w.host, NULL, "/new/deep/below");
	fake_cgroup(&w.host, "cpu", "/keep/two");
	assert_int_equal(tree_rescan(&w.tree), 0);
	check_tree(&w);
	assert_null(node_at(&w, "/gone"));
	assert_int_equal(w.died, 3);
	assert_false(node_in(must_node(&w, "/keep/one"), hierarchy(&w, "memory")));
	assert_true(node_in(must_node(&w, "/keep/one"), hierarchy(&w, "cpu")));
	assert_int_equal(must_node(&w, "/keep/two")->presence, 1U << hierarchy(&w, "cpu"));
	assert_int_equal(must_node(&w, "/new/deep/below")->presence, (1U << w.layout->n_hierarchies) - 1);
	end_world(&w);
}

static void not_there_is_no_error(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_V2);
	open_world(&w);
	assert_int_equal(tree_add(&w.tree, w.tree.root, 0, "nobody"), 0);
	assert_int_equal(tree_add(&w.tree, w.tree.root, 0, "cgroup.procs"), 0); /* a file */
	assert_int_equal(w.tree.n_nodes, 1);
	assert_null(tree_find_at(&w.tree, w.tree.root, 0, "nobody"));
	end_world(&w);
}

/* --- names and depths --- */

static void hostile_names(void **state)
{
	char longest[256];
	const char *const names[] = {"new\nline",
				     "qu\"ote'",
				     "back\\slash\\x41",
				     "\x1b[31mred\x1b[0m\a",
				     "\xff\xfe broken \xc3",
				     "%s%n%d",
				     " ",
				     "...",
				     "-rf",
				     "a b\tc",
				     "\xe2\x80\xa8line separator",
				     longest};
	struct world w;

	(void)state;
	memset(longest, 'x', 255);
	longest[255] = '\0';
	make_world(&w, FAKE_V2);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[300];

		snprintf(path, sizeof(path), "/%s", names[i]);
		fake_cgroup(&w.host, NULL, path);
	}
	open_world(&w);
	check_tree(&w);
	assert_int_equal(w.tree.n_nodes, ARRAY_SIZE(names) + 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct node *n = tree_child(&w.tree, w.tree.root, names[i]);
		_cleanup_close_ int fd = -1;

		assert_non_null(n);
		assert_string_equal(n->name, names[i]);
		fd = hierarchy_open_at(&w.layout->hierarchies[0], n->path, "cgroup.procs", O_RDONLY);
		assert_true(fd >= 0);
	}
	end_world(&w);
}

/* A chain of folders of one name, made and left without long paths. */
static void make_chain(const struct world *w, const char *name, unsigned levels)
{
	int at = openat(w->host.fd, "sys/fs/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (unsigned i = 0; i < levels; i++) {
		int below;

		assert_int_equal(mkdirat(at, name, 0755), 0);
		below = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		assert_true(below >= 0);
		close(at);
		at = below;
	}
	close(openat(at, "last", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	close(at);
}

/* With hardly a descriptor to spare, for none may be held a level. */
static void three_hundred_levels(void **state)
{
	struct rlimit limit;
	struct rlimit few;
	struct world w;

	(void)state;
	make_world(&w, FAKE_V2);
	make_chain(&w, "level", 300);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = (struct rlimit){40, limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	open_world(&w);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check_tree(&w);
	assert_int_equal(w.tree.n_nodes, 301);
	assert_int_equal(tree_order(&w.tree)[300]->depth, 300);
	end_world(&w);
}

static void too_deep(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_V2);
	make_chain(&w, "n", 1100);
	open_world(&w);
	assert_int_equal(w.tree.n_nodes, 1 + 1024);
	assert_int_equal(tree_rescan(&w.tree), 0);
	assert_int_equal(w.tree.n_nodes, 1 + 1024);
	end_world(&w);
}

static void longer_than_path_max(void **state)
{
	struct world w;
	char name[256];
	struct node *n;
	_cleanup_close_ int fd = -1;
	_cleanup_close_ int folder = -1;
	char *cut;

	(void)state;
	memset(name, 'n', 250);
	name[250] = '\0';
	make_world(&w, FAKE_V2);
	make_chain(&w, name, 40);
	open_world(&w);
	check_tree(&w);
	assert_int_equal(w.tree.n_nodes, 41);
	n = tree_order(&w.tree)[40];
	assert_true(strlen(n->path) > 2 * PATH_MAX);
	fd = hierarchy_open_at(&w.layout->hierarchies[0], n->path, "last", O_RDONLY);
	assert_true(fd >= 0);
	folder = hierarchy_open_at(&w.layout->hierarchies[0], n->path, "", O_PATH | O_DIRECTORY);
	assert_true(folder >= 0);
	assert_int_equal(hierarchy_open_at(&w.layout->hierarchies[0], n->path, "nobody", O_RDONLY), -ENOENT);
	tree_check(&w.tree, n, 0);
	assert_int_equal(w.died, 0);
	/* somewhere in the middle it breaks */
	cut = strdup(n->path);
	cut[2000] = 'm';
	assert_int_equal(hierarchy_open_at(&w.layout->hierarchies[0], cut, "last", O_RDONLY), -ENOENT);
	free(cut);
	end_world(&w);
}

/* Any split of a path at the limit: each length works. */
static void lengths_around_the_step(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_V2);
	/* 15 names of 239 and one of `last`: the first step ends within it, before it or behind it */
	for (size_t last = 230; last <= 246; last += 4) {
		_cleanup_str_ struct str path = {0};
		int at = openat(w.host.fd, "sys/fs/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC);

		for (unsigned i = 0; i < 16; i++) {
			char name[256];
			size_t len = i == 7 ? last : 239;
			int below;

			memset(name, 'a' + (int)i, len);
			name[len] = '\0';
			if (mkdirat(at, name, 0755) < 0)
				assert_int_equal(errno, EEXIST);
			below = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
			close(at);
			at = below;
			str_char(&path, '/');
			str_add(&path, name);
		}
		close(at);
		open_world(&w);
		at = hierarchy_open_at(&w.layout->hierarchies[0], path.data, "", O_PATH | O_DIRECTORY);
		assert_true(at >= 0);
		close(at);
		assert_non_null(node_at(&w, path.data));
		tree_close(&w.tree);
		cgroup_layout_close(w.layout);
		w.layout = NULL;
	}
	end_world(&w);
}

/* Siblings by the thousand: linking must not search through all of them. */
static void many_siblings(void **state)
{
	struct world w;

	(void)state;
	make_world(&w, FAKE_V2);
	for (unsigned i = 0; i < 1500; i++) {
		char path[64];

		snprintf(path, sizeof(path), "sys/fs/cgroup/c%u", i * 2654435761U);
		fake_mkdir(&w.host, path);
	}
	open_world(&w);
	check_tree(&w);
	assert_int_equal(w.tree.n_nodes, 1501);
	end_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_in_order),
		cmocka_unit_test(joins_by_path),
		cmocka_unit_test(joins_by_container),
		cmocka_unit_test(own_path_wins),
		cmocka_unit_test(same_id_everywhere),
		cmocka_unit_test(names_do_not_join),
		cmocka_unit_test(nested_containers),
		cmocka_unit_test(successors),
		cmocka_unit_test(successor_in_one_hierarchy),
		cmocka_unit_test(ends_when_the_last_place_goes),
		cmocka_unit_test(parent_ends_first),
		cmocka_unit_test(rescan_finds_all),
		cmocka_unit_test(not_there_is_no_error),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(three_hundred_levels),
		cmocka_unit_test(too_deep),
		cmocka_unit_test(longer_than_path_max),
		cmocka_unit_test(lengths_around_the_step),
		cmocka_unit_test(many_siblings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

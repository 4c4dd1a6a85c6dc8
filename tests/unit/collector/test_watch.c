/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "base/str.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <cmocka.h>

struct world {
	struct fake host;
	struct cgroup_layout *layout;
	struct tree tree;
	struct watcher watcher;
	unsigned born;
	unsigned died;
	unsigned written;
	unsigned notified;
	char last_written[512];
};

static struct world w;

/* --- faults in the system calls --- */

static int failing_code;   /* of the next inotify_add_watch calls; 0 = none */
static int failing_after;  /* calls that go well before */
static const char *raced;  /* what `race` is about; NULL = nothing */
static void (*race)(void); /* comes between finding `raced` and watching it */
static bool without_inotify;

int __real_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask);
int __real_inotify_init1(int flags);
int __wrap_inotify_init1(int flags);

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t mask)
{
	size_t len = strlen(path);

	if (raced && len >= strlen(raced) && strcmp(path + len - strlen(raced), raced) == 0) {
		raced = NULL;
		race();
	}
	if (failing_code && failing_after-- <= 0) {
		errno = failing_code;
		return -1;
	}
	return __real_inotify_add_watch(fd, path, mask);
}

int __wrap_inotify_init1(int flags)
{
	if (without_inotify) {
		errno = EMFILE;
		return -1;
	}
	return __real_inotify_init1(flags);
}

/* --- the world --- */

static void on_born(void *context, struct node *n)
{
	(void)context;
	(void)n;
	w.born++;
}

static void on_placed(void *context, struct node *n, size_t hierarchy)
{
	(void)context;
	watcher_add(&w.watcher, n, hierarchy);
}

static void on_unplaced(void *context, struct node *n, size_t hierarchy)
{
	(void)context;
	watcher_remove(&w.watcher, n, hierarchy);
}

static void on_died(void *context, struct node *n)
{
	(void)context;
	(void)n;
	w.died++;
}

static void on_written(void *context, struct node *n, const char *file)
{
	(void)context;
	w.written++;
	snprintf(w.last_written, sizeof(w.last_written), "%s %s", n->path, file);
}

static void on_notified(void *context, struct node *n)
{
	(void)context;
	w.notified++;
	snprintf(w.last_written, sizeof(w.last_written), "%s", n->path);
}

static void make_world(enum fake_kind kind)
{
	memset(&w, 0, sizeof(w));
	failing_code = failing_after = 0;
	raced = NULL;
	without_inotify = false;
	fake_make(&w.host, kind);
}

static void open_world(void)
{
	const struct watch_hooks watch_hooks = {on_written, on_notified, &w};
	const struct tree_hooks hooks = {on_born, on_placed, on_unplaced, on_died, &w};
	const struct cgroup_roots roots = {w.host.procfs, w.host.sysfs, w.host.path};
	struct error err = {0};

	assert_int_equal(cgroup_layout_open(&roots, &w.layout, &err), 0);
	watcher_open(&w.watcher, &w.tree, &watch_hooks);
	w.tree.layout = w.layout;
	assert_int_equal(tree_open(&w.tree, w.layout, &hooks), 0);
}

static void end_world(void)
{
	tree_close(&w.tree);
	assert_int_equal(w.watcher.nodes.count, 0);
	assert_int_equal(w.born, w.died);
	watcher_close(&w.watcher);
	cgroup_layout_close(w.layout);
	fake_remove(&w.host);
}

static struct node *node_at(const char *path)
{
	return map_get(&w.tree.by_path, slice_of(path));
}

static void drain(void)
{
	assert_int_equal(watcher_drain(&w.watcher), 0);
}

static void follows_folders(void **state)
{
	(void)state;
	make_world(FAKE_V2);
	fake_cgroup(&w.host, NULL, "/old/below");
	open_world();
	assert_int_equal(w.watcher.nodes.count, 3);
	drain();
	assert_int_equal(w.born, 3);

	/* at once, before anybody looks: each level is found below the one that made an event */
	fake_cgroup(&w.host, NULL, "/a/b/c/d/e");
	drain();
	assert_non_null(node_at("/a/b/c/d/e"));
	assert_true(watcher_covers(&w.watcher, node_at("/a/b/c/d/e")));
	fake_cgroup(&w.host, NULL, "/a/b/c/d/e/f");
	drain();
	assert_non_null(node_at("/a/b/c/d/e/f"));

	fake_cgroup_remove(&w.host, NULL, "/a/b/c");
	fake_cgroup_remove(&w.host, NULL, "/old");
	drain();
	assert_null(node_at("/a/b/c"));
	assert_null(node_at("/old/below"));
	assert_int_equal(w.tree.n_nodes, 3);
	assert_int_equal(w.watcher.nodes.count, 3);

	/* come and gone in one go */
	fake_cgroup(&w.host, NULL, "/short/lived");
	fake_cgroup_remove(&w.host, NULL, "/short");
	drain();
	assert_null(node_at("/short"));
	assert_false(w.watcher.overflowed);
	end_world();
}

static void follows_renames(void **state)
{
	(void)state;
	make_world(FAKE_HYBRID);
	fake_cgroup(&w.host, "memory", "/a/b");
	fake_cgroup(&w.host, "memory", "/z");
	open_world();
	assert_int_equal(
		renameat(w.host.fd, "sys/fs/cgroup/memory/a", w.host.fd, "sys/fs/cgroup/memory/moved"), 0);
	drain();
	assert_null(node_at("/a"));
	assert_null(node_at("/a/b"));
	assert_non_null(node_at("/moved/b"));
	/* the new watch is the one that counts */
	fake_cgroup(&w.host, "memory", "/moved/b/c");
	drain();
	assert_non_null(node_at("/moved/b/c"));
	/* from one parent to another */
	assert_int_equal(
		renameat(w.host.fd, "sys/fs/cgroup/memory/moved/b", w.host.fd, "sys/fs/cgroup/memory/z/b"),
		0);
	drain();
	assert_null(node_at("/moved/b"));
	assert_non_null(node_at("/z/b/c"));
	assert_int_equal(w.watcher.nodes.count, w.layout->n_hierarchies + 4);
	end_world();
}

static void tells_of_writes(void **state)
{
	(void)state;
	make_world(FAKE_HYBRID);
	fake_cgroup(&w.host, NULL, "/a");
	fake_cgroup_write(&w.host, "memory", "/a", "memory.limit_in_bytes", "1\n");
	fake_cgroup_write(&w.host, "unified", "/a", "cgroup.events", "populated 1\n");
	open_world();
	drain();
	assert_int_equal(w.written, 0);

	fake_cgroup_write(&w.host, "memory", "/a", "memory.limit_in_bytes", "2\n");
	drain();
	assert_int_not_equal(w.written, 0);
	assert_string_equal(w.last_written, "/a memory.limit_in_bytes");
	w.written = 0;

	/* processes that come and go are no settings */
	fake_cgroup_write(&w.host, "memory", "/a", "cgroup.procs", "7\n");
	fake_cgroup_write(&w.host, "memory", "/a", "tasks", "7\n");
	fake_cgroup_write(&w.host, "unified", "/a", "cgroup.threads", "7\n");
	w.written = 0;
	fake_cgroup_write(&w.host, "memory", "/a", "cgroup.procs", "8\n");
	fake_cgroup_write(&w.host, "memory", "/a", "tasks", "8\n");
	fake_cgroup_write(&w.host, "unified", "/a", "cgroup.threads", "8\n");
	drain();
	assert_int_equal(w.written, 0);
	assert_int_equal(w.notified, 0);

	fake_cgroup_write(&w.host, "unified", "/a", "cgroup.events", "populated 0\n");
	drain();
	assert_int_not_equal(w.notified, 0);
	assert_string_equal(w.last_written, "/a");
	assert_int_equal(w.written, 0);
	end_world();
}

static void hostile_names(void **state)
{
	static const char *const names[] = {"/new\nline", "/qu\"ote\\", "/\x1b[2J", "/\xff\xfe\x80"};

	(void)state;
	make_world(FAKE_V2);
	open_world();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		fake_cgroup(&w.host, NULL, names[i]);
		drain();
		assert_non_null(node_at(names[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		fake_cgroup_remove(&w.host, NULL, names[i]);
		drain();
		assert_null(node_at(names[i]));
	}
	end_world();
}

static void long_paths(void **state)
{
	char name[252];
	int at;
	_cleanup_str_ struct str path = {0};

	(void)state;
	memset(name, 'n', 251);
	name[251] = '\0';
	make_world(FAKE_V2);
	open_world();
	at = openat(w.host.fd, "sys/fs/cgroup", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (unsigned i = 0; i < 20; i++) {
		int below;

		assert_int_equal(mkdirat(at, name, 0755), 0);
		below = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(at);
		at = below;
		str_char(&path, '/');
		str_add(&path, name);
		drain();
	}
	assert_true(path.len > PATH_MAX);
	assert_non_null(node_at(path.data));
	assert_true(watcher_covers(&w.watcher, node_at(path.data)));
	assert_int_equal(w.tree.n_nodes, 21);
	close(at);
	end_world();
}

/* --- what goes wrong --- */

static void out_of_watches(void **state)
{
	(void)state;
	make_world(FAKE_V2);
	fake_cgroup(&w.host, NULL, "/a");
	fake_cgroup(&w.host, NULL, "/b");
	failing_code = ENOSPC;
	failing_after = 2;
	open_world();
	assert_true(w.watcher.exhausted);
	assert_int_equal(w.watcher.nodes.count, 2);
	assert_true(watcher_covers(&w.watcher, node_at("/a")));
	assert_false(watcher_covers(&w.watcher, node_at("/b")));

	/* still none: it stays so, and what is there is found by the rescan */
	watcher_retry(&w.watcher);
	assert_true(w.watcher.exhausted);
	fake_cgroup(&w.host, NULL, "/b/c");
	drain();
	assert_null(node_at("/b/c"));
	assert_int_equal(tree_rescan(&w.tree), 0);
	assert_non_null(node_at("/b/c"));

	failing_code = 0;
	watcher_retry(&w.watcher);
	assert_false(w.watcher.exhausted);
	assert_true(watcher_covers(&w.watcher, node_at("/b")));
	fake_cgroup(&w.host, NULL, "/b/d");
	drain();
	assert_non_null(node_at("/b/d"));
	end_world();
}

/* Only the limit is the limit: another error does not blame it, whatever errno was before. */
static void other_errors(void **state)
{
	(void)state;
	make_world(FAKE_V2);
	fake_cgroup(&w.host, NULL, "/a");
	failing_code = EACCES;
	errno = ENOSPC;
	open_world();
	assert_false(w.watcher.exhausted);
	assert_int_equal(w.watcher.nodes.count, 0);
	assert_non_null(node_at("/a"));
	end_world();
}

static void no_inotify(void **state)
{
	(void)state;
	make_world(FAKE_V2);
	fake_cgroup(&w.host, NULL, "/a");
	without_inotify = true;
	open_world();
	assert_int_equal(w.watcher.fd, -1);
	drain();
	assert_false(watcher_covers(&w.watcher, node_at("/a")));
	watcher_retry(&w.watcher);
	end_world();
}

/* More than fs.inotify.max_queued_events. */
static void too_many_events(void **state)
{
	char text[32] = "16384";
	unsigned long limit;
	_cleanup_fclose_ FILE *f = fopen("/proc/sys/fs/inotify/max_queued_events", "re");

	(void)state;
	if (f)
		assert_non_null(fgets(text, sizeof(text), f));
	limit = strtoul(text, NULL, 10);
	if (limit > 100000)
		skip();
	make_world(FAKE_V2);
	fake_write(&w.host, "sys/fs/cgroup/x", "");
	fake_write(&w.host, "sys/fs/cgroup/y", "");
	open_world();
	for (unsigned long i = 0; i <= limit; i++) {
		/* in turns, for the same event twice in a row is one */
		_cleanup_close_ int fd = openat(w.host.fd, i % 2 ? "sys/fs/cgroup/x" : "sys/fs/cgroup/y",
						O_WRONLY | O_CLOEXEC);

		assert_int_equal(pwrite(fd, "1", 1, 0), 1);
	}
	fake_cgroup(&w.host, NULL, "/missed");
	drain();
	assert_true(w.watcher.overflowed);
	assert_int_equal(w.watcher.events_lost, 1);
	assert_null(node_at("/missed"));
	assert_int_equal(tree_rescan(&w.tree), 0);
	assert_non_null(node_at("/missed"));
	end_world();
}

/* --- races --- */

static void make_below(void)
{
	fake_cgroup(&w.host, NULL, "/racy/child/grandchild");
}

/* mkdir -p overtakes us: the child is there before its parent is watched. */
static void child_before_the_watch(void **state)
{
	(void)state;
	make_world(FAKE_V2);
	open_world();
	fake_cgroup(&w.host, NULL, "/racy");
	raced = "/racy";
	race = make_below;
	drain();
	assert_non_null(node_at("/racy/child/grandchild"));
	end_world();
}

static void take_away(void)
{
	fake_cgroup_remove(&w.host, NULL, "/racy");
}

static void gone_before_the_watch(void **state)
{
	(void)state;
	make_world(FAKE_V2);
	open_world();
	fake_cgroup(&w.host, NULL, "/racy");
	raced = "/racy";
	race = take_away;
	drain();
	drain();
	assert_null(node_at("/racy"));
	assert_int_equal(w.tree.n_nodes, 1);
	end_world();
}

static void swap(void)
{
	fake_mkdir(&w.host, "new");
	fake_mkdir(&w.host, "new/other");
	fake_cgroup_remove(&w.host, NULL, "/racy");
	assert_int_equal(renameat(w.host.fd, "new", w.host.fd, "sys/fs/cgroup/racy"), 0);
}

static void replaced_before_the_watch(void **state)
{
	struct stat st;

	(void)state;
	make_world(FAKE_V2);
	open_world();
	fake_cgroup(&w.host, NULL, "/racy");
	raced = "/racy";
	race = swap;
	drain();
	drain();
	assert_non_null(node_at("/racy/other"));
	assert_int_equal(fstatat(w.host.fd, "sys/fs/cgroup/racy", &st, 0), 0);
	assert_int_equal(node_at("/racy")->places[0].inode, st.st_ino);
	assert_int_equal(w.tree.n_nodes, 3);
	assert_true(watcher_covers(&w.watcher, node_at("/racy")));
	end_world();
}

/* Thousands come and go; nothing of them stays. */
static void churn(void **state)
{
	(void)state;
	make_world(FAKE_V2);
	open_world();
	for (unsigned i = 0; i < 1000; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/c%u", i);
		fake_cgroup(&w.host, NULL, path);
		if (i % 3 == 0)
			drain();
		if (i >= 5) {
			snprintf(path, sizeof(path), "/c%u", i - 5);
			fake_cgroup_remove(&w.host, NULL, path);
		}
		if (i % 7 == 0)
			drain();
	}
	drain();
	assert_int_equal(w.tree.n_nodes, 6);
	assert_int_equal(w.watcher.nodes.count, 6);
	assert_false(w.watcher.overflowed);
	end_world();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_folders),
		cmocka_unit_test(follows_renames),
		cmocka_unit_test(tells_of_writes),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(long_paths),
		cmocka_unit_test(out_of_watches),
		cmocka_unit_test(other_errors),
		cmocka_unit_test(no_inotify),
		cmocka_unit_test(too_many_events),
		cmocka_unit_test(child_before_the_watch),
		cmocka_unit_test(gone_before_the_watch),
		cmocka_unit_test(replaced_before_the_watch),
		cmocka_unit_test(churn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

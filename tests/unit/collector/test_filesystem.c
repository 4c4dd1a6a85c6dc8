/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "collector_private.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cmocka.h>

#define DOCKER "/docker/6666666666666666666666666666666666666666666666666666666666666666"

static void set_layer(struct source *s, const char *layer)
{
	struct collector *c = (struct collector *)(void *)s;
	struct node *n = map_get(&c->tree.by_path, slice_of(DOCKER));

	assert_non_null(n);
	identity_unref(n->identity);
	n->identity = identity_new(&(struct identity){.id = "x", .writable_layer = layer});
	n->found_ns = 1;
	assert_non_null(n->identity);
}

static uint64_t blocks(const struct fake *f, const char *path)
{
	struct stat st;

	assert_int_equal(fstatat(f->fd, path, &st, AT_SYMLINK_NOFOLLOW), 0);
	return (uint64_t)st.st_blocks * 512;
}

static const struct series *only_series(const struct snapshot *s)
{
	size_t index = (size_t)fake_find(s, DOCKER);
	const struct entity *e = snapshot_entity(s, index);
	const struct series *found = NULL;

	for (uint32_t i = 0; i < e->n_series; i++)
		if (snapshot_series_at(s, index, i)->dimension == DIMENSION_FILESYSTEM) {
			assert_null(found);
			found = snapshot_series_at(s, index, i);
		}
	return found;
}

static void make_layer(const struct fake *f)
{
	char text[20000];

	memset(text, 'x', sizeof(text));
	fake_cgroup(f, NULL, DOCKER);
	fake_write_bytes(f, "layers/a/diff/one", text, sizeof(text));
	fake_write_bytes(f, "layers/a/diff/deep/er/two", text, 5000);
	fake_write_bytes(f, "layers/outside", text, sizeof(text));
	fake_link(f, "layers/a/diff/deep/link", "/etc");
	fake_link(f, "layers/a/diff/folder", "../..");
	/* half of it is somebody else's */
	assert_int_equal(linkat(f->fd, "layers/outside", f->fd, "layers/a/diff/shared", 0), 0);
}

static uint64_t expected_size(const struct fake *f)
{
	static const char *const all[] = {"one", "deep", "deep/er", "deep/er/two", "deep/link", "folder"};
	uint64_t sum = blocks(f, "layers/a/diff/shared") / 2;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		char path[128];

		snprintf(path, sizeof(path), "layers/a/diff/%s", all[i]);
		sum += blocks(f, path);
	}
	return sum;
}

static uint64_t must_get(const struct series *series, enum metric_id id)
{
	uint64_t value = 0;

	assert_true(series_get(series, id, &value));
	return value;
}

static void size_and_file_system(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	struct statfs fs;
	const struct series *series;

	(void)state;
	fake_make(&f, FAKE_V2);
	make_layer(&f);
	s = fake_open(&f);
	set_layer(s, "/layers/a/diff"); /* a path of the host's, below its root */
	snap = fake_sample(s, NULL);
	series = only_series(snap);
	assert_non_null(series);
	assert_int_equal(must_get(series, METRIC_FS_USAGE), expected_size(&f));
	assert_int_equal(statfs(f.path, &fs), 0);
	assert_int_equal(must_get(series, METRIC_FS_LIMIT), (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize);
	assert_int_equal(must_get(series, METRIC_FS_INODES), fs.f_files);
	assert_non_null(strchr(series->detail, ':'));
	assert_true(*series->instance);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

/* Walking is what is dear: not again for a minute, and not where only the file system is asked for. */
static void walked_seldom(void **state)
{
	struct metric_set limit = {0};
	struct fake f;
	struct source *s;
	struct snapshot *snap;
	uint64_t before;

	(void)state;
	metric_set_add(&limit, METRIC_FS_LIMIT);
	fake_make(&f, FAKE_V2);
	make_layer(&f);
	s = fake_open(&f);
	set_layer(s, "/layers/a/diff");
	snap = fake_sample(s, &limit);
	assert_non_null(only_series(snap));
	assert_true(must_get(only_series(snap), METRIC_FS_LIMIT) > 0);
	assert_false(series_get(only_series(snap), METRIC_FS_USAGE, &before));
	snapshot_unref(snap);

	snap = fake_sample(s, NULL);
	before = must_get(only_series(snap), METRIC_FS_USAGE);
	snapshot_unref(snap);
	fake_write(&f, "layers/a/diff/three", "something new");
	snap = fake_sample(s, NULL);
	assert_int_equal(must_get(only_series(snap), METRIC_FS_USAGE), before);
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

static void not_there(void **state)
{
	struct fake f;
	struct source *s;
	struct snapshot *snap;

	(void)state;
	fake_make(&f, FAKE_V2);
	make_layer(&f);
	s = fake_open(&f);
	snap = fake_sample(s, NULL); /* no layer is known */
	assert_null(only_series(snap));
	assert_false(snapshot_report(snap, GROUP_fs)->failed);
	snapshot_unref(snap);
	set_layer(s, "/layers/gone");
	snap = fake_sample(s, NULL);
	assert_null(only_series(snap));
	assert_false(snapshot_report(snap, GROUP_fs)->failed);
	snapshot_unref(snap);
	set_layer(s, "/layers/a/diff/one"); /* a file */
	snap = fake_sample(s, NULL);
	assert_null(only_series(snap));
	assert_true(snapshot_report(snap, GROUP_fs)->failed);
	snapshot_unref(snap);
	/* metadata is another's word: nothing outside the root is measured by it */
	set_layer(s, "/../../../../../../tmp");
	snap = fake_sample(s, NULL);
	assert_null(only_series(snap));
	snapshot_unref(snap);
	source_close(s);
	fake_remove(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(size_and_file_system),
		cmocka_unit_test(walked_seldom),
		cmocka_unit_test(not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

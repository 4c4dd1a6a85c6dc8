/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_bolt.h"

#include "base/str.h"
#include "scratch.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define STORAGE "identity/host/var/lib/containers/storage/libpod/bolt_state.db"
#define META "identity/host/var/lib/containerd/io.containerd.metadata.v1.bolt/meta.db"
#define UNO "0f69308c645b1be55a4a34f5fe96c1841405fceb42e7154edb8eabcccced53a0"
#define POD "d0beccb0616b7b54d15e6c93b8a96b0e270a5fdcc7051217310f9384e6a033d1"

static void test_get(void **state)
{
	const struct slice path[] = {slice_of("pod"), slice_of(POD), slice_of("config")};
	const struct slice bucket[] = {slice_of("pod"), slice_of(POD)};
	const struct slice missing[] = {slice_of("pod"), slice_of("0000"), slice_of("config")};
	const struct slice after_all[] = {slice_of("zzz")};
	_cleanup_close_ int root = fixture_open(".");
	_cleanup_bolt_ struct bolt db = BOLT_CLOSED;
	_cleanup_free_ char *value = NULL;
	size_t len;

	(void)state;
	assert_int_equal(bolt_open(&db, root, STORAGE), 0);
	assert_int_equal(bolt_get(&db, path, 3, &value, &len), 0);
	assert_int_equal(strlen(value), len);
	assert_non_null(strstr(value, "\"name\":\"shop\""));
	assert_int_equal(bolt_get(&db, bucket, 2, &value, &len), -ENOENT);
	assert_int_equal(bolt_get(&db, missing, 3, &value, &len), -ENOENT);
	assert_int_equal(bolt_get(&db, after_all, 1, &value, &len), -ENOENT);
	assert_int_equal(bolt_get(&db, path, 0, &value, &len), -ENOENT);
}

static void collect(void *context, struct slice key, struct slice value)
{
	struct str *out = context;

	str_append(out, key.at, key.len);
	str_char(out, '=');
	str_append(out, value.at, value.len);
	str_char(out, ' ');
}

static void test_each(void **state)
{
	const struct slice labels[] = {
		slice_of("v1"), slice_of("ordinary-namespace-1"), slice_of("containers"),
		slice_of("38c32e10754cee2d69e91a8040f4983c616e0a8289269963a89308f33f0ea648"),
		slice_of("labels")};
	const struct slice names[] = {slice_of("name-registry")};
	_cleanup_close_ int root = fixture_open(".");
	_cleanup_bolt_ struct bolt containerd = BOLT_CLOSED;
	_cleanup_bolt_ struct bolt podman = BOLT_CLOSED;
	_cleanup_str_ struct str got = {0};

	(void)state;
	assert_int_equal(bolt_open(&containerd, root, META), 0);
	assert_int_equal(bolt_each(&containerd, labels, 5, collect, &got), 0);
	assert_string_equal(got.data, "app=shop nerdctl/name=foo ");
	assert_int_equal(bolt_open(&podman, root, STORAGE), 0);
	str_clear(&got);
	assert_int_equal(bolt_each(&podman, names, 1, collect, &got), 0);
	assert_non_null(strstr(got.data, "uno=" UNO));
}

static void test_no_database(void **state)
{
	_cleanup_close_ int root = fixture_open(".");
	_cleanup_bolt_ struct bolt db = BOLT_CLOSED;
	static const char zeros[8192];

	(void)state;
	assert_int_equal(bolt_open(&db, root, "identity/host/etc/passwd"), -EINVAL);
	assert_int_equal(bolt_open(&db, root, "identity/host/etc"), -EINVAL);
	assert_int_equal(bolt_open(&db, root, "identity/host/none"), -ENOENT);
	assert_int_equal(bolt_open_memory(&db, (struct slice){zeros, sizeof(zeros)}), -EINVAL);
	assert_int_equal(bolt_open_memory(&db, (struct slice){"", 0}), -EINVAL);
}

/* A copy of the database that ends anywhere, or has a page that is another's: an answer or an error, nothing
 * else. */
static void test_torn(void **state)
{
	const struct slice path[] = {slice_of("ctr"), slice_of(UNO), slice_of("config")};
	_cleanup_free_ char *text = NULL;
	unsigned right = 0;
	size_t len;

	(void)state;
	text = fixture_read(STORAGE, &len);
	for (size_t cut = 0; cut <= len; cut += 1024) {
		_cleanup_free_ char *value = NULL;
		struct bolt db = BOLT_CLOSED;
		size_t n;

		if (bolt_open_memory(&db, (struct slice){text, cut}) == 0 &&
		    bolt_get(&db, path, 3, &value, &n) == 0)
			right++;
	}
	assert_in_range(right, 1, len / 1024);
	for (size_t page = 2; page * 4096 < len; page++) {
		_cleanup_free_ char *value = NULL;
		_cleanup_free_ char *torn = malloc(len);
		struct bolt db = BOLT_CLOSED;
		size_t n;

		assert_non_null(torn);
		memcpy(torn, text, len);
		memcpy(torn + page * 4096, text + 4096, 4096);
		assert_int_equal(bolt_open_memory(&db, (struct slice){torn, len}), 0);
		if (bolt_get(&db, path, 3, &value, &n) == 0)
			assert_int_equal(value[0], '{');
	}
}

/* The older meta page serves where the younger is broken. */
static void test_meta_pages(void **state)
{
	const struct slice path[] = {slice_of("id-registry"), slice_of(UNO)};
	_cleanup_free_ char *text = NULL;
	size_t len;

	(void)state;
	text = fixture_read(STORAGE, &len);
	for (size_t page = 0; page < 2; page++) {
		_cleanup_free_ char *value = NULL;
		struct bolt db = BOLT_CLOSED;
		size_t n;

		text[page * 4096 + 40] ^= 1;
		assert_int_equal(bolt_open_memory(&db, (struct slice){text, len}), 0);
		assert_int_equal(bolt_get(&db, path, 2, &value, &n), 0);
		text[page * 4096 + 40] ^= 1;
	}
	text[40] ^= 1;
	text[4096 + 40] ^= 1;
	assert_int_equal(bolt_open_memory(&(struct bolt)BOLT_CLOSED, (struct slice){text, len}), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_get),	    cmocka_unit_test(test_each),
		cmocka_unit_test(test_no_database), cmocka_unit_test(test_torn),
		cmocka_unit_test(test_meta_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

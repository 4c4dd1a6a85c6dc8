/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "runtime/user.h"
#include "spec/user_text.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "# bob:x:0:0::/:\n"
			     "broken:x::0::/:\n"
			     "plus:x:+5:0::/:\n"
			     "-1:x:0:0::/:\n"
			     "+1:x:0:0::/:\n"
			     "0x1:x:0:0::/:\n"
			     "1000:x:0:0::/:\n"
			     "bob:x:1000:100:Bob:/home/bob:/bin/sh\n"
			     "bob:x:7:7::/:\n"
			     "far:x:4294967295:0::/:\n"
			     "odd:x:8:9::relative:\n"
			     "short:x:11:12";

static const char group[] = "root:x:0:\n"
			    "users:x:100:\n"
			    "wheel:x:10:root,bob\n"
			    "bobby:x:11:bobby\n"
			    "audio:x:12:bob\n"
			    "20:x:0:bob2\n"
			    "bad:x:-3:bob\n"
			    "again:x:10:bob";

static int resolve(const char *user, const struct spec_texts *add, struct spec *spec, struct spec_user *out,
		   const char **home, struct error *err)
{
	return user_resolve_text(slice_of(passwd), slice_of(group), user, add, spec, out, home, err);
}

static void assert_user(const char *user, uint32_t uid, uint32_t gid, const char *home, const char *groups)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	_cleanup_str_ struct str text = {0};
	struct spec_user got = {0};
	const char *place = NULL;
	struct error err = {0};

	if (resolve(user, NULL, spec, &got, &place, &err) < 0)
		fail_msg("%s: %s", user, err.cause);
	for (size_t i = 0; i < got.n_groups; i++)
		str_printf(&text, "%s%u", i ? "," : "", got.groups[i]);
	assert_int_equal(got.uid, uid);
	assert_int_equal(got.gid, gid);
	assert_string_equal(place, home);
	assert_string_equal(text.data, groups);
}

static void finds_users(void **state)
{
	(void)state;
	assert_user("", 0, 0, "/root", "0,10");
	assert_user("root", 0, 0, "/root", "0,10");
	assert_user("0", 0, 0, "/root", "0,10");
	assert_user("bob", 1000, 100, "/home/bob", "100,10,12");
	assert_user("bob:wheel", 1000, 10, "/home/bob", "10");
	assert_user("bob:7", 1000, 7, "/home/bob", "7");
	assert_user("odd", 8, 9, "/", "9");
	assert_user("short", 11, 12, "/", "12");
	assert_user("4294967294:4294967294", 4294967294U, 4294967294U, "/", "4294967294");
	assert_user("5", 5, 0, "/", "0");
}

/* CVE-2016-3697: an image's user called "1000" with the uid 0, and a group "20" with the gid 0 */
static void number_is_never_a_name(void **state)
{
	(void)state;
	assert_user("1000", 1000, 100, "/home/bob", "100,10,12");
	assert_user("1000:20", 1000, 20, "/home/bob", "20");
}

/* crun's CVE-2026-30892, and its kin */
static void refuses_what_others_misread(void **state)
{
	static const char *const words[] = {
		"+1",	      "-1",	    "0x1",
		"0X1",	      "1:+1",	    "1:-1",
		"1:0x1",      ":",	    ":1",
		"1:",	      "bob:",	    "bob:1:2",
		"4294967295", "4294967296", "1:4294967295",
		" 1",	      "1 ",	    "bob ",
		"1,2",	      "nobody",	    "bob:nobody",
		"broken",     "plus",	    "far",
		"#",	      "bad:bad",    "99999999999999999999",
		"1\n",	      "../bob",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		_cleanup_spec_ struct spec *spec = spec_new();
		struct spec_user got = {.uid = 77};
		const char *home = NULL;
		struct error err = {0};

		if (resolve(words[i], NULL, spec, &got, &home, &err) != -EINVAL)
			fail_msg("'%s' was taken for %u:%u", words[i], got.uid, got.gid);
		assert_int_equal(got.uid, 77);
		assert_null(home);
		assert_true(err.cause[0] && err.remedy[0]);
	}
}

static void adds_groups(void **state)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct spec_texts add = {0};
	struct spec_user got = {0};
	struct error err = {0};

	(void)state;
	assert_int_equal(spec_texts_add(spec, &add, "audio"), 0);
	assert_int_equal(spec_texts_add(spec, &add, "500"), 0);
	assert_int_equal(resolve("0:0", &add, spec, &got, NULL, &err), 0);
	assert_int_equal(got.n_groups, 3);
	assert_int_equal(got.groups[1], 12);
	assert_int_equal(got.groups[2], 500);
	assert_int_equal(spec_texts_add(spec, &add, "-1"), 0);
	assert_int_equal(resolve("0", &add, spec, &got, NULL, &err), -EINVAL);
}

struct root {
	char path[64];
	int fd;
};

static int make_root(void **state)
{
	struct root *root = calloc(1, sizeof(*root));

	assert_non_null(root);
	snprintf(root->path, sizeof(root->path), "/tmp/plimsoll-user-XXXXXX");
	assert_non_null(mkdtemp(root->path));
	root->fd = open(root->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root->fd >= 0);
	assert_int_equal(mkdirat(root->fd, "etc", 0755), 0);
	*state = root;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int remove_root(void **state)
{
	struct root *root = *state;

	nftw(root->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	close(root->fd);
	free(root);
	return 0;
}

static void put(const struct root *root, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(root->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static int look(const struct root *root, const char *user, struct spec_user *out, struct error *err)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	int r = user_resolve(root->fd, user, NULL, spec, out, NULL, err);

	out->groups = NULL; /* gone with the spec */
	return r;
}

static void missing_files_are_fine_for_numbers(void **state)
{
	struct spec_user got = {0};
	struct error err = {0};

	assert_int_equal(look(*state, "12:13", &got, &err), 0);
	assert_int_equal(got.gid, 13);
	assert_int_equal(look(*state, "", &got, &err), 0);
	assert_int_equal(look(*state, "root", &got, &err), -EINVAL);
}

static void links_stay_inside(void **state)
{
	const struct root *root = *state;
	struct spec_user got = {0};
	struct error err = {0};

	put(root, "inside", "me:x:33:44::/:\n");
	assert_int_equal(symlinkat("/../../../inside", root->fd, "etc/passwd"), 0);
	assert_int_equal(look(root, "me", &got, &err), 0);
	assert_int_equal(got.uid, 33);
	/* seen from outside of the root this link leads to the host's file, which has a root */
	assert_int_equal(unlinkat(root->fd, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("../../../etc/../etc/passwd.real", root->fd, "etc/passwd"), 0);
	assert_int_equal(symlinkat("../../etc/passwd", root->fd, "etc/group"), 0);
	assert_int_equal(look(root, "root", &got, &err), -EINVAL);
	assert_int_equal(unlinkat(root->fd, "etc/group", 0), 0);
	assert_int_equal(unlinkat(root->fd, "etc/passwd", 0), 0);
	assert_int_equal(symlinkat("passwd", root->fd, "etc/passwd"), 0);
	assert_int_equal(look(root, "root", &got, &err), -ELOOP);
}

static void only_regular_files_are_read(void **state)
{
	const struct root *root = *state;
	struct spec_user got = {0};
	struct error err = {0};

	assert_int_equal(mkfifoat(root->fd, "etc/passwd", 0644), 0);
	assert_int_equal(look(root, "0", &got, &err), -EINVAL);
	assert_non_null(strstr(err.cause, "/etc/passwd"));
	assert_int_equal(unlinkat(root->fd, "etc/passwd", 0), 0);
	assert_int_equal(mkdirat(root->fd, "etc/group", 0755), 0);
	assert_int_equal(look(root, "0", &got, &err), -EINVAL);
	assert_non_null(strstr(err.cause, "/etc/group"));
}

static void huge_file_is_refused(void **state)
{
	const struct root *root = *state;
	struct spec_user got = {0};
	struct error err = {0};
	char path[128];

	put(root, "etc/passwd", "root:x:0:0::/:\n");
	snprintf(path, sizeof(path), "%s/etc/passwd", root->path);
	assert_int_equal(truncate(path, (off_t)1 << 40), 0);
	assert_int_equal(look(root, "0", &got, &err), -EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_users),
		cmocka_unit_test(number_is_never_a_name),
		cmocka_unit_test(refuses_what_others_misread),
		cmocka_unit_test(adds_groups),
		cmocka_unit_test_setup_teardown(missing_files_are_fine_for_numbers, make_root, remove_root),
		cmocka_unit_test_setup_teardown(links_stay_inside, make_root, remove_root),
		cmocka_unit_test_setup_teardown(only_regular_files_are_read, make_root, remove_root),
		cmocka_unit_test_setup_teardown(huge_file_is_refused, make_root, remove_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

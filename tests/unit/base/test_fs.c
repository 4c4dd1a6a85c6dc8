/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

static char root[64];
static int rootfd = -1;

static void put(const char *path, const char *data, size_t len)
{
	_cleanup_close_ int fd = openat(rootfd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), (ssize_t)len);
}

static int make_tree(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/plimsoll-test-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	rootfd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rootfd < 0 || mkdirat(rootfd, "dir", 0700) < 0 || mkfifoat(rootfd, "fifo", 0600) < 0)
		return -1;
	put("small", "hello\n", 6);
	put("empty", "", 0);
	put("dir/inside", "in\0side", 7);
	return symlinkat("/dir", rootfd, "absolute") < 0 ||
			       symlinkat("../../../dir/inside", rootfd, "upward") < 0
		       ? -1
		       : 0;
}

static int remove_tree(void **state)
{
	static const char *const files[] = {"small",	"empty",  "dir/inside", "fifo",
					    "absolute", "upward", "big"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(rootfd, files[i], 0);
	unlinkat(rootfd, "dir", AT_REMOVEDIR);
	close(rootfd);
	return rmdir(root);
}

static void whole_files_are_read(void **state)
{
	_cleanup_free_ char *small = NULL;
	_cleanup_free_ char *empty = NULL;
	_cleanup_free_ char *inside = NULL;
	size_t len = 99;

	(void)state;
	assert_int_equal(fs_read_file(rootfd, "small", 100, &small, NULL), 0);
	assert_string_equal(small, "hello\n");
	assert_int_equal(fs_read_file(rootfd, "empty", 0, &empty, &len), 0);
	assert_string_equal(empty, "");
	assert_int_equal(len, 0);
	assert_int_equal(fs_read_file(rootfd, "dir/inside", 100, &inside, &len), 0);
	assert_int_equal(len, 7);
	assert_memory_equal(inside, "in\0side", 8);
}

static void large_files_are_read_up_to_the_limit(void **state)
{
	enum { SIZE = 100000 };
	_cleanup_free_ char *data = malloc(SIZE);
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (char)(i % 251);
	put("big", data, SIZE);
	assert_int_equal(fs_read_file(rootfd, "big", SIZE, &text, &len), 0);
	assert_int_equal(len, SIZE);
	assert_memory_equal(text, data, SIZE);
	len = 4711;
	free(text);
	text = NULL;
	assert_int_equal(fs_read_file(rootfd, "big", SIZE - 1, &text, &len), -EFBIG);
	assert_null(text);
	assert_int_equal(len, 4711);
}

/* procfs reports a size of 0 and gives its text in pieces. */
static void proc_files_are_read(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(fs_read_file(AT_FDCWD, "/proc/self/mountinfo", 16 << 20, &text, &len), 0);
	assert_true(len > 0);
	assert_int_equal(text[len - 1], '\n');
}

static void what_is_no_file_is_refused(void **state)
{
	char *text = NULL;

	(void)state;
	assert_int_equal(fs_read_file(rootfd, "none", 10, &text, NULL), -ENOENT);
	assert_int_equal(fs_read_file(rootfd, "small/x", 10, &text, NULL), -ENOTDIR);
	assert_int_equal(fs_read_file(rootfd, "dir", 10, &text, NULL), -EISDIR);
	assert_int_equal(fs_read_file(rootfd, "fifo", 10, &text, NULL), -EINVAL);
	assert_int_equal(fs_read_file(AT_FDCWD, "/dev/zero", 10, &text, NULL), -EINVAL);
	assert_null(text);
}

static void pread_starts_at_the_start(void **state)
{
	_cleanup_close_ int fd = fs_open(rootfd, "small");
	char buf[16];

	(void)state;
	assert_true(fd >= 0);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	for (int i = 0; i < 3; i++) {
		memset(buf, 'x', sizeof(buf));
		assert_int_equal(fs_pread(fd, buf, sizeof(buf)), 6);
		assert_memory_equal(buf, "hello\nxx", 8);
	}
	assert_int_equal(fs_pread(fd, buf, 3), 3);
	assert_int_equal(fs_pread(fd, buf, 0), 0);
	assert_int_equal(fs_pread(-1, buf, 3), -EBADF);
}

static void folders_are_opened(void **state)
{
	_cleanup_close_ int fd = fs_open_dir(rootfd, "dir");

	(void)state;
	assert_true(fd >= 0);
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(fs_open_dir(rootfd, "small"), -ENOTDIR);
	assert_int_equal(fs_open_dir(rootfd, "none"), -ENOENT);
	assert_int_equal(fs_open(rootfd, "none"), -ENOENT);
}

static void folders_are_listed(void **state)
{
	_cleanup_closedir_ DIR *list = NULL;
	_cleanup_closedir_ DIR *again = NULL;
	DIR *untouched = NULL;

	(void)state;
	assert_int_equal(fs_open_list(rootfd, "dir", &list), 0);
	assert_int_not_equal(fcntl(dirfd(list), F_GETFD) & FD_CLOEXEC, 0);
	assert_string_equal(fs_next(list)->d_name, "inside");
	assert_null(fs_next(list));
	assert_int_equal(fs_open_list(dirfd(list), ".", &again), 0);
	assert_string_equal(fs_next(again)->d_name, "inside");
	assert_int_equal(fs_open_list(rootfd, "small", &untouched), -ENOTDIR);
	assert_int_equal(fs_open_list(rootfd, "none", &untouched), -ENOENT);
	assert_null(untouched);
}

/* Five files whose names begin with dots, or are as short: none is taken for "." or "..". */
static void names_with_dots_are_listed(void **state)
{
	static const char *const names[] = {"...", ".a", "..a", "a", ". "};
	_cleanup_close_ int folder = -1;
	_cleanup_closedir_ DIR *list = NULL;
	const struct dirent *entry;
	unsigned seen = 0;

	(void)state;
	assert_int_equal(mkdirat(rootfd, "dots", 0700), 0);
	folder = fs_open_dir(rootfd, "dots");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		close(openat(folder, names[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(fs_open_list(rootfd, "dots", &list), 0);
	while ((entry = fs_next(list)))
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			seen |= strcmp(entry->d_name, names[i]) == 0 ? 1U << i : 0;
	assert_int_equal(seen, (1U << ARRAY_SIZE(names)) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(unlinkat(folder, names[i], 0), 0);
	assert_int_equal(unlinkat(rootfd, "dots", AT_REMOVEDIR), 0);
}

/* A pipe that doesn't block, filled by far more than it holds while a child reads it slowly. */
static void all_is_written(void **state)
{
	static char data[400000];
	int ends[2];
	pid_t child;
	int status;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	child = fork();
	if (child == 0) {
		size_t got = 0;
		ssize_t n;

		close(ends[1]);
		(void)fcntl(ends[0], F_SETFL, O_RDONLY);
		while ((n = read(ends[0], data, 1000)) > 0)
			got += (size_t)n;
		_exit(got == sizeof(data) ? 0 : 1);
	}
	close(ends[0]);
	assert_int_equal(fs_write(ends[1], data, sizeof(data)), 0);
	close(ends[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(fs_write(rootfd, data, 1), -EBADF);
	assert_int_equal(fs_write(rootfd, NULL, 0), 0);
}

static void links_stay_below_the_root(void **state)
{
	_cleanup_close_ int absolute = fs_open_in_root(rootfd, "absolute/inside", O_RDONLY);
	_cleanup_close_ int upward = fs_open_in_root(rootfd, "/upward", O_RDONLY);
	_cleanup_close_ int dots = fs_open_in_root(rootfd, "../../../../small", O_RDONLY);
	char buf[8];

	(void)state;
	assert_true(absolute >= 0);
	assert_int_not_equal(fcntl(absolute, F_GETFD) & FD_CLOEXEC, 0);
	assert_int_equal(fs_pread(absolute, buf, sizeof(buf)), 7);
	assert_int_equal(fs_pread(upward, buf, sizeof(buf)), 7);
	assert_int_equal(fs_pread(dots, buf, sizeof(buf)), 6);
	assert_int_equal(fs_open_in_root(rootfd, "/etc/passwd", O_RDONLY), -ENOENT);
	assert_int_equal(fs_open_in_root(rootfd, "small", O_RDONLY | O_DIRECTORY), -ENOTDIR);
}

static void links_are_read(void **state)
{
	char exact[sizeof("/dir")];
	char buf[64];

	(void)state;
	assert_int_equal(fs_read_link(rootfd, "absolute", buf, sizeof(buf)), 4);
	assert_string_equal(buf, "/dir");
	assert_int_equal(fs_read_link(rootfd, "absolute", exact, sizeof(exact)), 4);
	assert_int_equal(fs_read_link(rootfd, "absolute", buf, 4), -ENAMETOOLONG);
	assert_int_equal(fs_read_link(rootfd, "small", buf, sizeof(buf)), -EINVAL);
	assert_int_equal(fs_read_link(rootfd, "none", buf, sizeof(buf)), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_files_are_read),
		cmocka_unit_test(large_files_are_read_up_to_the_limit),
		cmocka_unit_test(proc_files_are_read),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(pread_starts_at_the_start),
		cmocka_unit_test(folders_are_opened),
		cmocka_unit_test(folders_are_listed),
		cmocka_unit_test(names_with_dots_are_listed),
		cmocka_unit_test(all_is_written),
		cmocka_unit_test(links_stay_below_the_root),
		cmocka_unit_test(links_are_read),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}

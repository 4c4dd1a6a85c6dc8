/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/fs.h"
#include "life/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ID "0123456789abcdef"

static char folder[64];
static char path[96];

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/plimsoll-test-XXXXXX");
	snprintf(path, sizeof(path), "%s/pid", mkdtemp(folder));
	return 0;
}

/* Fails where anything but the file itself is left. */
static int remove_folder(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static void assert_holds(const char *wanted)
{
	_cleanup_free_ char *text = NULL;

	assert_int_equal(fs_read_file(AT_FDCWD, path, 100, &text, NULL), 0);
	assert_string_equal(text, wanted);
}

static void write_pid(pid_t pid)
{
	_cleanup_pidfile_ struct pidfile file = PIDFILE_NONE;

	assert_int_equal(pidfile_begin(&file, path, ID, NULL), 0);
	assert_int_equal(pidfile_end(&file, pid, NULL), 0);
}

/* A reader that has the old one open still sees the whole of it. */
static void it_is_replaced(void **state)
{
	_cleanup_close_ int old = -1;
	struct stat st;
	char text[8];

	(void)state;
	write_pid(1234567);
	assert_holds("1234567\n");
	old = open(path, O_RDONLY | O_CLOEXEC);
	write_pid(42);
	assert_holds("42\n");
	assert_int_equal(fs_pread(old, text, sizeof(text)), 8);
	assert_memory_equal(text, "1234567\n", 8);
	assert_int_equal(fstat(old, &st), 0);
	assert_int_equal(st.st_nlink, 0);
}

static void what_is_not_ended_leaves_the_old(void **state)
{
	struct pidfile file;

	(void)state;
	write_pid(1);
	assert_int_equal(pidfile_begin(&file, path, ID, NULL), 0);
	pidfile_close(&file);
	assert_holds("1\n");
	/* a crash before the end: the next begins anew */
	assert_int_equal(pidfile_begin(&file, path, ID, NULL), 0);
	close(file.fd);
	close(file.folder);
	write_pid(2);
	assert_holds("2\n");
}

static void none_is_fine(void **state)
{
	_cleanup_pidfile_ struct pidfile file = PIDFILE_NONE;

	(void)state;
	assert_int_equal(pidfile_begin(&file, NULL, ID, NULL), 0);
	assert_int_equal(pidfile_end(&file, 7, NULL), 0);
}

static void refuse(const char *where, int code)
{
	struct pidfile file;
	struct error err = {0};

	assert_int_equal(pidfile_begin(&file, where, ID, &err), code);
	assert_non_null(strstr(err.cause, where));
	pidfile_close(&file);
}

/* Nothing but a plain file is replaced: not /dev/stdout, not a link that somebody else put there. */
static void other_places_are_refused(void **state)
{
	char inner[128];

	(void)state;
	refuse("/dev/null", -EINVAL);
	refuse("/dev/stdout", -EINVAL);
	refuse("/proc", -EINVAL);
	refuse("/nonexistent/pid", -ENOENT);
	refuse("/etc/", -EISDIR);
	snprintf(inner, sizeof(inner), "%s/pid/pid", folder);
	write_pid(3);
	refuse(inner, -ENOTDIR);
	unlink(path);
	assert_int_equal(symlink("elsewhere", path), 0);
	refuse(path, -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_is_replaced, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_is_not_ended_leaves_the_old, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(none_is_fine, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(other_places_are_refused, make_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

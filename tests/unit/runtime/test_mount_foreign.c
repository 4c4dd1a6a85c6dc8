/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "launch/mount.h"

#include <errno.h>
#include <sys/wait.h>

static void recognised(void **state)
{
	static const char *const foreign[] = {"/proc/1/root/dev/shm", "/proc/4194304/root/x"};
	static const char *const own[] = {"/dev/shm",
					  "/proc/self/root/x",
					  "/proc//root/x",
					  "/proc/1/root",
					  "/proc/1/root/",
					  "/proc/1x/root/y",
					  "/proc/1/rootkit/x",
					  "/proc/-1/root/x",
					  "proc/1/root/x",
					  "/x/proc/1/root/y",
					  ""};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++)
		if (!mount_is_foreign(foreign[i]))
			fail_msg("'%s'", foreign[i]);
	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (mount_is_foreign(own[i]))
			fail_msg("'%s'", own[i]);
}

/* What the child finds comes back as its errno, and no child is left. */
static void nobody_there(void **state)
{
	(void)state;
	assert_int_equal(mount_clone_source("/proc/0/root/dev/shm", true), -ENOENT);
	assert_int_equal(
		mount_clone_source("/proc/99999999999999999999999999999999999999999999999999999999/root/x",
				   true),
		-ENAMETOOLONG);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recognised),
		cmocka_unit_test(nobody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

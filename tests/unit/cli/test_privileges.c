/* SPDX-License-Identifier: Apache-2.0 */
/* Each case runs in a child: what is given up does not come back. */
#include "privileges.h"

#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int in_child(int (*what)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(what());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool may(cap_value_t c, cap_flag_t which)
{
	cap_flag_value_t value = CAP_CLEAR;
	cap_t caps = cap_get_proc();
	int r = cap_get_flag(caps, c, which, &value);

	cap_free(caps);
	return r == 0 && value == CAP_SET;
}

/* 0 = as it should be; else the number of what is wrong. */
static int what_is_left(bool had_ptrace)
{
	for (cap_value_t c = 0; c <= CAP_LAST_CAP; c++) {
		bool keep = c == CAP_DAC_READ_SEARCH || c == CAP_SYS_PTRACE;

		if (!keep && (may(c, CAP_PERMITTED) || may(c, CAP_EFFECTIVE)))
			return 1;
		if (may(c, CAP_INHERITABLE))
			return 2;
	}
	if (had_ptrace != may(CAP_SYS_PTRACE, CAP_EFFECTIVE))
		return 3;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 4;
}

static int shed_only(void)
{
	bool had_ptrace = may(CAP_SYS_PTRACE, CAP_PERMITTED);
	bool had_setpcap = may(CAP_SETPCAP, CAP_EFFECTIVE);
	struct user nobody = {.given = false};
	uid_t before = getuid();

	if (privileges_shed(&nobody, false, NULL) < 0)
		return 10;
	if (getuid() != before)
		return 11;
	if (had_setpcap && cap_get_bound(CAP_SYS_ADMIN) != 0)
		return 12;
	return what_is_left(had_ptrace);
}

static int become_nobody(void)
{
	bool had_ptrace = may(CAP_SYS_PTRACE, CAP_PERMITTED);
	struct user user;

	if (privileges_find_user("nobody", &user, NULL) < 0 || privileges_shed(&user, false, NULL) < 0)
		return 10;
	if (getuid() != user.uid || geteuid() != user.uid || getgid() != user.gid || getegid() != user.gid)
		return 11;
	if (setuid(0) == 0)
		return 12;
	return what_is_left(had_ptrace);
}

static int become_root_as_nobody(void)
{
	struct user nobody;
	struct user root;
	struct error err = {0};

	if (privileges_find_user("nobody", &nobody, NULL) < 0 ||
	    privileges_find_user("root", &root, NULL) < 0)
		return 10;
	if (geteuid() == 0 && (setgid(nobody.gid) < 0 || setuid(nobody.uid) < 0))
		return 11;
	if (privileges_shed(&root, false, &err) != -EPERM)
		return 12;
	return strstr(err.cause, "cannot become the user 'root'") ? 0 : 13;
}

static void keeps_what_reading_takes(void **state)
{
	(void)state;
	assert_int_equal(in_child(shed_only), 0);
}

static void becomes_a_user(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("only root can become somebody else\n");
		skip();
	}
	assert_int_equal(in_child(become_nobody), 0);
}

static void an_ordinary_user_stays_one(void **state)
{
	(void)state;
	assert_int_equal(in_child(become_root_as_nobody), 0);
}

static void finds_users(void **state)
{
	struct user by_name = {0};
	struct user by_number = {0};
	struct error err;

	(void)state;
	assert_int_equal(privileges_find_user("root", &by_name, NULL), 0);
	assert_int_equal(by_name.uid, 0);
	assert_int_equal(privileges_find_user("0", &by_number, NULL), 0);
	assert_string_equal(by_number.name, "root");
	assert_int_equal(privileges_find_user("no-such-user", &by_name, &err), -ENOENT);
	assert_string_equal(err.cause, "there is no user 'no-such-user'");
	assert_int_equal(privileges_find_user("4294967295", &by_name, &err), -ENOENT);
	assert_int_equal(privileges_find_user("", &by_name, &err), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_what_reading_takes),
		cmocka_unit_test(becomes_a_user),
		cmocka_unit_test(an_ordinary_user_stays_one),
		cmocka_unit_test(finds_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

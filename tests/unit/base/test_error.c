/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void cause_and_remedy(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(error_set(&err, -EINVAL, "do that", "%s has %d", "this", 7), -EINVAL);
	assert_int_equal(err.code, -EINVAL);
	assert_string_equal(err.cause, "this has 7");
	assert_string_equal(err.remedy, "do that");
	assert_int_equal(error_set(&err, -EIO, NULL, "x"), -EIO);
	assert_string_equal(err.remedy, "");
}

static void the_reason_is_appended(void **state)
{
	struct error err = {0};

	(void)state;
	assert_int_equal(error_errno(&err, -ENOENT, "", "cannot open '%s'", "/x"), -ENOENT);
	assert_string_equal(err.cause, "cannot open '/x': No such file or directory");
}

static void nobody_need_listen(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, -EPERM, "", "x %d", 1), -EPERM);
	assert_int_equal(error_errno(NULL, -EPERM, "", "x %d", 1), -EPERM);
}

static void errno_stays(void **state)
{
	struct error err;

	(void)state;
	errno = EXDEV;
	error_set(&err, -EINVAL, "", "x");
	assert_int_equal(errno, EXDEV);
	error_errno(&err, -99999, "", "x");
	assert_int_equal(errno, EXDEV);
	assert_non_null(strstr(err.cause, "99999"));
}

static void long_texts_are_cut(void **state)
{
	struct error err;
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_errno(&err, -EINVAL, text, "%s", text);
	assert_int_equal(strlen(err.cause), sizeof(err.cause) - 1);
	assert_int_equal(strlen(err.remedy), sizeof(err.remedy) - 1);
}

/* One error wrapped in another: its own texts are among the arguments. */
static void an_error_may_quote_itself(void **state)
{
	struct error err;

	(void)state;
	error_set(&err, -EACCES, "become root", "cannot read 'a'");
	assert_int_equal(error_set(&err, err.code, err.remedy, "no statistics: %s", err.cause), -EACCES);
	assert_string_equal(err.cause, "no statistics: cannot read 'a'");
	assert_string_equal(err.remedy, "become root");
	error_errno(&err, -EACCES, err.remedy, "(%s)", err.cause);
	assert_string_equal(err.cause, "(no statistics: cannot read 'a'): Permission denied");
	assert_string_equal(err.remedy, "become root");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cause_and_remedy),   cmocka_unit_test(the_reason_is_appended),
		cmocka_unit_test(nobody_need_listen), cmocka_unit_test(errno_stays),
		cmocka_unit_test(long_texts_are_cut), cmocka_unit_test(an_error_may_quote_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Compares a text with tests/golden/cli/NAME; with PLIMSOLL_UPDATE_GOLDEN set it writes it instead. */
#pragma once

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/str.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_golden(const char *name, const struct str *text)
{
	_cleanup_free_ char *expected = NULL;
	char path[4096];

	snprintf(path, sizeof(path), GOLDEN "/cli/%s", name);
	assert_false(text->failed);
	if (getenv("PLIMSOLL_UPDATE_GOLDEN")) {
		_cleanup_fclose_ FILE *f = fopen(path, "we");

		assert_non_null(f);
		assert_int_equal(fwrite(text->data, 1, text->len, f), text->len);
		return;
	}
	assert_int_equal(fs_read_file(AT_FDCWD, path, 1 << 20, &expected, NULL), 0);
	assert_string_equal(text->data, expected);
}

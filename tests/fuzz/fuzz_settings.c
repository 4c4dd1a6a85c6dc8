/* SPDX-License-Identifier: Apache-2.0 */
/* A settings file: whatever it holds, what was read is written so that it is read the same again. */
#include "base/cleanup.h"
#include "check.h"
#include "settings.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = strndup((const char *)data, size);
	_cleanup_str_ struct str once = {0};
	_cleanup_str_ struct str twice = {0};
	struct settings s;
	struct error err;

	settings_defaults(&s);
	if (settings_parse(&s, text, &err) < 0)
		CHECK(err.code < 0 && *err.cause);
	settings_format(&s, &once);
	settings_defaults(&s);
	CHECK(settings_parse(&s, once.data, &err) == 0);
	settings_format(&s, &twice);
	CHECK(strcmp(once.data, twice.data) == 0);
	return 0;
}

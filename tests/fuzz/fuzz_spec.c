/* SPDX-License-Identifier: Apache-2.0 */
/* config.json: what is read must be written, read and written again to the same text. */
#include "check.h"
#include "runtime/spec.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *write_text(const struct spec *spec)
{
	struct str out = {0};
	char *text;

	spec_write_json(spec, &out);
	text = str_steal(&out);
	CHECK(text);
	return text;
}

static bool same_limits(const struct cgroup_limits *a, const struct cgroup_limits *b)
{
	return a->set == b->set && memcmp(a->value, b->value, sizeof(a->value)) == 0 &&
	       a->n_devices == b->n_devices && a->n_files == b->n_files && a->n_rules == b->n_rules;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_spec_ struct spec *spec = NULL;
	_cleanup_spec_ struct spec *again = NULL;
	_cleanup_free_ char *first = NULL;
	_cleanup_free_ char *second = NULL;
	struct error err = {0};
	int r = spec_read_json((struct slice){(const char *)data, size}, &spec, &err);

	CHECK(r == 0 || (r == -EINVAL && !spec && err.cause[0]));
	if (r < 0)
		return 0;
	r = spec_check(spec, &err);
	CHECK(r == 0 || (r == -EINVAL && err.cause[0]));
	first = write_text(spec);
	CHECK(spec_read_json(slice_of(first), &again, NULL) == 0);
	CHECK(spec_check(again, NULL) == r);
	CHECK(same_limits(&spec->linux_.limits, &again->linux_.limits));
	CHECK(spec->linux_.seccomp == again->linux_.seccomp);
	second = write_text(again);
	CHECK(strcmp(first, second) == 0);
	return 0;
}

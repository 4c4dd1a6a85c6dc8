/* SPDX-License-Identifier: Apache-2.0 */
/* Three texts, parted by NUL bytes: --user, passwd, group. */
#include "check.h"
#include "spec/user_text.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice take(struct slice *rest)
{
	const char *end = rest->len ? memchr(rest->at, '\0', rest->len) : NULL;
	struct slice part = {rest->at, end ? (size_t)(end - rest->at) : rest->len};
	size_t skip = part.len + (end != NULL);

	*rest = (struct slice){rest->len ? rest->at + skip : rest->at, rest->len - skip};
	return part;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct slice rest = {(const char *)data, size};
	struct slice word = take(&rest);
	struct slice passwd = take(&rest);
	const char *home = NULL;
	struct spec_user user = {0};
	struct error err = {0};
	const char *text;
	int r;

	CHECK(spec);
	text = arena_text(&spec->arena, word);
	CHECK(text);
	r = user_resolve_text(passwd, rest, text, NULL, spec, &user, &home, &err);
	CHECK(r == 0 || (r == -EINVAL && !home && err.cause[0]));
	if (r < 0)
		return 0;
	CHECK(user.uid != UINT32_MAX && user.gid != UINT32_MAX);
	CHECK(home && home[0] == '/');
	CHECK(user.n_groups > 0 && user.groups[0] == user.gid);
	CHECK(text[0] != '+' && text[0] != '-');
	for (size_t i = 0; i < user.n_groups; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(user.groups[i] != user.groups[j]);
	return 0;
}

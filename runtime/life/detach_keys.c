/* SPDX-License-Identifier: Apache-2.0 */
#include "detach_keys.h"

#include "base/slice.h"
#include "runtime/control.h"

#include <errno.h>
#include <string.h>

#define REMEDY "name keys by commas, such as 'ctrl-p,ctrl-q', 'ctrl-]' or 'x'"

/* One key's byte, or -1. */
static int key_byte(struct slice key)
{
	static const char ctrl[] = "ctrl-";
	const size_t prefix = sizeof(ctrl) - 1;
	char c;

	if (key.len == 1)
		return key.at[0] > ' ' && key.at[0] < 127 ? key.at[0] : -1;
	if (slice_is(key, "DEL"))
		return 127;
	if (key.len != prefix + 1 || memcmp(key.at, ctrl, prefix) != 0)
		return -1;
	c = key.at[prefix];
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 1;
	/* '@' is 0, '[' 27, '\' 28, ']' 29, '^' 30, '_' 31. */
	return c == '@' || (c >= '[' && c <= '_') ? c - '@' : -1;
}

int detach_keys_parse(const char *text, unsigned char *keys, size_t cap, struct error *err)
{
	unsigned char found[DETACH_KEYS_MAX];
	size_t n = 0;

	for (const char *at = text; *text; at++) {
		size_t len = strcspn(at, ",");
		int byte = key_byte((struct slice){at, len});

		if (byte < 0)
			return error_set(err, -EINVAL, REMEDY, "no key of the detach keys '%s': '%.*s'", text,
					 (int)len, at);
		if (n == cap || n == sizeof(found))
			return error_set(err, -EINVAL, REMEDY, "the detach keys '%s' are more than %zu", text,
					 cap < sizeof(found) ? cap : sizeof(found));
		found[n++] = (unsigned char)byte;
		at += len;
		if (!*at)
			break;
	}
	memcpy(keys, found, n);
	return (int)n;
}

/* The longest beginning of the keys that `held` of them and then `c` end in. */
static size_t next_held(const struct detach_keys *d, unsigned char c)
{
	for (size_t start = 0; start < d->held; start++) {
		size_t rest = d->held - start;

		if (d->keys[rest] == c && memcmp(d->keys, d->keys + start, rest) == 0)
			return rest + 1;
	}
	return d->keys[0] == c ? 1 : 0;
}

bool detach_keys_feed(struct detach_keys *d, const unsigned char *in, size_t n, unsigned char *out,
		      size_t *len)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		size_t held;
		size_t release;

		if (d->n == 0) {
			out[used++] = in[i];
			continue;
		}
		held = next_held(d, in[i]);
		/* Of what was held and the new byte, all but the last `held` go on. */
		release = d->held + 1 - held;
		for (size_t k = 0; k < release; k++)
			out[used++] = k < d->held ? d->keys[k] : in[i];
		d->held = held;
		if (held == d->n) {
			d->held = 0;
			*len = used;
			return true;
		}
	}
	*len = used;
	return false;
}

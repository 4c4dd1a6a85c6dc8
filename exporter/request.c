/* SPDX-License-Identifier: Apache-2.0 */
#include "request.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/str.h"
#include "base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Percent-decodes into a fresh string; in queries '+' is a space. -EINVAL for a broken escape, a NUL, or
 * what has to be escaped. */
static int decode(struct slice text, bool plus, char **out)
{
	_cleanup_free_ char *plain = malloc(text.len + 1);
	size_t len = 0;

	if (!plain)
		return -ENOMEM;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if ((unsigned char)c <= ' ' || c == 0x7f)
			return -EINVAL;
		if (c == '%') {
			int high = i + 2 < text.len ? hex_digit(text.at[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text.at[i + 2]) : -1;

			if (low < 0)
				return -EINVAL;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus) {
			c = ' ';
		}
		if (!c)
			return -EINVAL;
		plain[len++] = c;
	}
	plain[len] = '\0';
	*out = TAKE_PTR(plain);
	return 0;
}

/* An absolute-form target without its scheme and authority. */
static struct slice without_authority(struct slice raw)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t len = strlen(schemes[i]);

		if (raw.len < len || strncasecmp(raw.at, schemes[i], len) != 0)
			continue;
		raw = (struct slice){raw.at + len, raw.len - len};
		while (raw.len && raw.at[0] != '/' && raw.at[0] != '?')
			raw = (struct slice){raw.at + 1, raw.len - 1};
		return raw.len && raw.at[0] == '/' ? raw : (struct slice){"/", 1};
	}
	return raw;
}

int target_parse(struct slice raw, struct target *out, struct error *err)
{
	struct slice whole = without_authority(raw);
	const char *mark = whole.len ? memchr(whole.at, '?', whole.len) : NULL;
	struct slice path = {whole.at, mark ? (size_t)(mark - whole.at) : whole.len};
	struct slice query = {mark ? mark + 1 : "", mark ? whole.len - path.len - 1 : 0};
	char *decoded;
	int r;

	if (path.len == 0 || path.at[0] != '/')
		return error_set(err, -EINVAL, "", "the request target is not a path");
	r = decode(path, false, &decoded);
	if (r < 0)
		return error_set(err, r, "", "the path has a broken percent-escape");
	*out = (struct target){.path = decoded, .query = query};
	return 0;
}

void request_target_free(struct target *t)
{
	free(t->path);
	*t = (struct target){0};
}

static uint32_t groups_of(const struct metric_set *set)
{
	uint32_t groups = 0;

	metric_set_foreach (id, set) {
		groups |= 1U << metrics[id].group;
	}
	return groups;
}

static int refuse_group(const char *name, const char *why, uint32_t enabled, struct error *err)
{
	_cleanup_str_ struct str known = {0};
	_cleanup_str_ struct str shown = {0};

	for (unsigned i = 0; i < GROUP__COUNT; i++)
		if (enabled >> i & 1)
			str_printf(&known, "%s %s", known.len ? "," : "choose of", metric_groups[i].name);
	text_printable(&shown, (struct slice){name, strnlen(name, 64)});
	return error_set(err, -EINVAL, known.data, "%s collector '%s'", why, shown.data ? shown.data : "");
}

static int add_group(uint32_t *groups, const char *name, uint32_t enabled, struct error *err)
{
	enum metric_group group = metric_group_find(name);

	if (group == GROUP__COUNT)
		return refuse_group(name, "unknown", enabled, err);
	if (!(enabled >> group & 1))
		return refuse_group(name, "disabled", enabled, err);
	*groups |= 1U << group;
	return 0;
}

static int add_name(struct filters *f, char **name, struct error *err)
{
	if (f->n_names == REQUEST_NAMES_MAX)
		return error_set(err, -E2BIG, "use a glob such as name[]=web-*",
				 "more than %d name[] filters", REQUEST_NAMES_MAX);
	f->names[f->n_names++] = TAKE_PTR(*name);
	return 0;
}

static int add_pair(struct filters *f, struct slice pair, uint32_t enabled, struct error *err)
{
	const char *equals = memchr(pair.at, '=', pair.len);
	size_t key_len = equals ? (size_t)(equals - pair.at) : pair.len;
	_cleanup_free_ char *key = NULL;
	_cleanup_free_ char *value = NULL;
	int r;

	r = decode((struct slice){pair.at, key_len}, true, &key);
	if (r == 0)
		r = decode((struct slice){pair.at + key_len + !!equals, pair.len - key_len - !!equals}, true,
			   &value);
	if (r < 0 || !key || !value)
		return error_set(err, r, "", "the query has a broken percent-escape");
	if (strcmp(key, "collect[]") == 0)
		return add_group(&f->collect, value, enabled, err);
	if (strcmp(key, "exclude[]") == 0)
		return add_group(&f->exclude, value, enabled, err);
	if (strcmp(key, "name[]") == 0 && *value)
		return add_name(f, &value, err);
	return 0;
}

int filters_parse(struct slice query, const struct metric_set *enabled, struct filters *out,
		  struct error *err)
{
	uint32_t groups = groups_of(enabled);
	struct filters f = {0};
	struct slice pair;
	int r = 0;

	while (r == 0 && next_word(&query, "&", &pair))
		r = add_pair(&f, pair, groups, err);
	if (r == 0 && f.collect && f.exclude)
		r = error_set(err, -EINVAL, "use one of them", "collect[] and exclude[] can't be combined");
	if (r < 0) {
		filters_free(&f);
		return r;
	}
	*out = f;
	return 0;
}

void filters_free(struct filters *f)
{
	for (size_t i = 0; i < f->n_names; i++)
		free(f->names[i]);
	*f = (struct filters){0};
}

void filters_apply(const struct filters *f, const struct metric_set *enabled, struct metric_set *out)
{
	uint32_t wanted = f->collect ? f->collect : ~f->exclude;
	struct metric_set set = {0};

	metric_set_foreach (id, enabled) {
		if (wanted >> metrics[id].group & 1)
			metric_set_add(&set, id);
	}
	*out = set;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Padded base64 (RFC 4648 section 4) into out, which has room for 3/4 of it. The count, or -EINVAL. */
static ssize_t base64_decode(struct slice text, char *out)
{
	size_t pad = 0;
	size_t len = 0;

	if (text.len % 4 || text.len == 0)
		return -EINVAL;
	while (pad < 2 && text.at[text.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < text.len; i += 4) {
		uint32_t word = 0;

		for (size_t k = 0; k < 4; k++) {
			bool padding = i + k >= text.len - pad;
			int digit = padding ? 0 : base64_digit(text.at[i + k]);

			if (digit < 0)
				return -EINVAL;
			word = word << 6 | (uint32_t)digit;
		}
		for (unsigned k = 0; k < 3; k++)
			out[len++] = (char)(word >> (16 - 8 * k) & 0xff);
	}
	return (ssize_t)(len - pad);
}

int credentials_parse(const char *authorization, struct credentials *out)
{
	static const char scheme[] = "basic ";
	struct slice text = slice_of(authorization);
	struct credentials c = {0};
	const char *colon;
	size_t cap;
	char *plain;
	ssize_t len;
	int r = -EINVAL;

	if (strncasecmp(text.at, scheme, sizeof(scheme) - 1) != 0)
		return -EINVAL;
	text = (struct slice){text.at + sizeof(scheme) - 1, text.len - sizeof(scheme) + 1};
	while (text.len && text.at[0] == ' ')
		text = (struct slice){text.at + 1, text.len - 1};
	cap = text.len / 4 * 3 + 1;
	plain = malloc(cap);
	if (!plain)
		return -ENOMEM;
	len = base64_decode(text, plain);
	plain[len > 0 ? len : 0] = '\0';
	colon = len > 0 ? memchr(plain, ':', (size_t)len) : NULL;
	if (colon && !memchr(plain, '\0', (size_t)(colon - plain))) {
		c.user = strndup(plain, (size_t)(colon - plain));
		c.password_len = (size_t)(plain + len - colon - 1);
		c.password = malloc(c.password_len + 1);
		r = c.user && c.password ? 0 : -ENOMEM;
	}
	if (r == 0) {
		memcpy(c.password, colon + 1, c.password_len);
		c.password[c.password_len] = '\0';
		*out = c;
		c = (struct credentials){0};
	}
	explicit_bzero(plain, cap);
	free(plain);
	credentials_free(&c);
	return r;
}

void credentials_free(struct credentials *c)
{
	if (c->password)
		explicit_bzero(c->password, c->password_len);
	free(c->password);
	free(c->user);
	*c = (struct credentials){0};
}

static bool is_token(const char *name)
{
	return *name && name[strspn(name, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
					  "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == '\0';
}

void framing_count(struct framing *f, const char *name, const char *value)
{
	if (!is_token(name))
		f->bad_name = true;
	if (strcasecmp(name, "Content-Length") == 0) {
		f->n_content_length++;
		f->length_is_zero = value && strcmp(value, "0") == 0;
	} else if (strcasecmp(name, "Transfer-Encoding") == 0) {
		f->n_transfer_encoding++;
	} else if (strcasecmp(name, "Host") == 0) {
		f->n_host++;
	}
}

const char *framing_problem(const struct framing *f, bool needs_host)
{
	if (f->bad_name)
		return "a header's name is malformed\n";
	if (f->n_host > 1 || (f->n_host == 0 && needs_host))
		return "a request needs one Host header\n";
	if (f->n_transfer_encoding || f->n_content_length > 1 || (f->n_content_length && !f->length_is_zero))
		return "a request with a body is not served\n";
	return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* --volume and --tmpfs; binds. */
#include "value_mount.h"

#include "base/parse.h"
#include "base/str.h"

#include <errno.h>
#include <string.h>

int value_no_memory(struct error *err)
{
	return error_errno(err, -ENOMEM, "", "cannot make the container");
}

static const char *const propagations[] = {"private", "rprivate", "shared", "rshared", "slave", "rslave"};

bool value_is_propagation(struct slice word)
{
	for (size_t i = 0; i < ARRAY_SIZE(propagations); i++)
		if (slice_is(word, propagations[i]))
			return true;
	return false;
}

int value_check_destination(const char *flag, const char *path, struct error *err)
{
	if (path[0] != '/')
		return error_set(err, -EINVAL, "write the place inside of the container from '/' on",
				 "'--%s': '%s' is no absolute path", flag, path);
	if (path[strspn(path, "/.")] == '\0' && !strstr(path, "..."))
		return error_set(err, -EINVAL, "choose a folder below it; --rootfs chooses the root",
				 "'--%s' cannot cover the container's root", flag);
	return 0;
}

int value_bind(struct spec *spec, const struct value_host *host, const char *flag, const char *source,
	       const char *destination, const char *options, struct error *err)
{
	struct stat st;
	int r = value_check_destination(flag, destination, err);

	if (r < 0)
		return r;
	if (source[0] != '/') {
		if (!host->cwd)
			return error_set(err, -EINVAL, "write it from '/' on",
					 "'--%s': '%s' is no absolute path", flag, source);
		source = spec_printf(spec, "%s/%s", host->cwd, source);
		if (!source)
			return value_no_memory(err);
	}
	r = host->status(host->context, source, &st);
	if (r < 0)
		return error_errno(err, r,
				   r == -ENOENT ? "make it first; plimsoll makes no folders on the host" : "",
				   "'--%s': cannot bind '%s'", flag, source);
	if (!spec_mount_push(spec, destination, "bind", source, options))
		return value_no_memory(err);
	return 0;
}

/* What ":opts" behind a volume says. */
static int volume_options(struct slice words, struct str *out, struct error *err)
{
	const char *propagation = "rprivate";
	size_t length = strlen(propagation);
	bool readonly = false;
	struct slice word;

	while (next_word(&words, ",", &word)) {
		if (slice_is(word, "ro") || slice_is(word, "rw"))
			readonly = word.at[1] == 'o';
		else if (value_is_propagation(word))
			propagation = word.at, length = word.len;
		else if (slice_is(word, "z") || slice_is(word, "Z"))
			return error_set(
				err, -EOPNOTSUPP, "leave it out; chcon(1) labels files on SELinux hosts",
				"'--volume': '%.*s' is not available: plimsoll sets no SELinux labels",
				(int)word.len, word.at);
		else
			return error_set(err, -EINVAL,
					 "it takes ro, rw, and a propagation such as rprivate or rslave",
					 "'--volume' has no option '%.*s'", (int)word.len, word.at);
	}
	str_printf(out, "rbind,%.*s%s", (int)length, propagation, readonly ? ",rro" : "");
	return 0;
}

int value_volume(struct spec *spec, const struct value_host *host, const char *text, struct error *err)
{
	_cleanup_str_ struct str options = {0};
	const char *colon = strchr(text, ':');
	const char *more = colon ? strchr(colon + 1, ':') : NULL;
	const char *source;
	const char *destination;
	int r;

	if (!colon)
		return error_set(err, -EOPNOTSUPP,
				 "bind a folder: --volume /SOURCE:/DESTINATION, or use --tmpfs",
				 "'--volume %s' asks for a volume: they come in a later version", text);
	if (colon == text || colon[1] == ':' || !colon[1] || (more && strchr(more + 1, ':')))
		return error_set(err, -EINVAL, "write /SOURCE:/DESTINATION or /SOURCE:/DESTINATION:OPTIONS",
				 "'--volume' cannot be '%s'", text);
	if (text[0] != '/' && text[0] != '.')
		return error_set(err, -EOPNOTSUPP, "bind a folder: begin its path with '/' or './'",
				 "'--volume %s' asks for a named volume: they come in a later version", text);
	r = volume_options(slice_of(more ? more + 1 : ""), &options, err);
	if (r < 0)
		return r;
	source = arena_text(&spec->arena, (struct slice){text, (size_t)(colon - text)});
	destination = arena_text(&spec->arena, (struct slice){colon + 1, more ? (size_t)(more - colon - 1)
									      : strlen(colon + 1)});
	if (!source || !destination || options.failed)
		return value_no_memory(err);
	return value_bind(spec, host, "volume", source, destination, options.data, err);
}

/* The flags of a tmpfs: of each pair the later counts, and Docker's defaults are the careful ones. */
static const struct {
	char on[16];
	char off[16];
	bool fallback;
} pairs[] = {
	{"nosuid", "suid", true},	   {"nodev", "dev", true},
	{"noexec", "exec", true},	   {"ro", "rw", false},
	{"sync", "async", false},	   {"dirsync", "", false},
	{"noatime", "atime", false},	   {"nodiratime", "diratime", false},
	{"relatime", "norelatime", false}, {"strictatime", "nostrictatime", false},
};

static bool take_flag(struct slice word, bool *values)
{
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (slice_is(word, pairs[i].on)) {
			values[i] = true;
			return true;
		}
		if (*pairs[i].off && slice_is(word, pairs[i].off)) {
			values[i] = false;
			return true;
		}
	}
	return slice_is(word, "defaults");
}

static bool is_octal(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '7')
			return false;
	return text.len > 0 && text.len <= 5;
}

/* "size=64m" and the like: options with a value. 1 = taken, 0 = none of them. */
static int take_value(struct slice word, struct str *out)
{
	static const char *const keys[] = {"size=", "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks="};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		size_t len = strlen(keys[i]);
		struct slice value = {word.at + len, word.len - len};
		uint64_t number;
		bool good;

		if (word.len < len || memcmp(word.at, keys[i], len) != 0)
			continue;
		if (i == 0 && value.len && value.at[value.len - 1] == '%')
			good = parse_u64((struct slice){value.at, value.len - 1}, &number) == 0 &&
			       number <= 100;
		else if (i == 1)
			good = is_octal(value);
		else
			good = (i == 2 || i == 3 ? parse_u64(value, &number) : parse_size(value, &number)) ==
			       0;
		if (!good)
			return -EINVAL;
		str_char(out, ',');
		if (i == 1 || (value.len && value.at[value.len - 1] == '%'))
			str_append(out, word.at, word.len);
		else
			str_printf(out, "%s%llu", keys[i], (unsigned long long)number);
		return 1;
	}
	return 0;
}

int value_tmpfs_options(const char *flag, struct slice words, struct str *out, struct error *err)
{
	_cleanup_str_ struct str values = {0};
	bool flags[ARRAY_SIZE(pairs)];
	struct slice word;
	bool first = true;

	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		flags[i] = pairs[i].fallback;
	while (next_word(&words, ",", &word)) {
		int r = take_flag(word, flags) ? 1 : take_value(word, &values);

		if (r <= 0)
			return error_set(
				err, -EINVAL,
				"it takes size=64m, mode=1777, uid=, gid=, nr_inodes=, ro, exec, suid, dev "
				"and the like",
				"'--%s' %s '%.*s'", flag, r < 0 ? "cannot have" : "has no option",
				(int)word.len, word.at);
	}
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		if (!flags[i])
			continue;
		str_printf(out, "%s%s", first ? "" : ",", pairs[i].on);
		first = false;
	}
	if (values.len)
		str_add(out, values.data + first);
	return values.failed || out->failed ? value_no_memory(err) : 0;
}

int value_tmpfs(struct spec *spec, const char *text, struct error *err)
{
	_cleanup_str_ struct str options = {0};
	const char *colon = strchr(text, ':');
	const char *path =
		arena_text(&spec->arena, (struct slice){text, colon ? (size_t)(colon - text) : strlen(text)});
	int r;

	if (!path)
		return value_no_memory(err);
	r = value_check_destination("tmpfs", path, err);
	if (r == 0)
		r = value_tmpfs_options("tmpfs", slice_of(colon ? colon + 1 : ""), &options, err);
	if (r < 0)
		return r;
	if (!spec_mount_push(spec, path, "tmpfs", "tmpfs", options.data))
		return value_no_memory(err);
	return 0;
}

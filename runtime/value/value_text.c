/* SPDX-License-Identifier: Apache-2.0 */
/* Environment, labels and their files; raw cgroup values. */
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/str.h"
#include "runtime/value.h"

#include "value_mount.h"

#include <errno.h>
#include <string.h>

static size_t key_length(const char *text)
{
	return strcspn(text, "=");
}

static const char *host_value(const struct value_host *host, const char *key)
{
	size_t len = strlen(key);

	for (const char *const *at = host->environment; at && *at; at++)
		if (strncmp(*at, key, len) == 0 && (*at)[len] == '=')
			return *at;
	return NULL;
}

int value_env(struct spec *spec, struct spec_texts *env, const struct value_host *host, const char *text,
	      struct error *err)
{
	if (key_length(text) == 0)
		return error_set(err, -EINVAL, "write KEY=VALUE, or KEY for the value that it has here",
				 "a variable has no name: '%s'", text);
	if (!strchr(text, '='))
		text = host_value(host, text);
	if (text && spec_texts_set_env(spec, env, text) < 0)
		return value_no_memory(err);
	return 0;
}

int value_pair(struct spec *spec, struct spec_pairs *pairs, const char *flag, const char *text,
	       struct error *err)
{
	size_t len = key_length(text);
	const char *key;

	if (len == 0)
		return error_set(err, -EINVAL, "write KEY=VALUE", "'--%s' has no key: '%s'", flag, text);
	key = arena_text(&spec->arena, (struct slice){text, len});
	if (!key || spec_pairs_set(spec, pairs, key, text[len] ? text + len + 1 : "") < 0)
		return value_no_memory(err);
	return 0;
}

/* The next line of a file that holds one: without spaces in front, neither empty nor a comment. */
struct lines {
	const char *flag;
	const char *path;
	struct slice rest;
	unsigned number;
};

static int check_line(const struct lines *l, struct slice line, struct error *err)
{
	size_t key = 0;

	while (key < line.len && line.at[key] != '=')
		key++;
	if (memchr(line.at, '\0', line.len))
		return error_set(err, -EINVAL, "it must be a text file", "'--%s %s': line %u has a NUL byte",
				 l->flag, l->path, l->number);
	if (key == 0)
		return error_set(err, -EINVAL, "write KEY=VALUE", "'--%s %s': line %u has no key", l->flag,
				 l->path, l->number);
	if (memchr(line.at, ' ', key) || memchr(line.at, '\t', key))
		return error_set(err, -EINVAL, "write KEY=VALUE with no space around the '='",
				 "'--%s %s': line %u has a space in its key", l->flag, l->path, l->number);
	return 1;
}

/* 1 and *out (in the arena), 0 at the end, or an error. */
static int next_entry(struct lines *l, struct spec *spec, const char **out, struct error *err)
{
	struct slice line;
	int r;

	while (next_line(&l->rest, &line)) {
		l->number++;
		if (line.len && line.at[line.len - 1] == '\r')
			line.len--;
		while (line.len && (line.at[0] == ' ' || line.at[0] == '\t'))
			line = (struct slice){line.at + 1, line.len - 1};
		if (line.len == 0 || line.at[0] == '#')
			continue;
		r = check_line(l, line, err);
		if (r < 0)
			return r;
		*out = arena_text(&spec->arena, line);
		return *out ? 1 : value_no_memory(err);
	}
	return 0;
}

static int open_lines(struct lines *l, const struct value_host *host, char **text, struct error *err)
{
	static const char mark[] = "\xEF\xBB\xBF"; /* editors of another system write it */
	size_t len = 0;
	int r = host->read(host->context, l->path, text, &len);

	if (r < 0)
		return error_errno(err, r, "", "'--%s': cannot read '%s'", l->flag, l->path);
	l->rest = (struct slice){*text, len};
	if (len >= 3 && memcmp(*text, mark, 3) == 0)
		l->rest = (struct slice){*text + 3, len - 3};
	return 0;
}

int value_env_file(struct spec *spec, struct spec_texts *env, const struct value_host *host, const char *path,
		   struct error *err)
{
	struct lines l = {.flag = "env-file", .path = path};
	_cleanup_free_ char *text = NULL;
	const char *entry;
	int r = open_lines(&l, host, &text, err);

	while (r >= 0 && (r = next_entry(&l, spec, &entry, err)) > 0)
		r = value_env(spec, env, host, entry, err);
	return r;
}

int value_label_file(struct spec *spec, struct spec_pairs *pairs, const struct value_host *host,
		     const char *path, struct error *err)
{
	struct lines l = {.flag = "label-file", .path = path};
	_cleanup_free_ char *text = NULL;
	const char *entry;
	int r = open_lines(&l, host, &text, err);

	while (r >= 0 && (r = next_entry(&l, spec, &entry, err)) > 0)
		r = value_pair(spec, pairs, "label-file", entry, err);
	return r;
}

int value_cgroup_conf(struct spec *spec, const char *text, struct error *err)
{
	struct cgroup_limits *limits = &spec->linux_.limits;
	size_t len = key_length(text);
	struct file_limit made;
	struct file_limit *slot;

	if (len == 0 || !text[len] || memchr(text, '/', len) || text[0] == '.')
		return error_set(err, -EINVAL,
				 "write FILE=VALUE with a file of a cgroup, such as memory.oom.group=1",
				 "'--cgroup-conf' cannot be '%s'", text);
	made.file = arena_text(&spec->arena, (struct slice){text, len});
	made.value = spec_text(spec, text + len + 1);
	if (!made.file || !made.value)
		return value_no_memory(err);
	slot = spec_push(spec, &limits->files, &limits->n_files, sizeof(*slot));
	if (!slot)
		return value_no_memory(err);
	*slot = made;
	return 0;
}

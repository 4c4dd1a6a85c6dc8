/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_config.h"

#include "base/parse.h"
#include "meta.h"

#include <string.h>

static bool next_argument(struct slice *rest, struct slice *argument)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, '\0', rest->len);
	*argument = (struct slice){rest->at, end ? (size_t)(end - rest->at) : rest->len};
	rest->at += argument->len + (end != NULL);
	rest->len -= argument->len + (end != NULL);
	return true;
}

bool command_flag(struct slice cmdline, const char *const *names, struct slice *value)
{
	struct slice argument;

	while (next_argument(&cmdline, &argument)) {
		for (size_t i = 0; names[i]; i++) {
			size_t len = strlen(names[i]);

			if (slice_is(argument, names[i]))
				return next_argument(&cmdline, value);
			if (argument.len > len && memcmp(argument.at, names[i], len) == 0 &&
			    argument.at[len] == '=') {
				*value = (struct slice){argument.at + len + 1, argument.len - len - 1};
				return true;
			}
		}
	}
	return false;
}

bool conmon_storage_root(struct slice cmdline, struct slice *value)
{
	struct slice argument;

	while (next_argument(&cmdline, &argument)) {
		struct slice marker;

		if (!slice_is(argument, "--root"))
			continue;
		return next_argument(&cmdline, &marker) && slice_is(marker, "--exit-command-arg") &&
		       next_argument(&cmdline, value);
	}
	return false;
}

/* --- TOML --- */

static struct slice trim(struct slice s)
{
	while (s.len && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = (struct slice){s.at + 1, s.len - 1};
	while (s.len && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t' || s.at[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* "…" or '…' at the start, whatever stands behind it */
static bool quoted(struct slice s, struct slice *inside)
{
	const char *end;

	if (s.len < 2 || (s.at[0] != '"' && s.at[0] != '\''))
		return false;
	end = memchr(s.at + 1, s.at[0], s.len - 1);
	if (!end)
		return false;
	*inside = (struct slice){s.at + 1, (size_t)(end - s.at - 1)};
	return true;
}

static struct slice section_name(struct slice line)
{
	const char *end = memchr(line.at, ']', line.len);

	return trim((struct slice){line.at + 1, end ? (size_t)(end - line.at - 1) : 0});
}

bool toml_text(struct slice text, const char *section, const char *key, struct slice *value)
{
	bool here = section[0] == '\0';
	struct slice line;

	while (next_line(&text, &line)) {
		const char *equals;

		line = trim(line);
		if (line.len == 0 || line.at[0] == '#')
			continue;
		if (line.at[0] == '[') {
			here = slice_is(section_name(line), section);
			continue;
		}
		equals = memchr(line.at, '=', line.len);
		if (!here || !equals ||
		    !slice_is(trim((struct slice){line.at, (size_t)(equals - line.at)}), key))
			continue;
		return quoted(trim((struct slice){equals + 1, (size_t)(line.at + line.len - equals - 1)}),
			      value);
	}
	return false;
}

/* --- the rest --- */

bool daemon_json_root(struct slice text, char *out, size_t cap)
{
	_cleanup_json_ struct json_object *root = NULL;

	if (meta_json(text, &root) < 0)
		return false;
	return take_path(json_text(root, "data-root"), out, cap) ||
	       take_path(json_text(root, "graph"), out, cap);
}

/* The field behind the next ':' */
static struct slice field(struct slice *rest)
{
	const char *end = rest->len ? memchr(rest->at, ':', rest->len) : NULL;
	struct slice out = {rest->at, end ? (size_t)(end - rest->at) : rest->len};

	rest->at += out.len + (end != NULL);
	rest->len -= out.len + (end != NULL);
	return out;
}

bool passwd_home(struct slice text, uint32_t uid, struct slice *home)
{
	struct slice line;

	while (next_line(&text, &line)) {
		uint64_t id;

		field(&line); /* name */
		field(&line); /* password */
		if (parse_u64(field(&line), &id) < 0 || id != uid)
			continue;
		field(&line); /* group */
		field(&line); /* comment */
		*home = field(&line);
		return home->len > 0;
	}
	return false;
}

bool status_uid(struct slice text, uint32_t *uid)
{
	struct slice line;

	while (next_line(&text, &line)) {
		struct slice word;
		uint64_t value;

		if (!next_word(&line, "\t ", &word) || !slice_is(word, "Uid:"))
			continue;
		if (!next_word(&line, "\t ", &word) || parse_u64(word, &value) < 0 || value > UINT32_MAX)
			return false;
		*uid = (uint32_t)value;
		return true;
	}
	return false;
}

bool take_path(struct slice text, char *out, size_t cap)
{
	while (text.len > 1 && text.at[text.len - 1] == '/')
		text.len--;
	if (text.len == 0 || text.len >= cap || text.at[0] != '/' || memchr(text.at, '\0', text.len) ||
	    memmem(text.at, text.len, "/../", 4) ||
	    (text.len >= 3 && memcmp(text.at + text.len - 3, "/..", 3) == 0))
		return false;
	memcpy(out, text.at, text.len);
	out[text.len] = '\0';
	return true;
}

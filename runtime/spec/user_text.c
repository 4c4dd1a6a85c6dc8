/* SPDX-License-Identifier: Apache-2.0 */
#include "user_text.h"

#include "base/parse.h"

#include <errno.h>

#define ID_MAX (UINT32_MAX - 1) /* 2^32-1 is "leave it as it is" to chown(2) and setresuid(2) */

/* One line of either file. */
struct entry {
	struct slice name;
	uint32_t id;	   /* uid or gid */
	uint32_t gid;	   /* passwd */
	struct slice rest; /* passwd: the home; group: the members, by commas */
};

/* What is before the next ':', and *rest behind it; the last field has none. */
static struct slice next_field(struct slice *rest)
{
	const char *colon = rest->len ? memchr(rest->at, ':', rest->len) : NULL;
	struct slice field = {rest->at, colon ? (size_t)(colon - rest->at) : rest->len};
	size_t skip = colon ? field.len + 1 : field.len;

	*rest = (struct slice){rest->len ? rest->at + skip : rest->at, rest->len - skip};
	return field;
}

static bool is_digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.len > 0;
}

static bool parse_id(struct slice text, uint32_t *out)
{
	uint64_t value;

	if (parse_u64(text, &value) < 0 || value > ID_MAX)
		return false;
	*out = (uint32_t)value;
	return true;
}

enum file { PASSWD, GROUP };

/* name:password:uid:gid:gecos:home:shell, name:password:gid:members. An id that is no number makes no entry:
 * it must not become 0. */
static bool parse_entry(struct slice line, enum file file, struct entry *out)
{
	struct entry e = {.name = next_field(&line)};

	if (e.name.len == 0 || e.name.at[0] == '#' || memchr(line.len ? line.at : "", '\0', line.len))
		return false;
	next_field(&line);
	if (!parse_id(next_field(&line), &e.id))
		return false;
	if (file == PASSWD) {
		if (!parse_id(next_field(&line), &e.gid))
			return false;
		next_field(&line);
	}
	e.rest = next_field(&line);
	*out = e;
	return true;
}

/* The first entry of that name, or of that id where name is a number: a number is never taken for a name
 * (CVE-2016-3697: a user called "1000" with the uid 0). */
static bool find(struct slice text, enum file file, struct slice name, struct entry *out)
{
	bool numeric = is_digits(name);
	struct slice line;
	uint32_t id = 0;

	if (numeric && !parse_id(name, &id))
		return false;
	while (next_line(&text, &line)) {
		struct entry e;

		if (!parse_entry(line, file, &e))
			continue;
		if (numeric ? e.id == id : slice_equal(e.name, name)) {
			*out = e;
			return true;
		}
	}
	return false;
}

static bool is_bad_letter(char c)
{
	return (unsigned char)c <= ' ' || c == 0x7F || c == ',' || c == '/';
}

/* "+1", "-1" and "0x1" are numbers to some parsers, and to none of ours. */
static int check_word(struct slice word, const char *what, struct error *err)
{
	bool sign = word.len && (word.at[0] == '+' || word.at[0] == '-');
	bool hex = word.len > 1 && word.at[0] == '0' && (word.at[1] == 'x' || word.at[1] == 'X');
	bool bad = word.len == 0 || word.len > 256 || sign || hex;
	uint32_t ignored;

	for (size_t i = 0; i < word.len && !bad; i++)
		bad = is_bad_letter(word.at[i]);
	if (bad)
		return error_set(err, -EINVAL, "write NAME, UID, NAME:GROUP or UID:GID",
				 "'%.*s' is neither the name nor the number of a %s", (int)word.len,
				 word.len ? word.at : "", what);
	if (is_digits(word) && !parse_id(word, &ignored))
		return error_set(err, -EINVAL, "numbers go from 0 to 4294967294", "%.*s is no number of a %s",
				 (int)word.len, word.at, what);
	return 0;
}

static int find_group(struct slice group, struct slice word, uint32_t *gid, struct error *err)
{
	struct entry e;
	int r = check_word(word, "group", err);

	if (r < 0)
		return r;
	if (is_digits(word)) {
		parse_id(word, gid);
		return 0;
	}
	if (!find(group, GROUP, word, &e))
		return error_set(err, -EINVAL, "add it to the container's /etc/group, or give its number",
				 "the container has no group '%.*s'", (int)word.len, word.at);
	*gid = e.id;
	return 0;
}

static int add_group(struct spec *spec, struct spec_user *user, uint32_t gid)
{
	uint32_t *slot;

	for (size_t i = 0; i < user->n_groups; i++)
		if (user->groups[i] == gid)
			return 0;
	slot = spec_push(spec, &user->groups, &user->n_groups, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	*slot = gid;
	return 0;
}

static bool lists(struct slice members, struct slice name)
{
	struct slice member;

	while (next_word(&members, ", \t", &member))
		if (slice_equal(member, name))
			return true;
	return false;
}

static int add_groups_of(struct spec *spec, struct slice group, struct slice name, struct spec_user *user)
{
	struct slice line;

	while (next_line(&group, &line)) {
		struct entry e;

		if (parse_entry(line, GROUP, &e) && lists(e.rest, name) && add_group(spec, user, e.id) < 0)
			return -ENOMEM;
	}
	return 0;
}

struct request {
	struct slice user;
	struct slice group;
	bool has_group;
};

static int split(const char *text, struct request *out, struct error *err)
{
	const char *colon = strchr(text, ':');
	struct request q = {.user = slice_of(text)};
	int r;

	if (!*text)
		q = (struct request){slice_of("0"), slice_of("0"), false};
	if (colon) {
		q.user.len = (size_t)(colon - text);
		q.group = slice_of(colon + 1);
		q.has_group = true;
	}
	r = check_word(q.user, "user", err);
	if (r == 0 && q.has_group)
		r = memchr(q.group.at, ':', q.group.len)
			    ? error_set(err, -EINVAL, "write NAME:GROUP or UID:GID",
					"'%s' has more than one ':'", text)
			    : check_word(q.group, "group", err);
	if (r == 0)
		*out = q;
	return r;
}

/* uid, gid and home; entry->name is "" where passwd has no such user. */
static int find_user(struct slice passwd, const struct request *q, struct spec_user *user,
		     struct entry *entry, struct error *err)
{
	*entry = (struct entry){0};
	if (find(passwd, PASSWD, q->user, entry)) {
		user->uid = entry->id;
		user->gid = entry->gid;
		return 0;
	}
	if (parse_id(q->user, &user->uid))
		return 0;
	return error_set(err, -EINVAL, "add it to the container's /etc/passwd, or give its number",
			 "the container has no user '%.*s'", (int)q->user.len, q->user.at);
}

int user_resolve_text(struct slice passwd, struct slice group, const char *text,
		      const struct spec_texts *group_add, struct spec *spec, struct spec_user *out,
		      const char **home, struct error *err)
{
	struct spec_user user = {0};
	struct request q = {0};
	struct entry entry = {0};
	const char *place;
	int r = split(text, &q, err);

	if (r == 0)
		r = find_user(passwd, &q, &user, &entry, err);
	if (r == 0 && q.has_group)
		r = find_group(group, q.group, &user.gid, err);
	if (r < 0)
		return r;
	if (!*text)
		user.gid = 0;
	/* its own group among them: else setgid(2) in the container would shed it (CVE-2022-36109) */
	r = add_group(spec, &user, user.gid);
	if (r == 0 && !q.has_group && entry.name.len)
		r = add_groups_of(spec, group, entry.name, &user);
	for (size_t i = 0; r == 0 && group_add && i < group_add->n; i++) {
		uint32_t gid = 0;

		r = find_group(group, slice_of(group_add->at[i]), &gid, err);
		if (r < 0)
			return r;
		r = add_group(spec, &user, gid);
	}
	place = entry.rest.len && entry.rest.at[0] == '/' ? arena_text(&spec->arena, entry.rest)
							  : spec_text(spec, "/");
	if (r < 0 || !place)
		return error_errno(err, -ENOMEM, "", "cannot look up the user");
	*out = user;
	if (home)
		*home = place;
	return 0;
}

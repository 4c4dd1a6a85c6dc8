/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup/mountinfo.h"

#include "base/cleanup.h"
#include "base/parse.h"
#include "base/str.h"
#include "cgroup/hierarchy.h"

#include <errno.h>
#include <stdlib.h>

struct mount_table {
	struct mount_line *lines;
	size_t n;
	size_t cap;
};

static void mount_table_free(struct mount_table *t)
{
	free(t->lines);
}

/* Fields are separated by exactly one space: a mount with an empty source has two in a row. */
static bool take_field(struct slice *rest, struct slice *field)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, ' ', rest->len);
	*field = (struct slice){rest->at, end ? (size_t)(end - rest->at) : rest->len};
	rest->at += field->len + (end != NULL);
	rest->len -= field->len + (end != NULL);
	return true;
}

bool mountinfo_line(struct slice line, struct mount_line *out)
{
	struct mount_line m;
	struct slice id;
	struct slice parent;
	struct slice skipped;

	if (!take_field(&line, &id) || !take_field(&line, &parent) || !take_field(&line, &skipped) ||
	    !take_field(&line, &m.root) || !take_field(&line, &m.point) || !take_field(&line, &skipped))
		return false;
	if (parse_u64(id, &m.id) < 0 || parse_u64(parent, &m.parent) < 0)
		return false;
	/* a root need not begin with '/': nsfs has "net:[4026531840]" there */
	if (m.root.len == 0 || m.point.len == 0 || m.point.at[0] != '/')
		return false;
	do {
		if (!take_field(&line, &skipped))
			return false;
	} while (!slice_is(skipped, "-"));
	if (!take_field(&line, &m.type) || !take_field(&line, &skipped))
		return false;
	m.options = line;
	*out = m;
	return true;
}

static bool is_octal(char c, char highest)
{
	return c >= '0' && c <= highest;
}

char *mountinfo_decode(struct slice field)
{
	char *out = malloc(field.len + 1);
	size_t n = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < field.len; i++) {
		const char *p = field.at + i;

		if (p[0] == '\\' && field.len - i >= 4 && is_octal(p[1], '3') && is_octal(p[2], '7') &&
		    is_octal(p[3], '7')) {
			out[n++] = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			i += 3;
		} else {
			out[n++] = p[0];
		}
	}
	out[n] = '\0';
	return out;
}

static int read_table(struct slice text, struct mount_table *t)
{
	struct slice line;

	while (next_line(&text, &line)) {
		struct mount_line m;

		if (!mountinfo_line(line, &m))
			continue;
		if (t->n == t->cap) {
			size_t cap = t->cap ? t->cap * 2 : 64;
			struct mount_line *more = reallocarray(t->lines, cap, sizeof(*more));

			if (!more)
				return -ENOMEM;
			t->lines = more;
			t->cap = cap;
		}
		t->lines[t->n++] = m;
	}
	return 0;
}

static bool has_parent(const struct mount_table *t, const struct mount_line *m)
{
	if (m->parent == m->id)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (t->lines[i].id == m->parent)
			return true;
	return false;
}

/* What is mounted on `path` of the mount `on`; NULL stands for the root that a chroot leaves out of the list.
 */
static const struct mount_line *mounted_on(const struct mount_table *t, const struct mount_line *on,
					   struct slice path)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct mount_line *m = &t->lines[i];

		if (m == on || !slice_equal(m->point, path))
			continue;
		if (on ? m->parent == on->id && m->id != on->id : !has_parent(t, m))
			return m;
	}
	return NULL;
}

/* The length of the next longer prefix of path that is a folder: "/a/b": 1, 2, 4. */
static size_t next_prefix(struct slice path, size_t len)
{
	const char *slash;

	if (len == 0)
		return 1;
	if (len >= path.len)
		return path.len + 1;
	len++;
	slash = memchr(path.at + len, '/', path.len - len);
	return slash ? (size_t)(slash - path.at) : path.len;
}

/*
 * Walks to the mount point as the kernel would: at each folder, onto whatever is mounted there. The mount is
 * reached unless something was mounted later over its mount point or above it. Ids compare, since the escapes
 * are canonical.
 */
static bool is_reached(const struct mount_table *t, const struct mount_line *wanted)
{
	const struct mount_line *at = NULL;
	size_t steps = 0;

	for (size_t len = next_prefix(wanted->point, 0); len <= wanted->point.len;
	     len = next_prefix(wanted->point, len)) {
		const struct mount_line *over;

		while ((over = mounted_on(t, at, (struct slice){wanted->point.at, len}))) {
			at = over;
			/* a text that nobody's kernel wrote may go in circles */
			if (++steps > t->n)
				return false;
		}
	}
	return at == wanted;
}

static int cgroup_version(struct slice type)
{
	if (slice_is(type, "cgroup2"))
		return 2;
	return slice_is(type, "cgroup") ? 1 : 0;
}

/* Options of v1 that are no controllers (Documentation/admin-guide/cgroup-v1/cgroups.rst,
 * cgroup1_show_options). */
static bool is_plain_option(const char *option)
{
	static const char *const plain[] = {"rw",
					    "ro",
					    "seclabel",
					    "xattr",
					    "noprefix",
					    "cpuset_v2_mode",
					    "clone_children",
					    "favordynmods",
					    "none",
					    "nofavordynmods"};

	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		if (strcmp(option, plain[i]) == 0)
			return true;
	return strncmp(option, "release_agent=", strlen("release_agent=")) == 0 || strstr(option, "context=");
}

static int read_v1_options(struct slice options, struct cgroup_mount *m)
{
	_cleanup_str_ struct str kept = {0};
	struct slice word;

	while (next_word(&options, ",", &word)) {
		_cleanup_free_ char *option = mountinfo_decode(word);
		enum controller c;

		if (!option)
			return -ENOMEM;
		if (is_plain_option(option))
			continue;
		c = controller_find(option);
		if (c != CONTROLLER__COUNT && c != CONTROLLER_CORE && c != CONTROLLER_NAMED)
			m->controllers |= 1U << c;
		if (kept.len)
			str_char(&kept, ',');
		str_add(&kept, option);
	}
	if (!m->controllers)
		m->controllers = 1U << CONTROLLER_NAMED;
	m->options = str_steal(&kept);
	return m->options ? 0 : -ENOMEM;
}

static int root_depth(const char *root)
{
	struct slice rest = slice_of(root);
	struct slice part;
	int depth = 0;

	while (next_word(&rest, "/", &part))
		depth += slice_is(part, "..") ? -1 : 1;
	return depth;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text);
	size_t tail = strlen(end);

	return len >= tail && strcmp(text + len - tail, end) == 0;
}

static void cgroup_mount_clear(struct cgroup_mount *m)
{
	free(m->root);
	free(m->point);
	free(m->options);
	*m = (struct cgroup_mount){0};
}

static int read_cgroup_mount(const struct mount_line *line, struct cgroup_mount *m)
{
	m->version = cgroup_version(line->type);
	m->root = mountinfo_decode(line->root);
	m->point = mountinfo_decode(line->point);
	if (!m->root || !m->point)
		return -ENOMEM;
	m->depth = root_depth(m->root);
	if (m->version == 1)
		return read_v1_options(line->options, m);
	m->options = calloc(1, 1);
	return m->options ? 0 : -ENOMEM;
}

void cgroup_mounts_free(struct cgroup_mount *mounts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cgroup_mount_clear(&mounts[i]);
	free(mounts);
}

int mountinfo_cgroups(struct slice text, struct cgroup_mount **out, size_t *n)
{
	_cleanup_(mount_table_free) struct mount_table t = {0};
	struct cgroup_mount *mounts;
	size_t found = 0;
	int r = read_table(text, &t);

	if (r < 0)
		return r;
	mounts = calloc(t.n + 1, sizeof(*mounts));
	if (!mounts)
		return -ENOMEM;
	for (size_t i = 0; i < t.n; i++) {
		struct cgroup_mount *m = &mounts[found];

		if (!cgroup_version(t.lines[i].type) || !is_reached(&t, &t.lines[i]))
			continue;
		r = read_cgroup_mount(&t.lines[i], m);
		if (r < 0) {
			cgroup_mounts_free(mounts, found + 1);
			return r;
		}
		/* "//deleted" is how the kernel marks a removed folder (d_path) */
		if (ends_with(m->root, "//deleted") || ends_with(m->point, "//deleted"))
			cgroup_mount_clear(m);
		else
			found++;
	}
	*out = mounts;
	*n = found;
	return 0;
}

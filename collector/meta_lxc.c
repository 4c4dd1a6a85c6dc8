/* SPDX-License-Identifier: Apache-2.0 */
#include "meta_lxc.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

static struct slice trim(struct slice s)
{
	while (s.len && (s.at[0] == ' ' || s.at[0] == '\t'))
		s = (struct slice){s.at + 1, s.len - 1};
	while (s.len && (s.at[s.len - 1] == ' ' || s.at[s.len - 1] == '\t' || s.at[s.len - 1] == '\r'))
		s.len--;
	return s;
}

/* "key SEPARATOR value"; false for a line that is none, or a comment */
static bool split(struct slice line, char separator, struct slice *key, struct slice *value)
{
	const char *at;

	line = trim(line);
	if (line.len == 0 || line.at[0] == '#')
		return false;
	at = memchr(line.at, separator, line.len);
	if (!at)
		return false;
	*key = trim((struct slice){line.at, (size_t)(at - line.at)});
	*value = trim((struct slice){at + 1, (size_t)(line.at + line.len - at - 1)});
	return key->len > 0;
}

static struct slice unquote(struct slice s)
{
	if (s.len >= 2 && (s.at[0] == '"' || s.at[0] == '\'') && s.at[s.len - 1] == s.at[0])
		return (struct slice){s.at + 1, s.len - 2};
	return s;
}

/* "/path", "dir:/path" or "overlay:LOWER:UPPER", whose last part is what the container writes to */
static void take_root(struct slice value, struct meta *m)
{
	const char *colon = memrchr(value.at, ':', value.len);
	char path[PATH_MAX];
	bool known = !colon || memmem(value.at, value.len, "dir:", 4) == value.at ||
		     memmem(value.at, value.len, "overlay:", 8) == value.at ||
		     memmem(value.at, value.len, "overlayfs:", 10) == value.at;

	if (colon)
		value = (struct slice){colon + 1, (size_t)(value.at + value.len - colon - 1)};
	if (!known || value.len < 2 || value.len >= sizeof(path) || value.at[0] != '/' ||
	    memchr(value.at, '\0', value.len))
		return;
	memcpy(path, value.at, value.len);
	path[value.len] = '\0';
	meta_set(m, &m->who.writable_layer, path);
}

void meta_lxc_parse(struct slice text, struct meta *m)
{
	struct slice line;
	struct slice key;
	struct slice value;

	while (next_line(&text, &line)) {
		if (!split(line, '=', &key, &value))
			continue;
		/* names with and without the second dot: lxc 2.1 renamed them */
		if (slice_is(key, "lxc.uts.name") || slice_is(key, "lxc.utsname"))
			meta_label(m, slice_of("lxc.uts.name"), value);
		else if (slice_is(key, "lxc.arch"))
			meta_label(m, key, value);
		else if ((slice_is(key, "lxc.rootfs.path") || slice_is(key, "lxc.rootfs")) && value.len)
			take_root(value, m);
	}
}

void meta_incus_parse(struct slice text, struct meta *m)
{
	struct slice system = {"", 0};
	struct slice line;
	struct slice key;
	struct slice value;

	while (next_line(&text, &line)) {
		if (!split(line, ':', &key, &value))
			continue;
		if (slice_is(key, "image.description"))
			meta_text(m, &m->who.image, unquote(value));
		else if (slice_is(key, "image.os"))
			system = unquote(value);
	}
	meta_text(m, &m->who.image, system);
}

void meta_machine_parse(struct slice text, struct meta *m)
{
	struct slice line;
	struct slice key;
	struct slice value;
	uint64_t number;

	while (next_line(&text, &line)) {
		if (!split(line, '=', &key, &value))
			continue;
		value = unquote(value);
		if (slice_is(key, "NAME"))
			meta_text(m, &m->who.name, value);
		else if (slice_is(key, "LEADER") && parse_u64(value, &number) == 0 && number <= INT_MAX)
			m->who.init_pid = (uint32_t)number;
		else if (slice_is(key, "REALTIME") && parse_u64(value, &number) == 0 &&
			 number < UINT64_MAX / 1000)
			m->who.started_at_ns = number * NSEC_PER_USEC;
		else if (slice_is(key, "ROOT") && value.len)
			take_root(value, m);
	}
}

static bool lxc_path(const struct meta_folder *folder, struct slice name, char *out, size_t cap)
{
	int n = snprintf(out, cap, "%s/%.*s/config", folder->path, (int)name.len, name.at);

	return n > 0 && (size_t)n < cap;
}

/* incus and lxd: the instance's folder is a link into a storage pool, so the path is taken from the root */
static bool incus_path(const struct meta_folder *folder, struct slice name, char *out, size_t cap)
{
	int n = snprintf(out, cap, "%s/containers/%.*s/backup.yaml", folder->path, (int)name.len, name.at);

	return n > 0 && (size_t)n < cap;
}

static int stat_in_root(const struct meta_folder *folder, const char *path, struct meta_stamp *stamp)
{
	return meta_stat_in_root(folder->root_fd, path, stamp);
}

int meta_lxc_stat(const struct meta_folder *folder, struct slice name, struct meta_stamp *stamp)
{
	char path[PATH_MAX];

	if (lxc_path(folder, name, path, sizeof(path)) && stat_in_root(folder, path, stamp) == 0)
		return 0;
	return incus_path(folder, name, path, sizeof(path)) ? stat_in_root(folder, path, stamp) : -ENOENT;
}

int meta_lxc_load(const struct meta_folder *folder, struct slice name, struct meta *m,
		  struct meta_stamp *stamp)
{
	_cleanup_free_ char *text = NULL;
	char path[PATH_MAX];
	size_t len;
	int r;

	if (!lxc_path(folder, name, path, sizeof(path)))
		return -ENOENT;
	r = meta_read(folder->root_fd, path, &text, &len, stamp);
	if (r == 0) {
		meta_lxc_parse((struct slice){text, len}, m);
	} else if (incus_path(folder, name, path, sizeof(path))) {
		r = meta_read(folder->root_fd, path, &text, &len, stamp);
		if (r == 0)
			meta_incus_parse((struct slice){text, len}, m);
	}
	if (r == 0)
		meta_text(m, &m->who.name, name);
	return r;
}

int meta_machine_stat(const struct meta_folder *folder, const char *machine, struct meta_stamp *stamp)
{
	return meta_stat(folder->fd, machine, stamp);
}

int meta_machine_load(const struct meta_folder *folder, struct slice unit, const char *name, struct meta *m,
		      char machine[256], struct meta_stamp *stamp)
{
	_cleanup_free_ char *text = NULL;
	char link[300];
	ssize_t linked;
	size_t len;
	int n = snprintf(link, sizeof(link), "unit:%.*s", (int)unit.len, unit.at);
	int r;

	if (n < 0 || (size_t)n >= sizeof(link) || strlen(name) >= 256 || strchr(name, '/'))
		return -ENOENT;
	linked = fs_read_link(folder->fd, link, machine, 256);
	if (linked <= 0 || strchr(machine, '/'))
		snprintf(machine, 256, "%s", name);
	r = meta_read(folder->fd, machine, &text, &len, stamp);
	if (r < 0)
		return r;
	meta_machine_parse((struct slice){text, len}, m);
	meta_text(m, &m->who.name, slice_of(machine));
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Which ids an ordinary user may hand out: passwd(5), subuid(5) and subgid(5) without NSS. */
#include "host_probe.h"
#include "runtime/spec.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX ((size_t)4 << 20)
#define FIRST_FREE 100000 /* login.defs(5), SUB_UID_MIN and SUB_UID_COUNT */
#define USUAL_COUNT 65536

static bool split(struct slice line, struct slice *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *colon = line.len ? memchr(line.at, ':', line.len) : NULL;

		fields[i] = colon && i + 1 < n ? (struct slice){line.at, (size_t)(colon - line.at)} : line;
		if (!colon)
			return i + 1 == n;
		line = (struct slice){colon + 1, line.len - fields[i].len - 1};
	}
	return true;
}

/* The login name of an id; "" where there is none. */
static void name_of(int root, uid_t id, char *name, size_t cap)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest;
	struct slice line;
	size_t len;

	name[0] = '\0';
	if (fs_read_file(root, "etc/passwd", FILE_MAX, &text, &len) < 0)
		return;
	rest = (struct slice){text, len};
	while (next_line(&rest, &line)) {
		struct slice f[4];
		uint64_t uid;

		if (!split(line, f, 4) || parse_u64(f[2], &uid) < 0 || uid != id || f[0].len >= cap)
			continue;
		memcpy(name, f[0].at, f[0].len);
		name[f[0].len] = '\0';
		return;
	}
}

/* The kernel takes no id twice. */
static bool is_taken(const struct host_ids *ids, uint32_t own, uint64_t first, uint64_t count)
{
	for (size_t i = 0; i < ids->n; i++)
		if (first < (uint64_t)ids->at[i].first + ids->at[i].count && ids->at[i].first < first + count)
			return true;
	return own >= first && own < first + count;
}

struct range_file {
	const char *path;
	const char *name; /* the user's; "" = none */
	uid_t user;
	uint32_t own; /* the id that is mapped besides: this user's, or group's */
};

/* One file's ranges of the user; *next_free is raised behind anybody's. */
static void read_ranges(int root, const struct range_file *file, struct host_ids *out, uint64_t *next_free)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest = {0};
	struct slice line;
	uint64_t total = 1; /* the user's own */
	size_t len;

	if (fs_read_file(root, file->path, FILE_MAX, &text, &len) == 0)
		rest = (struct slice){text, len};
	while (next_line(&rest, &line)) {
		struct slice f[3];
		uint64_t first;
		uint64_t count;
		uint64_t id;

		if (!split(line, f, 3) || parse_u64(f[1], &first) < 0 || parse_u64(f[2], &count) < 0 ||
		    count == 0 || count > UINT32_MAX || first + count > UINT32_MAX)
			continue;
		if (first + count > *next_free)
			*next_free = first + count;
		if ((!*file->name || !slice_is(f[0], file->name)) &&
		    (parse_u64(f[0], &id) < 0 || id != file->user))
			continue;
		if (out->n == HOST_ID_RANGES || total + count > UINT32_MAX ||
		    is_taken(out, file->own, first, count))
			continue;
		out->at[out->n].first = (uint32_t)first;
		out->at[out->n++].count = (uint32_t)count;
		total += count;
	}
}

static bool has_program(int root, const char *name)
{
	static const char folders[][16] = {"usr/bin", "usr/local/bin", "bin"};
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		if (faccessat(root, path, X_OK, AT_EACCESS) == 0)
			return true;
	}
	return false;
}

/* With the command that gives one behind all that are given. */
static void say_no_range(struct host *host, const char *name, unsigned long first)
{
	char range[48];

	snprintf(range, sizeof(range), "%lu-%lu", first, first + USUAL_COUNT - 1);
	snprintf(host->ids_missing, sizeof(host->ids_missing), "user %u has no range of ids in /etc/sub%s",
		 (unsigned)host->uid,
		 host->uids.n	? "gid"
		 : host->gids.n ? "uid"
				: "uid and /etc/subgid");
	snprintf(host->ids_remedy, sizeof(host->ids_remedy), "as root: usermod%s%s%s%s %.48s",
		 host->uids.n ? "" : " --add-subuids ", host->uids.n ? "" : range,
		 host->gids.n ? "" : " --add-subgids ", host->gids.n ? "" : range, *name ? name : "USER");
}

void host_look_at_ids(struct host *host, int root)
{
	uint64_t next_free = FIRST_FREE;
	char name[128];

	host->uids.n = host->gids.n = 0;
	host->ids_missing[0] = host->ids_remedy[0] = '\0';
	name_of(root, host->uid, name, sizeof(name));
	read_ranges(root, &(struct range_file){"etc/subuid", name, host->uid, host->uid}, &host->uids,
		    &next_free);
	read_ranges(root, &(struct range_file){"etc/subgid", name, host->uid, host->gid}, &host->gids,
		    &next_free);
	if (!host->uids.n || !host->gids.n) {
		say_no_range(host, name, (unsigned long)next_free);
	} else if (!has_program(root, "newuidmap") || !has_program(root, "newgidmap")) {
		snprintf(host->ids_missing, sizeof(host->ids_missing),
			 "newuidmap and newgidmap, which map user %u's range of ids, are not installed",
			 (unsigned)host->uid);
		snprintf(host->ids_remedy, sizeof(host->ids_remedy), "install Debian's package uidmap");
	}
	if (host->ids_missing[0])
		host->uids.n = host->gids.n = 0;
}

static int add_map(struct spec *spec, struct spec_id_maps *maps, uint32_t own, const struct host_ids *ids)
{
	struct spec_id_map map = {.container_id = 0, .host_id = own, .size = 1};
	int r = spec_id_map_add(spec, maps, &map);

	for (size_t i = 0; r == 0 && i < ids->n; i++) {
		map.container_id += map.size;
		map.host_id = ids->at[i].first;
		map.size = ids->at[i].count;
		r = spec_id_map_add(spec, maps, &map);
	}
	return r;
}

int host_id_maps(const struct host *host, struct spec *spec)
{
	struct spec_linux *l = &spec->linux_;
	int r;

	if (!host->rootless || l->namespaces[SPEC_NS_USER].how != SPEC_NS_NEW || l->uid_maps.n ||
	    l->gid_maps.n)
		return 0;
	r = add_map(spec, &l->uid_maps, host->uid, &host->uids);
	return r == 0 ? add_map(spec, &l->gid_maps, host->gid, &host->gids) : r;
}

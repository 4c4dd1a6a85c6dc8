/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces of a container, and who else is in them. */
#include "one.h"

#include <string.h>

#define NAMES 8

static const struct {
	const char *name;
	enum metric_id id;
	const char *what;
} kinds[] = {
	{"mnt", METRIC_NS_MNT, "mounts"},	 {"net", METRIC_NS_NET, "network"},
	{"pid", METRIC_NS_PID, "processes"},	 {"ipc", METRIC_NS_IPC, "shared memory"},
	{"uts", METRIC_NS_UTS, "host name"},	 {"user", METRIC_NS_USER, "users"},
	{"cgroup", METRIC_NS_CGROUP, "cgroups"}, {"time", METRIC_NS_TIME, "clocks"},
};

void one_namespaces_need(struct metric_set *set)
{
	metric_set_add_group(set, GROUP_namespace);
}

static const char *name_of(const struct entity *e)
{
	const char *slash = strrchr(e->path, '/');

	if (e->identity->name[0])
		return e->identity->name;
	return slash && slash[1] ? slash + 1 : e->path;
}

static void sharers(const struct scene *sc, enum metric_id id, uint64_t inode, struct str *out)
{
	size_t n = snapshot_count(sc->s);
	_cleanup_str_ struct str names = {0};
	size_t found = 0;
	bool host = false;

	for (size_t i = 0; i < n; i++) {
		const struct entity *e = snapshot_entity(sc->s, i);
		uint64_t other;

		if (i == sc->index || e->ended || !snapshot_get(sc->s, i, id, &other) || other != inode)
			continue;
		if (e->class == ENTITY_HOST)
			host = true;
		else if (e->class != ENTITY_CONTAINER && e->class != ENTITY_SERVICE)
			continue;
		else if (found++ < NAMES)
			str_printf(&names, "%s%s", found > 1 ? ", " : "", name_of(e));
	}
	if (found > NAMES)
		str_printf(&names, " and %zu more", found - NAMES);
	if (host)
		str_printf(out, "the host%s", found ? ", " : "");
	if (found > 1)
		str_printf(out, "%zu: ", found);
	if (names.len)
		str_append(out, names.data, names.len);
}

static void namespace_row(const struct scene *sc, int y, struct rect area, size_t kind)
{
	_cleanup_str_ struct str who = {0};
	uint64_t inode;
	int x = area.x + 19;

	canvas_text(sc->canvas, y, area.x, 7, ROLE_STRONG, kinds[kind].name);
	if (!snapshot_get(sc->s, sc->index, kinds[kind].id, &inode)) {
		canvas_text(sc->canvas, y, area.x + 7, 1, ROLE_DIM, "-");
		return;
	}
	canvas_printf(sc->canvas, y, area.x + 7, 11, ROLE_TEXT, "%llu", (unsigned long long)inode);
	if (area.cols >= 72) {
		canvas_text(sc->canvas, y, x, 14, ROLE_DIM, kinds[kind].what);
		x += 15;
	}
	sharers(sc, kinds[kind].id, inode, &who);
	if (!who.len) {
		canvas_text(sc->canvas, y, x, area.x + area.cols - x, ROLE_TEXT, "its own");
		return;
	}
	x += canvas_text(sc->canvas, y, x, area.x + area.cols - x, ROLE_DIM, "shared with ");
	canvas_text(sc->canvas, y, x, area.x + area.cols - x, ROLE_NOTICE, who.data ? who.data : "");
}

void one_namespaces_draw(const struct scene *sc, struct rect area)
{
	struct roll roll = roll_begin(sc, area);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		int y = roll_line(&roll);

		if (y >= 0)
			namespace_row(sc, y, area, i);
	}
	roll_end(&roll);
}

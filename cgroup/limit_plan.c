/* SPDX-License-Identifier: Apache-2.0 */
/* Limits → writes: what is common to all of them, and the plan as a whole. */
#include "limit_plan.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

int limit_home(struct limit_planner *p, enum controller c, const char *flag)
{
	const char *name = controller_name(c);

	if (p->layout->home[c] >= 0)
		return p->layout->hierarchies[p->layout->home[c]].version;
	return error_set(
		p->err, -EOPNOTSUPP,
		"boot a kernel that has it, without cgroup_disable; in a container, ask for it to be "
		"delegated; or leave the option out",
		"%s needs the %s controller, which no cgroup mount of this host has", flag, name);
}

int limit_put(struct limit_planner *p, enum controller c, const char *flag, const char *file,
	      const char *format, ...)
{
	char text[256];
	va_list args;
	int len;
	const char *value;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(text))
		return error_set(p->err, -EINVAL, "give a shorter value", "%s: the value is too long", flag);
	value = arena_text(p->arena, (struct slice){text, (size_t)len});
	file = arena_text(p->arena, slice_of(file));
	if (!value || !file)
		return error_errno(p->err, -ENOMEM, "", "cannot plan the limits");
	p->writes[p->n++] = (struct limit_write){
		.hierarchy = (size_t)p->layout->home[c], .file = file, .value = value, .flag = flag};
	return 0;
}

static int plan_pids(struct limit_planner *p)
{
	static const char flag[] = "--pids-limit";
	int64_t value = p->more->value[LIMIT_PIDS];
	int version;

	if (!limit_is_set(p->more, LIMIT_PIDS))
		return 0;
	version = limit_home(p, CONTROLLER_PIDS, flag);
	if (version < 0)
		return version;
	if (value < 0)
		return limit_put(p, CONTROLLER_PIDS, flag, "pids.max", "max");
	return limit_put(p, CONTROLLER_PIDS, flag, "pids.max", "%lld", (long long)value);
}

static int plan(struct limit_planner *p)
{
	int r = limit_plan_memory(p);

	if (r == 0)
		r = limit_plan_cpu(p);
	if (r == 0)
		r = plan_pids(p);
	if (r == 0)
		r = limit_plan_io(p);
	if (r == 0)
		r = limit_plan_files(p);
	return r;
}

/* As many writes as there can be: two a number (a stand-in, swap), two cpusets, one more for a weight that
 * comes back, two a device and a page size. */
static size_t most_writes(const struct cgroup_limits *l)
{
	return 2 * LIMIT__COUNT + 4 + 2 * l->n_devices + 2 * l->n_pages + l->n_files;
}

int cgroup_limits_plan(const struct cgroup_limits *limits, const struct cgroup_limits *was,
		       const struct cgroup_layout *layout, struct arena *arena, struct limit_write **out,
		       size_t *n, struct error *err)
{
	struct cgroup_limits more = *limits;
	struct cgroup_limits all = was ? *was : (struct cgroup_limits){0};
	struct limit_planner p = {.more = &more, .all = &all, .layout = layout, .arena = arena, .err = err};
	int r;

	limit_normalise(&more);
	limit_normalise(&all);
	for (enum limit i = 0; i < LIMIT__COUNT; i++)
		if (limit_is_set(&more, i))
			limit_set(&all, i, more.value[i]);
	p.writes = arena_alloc(arena, most_writes(limits) * sizeof(*p.writes));
	if (!p.writes)
		return error_errno(err, -ENOMEM, "", "cannot plan the limits");
	r = limit_check(&more, &all, err);
	if (r == 0)
		r = plan(&p);
	if (r < 0)
		return r;
	*out = p.writes;
	*n = p.n;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of the resources, into the specification's limits. */
#include "run_spec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum kind { BYTES, BYTES_OR_UNLIMITED, NUMBER };

/* Offsets rather than pointers: no relocation. */
static const struct {
	size_t field;
	enum limit limit;
	enum kind kind;
	int64_t min;
} numbers[] = {
	{offsetof(struct run_settings, cpu_shares), LIMIT_CPU_SHARES, NUMBER, 0},
	{offsetof(struct run_settings, cpu_quota), LIMIT_CPU_QUOTA, NUMBER, -1},
	{offsetof(struct run_settings, cpu_period), LIMIT_CPU_PERIOD, NUMBER, 0},
	{offsetof(struct run_settings, cpu_burst), LIMIT_CPU_BURST, NUMBER, 0},
	{offsetof(struct run_settings, cpu_rt_period), LIMIT_CPU_RT_PERIOD, NUMBER, 0},
	{offsetof(struct run_settings, cpu_rt_runtime), LIMIT_CPU_RT_RUNTIME, NUMBER, -1},
	{offsetof(struct run_settings, memory), LIMIT_MEMORY, BYTES, 0},
	{offsetof(struct run_settings, memory_swap), LIMIT_MEMORY_SWAP, BYTES_OR_UNLIMITED, 0},
	{offsetof(struct run_settings, memory_reservation), LIMIT_MEMORY_RESERVATION, BYTES, 0},
	{offsetof(struct run_settings, memory_high), LIMIT_MEMORY_HIGH, BYTES_OR_UNLIMITED, 0},
	{offsetof(struct run_settings, memory_swappiness), LIMIT_MEMORY_SWAPPINESS, NUMBER, -1},
	{offsetof(struct run_settings, kernel_memory), LIMIT_KERNEL_MEMORY, BYTES_OR_UNLIMITED, 0},
	{offsetof(struct run_settings, pids_limit), LIMIT_PIDS, NUMBER, -1},
	{offsetof(struct run_settings, blkio_weight), LIMIT_BLKIO_WEIGHT, NUMBER, 0},
};

static int set_number(const struct run_settings *s, size_t i, struct cgroup_limits *limits, struct error *err)
{
	const char *flag = limit_rows[numbers[i].limit].flag;
	const char *text;
	int64_t value;
	int r;

	memcpy(&text, (const char *)s + numbers[i].field, sizeof(text));
	if (!text)
		return 0;
	if (numbers[i].kind == NUMBER)
		r = value_integer(flag, text, numbers[i].min, INT64_MAX, &value, err);
	else
		r = value_bytes(flag, text, numbers[i].kind == BYTES_OR_UNLIMITED, &value, err);
	if (r == 0)
		limit_set(limits, numbers[i].limit, value);
	return r;
}

static int set_cpus(const struct run_settings *s, const struct run_facts *facts, struct cgroup_limits *limits,
		    struct error *err)
{
	int64_t quota;
	int r;

	if (!s->cpus)
		return 0;
	if (s->cpu_quota || s->cpu_period)
		return error_set(err, -EINVAL, "leave one of them out",
				 "'--cpus' and '--%s' both say how much CPU time it may use",
				 s->cpu_quota ? "cpu-quota" : "cpu-period");
	r = value_cpus(s->cpus, facts->host->cpus, &quota, err);
	if (r < 0 || quota == 0)
		return r;
	limit_set(limits, LIMIT_CPU_QUOTA, quota);
	limit_set(limits, LIMIT_CPU_PERIOD, VALUE_CPUS_PERIOD);
	return 0;
}

static int set_disks(enum device_limit_kind kind, const struct text_list *list, const struct run_facts *facts,
		     struct spec *spec, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++) {
		struct device_limit limit;

		r = value_device_limit(kind, facts->files, list->items[i], &limit, err);
		if (r == 0 && spec_device_limit_add(spec, &limit) < 0)
			return run_no_memory(err);
	}
	return r;
}

static int set_io(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		  struct error *err)
{
	int r = set_disks(DEVICE_WEIGHT, &s->blkio_weight_devices, facts, spec, err);

	if (r == 0)
		r = set_disks(DEVICE_READ_BPS, &s->read_bps, facts, spec, err);
	if (r == 0)
		r = set_disks(DEVICE_WRITE_BPS, &s->write_bps, facts, spec, err);
	if (r == 0)
		r = set_disks(DEVICE_READ_IOPS, &s->read_iops, facts, spec, err);
	return r == 0 ? set_disks(DEVICE_WRITE_IOPS, &s->write_iops, facts, spec, err) : r;
}

/* systemd is asked for a place when it starts; a dry run shows what the answer would be. */
static int set_slice(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		     struct error *err)
{
	char path[1024];
	int r = host_scope_path(s->cgroup_parent, facts->id, path, sizeof(path), err);

	if (r < 0)
		return r;
	spec->linux_.slice = spec_text(spec, s->cgroup_parent);
	if (s->dry_run)
		spec->linux_.cgroups_path = spec_text(spec, path);
	return !spec->linux_.slice != !s->cgroup_parent || (s->dry_run && !spec->linux_.cgroups_path)
		       ? run_no_memory(err)
		       : 0;
}

static int set_usual_path(const struct run_facts *facts, struct spec *spec, struct error *err)
{
	char path[1024] = "";
	int r = host_cgroup_path(facts->host, facts->id, path, sizeof(path), err);

	if (r < 0 || !*path)
		return r;
	spec->linux_.cgroups_path = spec_text(spec, path);
	return spec->linux_.cgroups_path ? 0 : run_no_memory(err);
}

/* "x.slice" names a unit of systemd's; a path is one of cgroups there too. */
static bool is_unit(const char *parent, size_t len)
{
	return len > 6 && !strchr(parent, '/') && strcmp(parent + len - 6, ".slice") == 0;
}

/* Where its cgroups are, below the root of each hierarchy. */
static int set_path(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		    struct error *err)
{
	const char *parent = s->cgroup_parent;
	size_t len = parent ? strlen(parent) : 0;

	if (facts->host->systemd && facts->host->layout && (!parent || is_unit(parent, len)))
		return set_slice(s, facts, spec, err);
	if (!parent)
		return set_usual_path(facts, spec, err);
	while (len > 1 && parent[len - 1] == '/')
		len--;
	spec->linux_.cgroups_path =
		spec_printf(spec, "%s%.*s/%s", parent[0] == '/' ? "" : "/",
			    len == 1 && parent[0] == '/' ? 0 : (int)len, parent, facts->id);
	return spec->linux_.cgroups_path ? 0 : run_no_memory(err);
}

int run_limits(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
	       struct error *err)
{
	struct cgroup_limits *limits = &spec->linux_.limits;
	int r = set_cpus(s, facts, limits, err);

	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(numbers); i++)
		r = set_number(s, i, limits, err);
	if (r < 0)
		return r;
	if (s->cpu_idle)
		limit_set(limits, LIMIT_CPU_IDLE, 1);
	if (s->oom_kill_disable)
		limit_set(limits, LIMIT_OOM_KILL_DISABLE, 1);
	limits->cpuset_cpus = spec_text(spec, s->cpuset_cpus);
	limits->cpuset_mems = spec_text(spec, s->cpuset_mems);
	if (!limits->cpuset_cpus != !s->cpuset_cpus || !limits->cpuset_mems != !s->cpuset_mems)
		return run_no_memory(err);
	r = set_io(s, facts, spec, err);
	for (size_t i = 0; r == 0 && i < s->cgroup_conf.n; i++)
		r = value_cgroup_conf(spec, s->cgroup_conf.items[i], err);
	return r == 0 ? set_path(s, facts, spec, err) : r;
}

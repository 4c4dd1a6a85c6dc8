/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec.h"
#include "spec_json.h"
#include "spec_rdma.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void write_rules(struct json_writer *w, const struct cgroup_limits *l)
{
	jsonw_open(w, "devices", '[');
	for (size_t i = 0; i < l->n_rules; i++) {
		const struct device_rule *d = &l->rules[i];
		char access[4] = {0};
		size_t n = 0;

		if (d->access & DEVICE_READ)
			access[n++] = 'r';
		if (d->access & DEVICE_WRITE)
			access[n++] = 'w';
		if (d->access & DEVICE_MKNOD)
			access[n++] = 'm';
		jsonw_open(w, NULL, '{');
		jsonw_bool(w, "allow", d->allow);
		jsonw_text(w, "type", (const char[]){d->type, '\0'});
		if (d->major >= 0)
			jsonw_i64(w, "major", d->major);
		if (d->minor >= 0)
			jsonw_i64(w, "minor", d->minor);
		jsonw_text(w, "access", access);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static bool is_in(const struct limit_row *row, const char *group)
{
	return strcmp(row->group, group) == 0;
}

/* The members of a group that are one number each. */
static void write_rows(struct json_writer *w, const struct cgroup_limits *l, const char *group)
{
	for (enum limit i = 0; i < LIMIT__COUNT; i++) {
		if (!limit_is_set(l, i) || !is_in(&limit_rows[i], group))
			continue;
		if (i == LIMIT_OOM_KILL_DISABLE)
			jsonw_bool(w, limit_rows[i].key, l->value[i] != 0);
		else
			jsonw_i64(w, limit_rows[i].key, l->value[i]);
	}
}

static bool has_rows(const struct cgroup_limits *l, const char *group)
{
	for (enum limit i = 0; i < LIMIT__COUNT; i++)
		if (limit_is_set(l, i) && is_in(&limit_rows[i], group))
			return true;
	return false;
}

static void write_cpu(struct json_writer *w, const struct cgroup_limits *l)
{
	if (!has_rows(l, "cpu") && !l->cpuset_cpus && !l->cpuset_mems)
		return;
	jsonw_open(w, "cpu", '{');
	write_rows(w, l, "cpu");
	jsonw_text(w, "cpus", l->cpuset_cpus);
	jsonw_text(w, "mems", l->cpuset_mems);
	jsonw_close(w, '}');
}

static void write_group(struct json_writer *w, const struct cgroup_limits *l, const char *group)
{
	if (!has_rows(l, group))
		return;
	jsonw_open(w, group, '{');
	write_rows(w, l, group);
	jsonw_close(w, '}');
}

static bool has_device_limit(const struct cgroup_limits *l, enum device_limit_kind kind)
{
	for (size_t i = 0; i < l->n_devices; i++)
		if (l->devices[i].kind == kind)
			return true;
	return false;
}

static void write_device_limits(struct json_writer *w, const struct cgroup_limits *l,
				enum device_limit_kind kind)
{
	if (!has_device_limit(l, kind))
		return;
	jsonw_open(w, device_limit_keys[kind], '[');
	for (size_t i = 0; i < l->n_devices; i++) {
		const struct device_limit *d = &l->devices[i];

		if (d->kind != kind)
			continue;
		jsonw_open(w, NULL, '{');
		jsonw_u64(w, "major", d->major);
		jsonw_u64(w, "minor", d->minor);
		jsonw_u64(w, kind == DEVICE_WEIGHT ? "weight" : "rate", d->value);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void write_block_io(struct json_writer *w, const struct cgroup_limits *l)
{
	if (!has_rows(l, "blockIO") && !l->n_devices)
		return;
	jsonw_open(w, "blockIO", '{');
	write_rows(w, l, "blockIO");
	for (enum device_limit_kind kind = 0; kind < DEVICE_LIMIT__COUNT; kind++)
		write_device_limits(w, l, kind);
	jsonw_close(w, '}');
}

static void write_pages(struct json_writer *w, const struct cgroup_limits *l)
{
	if (!l->n_pages)
		return;
	jsonw_open(w, "hugepageLimits", '[');
	for (size_t i = 0; i < l->n_pages; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "pageSize", l->pages[i].page_size);
		jsonw_u64(w, "limit", l->pages[i].bytes);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void write_rdma(struct json_writer *w, const struct cgroup_limits *l)
{
	bool open = false;

	for (size_t i = 0; i < l->n_files; i++) {
		_cleanup_str_ struct str device = {0};
		struct spec_rdma rdma;

		if (!spec_rdma_parse(&l->files[i], &rdma))
			continue;
		if (!open)
			jsonw_open(w, "rdma", '{');
		open = true;
		str_append(&device, rdma.device.at, rdma.device.len);
		if (device.failed) {
			w->out->failed = true;
			break;
		}
		jsonw_open(w, device.data, '{');
		if (rdma.has[0])
			jsonw_u64(w, "hcaHandles", rdma.value[0]);
		if (rdma.has[1])
			jsonw_u64(w, "hcaObjects", rdma.value[1]);
		jsonw_close(w, '}');
	}
	if (open)
		jsonw_close(w, '}');
}

static bool has_file(const struct cgroup_limits *l, const char *name)
{
	for (size_t i = 0; i < l->n_files; i++)
		if (strcmp(l->files[i].file, name) == 0)
			return true;
	return false;
}

/* Files by name; one that is given as it stands comes last in a launch, so it counts. */
static void write_unified(struct json_writer *w, const struct cgroup_limits *l)
{
	struct spec_rdma ignored;
	bool any = has_rows(l, "unified");

	for (size_t i = 0; i < l->n_files; i++)
		any = any || !spec_rdma_parse(&l->files[i], &ignored);
	if (!any)
		return;
	jsonw_open(w, "unified", '{');
	for (enum limit i = 0; i < LIMIT__COUNT; i++) {
		char text[24] = "max";

		if (!limit_is_set(l, i) || !is_in(&limit_rows[i], "unified") ||
		    has_file(l, limit_rows[i].key))
			continue;
		if (l->value[i] != -1)
			snprintf(text, sizeof(text), "%" PRId64, l->value[i]);
		jsonw_text(w, limit_rows[i].key, text);
	}
	for (size_t i = 0; i < l->n_files; i++)
		if (!spec_rdma_parse(&l->files[i], &ignored))
			jsonw_text(w, l->files[i].file, l->files[i].value);
	jsonw_close(w, '}');
}

void spec_write_resources(struct json_writer *w, const struct cgroup_limits *limits)
{
	jsonw_open(w, "resources", '{');
	write_rules(w, limits);
	write_group(w, limits, "memory");
	write_cpu(w, limits);
	write_group(w, limits, "pids");
	write_block_io(w, limits);
	write_pages(w, limits);
	write_rdma(w, limits);
	write_unified(w, limits);
	jsonw_close(w, '}');
}

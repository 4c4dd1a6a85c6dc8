/* SPDX-License-Identifier: Apache-2.0 */
#include "render_host.h"

#include "exposition.h"
#include "model/column.h"

#define INFO "plimsoll_container_info"
#define ENDED "plimsoll_container_ended"
#define LIMITED "container_limited_by"

static bool shows_group(const struct metric_set *shown, enum metric_group group)
{
	metric_set_foreach (id, shown) {
		if (metrics[id].group == group)
			return true;
	}
	return false;
}

static void gauge(struct str *out, enum exposition e, const char *name, const char *help, uint64_t value)
{
	exposition_family(out, e, name, "gauge", help);
	str_add(out, name);
	str_char(out, ' ');
	str_u64(out, value);
	str_char(out, '\n');
}

void render_host(struct str *out, enum exposition e, const struct snapshot *s, const struct metric_set *shown)
{
	const struct host *h = snapshot_host(s);

	if (shows_group(shown, GROUP_cpu) && h->n_cpus)
		gauge(out, e, "machine_cpu_cores", "CPUs of the machine that are online.", h->n_cpus);
	if (shows_group(shown, GROUP_memory) && h->memory_bytes) {
		gauge(out, e, "machine_memory_bytes", "Memory of the machine.", h->memory_bytes);
		gauge(out, e, "machine_swap_bytes", "Swap space of the machine.", h->swap_bytes);
	}
}

void render_cadvisor_version(struct str *out, enum exposition e, const struct host *host)
{
	exposition_family(
		out, e, "cadvisor_version_info", "gauge",
		"Versions of the exporter and of the host's kernel, for dashboards made for cAdvisor.");
	/* What plimsoll can't know without asking a runtime is empty, as cAdvisor's is where there is none.
	 */
	str_add(out,
		"cadvisor_version_info{cadvisorRevision=\"\",cadvisorVersion=\"plimsoll " PLIMSOLL_VERSION
		"\",dockerVersion=\"\",kernelVersion=\"");
	exposition_label_value(out, slice_of(host->kernel));
	str_add(out, "\",osVersion=\"\"} 1\n");
}

static void begin(struct str *out, const char *name, const struct labels *l, const struct labels_row *row)
{
	str_add(out, name);
	str_char(out, '{');
	str_append(out, l->text.data + row->at, row->len);
}

void render_info_family(struct str *out, enum exposition e)
{
	exposition_family(out, e, INFO, "gauge", "Who a cgroup is; always 1.");
}

void render_info(struct str *out, const struct labels *l, const struct labels_row *row)
{
	const struct entity *entity = snapshot_entity(l->snapshot, row->entity);
	const struct identity *who = entity->identity;

	begin(out, INFO, l, row);
	exposition_label(out, "class", entity_class_name(entity->class));
	exposition_label(out, "runtime", runtime_name(who->runtime));
	/* Of what is no container these two are not among the labels of every series. */
	if (entity->class != ENTITY_CONTAINER) {
		exposition_label(out, "image", who->image);
		exposition_label(out, "name", who->name);
	}
	/* Where nothing else is known, the id is the path once more. */
	if (strcmp(who->id, entity->path) != 0)
		exposition_label(out, "container_id", who->id);
	exposition_label(out, "pod_uid", who->pod_uid);
	exposition_label(out, "compose_project", who->compose_project);
	exposition_label(out, "compose_service", who->compose_service);
	if (who->has_owner)
		str_printf(out, ",owner_uid=\"%u\"", who->owner_uid);
	if (who->sandbox)
		str_add(out, ",sandbox=\"true\"");
	str_add(out, "} 1\n");
}

void render_ended_family(struct str *out, enum exposition e)
{
	exposition_family(out, e, ENDED, "gauge",
			  "1 for what has ended: its other series are its last values and go away soon.");
}

void render_ended(struct str *out, const struct labels *l, const struct labels_row *row)
{
	begin(out, ENDED, l, row);
	str_add(out, "} 1\n");
}

void render_limited_family(struct str *out, enum exposition e)
{
	exposition_family(out, e, LIMITED, "gauge",
			  "What limits it between this collection and an earlier one; always 1.");
}

void render_limited(struct str *out, const struct labels *l, const struct labels_row *row,
		    const struct verdict *v, const struct comparison *c)
{
	begin(out, LIMITED, l, row);
	exposition_label(out, "limiter", limiter_name(v->limiter));
	exposition_label(out, "device", v->device);
	if (v->inherited)
		exposition_label(out, "limit_of", snapshot_entity(comparison_later(c), v->by)->path);
	str_add(out, "} 1\n");
}

const char *render_cadvisor_name(const char *name)
{
	static const struct {
		const char *ours;
		const char *cadvisors;
	} renames[] = {
		{"container_memory_failcnt_total", "container_memory_failcnt"},
		{"container_hugetlb_failcnt_total", "container_hugetlb_failcnt"},
		{"container_network_tcp_sockets", "container_network_tcp_usage_total"},
		{"container_network_tcp6_sockets", "container_network_tcp6_usage_total"},
		{"container_network_udp_sockets", "container_network_udp_usage_total"},
		{"container_network_udp6_sockets", "container_network_udp6_usage_total"},
		{"container_fs_inodes", "container_fs_inodes_total"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(renames); i++)
		if (strcmp(renames[i].ours, name) == 0)
			return renames[i].cadvisors;
	return name;
}

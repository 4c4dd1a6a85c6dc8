/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/spec.h"
#include "spec_json.h"
#include "spec_node.h"

static void write_namespaces(struct json_writer *w, const struct spec_ns *ns)
{
	jsonw_open(w, "namespaces", '[');
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++) {
		if (ns[i].how == SPEC_NS_HOST)
			continue;
		jsonw_open(w, NULL, '{');
		jsonw_text(w, "type", spec_namespace_rows[i].name);
		jsonw_text(w, "path", ns[i].path);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void write_maps(struct json_writer *w, const char *key, const struct spec_id_maps *maps)
{
	if (!maps->n)
		return;
	jsonw_open(w, key, '[');
	for (size_t i = 0; i < maps->n; i++) {
		jsonw_open(w, NULL, '{');
		jsonw_u64(w, "containerID", maps->at[i].container_id);
		jsonw_u64(w, "hostID", maps->at[i].host_id);
		jsonw_u64(w, "size", maps->at[i].size);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

static void write_devices(struct json_writer *w, const struct spec_linux *l)
{
	jsonw_open(w, "devices", '[');
	for (size_t i = 0; i < l->n_devices; i++) {
		const struct spec_device *d = &l->devices[i];

		jsonw_open(w, NULL, '{');
		jsonw_text(w, "path", d->path);
		jsonw_text(w, "type", (const char[]){d->type, '\0'});
		jsonw_u64(w, "major", d->major);
		jsonw_u64(w, "minor", d->minor);
		jsonw_u64(w, "fileMode", d->mode);
		jsonw_u64(w, "uid", d->uid);
		jsonw_u64(w, "gid", d->gid);
		jsonw_close(w, '}');
	}
	jsonw_close(w, ']');
}

/* A profile that is no JSON becomes a text, which no reader takes: never a container without a filter. */
static void write_seccomp(struct json_writer *w, const struct spec_linux *l)
{
	const char *profile = l->seccomp_profile ? l->seccomp_profile : "";
	struct json_object *value = NULL;

	if (l->seccomp != SPEC_SECCOMP_PROFILE)
		return;
	jsonw_key(w, "seccomp");
	if (node_parse(slice_of(profile), &value, NULL) < 0)
		jsonw_quote(w->out, profile);
	else
		str_add(w->out, profile);
	json_object_put(value);
}

static void write_pairs(struct json_writer *w, const char *key, const struct spec_pairs *pairs)
{
	if (!pairs->n)
		return;
	jsonw_open(w, key, '{');
	for (size_t i = 0; i < pairs->n; i++)
		jsonw_text(w, pairs->at[i].key, pairs->at[i].value);
	jsonw_close(w, '}');
}

/* Seconds and a part that is never negative, as /proc/PID/timens_offsets has it (time_namespaces(7)). */
static void write_offset(struct json_writer *w, const char *key, int64_t ns)
{
	const int64_t second = 1000000000;
	int64_t part = ns % second;
	int64_t whole = ns / second;

	if (part < 0) {
		part += second;
		whole--;
	}
	jsonw_open(w, key, '{');
	jsonw_i64(w, "secs", whole);
	jsonw_i64(w, "nanosecs", part);
	jsonw_close(w, '}');
}

static void write_offsets(struct json_writer *w, const struct spec_linux *l)
{
	if (!l->has_time_offset[0] && !l->has_time_offset[1])
		return;
	jsonw_open(w, "timeOffsets", '{');
	if (l->has_time_offset[0])
		write_offset(w, "monotonic", l->time_offset[0]);
	if (l->has_time_offset[1])
		write_offset(w, "boottime", l->time_offset[1]);
	jsonw_close(w, '}');
}

void spec_write_linux(struct json_writer *w, const struct spec *spec)
{
	const struct spec_linux *l = &spec->linux_;

	jsonw_open(w, "linux", '{');
	write_namespaces(w, l->namespaces);
	write_maps(w, "uidMappings", &l->uid_maps);
	write_maps(w, "gidMappings", &l->gid_maps);
	write_devices(w, l);
	jsonw_text(w, "cgroupsPath", l->cgroups_path);
	spec_write_resources(w, &l->limits);
	write_seccomp(w, l);
	write_pairs(w, "sysctl", &l->sysctl);
	jsonw_texts(w, "maskedPaths", &l->masked_paths);
	jsonw_texts(w, "readonlyPaths", &l->readonly_paths);
	jsonw_text(w, "rootfsPropagation", l->rootfs_propagation);
	write_offsets(w, l);
	jsonw_close(w, '}');
}

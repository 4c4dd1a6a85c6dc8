/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_read.h"

#include <string.h>
#include <sys/stat.h>

static enum spec_namespace find_namespace(const char *name)
{
	enum spec_namespace i = 0;

	while (i < SPEC_NS__COUNT && strcmp(spec_namespace_rows[i].name, name) != 0)
		i++;
	return i;
}

static void read_namespaces(const struct node *n, struct spec_ns *out)
{
	size_t count = node_count(n);

	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node element = node_at(n, i);
		struct node type = node_in(&element, "type");
		struct node path = node_in(&element, "path");
		const char *name = node_text(&type);
		const char *where = node_text(&path);
		enum spec_namespace which = find_namespace(name ? name : "");

		if (which == SPEC_NS__COUNT) {
			node_fail(&type, "", "there is no namespace '%s'", name ? name : "");
			return;
		}
		if (out[which].how != SPEC_NS_HOST)
			node_fail(&element, "take one of them away", "%s stands there twice", name);
		/* an empty path is as good as none: tools of other runtimes write it */
		out[which] = where && *where ? (struct spec_ns){SPEC_NS_JOIN, where}
					     : (struct spec_ns){.how = SPEC_NS_NEW};
	}
}

static char read_device_type(const struct node *n)
{
	const char *type = node_text(n);

	if (type && strlen(type) == 1 && strchr("cbp", *type))
		return *type;
	if (type && strcmp(type, "u") == 0) /* unbuffered: mknod(1)'s other word for c */
		return 'c';
	node_fail(n, "write c, b or p", "'%s' is no type of a device", type ? type : "");
	return 'c';
}

static void read_device(const struct node *n)
{
	struct node path = node_in(n, "path");
	struct node type = node_in(n, "type");
	struct node major = node_in(n, "major");
	struct node minor = node_in(n, "minor");
	struct node mode = node_in(n, "fileMode");
	struct node uid = node_in(n, "uid");
	struct node gid = node_in(n, "gid");
	struct spec_linux *l = &n->reader->spec->linux_;
	struct spec_device *slot;
	struct spec_device made = {
		.path = node_text(&path),
		.type = read_device_type(&type),
		.major = (uint32_t)node_u64(&major, UINT32_MAX, 0),
		.minor = (uint32_t)node_u64(&minor, UINT32_MAX, 0),
		/* some tools put the file's type in */
		.mode = (mode_t)node_u64(&mode, UINT32_MAX, 0666) & ~(mode_t)S_IFMT,
		.uid = (uint32_t)node_u64(&uid, UINT32_MAX - 1, 0),
		.gid = (uint32_t)node_u64(&gid, UINT32_MAX - 1, 0),
	};

	if (!made.path)
		node_fail(n, "", "it has no path");
	if (made.type != 'p' && (!major.value || !minor.value))
		node_fail(n, "", "major and minor belong to it");
	if (n->reader->r < 0)
		return;
	slot = spec_push(n->reader->spec, &l->devices, &l->n_devices, sizeof(made));
	if (slot)
		*slot = made;
	else
		node_fail_memory(n);
}

static void read_devices(const struct node *n)
{
	size_t count = node_count(n);

	for (size_t i = 0; i < count && n->reader->r == 0; i++) {
		struct node element = node_at(n, i);

		read_device(&element);
	}
}

__extension__ typedef __int128 wide;

/* The specification's list has two numbers: together they must fit into 64 bits of nanoseconds. */
static void read_offset(const struct node *n, bool *has, int64_t *out)
{
	struct node secs = node_in(n, "secs");
	struct node nanosecs = node_in(n, "nanosecs");
	int64_t whole = node_int(&secs, INT64_MIN, INT64_MAX, 0);
	uint64_t part = node_u64(&nanosecs, 999999999, 0);
	wide sum = (wide)whole * 1000000000 + (int64_t)part;

	if (!n->value)
		return;
	if (sum < INT64_MIN || sum > INT64_MAX) {
		node_fail(n, "", "no clock goes that far");
		return;
	}
	*has = true;
	*out = (int64_t)sum;
}

static void read_offsets(const struct node *n, struct spec_linux *out)
{
	struct node monotonic = node_in(n, "monotonic");
	struct node boottime = node_in(n, "boottime");

	read_offset(&monotonic, &out->has_time_offset[0], &out->time_offset[0]);
	read_offset(&boottime, &out->has_time_offset[1], &out->time_offset[1]);
}

static void read_profile(const struct node *n, struct spec_linux *out)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text;

	if (!n->value || n->reader->r < 0)
		return;
	if (json_object_get_type(n->value) != json_type_object) {
		node_fail(n, "", "this is no object");
		return;
	}
	text = json_object_to_json_string_ext(n->value, flags);
	out->seccomp = SPEC_SECCOMP_PROFILE;
	out->seccomp_profile = spec_text(n->reader->spec, text);
	if (!out->seccomp_profile)
		node_fail_memory(n);
}

static void refuse_linux(const struct node *n)
{
	static const char names[][16] = {"intelRdt", "mountLabel", "personality", "netDevices",
					 "memoryPolicy"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct node member = node_in(n, names[i]);

		node_refuse(&member);
	}
}

void spec_read_linux(const struct node *n)
{
	struct spec_linux *out = &n->reader->spec->linux_;
	struct node namespaces = node_in(n, "namespaces");
	struct node uids = node_in(n, "uidMappings");
	struct node gids = node_in(n, "gidMappings");
	struct node devices = node_in(n, "devices");
	struct node cgroup = node_in(n, "cgroupsPath");
	struct node resources = node_in(n, "resources");
	struct node seccomp = node_in(n, "seccomp");
	struct node sysctl = node_in(n, "sysctl");
	struct node masked = node_in(n, "maskedPaths");
	struct node readonly = node_in(n, "readonlyPaths");
	struct node propagation = node_in(n, "rootfsPropagation");
	struct node offsets = node_in(n, "timeOffsets");

	read_namespaces(&namespaces, out->namespaces);
	spec_read_id_maps(&uids, &out->uid_maps);
	spec_read_id_maps(&gids, &out->gid_maps);
	read_devices(&devices);
	out->cgroups_path = node_text(&cgroup);
	spec_read_resources(&resources);
	read_profile(&seccomp, out);
	spec_read_pairs(&sysctl, &out->sysctl);
	node_texts(&masked, &out->masked_paths);
	node_texts(&readonly, &out->readonly_paths);
	out->rootfs_propagation = node_text(&propagation);
	read_offsets(&offsets, out);
	refuse_linux(n);
}

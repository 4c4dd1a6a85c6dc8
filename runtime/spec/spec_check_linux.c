/* SPDX-License-Identifier: Apache-2.0 */
#include "spec_check.h"
#include "sysctl.h"

#include <errno.h>
#include <string.h>

#define MAPS_MAX 340		  /* user_namespaces(7) */
#define MAJOR_MAX ((1 << 12) - 1) /* linux/kdev_t.h */
#define MINOR_MAX ((1 << 20) - 1)
#define FILES_MAX ((size_t)256)
#define RWM (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static int check_namespaces(const struct spec_ns *ns, struct error *err)
{
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++) {
		const char *name = spec_namespace_rows[i].name;

		if (ns[i].how != SPEC_NS_JOIN && ns[i].path)
			return error_set(err, -EINVAL, "", "linux.namespaces: %s has a path and isn't joined",
					 name);
		if (ns[i].how != SPEC_NS_JOIN && ns[i].container)
			return error_set(err, -EINVAL, "",
					 "linux.namespaces: %s is to be joined to '%s' and has no path", name,
					 ns[i].container);
		if (ns[i].how == SPEC_NS_JOIN &&
		    spec_check_absolute(ns[i].path, "linux.namespaces: a path", err) < 0)
			return -EINVAL;
	}
	if (ns[SPEC_NS_MOUNT].how == SPEC_NS_HOST)
		return error_set(err, -EINVAL, "add {\"type\": \"mount\"} to linux.namespaces",
				 "a container needs a mount namespace of its own");
	return 0;
}

static bool overlap(uint32_t a, uint32_t b, const struct spec_id_map *x, const struct spec_id_map *y)
{
	return (uint64_t)a < (uint64_t)b + y->size && (uint64_t)b < (uint64_t)a + x->size;
}

/* The kernel's own rules (user_namespaces(7)), said in words before anything starts. */
static int check_maps(const struct spec_id_maps *maps, const char *what, struct error *err)
{
	if (maps->n > MAPS_MAX)
		return error_set(err, -EINVAL, "", "%s has %zu ranges; the kernel takes %d", what, maps->n,
				 MAPS_MAX);
	for (size_t i = 0; i < maps->n; i++) {
		const struct spec_id_map *m = &maps->at[i];

		if (m->size == 0 || (uint64_t)m->container_id + m->size > UINT32_MAX ||
		    (uint64_t)m->host_id + m->size > UINT32_MAX)
			return error_set(err, -EINVAL, "ids go from 0 to 4294967294",
					 "%s[%zu] is empty or goes beyond the last id", what, i);
		for (size_t j = 0; j < i; j++) {
			const struct spec_id_map *o = &maps->at[j];

			if (overlap(m->container_id, o->container_id, m, o) ||
			    overlap(m->host_id, o->host_id, m, o))
				return error_set(err, -EINVAL, "let each id stand in one range",
						 "%s[%zu] and [%zu] overlap", what, j, i);
		}
	}
	return 0;
}

static int check_users(const struct spec_linux *l, struct error *err)
{
	int r = check_maps(&l->uid_maps, "linux.uidMappings", err);

	if (r == 0)
		r = check_maps(&l->gid_maps, "linux.gidMappings", err);
	if (r < 0)
		return r;
	if (!l->uid_maps.n != !l->gid_maps.n)
		return error_set(err, -EINVAL, "give both, or neither",
				 "linux.uidMappings and gidMappings belong together");
	if (l->uid_maps.n && l->namespaces[SPEC_NS_USER].how != SPEC_NS_NEW)
		return error_set(err, -EINVAL, "add {\"type\": \"user\"} to linux.namespaces",
				 "linux.uidMappings needs a user namespace of its own");
	return 0;
}

static int check_devices(const struct spec_linux *l, struct error *err)
{
	for (size_t i = 0; i < l->n_devices; i++) {
		const struct spec_device *d = &l->devices[i];
		int r = spec_check_absolute(d->path, "linux.devices: a path", err);

		if (r < 0)
			return r;
		if (d->type != 'c' && d->type != 'b' && d->type != 'p')
			return error_set(err, -EINVAL, "it is c, b or p",
					 "linux.devices: '%s' has a type that is none", d->path);
		if (d->major > MAJOR_MAX || d->minor > MINOR_MAX || d->mode & ~(mode_t)07777 ||
		    d->uid == UINT32_MAX || d->gid == UINT32_MAX)
			return error_set(err, -EINVAL, "",
					 "linux.devices: '%s' has a number, mode or owner that is none",
					 d->path);
	}
	return 0;
}

static int check_rules(const struct cgroup_limits *l, struct error *err)
{
	for (size_t i = 0; i < l->n_rules; i++) {
		const struct device_rule *d = &l->rules[i];

		if ((d->type != 'a' && d->type != 'b' && d->type != 'c') || d->major < -1 ||
		    d->major > UINT32_MAX || d->minor < -1 || d->minor > UINT32_MAX || !d->access ||
		    d->access & ~RWM)
			return error_set(err, -EINVAL, "a rule is a, b or c, two numbers, and some of rwm",
					 "linux.resources.devices[%zu] is no rule", i);
	}
	return 0;
}

/* A name in a cgroup folder, and of one file: nothing that leads elsewhere. */
static bool is_file_name(const char *name)
{
	return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* Of each file one value; rdma.max has a line for each device. */
static bool is_same_file(const struct file_limit *a, const struct file_limit *b)
{
	size_t word = strcspn(a->value, " ");

	if (strcmp(a->file, b->file) != 0)
		return false;
	return strcmp(a->file, "rdma.max") != 0 ||
	       (word == strcspn(b->value, " ") && memcmp(a->value, b->value, word) == 0);
}

static int check_limits(const struct cgroup_limits *l, struct error *err)
{
	if (l->set >> LIMIT__COUNT)
		return error_set(err, -EINVAL, "", "linux.resources: there is no such limit");
	if (l->n_files > FILES_MAX)
		return error_set(err, -EINVAL, "", "linux.resources.unified has more than %zu files",
				 FILES_MAX);
	for (size_t i = 0; i < l->n_files; i++) {
		if (!is_file_name(l->files[i].file))
			return error_set(err, -EINVAL, "name a file of a cgroup, such as memory.high",
					 "linux.resources.unified: '%s' is no file of a cgroup",
					 l->files[i].file);
		for (size_t j = 0; j < i; j++)
			if (is_same_file(&l->files[i], &l->files[j]))
				return error_set(err, -EINVAL, "take one of them away",
						 "linux.resources.unified: '%s' stands there twice",
						 l->files[i].file);
	}
	for (size_t i = 0; i < l->n_devices; i++)
		if (l->devices[i].kind >= DEVICE_LIMIT__COUNT || l->devices[i].major > MAJOR_MAX ||
		    l->devices[i].minor > MINOR_MAX)
			return error_set(err, -EINVAL, "",
					 "linux.resources.blockIO: no device has that number");
	return check_rules(l, err);
}

static int check_sysctl(const struct spec_linux *l, struct error *err)
{
	for (size_t i = 0; i < l->sysctl.n; i++) {
		const char *key = l->sysctl.at[i].key;
		enum spec_namespace owner = sysctl_owner(key);

		if (!sysctl_is_name(key))
			return error_set(err, -EINVAL, "write it as sysctl(8) does: net.ipv4.ip_forward",
					 "linux.sysctl: '%s' is no name of a setting", key);
		if (owner == SPEC_NS__COUNT || l->namespaces[owner].how == SPEC_NS_HOST)
			return error_set(err, -EINVAL,
					 "only what a namespace of the container has for itself can be set",
					 "linux.sysctl: '%s' would be changed for the whole host", key);
	}
	return 0;
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text);
	size_t n = strlen(end);

	return len > n && strcmp(text + len - n, end) == 0;
}

static int check_paths(const struct spec_linux *l, struct error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < l->masked_paths.n; i++)
		r = spec_check_absolute(l->masked_paths.at[i], "linux.maskedPaths", err);
	for (size_t i = 0; r == 0 && i < l->readonly_paths.n; i++)
		r = spec_check_absolute(l->readonly_paths.at[i], "linux.readonlyPaths", err);
	if (r == 0 && l->slice && (strchr(l->slice, '/') || !ends_in(l->slice, ".slice")))
		return error_set(err, -EINVAL, "name one as system.slice", "'%s' is no slice of systemd's",
				 l->slice);
	if (r < 0 || !l->cgroups_path)
		return r;
	r = spec_check_absolute(l->cgroups_path, "linux.cgroupsPath", err);
	for (const char *at = l->cgroups_path; r == 0 && *at; at += strcspn(at, "/")) {
		at += strspn(at, "/");
		if (at[0] == '.' && at[1] == '.' && (at[2] == '/' || at[2] == '\0'))
			return error_set(err, -EINVAL, "write it without '..'",
					 "linux.cgroupsPath leads elsewhere: '%s'", l->cgroups_path);
	}
	return r < 0 ? r : spec_check_name(l->cgroups_path, 4095, "linux.cgroupsPath", err);
}

static int check_rest(const struct spec_linux *l, struct error *err)
{
	static const char *const propagations[] = {"private", "rprivate", "slave",	"rslave",
						   "shared",  "rshared",  "unbindable", "runbindable"};
	const char *p = l->rootfs_propagation;

	if (p && !is_one_of(p, propagations, ARRAY_SIZE(propagations)))
		return error_set(err, -EINVAL, "private, slave, shared, unbindable, or with an r in front",
				 "linux.rootfsPropagation: '%s' is none", p);
	if ((l->has_time_offset[0] || l->has_time_offset[1]) &&
	    l->namespaces[SPEC_NS_TIME].how != SPEC_NS_NEW)
		return error_set(err, -EINVAL, "add {\"type\": \"time\"} to linux.namespaces",
				 "linux.timeOffsets needs a time namespace of its own");
	if (l->seccomp == SPEC_SECCOMP_PROFILE &&
	    (!l->seccomp_profile || l->seccomp_profile[strspn(l->seccomp_profile, " \t\r\n")] != '{'))
		return error_set(err, -EINVAL, "give a profile in JSON", "linux.seccomp is no profile");
	return 0;
}

int spec_check_linux(const struct spec *spec, struct error *err)
{
	const struct spec_linux *l = &spec->linux_;
	int r = check_namespaces(l->namespaces, err);

	if (r == 0)
		r = check_users(l, err);
	if (r == 0)
		r = check_devices(l, err);
	if (r == 0)
		r = check_limits(&l->limits, err);
	if (r == 0)
		r = check_sysctl(l, err);
	if (r == 0)
		r = check_paths(l, err);
	return r < 0 ? r : check_rest(l, err);
}

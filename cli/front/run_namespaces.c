/* SPDX-License-Identifier: Apache-2.0 */
/* Which namespaces are its own, the host's, or another container's; and what follows from that. */
#include "run_spec.h"
#include "runtime/join.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define BIT(mode) (1U << VALUE_MODE_##mode)

struct work {
	const struct run_settings *s;
	const struct run_facts *facts;
	struct spec *spec;
	struct container_config *config;
	struct error *err;
};

/* A user without rights has them in the other container's user namespace alone. */
static bool needs_users(const struct work *w)
{
	return w->facts->host->rootless && w->spec->linux_.namespaces[SPEC_NS_USER].how != SPEC_NS_JOIN;
}

static int join(struct work *w, enum spec_namespace which, const struct run_target *target)
{
	int r = join_process(w->spec, which, target->pid, target->called);

	if (r == 0 && needs_users(w))
		r = join_process(w->spec, SPEC_NS_USER, target->pid, target->called);
	return r < 0 ? run_no_memory(w->err) : 0;
}

static int set(struct work *w, enum spec_namespace which, const struct value_mode *mode)
{
	struct run_target target = {0};
	int r;

	if (mode->kind != VALUE_MODE_CONTAINER) {
		w->spec->linux_.namespaces[which].how =
			mode->kind == VALUE_MODE_HOST ? SPEC_NS_HOST : SPEC_NS_NEW;
		return 0;
	}
	r = w->facts->find(w->facts->context, mode->container, &target, w->err);
	return r < 0 ? r : join(w, which, &target);
}

static int set_simple(struct work *w, enum spec_namespace which, const char *flag, const char *text,
		      uint32_t allowed)
{
	struct value_mode mode;
	int r;

	if (!text)
		return 0;
	r = value_mode(flag, text, allowed, &mode, w->err);
	return r == 0 ? set(w, which, &mode) : r;
}

/*
 * As docker run: a network of its own has nothing that needs guarding low ports, and its users may ping. A
 * kernel without one of them is none to fail on, and a group range can't name groups that a user namespace
 * doesn't have. A --sysctl comes later and wins.
 */
static int set_network_defaults(struct work *w)
{
	static const char files[2][48] = {"/proc/sys/net/ipv4/ip_unprivileged_port_start",
					  "/proc/sys/net/ipv4/ping_group_range"};
	static const char keys[2][40] = {"net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range"};
	static const char values[2][16] = {"0", "0 2147483647"};
	const struct spec_ns *ns = w->spec->linux_.namespaces;
	const struct value_host *files_of = w->facts->files;
	struct stat st;

	if (ns[SPEC_NS_NETWORK].how != SPEC_NS_NEW)
		return 0;
	for (int i = 0; i < (ns[SPEC_NS_USER].how == SPEC_NS_HOST ? 2 : 1); i++) {
		if (files_of->status(files_of->context, files[i], &st) < 0)
			continue;
		if (spec_pairs_set(w->spec, &w->spec->linux_.sysctl, keys[i], values[i]) < 0)
			return run_no_memory(w->err);
	}
	return 0;
}

static int set_network(struct work *w)
{
	const char *text = w->s->network ? w->s->network : "none";
	struct value_mode mode;
	struct error unknown;

	if (value_mode("network", text, BIT(NONE) | BIT(HOST) | BIT(CONTAINER), &mode, &unknown) < 0)
		return error_set(w->err, -EOPNOTSUPP, "it takes none, host or container:NAME",
				 "'--network %s' is not available: bridges and networks of one's own come in "
				 "a later version",
				 text);
	return set(w, SPEC_NS_NETWORK, &mode);
}

static int set_shm_size(struct work *w)
{
	const char *options;
	int64_t size;
	int r = value_bytes("shm-size", w->s->shm_size, false, &size, w->err);

	if (r < 0)
		return r;
	if (size == 0)
		return error_set(w->err, -EINVAL, "give it a size such as 64m", "'--shm-size' cannot be 0");
	options = spec_printf(w->spec, "nosuid,noexec,nodev,mode=1777,size=%lld", (long long)size);
	if (!options || spec_mount_add(w->spec, "/dev/shm", "tmpfs", "shm", options) < 0)
		return run_no_memory(w->err);
	return 0;
}

static int bind_shm(struct work *w, const char *source)
{
	if (!source ||
	    spec_mount_add(w->spec, "/dev/shm", "bind", source, "rbind,rprivate,nosuid,noexec,nodev") < 0)
		return run_no_memory(w->err);
	return 0;
}

static int join_ipc(struct work *w, const char *name)
{
	struct run_target target = {0};
	int r = w->facts->find(w->facts->context, name, &target, w->err);

	if (r < 0)
		return r;
	if (!target.ipc_shareable)
		return error_set(w->err, -EACCES, "start that one with --ipc shareable",
				 "'--ipc container:%s': that container keeps its ipc namespace to itself",
				 name);
	r = join(w, SPEC_NS_IPC, &target);
	return r < 0 ? r : bind_shm(w, join_shm(w->spec, target.pid));
}

/* /dev/shm goes with it. */
static int set_ipc(struct work *w)
{
	const uint32_t all = BIT(PRIVATE) | BIT(SHAREABLE) | BIT(NONE) | BIT(HOST) | BIT(CONTAINER);
	struct value_mode mode = {.kind = VALUE_MODE_PRIVATE};
	bool own;
	int r = w->s->ipc ? value_mode("ipc", w->s->ipc, all, &mode, w->err) : 0;

	if (r < 0)
		return r;
	own = mode.kind == VALUE_MODE_PRIVATE || mode.kind == VALUE_MODE_SHAREABLE;
	if (w->s->shm_size && !own)
		return error_set(w->err, -EINVAL, "leave one of them out",
				 "with '--ipc %s' the container has no /dev/shm of its own for --shm-size",
				 w->s->ipc);
	w->config->ipc_shareable = mode.kind != VALUE_MODE_PRIVATE && mode.kind != VALUE_MODE_NONE;
	if (mode.kind == VALUE_MODE_CONTAINER)
		return join_ipc(w, mode.container);
	r = set(w, SPEC_NS_IPC, &mode);
	if (r == 0 && w->s->shm_size)
		r = set_shm_size(w);
	if (r == 0 && mode.kind == VALUE_MODE_NONE)
		spec_mount_remove(w->spec, "/dev/shm");
	return r == 0 && mode.kind == VALUE_MODE_HOST ? bind_shm(w, "/dev/shm") : r;
}

static int add_maps(struct work *w, const char *flag, const struct text_list *list, struct spec_id_maps *out)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < list->n; i++) {
		struct spec_id_map map;

		r = value_id_map(flag, list->items[i], &map, w->err);
		if (r == 0 && spec_id_map_add(w->spec, out, &map) < 0)
			return run_no_memory(w->err);
	}
	return r;
}

static int set_users(struct work *w)
{
	struct spec_linux *l = &w->spec->linux_;
	bool maps = w->s->uid_maps.n || w->s->gid_maps.n;
	int r = set_simple(w, SPEC_NS_USER, "userns", w->s->userns, BIT(PRIVATE) | BIT(HOST));

	if (r < 0)
		return r;
	if (maps && l->namespaces[SPEC_NS_USER].how != SPEC_NS_NEW) {
		if (w->s->userns || w->facts->host->rootless)
			return error_set(
				w->err, -EINVAL, "add --userns private",
				"'--uidmap' and '--gidmap' need a user namespace of the container's own");
		l->namespaces[SPEC_NS_USER].how = SPEC_NS_NEW;
	}
	if (!maps && !w->facts->host->rootless && l->namespaces[SPEC_NS_USER].how == SPEC_NS_NEW)
		return error_set(w->err, -EINVAL,
				 "say which users of the host stand in, such as --uidmap 0:100000:65536",
				 "'--userns private' needs '--uidmap'");
	r = add_maps(w, "uidmap", w->s->uid_maps.n ? &w->s->uid_maps : &w->s->gid_maps, &l->uid_maps);
	return r == 0 ? add_maps(w, "gidmap", w->s->gid_maps.n ? &w->s->gid_maps : &w->s->uid_maps,
				 &l->gid_maps)
		      : r;
}

static int set_time(struct work *w)
{
	int r = set_simple(w, SPEC_NS_TIME, "time", w->s->time, BIT(PRIVATE) | BIT(HOST));

	if (r == 0 && w->s->time_offsets.n && w->spec->linux_.namespaces[SPEC_NS_TIME].how != SPEC_NS_NEW)
		return error_set(w->err, -EINVAL, "add --time private",
				 "'--time-offset' needs a time namespace of the container's own");
	for (size_t i = 0; r == 0 && i < w->s->time_offsets.n; i++)
		r = value_time_offset(w->spec, w->s->time_offsets.items[i], w->err);
	return r;
}

/* The names that a machine has, in a namespace of its own only. */
static int set_names(struct work *w)
{
	bool own = w->spec->linux_.namespaces[SPEC_NS_UTS].how == SPEC_NS_NEW;
	int r = 0;

	if (!own && (w->s->hostname || w->s->domainname))
		return error_set(w->err, -EINVAL, "leave one of them out",
				 "'--%s' and '--uts %s' contradict each other",
				 w->s->hostname ? "hostname" : "domainname", w->s->uts);
	if (!own)
		return 0;
	if (w->s->hostname)
		r = value_hostname("hostname", w->s->hostname, w->err);
	if (r == 0 && w->s->domainname)
		r = value_hostname("domainname", w->s->domainname, w->err);
	if (r < 0)
		return r;
	w->spec->hostname = w->s->hostname ? spec_text(w->spec, w->s->hostname)
					   : spec_printf(w->spec, "%.12s", w->facts->id);
	w->spec->domainname = spec_text(w->spec, w->s->domainname);
	if (!w->spec->hostname || !w->spec->domainname != !w->s->domainname)
		return run_no_memory(w->err);
	return 0;
}

int run_namespaces(const struct run_settings *s, const struct run_facts *facts, struct spec *spec,
		   struct container_config *config, struct error *err)
{
	struct work w = {s, facts, spec, config, err};
	int r = set_users(&w);

	if (r == 0)
		r = set_network(&w);
	if (r == 0)
		r = set_simple(&w, SPEC_NS_PID, "pid", s->pid, BIT(PRIVATE) | BIT(HOST) | BIT(CONTAINER));
	if (r == 0)
		r = set_ipc(&w);
	if (r == 0)
		r = set_simple(&w, SPEC_NS_UTS, "uts", s->uts, BIT(PRIVATE) | BIT(HOST) | BIT(CONTAINER));
	if (r == 0)
		r = set_simple(&w, SPEC_NS_CGROUP, "cgroupns", s->cgroupns, BIT(PRIVATE) | BIT(HOST));
	if (r == 0)
		r = set_time(&w);
	if (r == 0) /* once it is known whether a user namespace is joined */
		r = host_id_maps(facts->host, spec) < 0 ? run_no_memory(err) : set_network_defaults(&w);
	return r == 0 ? set_names(&w) : r;
}

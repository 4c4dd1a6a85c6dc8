/* SPDX-License-Identifier: Apache-2.0 */
/* A plan for people: one line a step. */
#include "plan_step.h"

#include "base/text.h"

#include <string.h>
#include <sys/mount.h>

const char *const step_names[STEP__COUNT] = {
	[STEP_SECCOMP] = "seccomp",
	[STEP_INIT_PROGRAM] = "init",
	[STEP_CGROUP_MAKE] = "cgroup",
	[STEP_LIMIT] = "write",
	[STEP_DEVICE_RULES] = "devices",
	[STEP_TASKS_OPEN] = "open",
	[STEP_NULL_OPEN] = "open",
	[STEP_LAYER_FOLDERS] = "mkdir",
	[STEP_SOURCE_OPEN] = "open",
	[STEP_NS_OPEN] = "open",
	[STEP_NS_PID] = "join",
	[STEP_TIME_OFFSETS] = "time",
	[STEP_CLONE] = "clone",
	[STEP_OOM_SCORE] = "oom-score",
	[STEP_CGROUP_ENTER] = "enter",
	[STEP_NS_JOIN] = "join",
	[STEP_NS_CLONE] = "clone",
	[STEP_ID_MAPS] = "ids",
	[STEP_BECOME_ROOT] = "setuid",
	[STEP_CGROUP_NS] = "unshare",
	[STEP_LOOPBACK] = "network",
	[STEP_PRIVATE] = "propagate",
	[STEP_IDMAP_LAYERS] = "idmap",
	[STEP_ROOT] = "root",
	[STEP_HOST_MOUNTS] = "root",
	[STEP_PIVOT] = "pivot",
	[STEP_MOUNT] = "mount",
	[STEP_CGROUP_MOUNT] = "mount",
	[STEP_DEVICE] = "device",
	[STEP_DEVICE_LINKS] = "device",
	[STEP_CONSOLE] = "console",
	[STEP_SYSCTL] = "sysctl",
	[STEP_READONLY_PATH] = "read-only",
	[STEP_MASK] = "mask",
	[STEP_ROOT_READONLY] = "read-only",
	[STEP_HOSTNAME] = "hostname",
	[STEP_DOMAINNAME] = "domain",
	[STEP_CWD] = "chdir",
	[STEP_RLIMITS] = "rlimits",
	[STEP_SESSION] = "session",
	[STEP_CREDENTIALS] = "user",
	[STEP_EXECUTE] = "execute",
};

static const struct hierarchy *hierarchy_of(const struct plan *plan, size_t i)
{
	return &plan->host->layout->hierarchies[i];
}

/* "unified memory cpu": the last part of where each is mounted. */
static void print_hierarchies(const struct plan *plan, uint32_t bits, struct str *out)
{
	for (size_t i = 0; i < plan->host->layout->n_hierarchies; i++) {
		const char *slash = strrchr(hierarchy_of(plan, i)->mount_point, '/');

		if (bits >> i & 1)
			str_printf(out, " %s", slash ? slash + 1 : hierarchy_of(plan, i)->mount_point);
	}
}

static void print_limit(const struct plan *plan, const struct step *step, struct str *out)
{
	for (size_t i = 0; i < step->limit.n; i++) {
		const struct limit_write *w = &step->limit.writes[i];

		str_printf(out, "%s%s%s/%s = %s", i ? ", " : "",
			   hierarchy_of(plan, w->hierarchy)->mount_point, plan->spec->linux_.cgroups_path,
			   w->file, w->value);
	}
}

static void print_namespaces(uint64_t flags, struct str *out)
{
	bool any = false;

	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++) {
		if (!(flags & spec_namespace_rows[i].flag))
			continue;
		str_printf(out, "%s%s", any ? " " : "", spec_namespace_rows[i].name);
		any = true;
	}
	if (!any)
		str_add(out, "no new namespace");
}

static void print_attributes(uint64_t set, uint64_t clear, const char *before, struct str *out)
{
	static const struct {
		uint64_t bit;
		char on[12], off[12];
	} names[] = {{MOUNT_ATTR_RDONLY, "ro", "rw"},
		     {MOUNT_ATTR_NOSUID, "nosuid", "suid"},
		     {MOUNT_ATTR_NODEV, "nodev", "dev"},
		     {MOUNT_ATTR_NOEXEC, "noexec", "exec"},
		     {MOUNT_ATTR_NODIRATIME, "nodiratime", "diratime"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (set & names[i].bit)
			str_printf(out, ",%s%s", before, names[i].on);
		else if (clear & names[i].bit)
			str_printf(out, ",%s%s", before, names[i].off);
	}
	if (set & MOUNT_ATTR_NOATIME)
		str_printf(out, ",%snoatime", before);
	else if (set & MOUNT_ATTR_STRICTATIME)
		str_printf(out, ",%sstrictatime", before);
}

static void print_propagation(const struct mount_options *o, struct str *out)
{
	const char *word = o->propagation == MS_SHARED	     ? "shared"
			   : o->propagation == MS_SLAVE	     ? "slave"
			   : o->propagation == MS_UNBINDABLE ? "unbindable"
							     : "private";

	if (o->propagation)
		str_printf(out, ",%s%s", o->propagation_below ? "r" : "", word);
}

static void print_mount(const struct step_mount *m, struct str *out)
{
	struct str options = {0};

	print_attributes(m->options.set, m->options.clear, "", &options);
	print_attributes(m->options.set_below, m->options.clear_below, "r", &options);
	print_propagation(&m->options, &options);
	if (m->options.copy_up)
		str_add(&options, ",tmpcopyup");
	for (size_t i = 0; i < m->options.data.n; i++)
		str_printf(&options, ",%s", m->options.data.at[i]);
	if (m->options.bind)
		str_printf(out, "%s ← %s", m->destination, m->source);
	else
		str_printf(out, "%s ← new %s", m->destination, m->type);
	if (m->options.bind && m->options.recursive)
		str_add(out, " and below");
	if (options.len)
		str_printf(out, " (%s)", options.data + 1);
	out->failed |= options.failed;
	str_free(&options);
}

static void print_root(const struct plan *plan, const struct step *step, struct str *out)
{
	const struct spec_root *root = &plan->spec->root;

	if (root->kind == SPEC_ROOT_PLAIN) {
		str_add(out, root->path);
		return;
	}
	str_add(out, step->root.host && plan->user_ns ? "an overlay of each folder below" : "overlay of");
	for (size_t i = root->layers.n; i-- > 0;)
		str_printf(out, " %s", root->layers.at[i]);
	if (root->kind == SPEC_ROOT_OVERLAY_KEPT)
		str_printf(out, ", writes to %s/upper", plan->folder);
	else
		str_add(out, ", writes to a tmpfs");
	if (step->root.user_xattr)
		str_add(out, ", userxattr");
}

static void print_maps(const struct step *step, struct str *out)
{
	const struct spec_id_maps *both[] = {step->maps.uids, step->maps.gids};

	for (size_t k = 0; k < 2; k++) {
		str_add(out, k ? ", gids" : "uids");
		for (size_t i = 0; i < both[k]->n; i++)
			str_printf(out, " %u→%u+%u", both[k]->at[i].container_id, both[k]->at[i].host_id,
				   both[k]->at[i].size);
	}
}

static void print_device(const struct step *step, struct str *out)
{
	const struct spec_device *d = step->device;

	str_printf(out, "%s %c %u:%u %04o", d->path, d->type, d->major, d->minor, (unsigned)d->mode);
	if (step->device_slot >= 0)
		str_add(out, " (bound)");
}

static void print_time(const struct plan *plan, struct str *out)
{
	static const char names[2][12] = {"monotonic", "boottime"};
	const struct spec_linux *l = &plan->spec->linux_;

	str_add(out, "new namespace");
	for (int i = 0; i < 2; i++)
		if (l->has_time_offset[i])
			str_printf(out, ", %s %+lld ns", names[i], (long long)l->time_offset[i]);
}

static void print_credentials(const struct plan *plan, struct str *out)
{
	const struct spec_process *p = &plan->spec->process;

	str_printf(out, "%u:%u, capabilities %#llx", p->user.uid, p->user.gid,
		   (unsigned long long)p->capabilities.bounding);
	if (p->no_new_privileges)
		str_add(out, ", no_new_privs");
}

static void print_execute(const struct plan *plan, struct str *out)
{
	const struct spec_texts *args = &plan->spec->process.args;

	for (size_t i = 0; i < args->n; i++)
		str_printf(out, "%s%s", i ? " " : "", args->at[i]);
	if (plan->init)
		str_add(out, " (below our own PID 1)");
}

static void print_rlimits(const struct plan *plan, struct str *out)
{
	for (size_t i = 0; i < plan->spec->process.n_rlimits; i++) {
		const struct spec_rlimit *l = &plan->spec->process.rlimits[i];

		str_printf(out, "%s%d = %llu:%llu", i ? ", " : "", l->resource, (unsigned long long)l->soft,
			   (unsigned long long)l->hard);
	}
}

static void print_cgroup(const struct plan *plan, const struct step *step, struct str *out)
{
	str_printf(out, "%s in", plan->spec->linux_.cgroups_path);
	print_hierarchies(plan, step->cgroup.hierarchies, out);
	if (step->cgroup.optional)
		str_add(out, ", if it is allowed");
}

static void print_details(const struct plan *plan, const struct step *step, struct str *out)
{
	/* clang-format off */
	switch ((int)step->kind) {
	case STEP_SECCOMP: str_printf(out, "filter from %s", plan->seccomp_folder); break;
	case STEP_INIT_PROGRAM: str_add(out, "sealed program that executes the container's"); break;
	case STEP_CGROUP_MAKE: print_cgroup(plan, step, out); break;
	case STEP_LIMIT: print_limit(plan, step, out); break;
	case STEP_DEVICE_RULES: str_printf(out, "%zu rules", plan->spec->linux_.limits.n_rules); break;
	case STEP_TASKS_OPEN: str_add(out, "the tasks files of v1"); break;
	case STEP_NULL_OPEN: str_add(out, "/dev/null"); break;
	case STEP_LAYER_FOLDERS: str_printf(out, "%s/upper, %s/work", plan->folder, plan->folder); break;
	case STEP_SOURCE_OPEN: str_add(out, step->source.path); break;
	case STEP_NS_OPEN: str_printf(out, "%s", step->ns.path); break;
	case STEP_NS_PID:
	case STEP_NS_JOIN: str_printf(out, "%s %s", spec_namespace_rows[step->ns.which].name, step->ns.path); break;
	case STEP_TIME_OFFSETS: print_time(plan, out); break;
	case STEP_CLONE:
	case STEP_NS_CLONE: print_namespaces(step->flags, out); break;
	case STEP_OOM_SCORE: str_printf(out, "%d", plan->spec->process.oom_score_adj); break;
	case STEP_CGROUP_ENTER: str_add(out, "its cgroups"); break;
	case STEP_ID_MAPS: print_maps(step, out); break;
	case STEP_BECOME_ROOT: str_add(out, "0:0"); break;
	case STEP_CGROUP_NS: str_add(out, "cgroup"); break;
	case STEP_LOOPBACK: str_add(out, "lo up"); break;
	case STEP_PRIVATE: str_printf(out, "all mounts %s", plan->spec->linux_.rootfs_propagation
		? plan->spec->linux_.rootfs_propagation : "private"); break;
	case STEP_IDMAP_LAYERS: str_add(out, "the layers"); break;
	case STEP_ROOT: print_root(plan, step, out); break;
	case STEP_HOST_MOUNTS: str_add(out, plan->user_ns ? "the host's links and files; fresh /run, /tmp and /var/tmp"
							  : "overlays of the host's mounts; fresh /run and /tmp"); break;
	case STEP_PIVOT: str_add(out, "into the root"); break;
	case STEP_MOUNT:
	case STEP_CGROUP_MOUNT: print_mount(&step->mount, out); break;
	case STEP_DEVICE: print_device(step, out); break;
	case STEP_DEVICE_LINKS: str_add(out, "/dev/fd stdin stdout stderr core ptmx"); break;
	case STEP_CONSOLE: str_add(out, "a pty at /dev/console"); break;
	case STEP_SYSCTL: str_printf(out, "%s = %s", step->sysctl->key, step->sysctl->value); break;
	case STEP_ROOT_READONLY: str_add(out, "/"); break;
	case STEP_RLIMITS: print_rlimits(plan, out); break;
	case STEP_SESSION: str_add(out, plan->spec->process.terminal ? "new, with the terminal" : "new"); break;
	case STEP_CREDENTIALS: print_credentials(plan, out); break;
	case STEP_EXECUTE: print_execute(plan, out); break;
	default: str_add(out, step->path); break;
	}
	/* clang-format on */
}

void plan_print(const struct plan *plan, struct str *out)
{
	for (size_t i = 0; i < plan->n; i++) {
		const struct step *step = &plan->steps[i];
		struct str line = {0};

		str_printf(&line, "%-6s  %-9s  ", step->side == SIDE_PARENT ? "parent" : "child",
			   step_names[step->kind]);
		print_details(plan, step, &line);
		/* names and paths may hold anything, a newline too */
		if (line.data)
			text_printable(out, (struct slice){line.data, line.len});
		str_char(out, '\n');
		out->failed |= line.failed;
		str_free(&line);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "host_report.h"

#include "base/cleanup.h"
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *finding_level_word(enum finding_level level)
{
	static const char *const words[] = {"ok", "note", "lacks", "missing"};

	return words[level];
}

const char *finding_topic_word(enum finding_topic topic)
{
	static const char *const words[] = {"cgroups", "statistics", "privileges", "limits", "runtimes"};

	return words[topic];
}

void host_report_free(struct host_report *r)
{
	free(r->findings);
	*r = (struct host_report){0};
}

/* Adds a finding; its cost, remedy and feeds are then set by the caller. Where memory is short it goes to a
 * spare one. */
static struct finding *add(struct host_report *r, enum finding_topic topic, enum finding_level level,
			   const char *what, ...) __attribute__((format(printf, 4, 5)));

static struct finding *add(struct host_report *r, enum finding_topic topic, enum finding_level level,
			   const char *what, ...)
{
	static struct finding spare;
	struct finding *grown = reallocarray(r->findings, r->n + 1, sizeof(*grown));
	struct finding *f = &spare;
	va_list args;

	if (grown) {
		r->findings = grown;
		f = &grown[r->n++];
	}
	r->failed |= !grown;
	*f = (struct finding){.level = level, .topic = topic};
	va_start(args, what);
	vsnprintf(f->what, sizeof(f->what), what, args);
	va_end(args);
	return f;
}

static void set_text(char *out, size_t cap, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

static void set_text(char *out, size_t cap, const char *format, va_list args)
{
	vsnprintf(out, cap, format, args);
}

static void cost(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void cost(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_text(f->cost, sizeof(f->cost), format, args);
	va_end(args);
}

static void remedy(struct finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void remedy(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	set_text(f->remedy, sizeof(f->remedy), format, args);
	va_end(args);
}

/* --- cgroups --- */

static void judge_hierarchies(const struct host_facts *f, struct host_report *r)
{
	static const char *const modes[] = {
		[CGROUP_NONE] = "no cgroups",
		[CGROUP_V2] = "cgroup v2",
		[CGROUP_HYBRID] = "hybrid: controllers on cgroup v1, with a v2 tree beside them",
		[CGROUP_V1] = "cgroup v1",
	};

	add(r, TOPIC_CGROUPS, FINDING_OK, "%s; %zu cgroups", modes[f->layout->mode], f->status.n_cgroups);
	for (size_t i = 0; i < f->layout->n_hierarchies; i++) {
		const struct hierarchy *h = &f->layout->hierarchies[i];
		_cleanup_str_ struct str list = {0};

		for (unsigned c = 0; c < CONTROLLER__COUNT; c++)
			if (h->controllers >> c & 1 && c != CONTROLLER_CORE && c != CONTROLLER_NAMED)
				str_printf(&list, " %s",
					   h->version == 2 ? controller_name((enum controller)c)
							   : controller_v1_name((enum controller)c));
		if (h->controllers >> CONTROLLER_NAMED & 1)
			str_printf(&list, " %s", h->options);
		add(r, TOPIC_CGROUPS, FINDING_OK, "v%d at %s:%s", h->version, h->mount_point,
		    list.len ? list.data : " no controllers");
	}
}

/* The metrics that a controller's files hold on either version. */
static struct metric_set metrics_of(enum controller c)
{
	struct metric_set set = {0};

	for (unsigned id = 0; id < METRIC__COUNT; id++)
		if ((metrics[id].v2.kind == PLACE_CGROUP && metrics[id].v2.controller == c) ||
		    (metrics[id].v1.kind == PLACE_CGROUP && metrics[id].v1.controller == c))
			metric_set_add(&set, (enum metric_id)id);
	return set;
}

struct controller_need {
	enum controller controller;
	enum finding_level level; /* where it is missing */
	const char *cost;
	const char *remedy; /* where no hierarchy has it */
};

static const struct controller_need needs[] = {
	{CONTROLLER_MEMORY, FINDING_MISSING, "no memory figures, limits or OOM kills",
	 "boot with cgroup_enable=memory (Raspberry Pi and some clouds turn it off)"},
	{CONTROLLER_CPU, FINDING_LACKS, "no throttling, weights or quotas",
	 "use a kernel with CONFIG_CGROUP_SCHED"},
	{CONTROLLER_IO, FINDING_LACKS, "no block I/O figures", "use a kernel with CONFIG_BLK_CGROUP"},
	{CONTROLLER_PIDS, FINDING_LACKS, "no thread counts or limits",
	 "use a kernel with CONFIG_CGROUP_PIDS"},
	{CONTROLLER_CPUSET, FINDING_LACKS, "no CPU and memory node sets", "use a kernel with CONFIG_CPUSETS"},
	{CONTROLLER_HUGETLB, FINDING_NOTE, "no huge page figures", ""},
	{CONTROLLER_RDMA, FINDING_NOTE, "no RDMA figures", ""},
	{CONTROLLER_MISC, FINDING_NOTE, "no figures of miscellaneous resources", ""},
};

static void judge_controller(const struct host_facts *f, const struct controller_need *need,
			     struct host_report *r)
{
	const char *name = controller_name(need->controller);
	const struct hierarchy *h = host_facts_home(f, need->controller);
	struct finding *finding;

	if (!h) {
		finding = add(r, TOPIC_CGROUPS, need->level, "no hierarchy has the %s controller", name);
		remedy(finding, "%s", need->remedy);
	} else if (h->version == 2 && !(f->v2_enabled >> need->controller & 1)) {
		finding = add(r, TOPIC_CGROUPS, need->level,
			      "the %s controller is not enabled below the v2 root", name);
		remedy(finding,
		       "echo +%s > %s/cgroup.subtree_control (systemd: DefaultControllers, Delegate=)", name,
		       h->mount_point);
	} else {
		return;
	}
	cost(finding, "%s", need->cost);
	finding->feeds = metrics_of(need->controller);
}

static void judge_cpu_time(const struct host_facts *f, struct host_report *r)
{
	struct finding *finding;

	if (metric_set_has(&f->offers, METRIC_CPU_USAGE))
		return;
	finding = add(r, TOPIC_CGROUPS, FINDING_MISSING, "no hierarchy accounts for CPU time");
	cost(finding, "no CPU use");
	remedy(finding, "mount the v1 hierarchy cpuacct, or cgroup2");
	finding->feeds = metrics_of(CONTROLLER_CPUACCT);
}

static void judge_cgroups(const struct host_facts *f, struct host_report *r)
{
	if (!f->layout) {
		struct finding *finding =
			add(r, TOPIC_CGROUPS, FINDING_MISSING, "%s", f->cgroups_error.cause);

		cost(finding, "nothing can be shown");
		remedy(finding, "%s", f->cgroups_error.remedy);
		memset(&finding->feeds, 0xFF, sizeof(finding->feeds));
		return;
	}
	judge_hierarchies(f, r);
	judge_cpu_time(f, r);
	for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
		judge_controller(f, &needs[i], r);
}

/* --- statistics --- */

static struct metric_set groups(enum metric_group a, enum metric_group b)
{
	struct metric_set set = {0};

	metric_set_add_group(&set, a);
	metric_set_add_group(&set, b);
	return set;
}

static void judge_pressure(const struct host_facts *f, struct host_report *r)
{
	struct finding *finding;

	if (f->psi && f->layout && f->layout->mode == CGROUP_V1) {
		add(r, TOPIC_STATISTICS, FINDING_NOTE,
		    "pressure stall information is there for the host only: cgroup v1 has none");
		return;
	}
	if (f->psi && (f->status.psi || !f->layout)) {
		add(r, TOPIC_STATISTICS, FINDING_OK, "pressure stall information (PSI)");
		return;
	}
	finding = add(r, TOPIC_STATISTICS, FINDING_LACKS, "%s",
		      f->psi ? "no cgroup has pressure files"
			     : "the kernel gives no pressure stall information (PSI)");
	cost(finding, "what waits for CPU, memory or I/O can't be told");
	remedy(finding, "%s",
	       f->psi ? "boot without cgroup_disable=pressure, and see that cgroup2 is mounted"
		      : "boot with psi=1 (Linux 4.20 or later, CONFIG_PSI)");
	finding->feeds = groups(GROUP_pressure, GROUP_pressure_avg);
}

static void judge_memory_files(const struct host_facts *f, struct host_report *r)
{
	struct finding *finding;

	if (f->memory_peak == KNOWN_NO) {
		finding = add(r, TOPIC_STATISTICS, FINDING_NOTE, "cgroups have no memory.peak");
		cost(finding, "the highest memory use isn't known");
		remedy(finding, "use Linux 5.19 or later");
		metric_set_add(&finding->feeds, METRIC_MEMORY_PEAK);
	}
	if (f->swap_accounting == KNOWN_NO && f->swap_bytes) {
		finding = add(r, TOPIC_STATISTICS, FINDING_LACKS,
			      "swap is in use, but not accounted for by cgroup");
		cost(finding, "no swap figures or limits");
		remedy(finding, "boot with swapaccount=1");
		metric_set_add(&finding->feeds, METRIC_MEMORY_SWAP_LIMIT);
		metric_set_add(&finding->feeds, METRIC_MEMORY_SWAP_MAX);
	}
}

static void judge_offers(const struct host_facts *f, struct host_report *r)
{
	size_t total = 0;
	size_t offered = 0;

	for (unsigned id = 0; id < METRIC__COUNT; id++) {
		/* a histogram's buckets are no figures of their own */
		if (metrics[id].kind == KIND_HISTOGRAM && !*metrics[id].json)
			continue;
		total++;
		offered += metric_set_has(&f->offers, (enum metric_id)id);
	}
	add(r, TOPIC_STATISTICS, FINDING_OK,
	    "%zu of the %zu statistics that plimsoll knows are to be had here", offered, total);
}

static void judge_btf(const struct host_facts *f, struct host_report *r)
{
	const char *types = f->btf ? "with type information (BTF)" : "without type information (BTF)";
	struct finding *finding;

	if (f->n_kernel) {
		add(r, TOPIC_STATISTICS, FINDING_OK,
		    "Linux %s, %s; BPF programs give %zu figures of every cgroup at once, files the others",
		    f->kernel, types, f->n_kernel);
		return;
	}
	finding = add(r, TOPIC_STATISTICS, FINDING_NOTE,
		      "Linux %s, %s; every figure comes from cgroup and proc files%s%s", f->kernel, types,
		      f->kernel_why.code ? ": " : "", f->kernel_why.cause);
	cost(finding, "exporter and top cost more CPU time for the same figures");
	remedy(finding, "%s", f->kernel_why.remedy);
}

/* Parts of the kernel's side that only some commands ask for. Where there is no kernel's side at all, the
 * line above says why. */
static bool has_part(const struct host_facts *f, enum kernel_part part)
{
	return f->kernel_there && f->kernel_parts.on[part];
}

static struct finding *add_part(const struct host_facts *f, struct host_report *r, enum kernel_part part,
				enum finding_level level, const char *what)
{
	const char *why = f->kernel_there ? f->kernel_parts.why[part] : "no BPF programs are in use";
	const char *how = f->kernel_there ? f->kernel_parts.remedy[part]
					  : "run it as root, and not with --source files";
	struct finding *finding = add(r, TOPIC_STATISTICS, level, "%s%s%s", what, *why ? ": " : "", why);

	remedy(finding, "%s", how);
	return finding;
}

static void judge_events(const struct host_facts *f, struct host_report *r)
{
	if (has_part(f, KERNEL_EVENTS)) {
		add(r, TOPIC_STATISTICS, FINDING_OK,
		    "the kernel tells of events: start, end, exec, exit, OOM kills, freezing, fork storms");
		return;
	}
	cost(add_part(f, r, KERNEL_EVENTS, FINDING_NOTE, "the kernel tells of no events"),
	     "no exec, exit or victims of OOM kills; what lives between two samples is missed");
}

static void judge_latency(const struct host_facts *f, struct host_report *r)
{
	bool is_there = has_part(f, KERNEL_LATENCY);
	struct finding *finding;

	if (is_there)
		add(r, TOPIC_STATISTICS, FINDING_OK,
		    "waits on run queues, block I/O and traffic can be measured by cgroup "
		    "(--collector.latency)");
	if (is_there && !*f->kernel_parts.why[KERNEL_LATENCY])
		return;
	finding = add_part(f, r, KERNEL_LATENCY, FINDING_LACKS,
			   is_there ? "not all of latencies and traffic is measured by cgroup"
				    : "no latency or traffic is measured by cgroup");
	cost(finding, "%s the group latency is absent", is_there ? "some of" : "all of");
	metric_set_add_group(&finding->feeds, GROUP_latency);
}

/* --- privileges --- */

static void judge_privileges(const struct host_facts *f, struct host_report *r)
{
	struct finding *finding;
	const char *who = f->is_root ? "root" : "an ordinary user";

	if (f->may_read_all && f->may_ptrace) {
		add(r, TOPIC_PRIVILEGES, FINDING_OK, "%s with CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE", who);
		return;
	}
	finding =
		add(r, TOPIC_PRIVILEGES, FINDING_LACKS, "%s without %s%s%s", who,
		    f->may_read_all ? "" : "CAP_DAC_READ_SEARCH",
		    !f->may_read_all && !f->may_ptrace ? " and " : "", f->may_ptrace ? "" : "CAP_SYS_PTRACE");
	cost(finding, "no %snamespaces, network or descriptors of other users' containers",
	     f->may_read_all ? "" : "names from runtimes' metadata, and no ");
	remedy(finding, "run it as root, or give it these capabilities");
	finding->feeds = groups(GROUP_namespace, GROUP_network);
	metric_set_add_group(&finding->feeds, GROUP_sockets);
	metric_set_add_group(&finding->feeds, GROUP_descriptors);
}

static void judge_hidepid(const struct host_facts *f, struct host_report *r)
{
	struct finding *finding;

	if (!f->others_hidden)
		return;
	finding = add(r, TOPIC_PRIVILEGES, FINDING_LACKS, "procfs hides other users' processes (hidepid)");
	cost(finding, "no namespaces or network of their containers");
	remedy(finding, "run it as root, or as a member of the group that procfs was mounted with (gid=)");
	finding->feeds = groups(GROUP_namespace, GROUP_network);
}

/* --- limits --- */

static void judge_files(const struct host_facts *f, struct host_report *r)
{
	const struct collector_status *s = &f->status;
	struct finding *finding;

	if (!f->layout)
		return;
	/* The budget is met exactly where least recently used descriptors had to be closed. */
	if (s->n_descriptors < s->descriptor_budget) {
		add(r, TOPIC_LIMITS, FINDING_OK, "%zu files kept open of %zu allowed, for %zu cgroups",
		    s->n_descriptors, s->descriptor_budget, s->n_cgroups);
		return;
	}
	finding = add(r, TOPIC_LIMITS, FINDING_NOTE,
		      "%zu open files are too few for %zu cgroups (RLIMIT_NOFILE %llu, at most %llu)",
		      s->descriptor_budget, s->n_cgroups, (unsigned long long)f->files_soft,
		      (unsigned long long)f->files_hard);
	cost(finding, "a sample takes longer: files are opened again each time");
	remedy(finding, "raise the limit: ulimit -n, or LimitNOFILE= in the unit");
}

static void judge_watches(const struct host_facts *f, struct host_report *r)
{
	struct finding *finding;

	if (!f->layout)
		return;
	if (!f->status.watches_exhausted) {
		add(r, TOPIC_LIMITS, FINDING_OK, "%zu folders watched of %llu that inotify allows a user",
		    f->status.n_watches, (unsigned long long)f->inotify_watches);
		return;
	}
	finding = add(r, TOPIC_LIMITS, FINDING_LACKS, "inotify allows no more than %llu watches a user",
		      (unsigned long long)f->inotify_watches);
	cost(finding, "containers are found late, by the rescan");
	remedy(finding, "sysctl fs.inotify.max_user_watches=524288");
}

/* --- runtimes --- */

static void judge_folders(const struct host_facts *f, struct host_report *r)
{
	for (size_t i = 0; i < f->n_folders; i++) {
		const struct metadata_folder *folder = &f->folders[i];
		const char *runtime = runtime_name(folder->runtime);
		struct finding *finding;

		if (folder->access == 0) {
			add(r, TOPIC_RUNTIMES, FINDING_OK, "%s: %.300s (%s)", runtime, folder->path,
			    folder->found_by);
		} else if (folder->access == -ENOENT || folder->access == -ENOTDIR) {
			add(r, TOPIC_RUNTIMES, FINDING_NOTE, "%s: no %.300s (%s)", runtime, folder->path,
			    folder->found_by);
		} else {
			finding = add(r, TOPIC_RUNTIMES, FINDING_LACKS, "%s: cannot read %.250s (%s): %s",
				      runtime, folder->path, folder->found_by, strerror(-folder->access));
			cost(finding, "no names, images or labels of its containers");
			remedy(finding, "run it as root, or with CAP_DAC_READ_SEARCH");
		}
	}
}

void host_report_judge(struct host_report *r, const struct host_facts *f)
{
	*r = (struct host_report){0};
	judge_cgroups(f, r);
	judge_pressure(f, r);
	judge_memory_files(f, r);
	if (f->layout)
		judge_offers(f, r);
	judge_btf(f, r);
	judge_events(f, r);
	judge_latency(f, r);
	judge_privileges(f, r);
	judge_hidepid(f, r);
	judge_files(f, r);
	judge_watches(f, r);
	judge_folders(f, r);
}

bool finding_concerns(const struct finding *finding, const struct metric_set *need)
{
	if (finding->level < FINDING_LACKS)
		return false;
	for (size_t i = 0; i < METRIC_WORDS; i++)
		if (finding->feeds.words[i] & need->words[i])
			return true;
	return false;
}

void finding_notice(struct str *out, const struct finding *finding)
{
	message_safe(out, finding->what);
	if (*finding->cost) {
		str_add(out, ": ");
		message_safe(out, finding->cost);
	}
	str_char(out, '\n');
	if (*finding->remedy) {
		str_add(out, "  ");
		message_safe(out, finding->remedy);
		str_char(out, '\n');
	}
}

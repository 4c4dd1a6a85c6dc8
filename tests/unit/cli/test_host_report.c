/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "host_report.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct cgroup_layout layout_v2(void)
{
	struct cgroup_layout layout = {.mode = CGROUP_V2, .n_hierarchies = 1};
	static const enum controller there[] = {CONTROLLER_CORE,    CONTROLLER_CPU,    CONTROLLER_CPUSET,
						CONTROLLER_IO,	    CONTROLLER_MEMORY, CONTROLLER_PIDS,
						CONTROLLER_HUGETLB, CONTROLLER_RDMA,   CONTROLLER_MISC};

	memset(layout.home, -1, sizeof(layout.home));
	layout.hierarchies[0] =
		(struct hierarchy){.version = 2, .mount_point = (char[]){"/sys/fs/cgroup"}, .fd = -1};
	for (size_t i = 0; i < ARRAY_SIZE(there); i++) {
		layout.home[there[i]] = 0;
		layout.hierarchies[0].controllers |= 1U << there[i];
	}
	return layout;
}

/* A host where nothing is missing. mount_point and layout must outlive the facts. */
static struct host_facts healthy(struct cgroup_layout *layout)
{
	static char mount_point[] = "/sys/fs/cgroup";
	struct host_facts f = {
		.layout = layout,
		.status = {.mode = CGROUP_V2,
			   .n_cgroups = 12,
			   .n_descriptors = 90,
			   .descriptor_budget = 1000,
			   .n_watches = 12,
			   .psi = true},
		.v2_available = ~0U,
		.v2_enabled = ~0U,
		.memory_peak = KNOWN_YES,
		.swap_accounting = KNOWN_YES,
		.swap_bytes = 1 << 20,
		.psi = true,
		.is_root = true,
		.may_read_all = true,
		.may_ptrace = true,
		.files_soft = 1024,
		.files_hard = 4096,
		.inotify_watches = 8192,
		.btf = true,
		.kernel = "6.1.0",
	};

	layout->hierarchies[0].mount_point = mount_point;
	memset(&f.offers, 0xFF, sizeof(f.offers));
	f.kernel_there = true;
	for (unsigned p = 0; p < KERNEL_PART__COUNT; p++) {
		f.kernel_parts.on[p] = true;
		f.kernel_parts.why[p] = f.kernel_parts.remedy[p] = "";
	}
	return f;
}

static const struct finding *find(const struct host_report *r, const char *what)
{
	for (size_t i = 0; i < r->n; i++)
		if (strstr(r->findings[i].what, what))
			return &r->findings[i];
	return NULL;
}

static size_t count(const struct host_report *r, enum finding_level level)
{
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++)
		n += r->findings[i].level == level;
	return n;
}

static void nothing_missing(void **state)
{
	struct cgroup_layout layout = layout_v2();
	struct host_facts f = healthy(&layout);
	struct host_report r;

	(void)state;
	host_report_judge(&r, &f);
	assert_false(r.failed);
	assert_int_equal(count(&r, FINDING_LACKS), 0);
	assert_int_equal(count(&r, FINDING_MISSING), 0);
	assert_non_null(find(&r, "v2 at /sys/fs/cgroup: cpu"));
	assert_int_equal(find(&r, "90 files kept open of 1000 allowed, for 12 cgroups")->level, FINDING_OK);
	host_report_free(&r);
}

static void no_memory_controller(void **state)
{
	struct cgroup_layout layout = layout_v2();
	struct host_facts f = healthy(&layout);
	struct metric_set need = {0};
	const struct finding *finding;
	struct host_report r;

	(void)state;
	layout.home[CONTROLLER_MEMORY] = -1;
	host_report_judge(&r, &f);
	finding = find(&r, "no hierarchy has the memory controller");
	assert_non_null(finding);
	assert_int_equal(finding->level, FINDING_MISSING);
	assert_non_null(strstr(finding->remedy, "cgroup_enable=memory"));
	metric_set_add(&need, METRIC_CPU_USAGE);
	assert_false(finding_concerns(finding, &need));
	metric_set_add(&need, METRIC_MEMORY_USAGE);
	assert_true(finding_concerns(finding, &need));
	host_report_free(&r);
}

static void not_enabled_below_the_root(void **state)
{
	struct cgroup_layout layout = layout_v2();
	struct host_facts f = healthy(&layout);
	const struct finding *finding;
	struct host_report r;

	(void)state;
	f.v2_enabled &= ~(1U << CONTROLLER_IO | 1U << CONTROLLER_HUGETLB);
	host_report_judge(&r, &f);
	finding = find(&r, "the io controller is not enabled below the v2 root");
	assert_int_equal(finding->level, FINDING_LACKS);
	assert_string_equal(finding->remedy, "echo +io > /sys/fs/cgroup/cgroup.subtree_control (systemd: "
					     "DefaultControllers, Delegate=)");
	assert_true(metric_set_has(&finding->feeds, METRIC_IO_READ_BYTES));
	assert_int_equal(find(&r, "the hugetlb controller is not enabled")->level, FINDING_NOTE);
	host_report_free(&r);
}

static void what_the_kernel_tells(void **state)
{
	struct cgroup_layout layout = layout_v2();
	struct host_facts f = healthy(&layout);
	const struct finding *finding;
	struct host_report r;

	(void)state;
	f.kernel_there = false;
	host_report_judge(&r, &f);
	finding = find(&r, "the kernel tells of no events: no BPF programs are in use");
	assert_int_equal(finding->level, FINDING_NOTE);
	assert_string_equal(finding->remedy, "run it as root, and not with --source files");
	assert_int_equal(find(&r, "no latency or traffic is measured by cgroup")->level, FINDING_LACKS);
	host_report_free(&r);

	f.kernel_there = true;
	f.kernel_parts.on[KERNEL_EVENTS] = f.kernel_parts.on[KERNEL_LATENCY] = true;
	f.kernel_parts.why[KERNEL_LATENCY] = "CAP_NET_ADMIN is missing";
	f.kernel_parts.remedy[KERNEL_LATENCY] = "run it as root";
	host_report_judge(&r, &f);
	assert_int_equal(find(&r, "the kernel tells of events: start, end, exec")->level, FINDING_OK);
	assert_int_equal(find(&r, "waits on run queues, block I/O and traffic can be measured")->level,
			 FINDING_OK);
	finding =
		find(&r, "not all of latencies and traffic is measured by cgroup: CAP_NET_ADMIN is missing");
	assert_int_equal(finding->level, FINDING_LACKS);
	assert_string_equal(finding->remedy, "run it as root");
	assert_true(metric_set_has_group(&finding->feeds, GROUP_latency));
	host_report_free(&r);
}

static void no_pressure(void **state)
{
	struct cgroup_layout layout = layout_v2();
	struct host_facts f = healthy(&layout);
	struct host_report r;

	(void)state;
	f.psi = false;
	f.status.psi = false;
	host_report_judge(&r, &f);
	assert_int_equal(find(&r, "the kernel gives no pressure")->level, FINDING_LACKS);
	assert_non_null(strstr(find(&r, "the kernel gives no pressure")->remedy, "psi=1"));
	host_report_free(&r);
	f.psi = true;
	host_report_judge(&r, &f);
	assert_int_equal(find(&r, "no cgroup has pressure files")->level, FINDING_LACKS);
	host_report_free(&r);
	layout.mode = CGROUP_V1; /* there it can't be had at all, so nobody is told to get it */
	host_report_judge(&r, &f);
	assert_int_equal(find(&r, "cgroup v1 has none")->level, FINDING_NOTE);
	host_report_free(&r);
}

static void privileges(void **state)
{
	static const struct {
		bool root;
		bool read_all;
		bool ptrace;
		enum finding_level level;
		const char *what;
	} cases[] = {
		{true, true, true, FINDING_OK, "root with CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE"},
		{false, true, true, FINDING_OK,
		 "an ordinary user with CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE"},
		{true, true, false, FINDING_LACKS, "root without CAP_SYS_PTRACE"},
		{false, false, true, FINDING_LACKS, "an ordinary user without CAP_DAC_READ_SEARCH"},
		{false, false, false, FINDING_LACKS,
		 "an ordinary user without CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct cgroup_layout layout = layout_v2();
		struct host_facts f = healthy(&layout);
		const struct finding *finding;
		struct host_report r;

		f.is_root = cases[i].root;
		f.may_read_all = cases[i].read_all;
		f.may_ptrace = cases[i].ptrace;
		host_report_judge(&r, &f);
		finding = find(&r, cases[i].what);
		assert_non_null(finding);
		assert_string_equal(finding->what, cases[i].what);
		assert_int_equal(finding->level, cases[i].level);
		assert_int_equal(metric_set_has(&finding->feeds, METRIC_NET_RX_BYTES),
				 cases[i].level == FINDING_LACKS);
		host_report_free(&r);
	}
}

static void limits(void **state)
{
	struct cgroup_layout layout = layout_v2();
	struct host_facts f = healthy(&layout);
	struct host_report r;

	(void)state;
	f.status.n_descriptors = f.status.descriptor_budget;
	f.status.watches_exhausted = true;
	f.others_hidden = true;
	f.memory_peak = KNOWN_NO;
	f.swap_accounting = KNOWN_NO;
	host_report_judge(&r, &f);
	assert_int_equal(find(&r, "1000 open files are too few for 12 cgroups")->level, FINDING_NOTE);
	assert_int_equal(find(&r, "inotify allows no more than 8192 watches")->level, FINDING_LACKS);
	assert_int_equal(find(&r, "hidepid")->level, FINDING_LACKS);
	assert_int_equal(find(&r, "no memory.peak")->level, FINDING_NOTE);
	assert_int_equal(find(&r, "swap is in use")->level, FINDING_LACKS);
	host_report_free(&r);
	f.swap_bytes = 0;
	host_report_judge(&r, &f);
	assert_null(find(&r, "swap is in use"));
	host_report_free(&r);
}

static void folders(void **state)
{
	struct cgroup_layout layout = layout_v2();
	struct host_facts f = healthy(&layout);
	struct host_report r;

	(void)state;
	f.n_folders = 3;
	f.folders[0] = (struct metadata_folder){RUNTIME_DOCKER, "/var/lib/docker", "default", 0};
	f.folders[1] = (struct metadata_folder){RUNTIME_PODMAN, "/srv/pods", "option", -EACCES};
	f.folders[2] = (struct metadata_folder){RUNTIME_LXC, "/var/lib/lxc", "default", -ENOENT};
	host_report_judge(&r, &f);
	assert_int_equal(find(&r, "docker: /var/lib/docker (default)")->level, FINDING_OK);
	assert_int_equal(find(&r, "podman: cannot read /srv/pods (option): Permission denied")->level,
			 FINDING_LACKS);
	assert_int_equal(find(&r, "lxc: no /var/lib/lxc")->level, FINDING_NOTE);
	host_report_free(&r);
}

static void no_cgroups_at_all(void **state)
{
	struct host_facts f = {.psi = true, .may_read_all = true, .may_ptrace = true};
	_cleanup_str_ struct str text = {0};
	struct metric_set any = {0};
	struct host_report r;

	(void)state;
	error_set(&f.cgroups_error, -ENOENT, "mount one", "no cgroup mount");
	host_report_judge(&r, &f);
	assert_int_equal(count(&r, FINDING_MISSING), 1);
	metric_set_add(&any, METRIC_LAST_SEEN);
	assert_true(finding_concerns(&r.findings[0], &any));
	finding_notice(&text, &r.findings[0]);
	assert_string_equal(text.data, "no cgroup mount: nothing can be shown\n  mount one\n");
	host_report_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_missing),
		cmocka_unit_test(no_memory_controller),
		cmocka_unit_test(not_enabled_below_the_root),
		cmocka_unit_test(what_the_kernel_tells),
		cmocka_unit_test(no_pressure),
		cmocka_unit_test(privileges),
		cmocka_unit_test(limits),
		cmocka_unit_test(folders),
		cmocka_unit_test(no_cgroups_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

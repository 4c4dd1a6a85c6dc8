/* SPDX-License-Identifier: Apache-2.0 */
/* What a host is like, as far as a monitor cares: gathered here, judged in host_report. */
#pragma once

#include "collector/collector.h"
#include "model/kernel.h"

#define FOLDERS_MAX 32

enum known { KNOWN_NOT, KNOWN_NO, KNOWN_YES };

struct host_facts {
	struct error cgroups_error;	    /* code 0: the source could be opened */
	const struct cgroup_layout *layout; /* the source's; NULL where it could not */
	struct collector_status status;
	struct metric_set offers;
	uint32_t v2_available; /* bit (1U << enum controller): cgroup.controllers of the v2 root */
	uint32_t v2_enabled;   /* its cgroup.subtree_control */
	enum known memory_peak;
	enum known swap_accounting;
	uint64_t swap_bytes;
	bool psi; /* <procfs>/pressure */
	bool is_root;
	bool may_read_all;   /* CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE */
	bool may_ptrace;     /* CAP_SYS_PTRACE */
	bool others_hidden;  /* <procfs>/1 can't be looked at: hidepid */
	uint64_t files_soft; /* RLIMIT_NOFILE */
	uint64_t files_hard;
	uint64_t inotify_watches; /* fs.inotify.max_user_watches; 0 = unknown */
	bool btf;
	size_t n_kernel;	 /* statistics that BPF programs give; 0 = files have it all */
	struct error kernel_why; /* code not 0: why they give none */
	bool kernel_there;	 /* BPF programs are loaded, of one part or another */
	struct kernel_status kernel_parts;
	char kernel[80]; /* as uname -r has it; "" = unknown */
	size_t n_folders;
	struct metadata_folder folders[FOLDERS_MAX];
};

/* Gathers. source may be NULL (`why` says why it could not be opened); what can't be found out stays zero. */
void host_facts_gather(struct host_facts *f, struct source *source, const struct error *why,
		       const struct cgroup_roots *roots);

/* The hierarchy that has the controller, or NULL. The facts must have a layout. */
const struct hierarchy *host_facts_home(const struct host_facts *f, enum controller c);

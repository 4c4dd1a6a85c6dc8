/* SPDX-License-Identifier: Apache-2.0 */
/* What `plimsoll run` is told: docker run's flags, as texts; run_spec.h makes a spec of them. */
#pragma once

#include "options.h"

struct run_settings {
	/* the command */
	const char *rootfs;
	const char *entrypoint;
	const char *workdir;
	const char *user;
	struct text_list group_add;
	struct text_list env, env_files;

	/* life */
	const char *name;
	bool detach;
	bool interactive;
	bool tty;
	struct text_list attach;
	bool sig_proxy;
	const char *detach_keys;
	bool rm;
	bool init;
	const char *restart;
	const char *stop_signal;
	const char *stop_timeout;
	struct text_list labels, label_files, annotations;
	const char *cidfile, *pidfile;
	unsigned log_driver;
	struct text_list log_options;
	bool dry_run;

	/* CPU, memory, processes */
	const char *cpus;
	const char *cpu_shares, *cpu_quota, *cpu_period, *cpu_burst, *cpu_rt_period, *cpu_rt_runtime;
	bool cpu_idle;
	const char *cpuset_cpus, *cpuset_mems;
	const char *memory, *memory_swap, *memory_reservation, *memory_high, *memory_swappiness,
		*kernel_memory;
	bool oom_kill_disable;
	const char *oom_score_adj;
	const char *pids_limit;
	struct text_list ulimits;
	struct text_list cgroup_conf;
	const char *cgroup_parent;

	/* block I/O */
	const char *blkio_weight;
	struct text_list blkio_weight_devices, read_bps, write_bps, read_iops, write_iops;

	/* files and devices */
	struct text_list volumes, mounts, tmpfs;
	bool read_only;
	const char *shm_size;
	struct text_list devices, device_rules;

	/* isolation */
	bool privileged;
	struct text_list cap_add, cap_drop;
	struct text_list security;
	struct text_list sysctls;
	const char *ipc, *pid, *uts, *network, *cgroupns, *userns, *time;
	struct text_list uid_maps, gid_maps;
	struct text_list time_offsets;

	/* names */
	const char *hostname, *domainname;
	struct text_list add_host;
	struct text_list dns, dns_search, dns_options, dns_opts; /* --dns-opt: its older name */
};

/* Every row of `run`; those that are refused come last. */
#define RUN_GROUPS_COUNT 8
extern const struct option_group run_groups[RUN_GROUPS_COUNT];

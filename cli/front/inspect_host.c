/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "inspect_view.h"

#include <stdio.h>

/* Docker's name of each limit. Ours have names in the same style. */
static const char *const names[LIMIT__COUNT] = {
	[LIMIT_CPU_SHARES] = "CpuShares",
	[LIMIT_CPU_QUOTA] = "CpuQuota",
	[LIMIT_CPU_PERIOD] = "CpuPeriod",
	[LIMIT_CPU_BURST] = "CpuBurst",
	[LIMIT_CPU_IDLE] = "CpuIdle",
	[LIMIT_CPU_RT_PERIOD] = "CpuRealtimePeriod",
	[LIMIT_CPU_RT_RUNTIME] = "CpuRealtimeRuntime",
	[LIMIT_MEMORY] = "Memory",
	[LIMIT_MEMORY_SWAP] = "MemorySwap",
	[LIMIT_MEMORY_RESERVATION] = "MemoryReservation",
	[LIMIT_MEMORY_HIGH] = "MemoryHigh",
	[LIMIT_MEMORY_SWAPPINESS] = "MemorySwappiness",
	[LIMIT_OOM_KILL_DISABLE] = "OomKillDisable",
	[LIMIT_KERNEL_MEMORY] = "KernelMemory",
	[LIMIT_PIDS] = "PidsLimit",
	[LIMIT_BLKIO_WEIGHT] = "BlkioWeight",
};

static const char *const device_names[DEVICE_LIMIT__COUNT] = {
	[DEVICE_READ_BPS] = "BlkioDeviceReadBps",   [DEVICE_WRITE_BPS] = "BlkioDeviceWriteBps",
	[DEVICE_READ_IOPS] = "BlkioDeviceReadIOps", [DEVICE_WRITE_IOPS] = "BlkioDeviceWriteIOps",
	[DEVICE_WEIGHT] = "BlkioWeightDevice",
};

/* What stands for "not limited" in Docker's own output. */
static void unset(struct json_out *j, enum limit which)
{
	if (which == LIMIT_MEMORY_SWAPPINESS || which == LIMIT_PIDS)
		json_out_null(j, names[which]);
	else if (which == LIMIT_OOM_KILL_DISABLE || which == LIMIT_CPU_IDLE)
		json_out_bool(j, names[which], false);
	else
		json_out_i64(j, names[which], 0);
}

static void numbers(struct json_out *j, const struct cgroup_limits *l)
{
	for (unsigned i = 0; i < LIMIT__COUNT; i++) {
		if (!limit_is_set(l, (enum limit)i))
			unset(j, (enum limit)i);
		else if (i == LIMIT_OOM_KILL_DISABLE || i == LIMIT_CPU_IDLE)
			json_out_bool(j, names[i], l->value[i] != 0);
		else
			json_out_i64(j, names[i], l->value[i]);
	}
	/* --cpus, as Docker keeps it; the kernel knows quota and period only */
	json_out_i64(j, "NanoCpus",
		     limit_is_set(l, LIMIT_CPU_QUOTA) && l->value[LIMIT_CPU_QUOTA] > 0
			     ? l->value[LIMIT_CPU_QUOTA] * 1000 * 1000000 /
				       (limit_is_set(l, LIMIT_CPU_PERIOD) && l->value[LIMIT_CPU_PERIOD] > 0
						? l->value[LIMIT_CPU_PERIOD]
						: 100000)
			     : 0);
	json_out_text(j, "CpusetCpus", l->cpuset_cpus);
	json_out_text(j, "CpusetMems", l->cpuset_mems);
}

static void devices(struct json_out *j, const struct cgroup_limits *l)
{
	for (unsigned kind = 0; kind < DEVICE_LIMIT__COUNT; kind++) {
		json_out_open(j, device_names[kind], '[');
		for (size_t i = 0; i < l->n_devices; i++) {
			const struct device_limit *d = &l->devices[i];
			char path[64];

			if (d->kind != kind)
				continue;
			snprintf(path, sizeof(path), "/dev/block/%u:%u", d->major, d->minor);
			json_out_open(j, NULL, '{');
			json_out_text(j, "Path", path);
			json_out_i64(j, kind == DEVICE_WEIGHT ? "Weight" : "Rate", (int64_t)d->value);
			json_out_close(j, '{');
		}
		json_out_close(j, '[');
	}
}

static void files(struct json_out *j, const struct cgroup_limits *l)
{
	json_out_open(j, "CgroupConf", '{');
	for (size_t i = 0; i < l->n_files; i++)
		json_out_text(j, l->files[i].file, l->files[i].value);
	for (size_t i = 0; i < l->n_pages; i++) {
		char file[64];

		snprintf(file, sizeof(file), "hugetlb.%s.max", l->pages[i].page_size);
		json_out_i64(j, file, (int64_t)l->pages[i].bytes);
	}
	json_out_close(j, '{');
}

static void restart_policy(struct json_out *j, const struct container_config *config)
{
	json_out_open(j, "RestartPolicy", '{');
	json_out_text(j, "Name", restart_name(config->restart));
	json_out_i64(j, "MaximumRetryCount", config->restart_max);
	json_out_close(j, '{');
}

static void log_config(struct json_out *j, const struct container_config *config)
{
	char number[32];

	json_out_open(j, "LogConfig", '{');
	json_out_text(j, "Type", config->log_driver == LOG_NONE ? "none" : "json-file");
	json_out_open(j, "Config", '{');
	if (config->log_driver == LOG_JSON_FILE && config->log_max_size) {
		snprintf(number, sizeof(number), "%llu", (unsigned long long)config->log_max_size);
		json_out_text(j, "max-size", number);
		snprintf(number, sizeof(number), "%u", config->log_max_files);
		json_out_text(j, "max-file", number);
	}
	json_out_close(j, '{');
	json_out_close(j, '{');
}

void inspect_host_config(struct json_out *j, const struct container *c)
{
	const struct spec *spec = c->spec;

	json_out_open(j, "HostConfig", '{');
	numbers(j, &spec->linux_.limits);
	devices(j, &spec->linux_.limits);
	files(j, &spec->linux_.limits);
	restart_policy(j, &c->config);
	log_config(j, &c->config);
	json_out_bool(j, "AutoRemove", c->config.auto_remove);
	json_out_bool(j, "Init", c->config.init);
	json_out_bool(j, "ReadonlyRootfs", spec->root.readonly);
	json_out_i64(j, "OomScoreAdj", spec->process.has_oom_score_adj ? spec->process.oom_score_adj : 0);
	json_out_open(j, "Sysctls", '{');
	for (size_t i = 0; i < spec->linux_.sysctl.n; i++)
		json_out_text(j, spec->linux_.sysctl.at[i].key, spec->linux_.sysctl.at[i].value);
	json_out_close(j, '{');
	json_out_close(j, '{');
}

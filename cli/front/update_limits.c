/* SPDX-License-Identifier: Apache-2.0 */
#include "update_limits.h"

#include "base/cleanup.h"

#include <errno.h>
#include <string.h>

#define AT(field) .offset = offsetof(struct update_limits, field)
#define NUMBER(limit, flag, short_flag, unit, text)                                                  \
	{                                                                                            \
		.name = flag, .letter = short_flag, .type = OPTION_TEXT, AT(numbers[LIMIT_##limit]), \
		.value = unit, .help = text                                                          \
	}
#define TEXT(field, flag, unit, text)                                                     \
	{                                                                                 \
		.name = flag, .type = OPTION_TEXT, AT(field), .value = unit, .help = text \
	}
#define LIST(field, flag, unit, text)                                                     \
	{                                                                                 \
		.name = flag, .type = OPTION_LIST, AT(field), .value = unit, .help = text \
	}

const struct option_spec update_cpu[N_UPDATE_CPU] = {
	TEXT(cpus, "cpus", "NUMBER", "how many CPUs it may use, such as 0.5; 0 for no limit"),
	NUMBER(CPU_SHARES, "cpu-shares", 'c', "WEIGHT",
	       "its share where CPUs are scarce; 1024 is the usual one"),
	NUMBER(CPU_QUOTA, "cpu-quota", 0, "USEC", "CPU time it may use in each period; -1 for no limit"),
	NUMBER(CPU_PERIOD, "cpu-period", 0, "USEC", "how long a period is"),
	NUMBER(CPU_BURST, "cpu-burst", 0, "USEC", "unused quota that it may save for a later period"),
	NUMBER(CPU_IDLE, "cpu-idle", 0, "0|1", "1: it runs only where a CPU has nothing else to do"),
	NUMBER(CPU_RT_PERIOD, "cpu-rt-period", 0, "USEC", "period of real-time scheduling; cgroup v1 only"),
	NUMBER(CPU_RT_RUNTIME, "cpu-rt-runtime", 0, "USEC",
	       "real-time CPU time in each period; cgroup v1 only"),
	TEXT(cpuset_cpus, "cpuset-cpus", "LIST", "the CPUs it may run on, such as 0-3,7"),
	TEXT(cpuset_mems, "cpuset-mems", "LIST", "the memory nodes it may use, such as 0,1"),
};

const struct option_spec update_memory[N_UPDATE_MEMORY] = {
	NUMBER(MEMORY, "memory", 'm', "SIZE", "memory that it may use, such as 512m; -1 for no limit"),
	NUMBER(MEMORY_SWAP, "memory-swap", 0, "SIZE", "memory and swap together; -1 for no limit"),
	NUMBER(MEMORY_RESERVATION, "memory-reservation", 0, "SIZE",
	       "memory that is left to it where memory is short; -1 for none"),
	NUMBER(MEMORY_HIGH, "memory-high", 0, "SIZE",
	       "memory above which it is slowed down; -1 for none; cgroup v2 only"),
	NUMBER(MEMORY_SWAPPINESS, "memory-swappiness", 0, "0-100",
	       "how readily it is swapped; cgroup v1 only"),
	{.name = "oom-kill-disable",
	 .type = OPTION_FLAG,
	 AT(oom_kill_disable),
	 .help = "wait for memory rather than be killed; cgroup v1 only"},
	NUMBER(KERNEL_MEMORY, "kernel-memory", 0, "SIZE",
	       "kernel memory that it may use; old kernels with cgroup v1 only"),
	NUMBER(PIDS, "pids-limit", 0, "COUNT", "processes and threads that it may have; -1 for no limit"),
};

const struct option_spec update_io[N_UPDATE_IO] = {
	NUMBER(BLKIO_WEIGHT, "blkio-weight", 0, "10-1000", "its share where disks are busy"),
	LIST(devices[DEVICE_WEIGHT], "blkio-weight-device", "DEV:WEIGHT",
	     "the same for one disk; 0 for none"),
	LIST(devices[DEVICE_READ_BPS], "device-read-bps", "DEV:SIZE",
	     "bytes a second that it may read from a disk; 0 for no limit"),
	LIST(devices[DEVICE_WRITE_BPS], "device-write-bps", "DEV:SIZE",
	     "bytes a second that it may write to a disk; 0 for no limit"),
	LIST(devices[DEVICE_READ_IOPS], "device-read-iops", "DEV:COUNT",
	     "reads a second from a disk; 0 for no limit"),
	LIST(devices[DEVICE_WRITE_IOPS], "device-write-iops", "DEV:COUNT",
	     "writes a second to a disk; 0 for no limit"),
	LIST(conf, "cgroup-conf", "FILE=VALUE",
	     "a cgroup file that no flag is for, written last and as it stands"),
};

/* Whether the limit is a number of bytes, as "512m". */
static bool is_size(enum limit which)
{
	return which == LIMIT_MEMORY || which == LIMIT_MEMORY_SWAP || which == LIMIT_MEMORY_RESERVATION ||
	       which == LIMIT_MEMORY_HIGH || which == LIMIT_KERNEL_MEMORY;
}

/* What makes sense is cgroup_limits_plan's to say: here it only has to be a number. */
static int read_number(enum limit which, const char *text, struct cgroup_limits *limits, struct error *err)
{
	int64_t value;
	int r = is_size(which) ? value_bytes(limit_rows[which].flag, text, true, &value, err)
			       : value_integer(limit_rows[which].flag, text, which == LIMIT_CPU_IDLE ? 0 : -1,
					       which == LIMIT_CPU_IDLE ? 1 : INT64_MAX, &value, err);

	if (r == 0)
		limit_set(limits, which, value);
	return r;
}

static int read_cpus(const struct update_limits *given, unsigned host_cpus, struct cgroup_limits *limits,
		     struct error *err)
{
	int64_t quota;
	int r;

	if (!given->cpus)
		return 0;
	if (given->numbers[LIMIT_CPU_QUOTA] || given->numbers[LIMIT_CPU_PERIOD])
		return error_set(err, -EINVAL, "--cpus 0.5 is --cpu-quota 50000 with --cpu-period 100000",
				 "--cpus and --cpu-quota or --cpu-period say the same: give one");
	r = value_cpus(given->cpus, host_cpus, &quota, err);
	if (r < 0)
		return r;
	limit_set(limits, LIMIT_CPU_QUOTA, quota ? quota : -1);
	limit_set(limits, LIMIT_CPU_PERIOD, VALUE_CPUS_PERIOD);
	return 0;
}

static int read_cpuset(const struct update_limits *given, struct spec *spec, struct error *err)
{
	struct cgroup_limits *limits = &spec->linux_.limits;

	limits->cpuset_cpus = spec_text(spec, given->cpuset_cpus);
	limits->cpuset_mems = spec_text(spec, given->cpuset_mems);
	if ((given->cpuset_cpus && !limits->cpuset_cpus) || (given->cpuset_mems && !limits->cpuset_mems))
		return error_errno(err, -ENOMEM, "", "cannot read the command line");
	return 0;
}

static int read_devices(const struct update_limits *given, const struct value_host *host, struct spec *spec,
			struct error *err)
{
	for (unsigned kind = 0; kind < DEVICE_LIMIT__COUNT; kind++) {
		for (size_t i = 0; i < given->devices[kind].n; i++) {
			struct device_limit limit;
			int r = value_device_limit((enum device_limit_kind)kind, host,
						   given->devices[kind].items[i], &limit, err);

			if (r == 0 && spec_device_limit_add(spec, &limit) < 0)
				r = error_errno(err, -ENOMEM, "", "cannot read the command line");
			if (r < 0)
				return r;
		}
	}
	return 0;
}

int update_limits_read(const struct update_limits *given, const struct value_host *host, unsigned host_cpus,
		       struct spec *spec, struct error *err)
{
	struct cgroup_limits *limits = &spec->linux_.limits;
	int r = read_cpus(given, host_cpus, limits, err);

	for (unsigned i = 0; r == 0 && i < LIMIT__COUNT; i++)
		if (given->numbers[i])
			r = read_number((enum limit)i, given->numbers[i], limits, err);
	if (r == 0 && given->oom_kill_disable)
		limit_set(limits, LIMIT_OOM_KILL_DISABLE, 1);
	if (r == 0)
		r = read_cpuset(given, spec, err);
	if (r == 0)
		r = read_devices(given, host, spec, err);
	for (size_t i = 0; r == 0 && i < given->conf.n; i++)
		r = value_cgroup_conf(spec, given->conf.items[i], err);
	return r;
}

bool update_limits_any(const struct update_limits *given)
{
	bool any = given->oom_kill_disable || given->cpus || given->cpuset_cpus || given->cpuset_mems ||
		   given->conf.n;

	for (unsigned i = 0; i < LIMIT__COUNT; i++)
		any |= given->numbers[i] != NULL;
	for (unsigned kind = 0; kind < DEVICE_LIMIT__COUNT; kind++)
		any |= given->devices[kind].n > 0;
	return any;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "run_options.h"

#include "base/cleanup.h"
#include "run_refused.h"

#define AT(field) .offset = offsetof(struct run_settings, field)
#define TEXT(n, l, field, val, h)                                                               \
	{                                                                                       \
		.name = n, .letter = l, .type = OPTION_TEXT, AT(field), .value = val, .help = h \
	}
#define LIST(n, l, field, val, h)                                                               \
	{                                                                                       \
		.name = n, .letter = l, .type = OPTION_LIST, AT(field), .value = val, .help = h \
	}
#define FLAG(n, l, field, h)                                                      \
	{                                                                         \
		.name = n, .letter = l, .type = OPTION_FLAG, AT(field), .help = h \
	}

static const char *const log_drivers[] = {"json-file", "none", NULL};

static const struct option_spec command_rows_[] = {
	TEXT("rootfs", 0, rootfs, "DIR",
	     "the folder that is the container's root; / runs the host's own programs. It is never written "
	     "to: "
	     "changes go to a layer above it"),
	TEXT("entrypoint", 0, entrypoint, "PROGRAM", "the program, the command then being its arguments"),
	TEXT("workdir", 'w', workdir, "DIR", "where it starts; made if missing (default: /)"),
	TEXT("user", 'u', user, "USER[:GROUP]",
	     "who it runs as: names of the container's own passwd and group, or numbers (default: 0:0)"),
	LIST("group-add", 0, group_add, "GROUP", "a further group that it is in"),
	LIST("env", 'e', env, "KEY[=VALUE]", "set a variable; KEY alone passes on what it is here"),
	LIST("env-file", 0, env_files, "FILE", "set the variables that a file lists, one KEY=VALUE a line"),
};

static const struct option_spec life_rows[] = {
	TEXT("name", 0, name, "NAME", "what it is called (default: two words that nobody has)"),
	FLAG("detach", 'd', detach, "run it in the background and print its id"),
	FLAG("interactive", 'i', interactive, "keep its standard input open"),
	FLAG("tty", 't', tty, "give it a terminal"),
	LIST("attach", 'a', attach, "STREAM", "attach only stdin, stdout or stderr"),
	{.name = "sig-proxy",
	 .type = OPTION_FLAG,
	 AT(sig_proxy),
	 .fallback = "yes",
	 .help = "do not pass the signals that plimsoll gets on to it"},
	TEXT("detach-keys", 0, detach_keys, "KEYS",
	     "keys that leave it running alone (default: ctrl-p,ctrl-q)"),
	FLAG("rm", 0, rm, "remove it once it has ended; its writable layer is then kept in memory"),
	FLAG("init", 0, init, "run a small init as its process 1, which passes signals on and reaps"),
	TEXT("restart", 0, restart, "POLICY",
	     "start it again when it ends: no, on-failure[:MAX], always or unless-stopped (default: no)"),
	TEXT("stop-signal", 0, stop_signal, "SIGNAL", "the signal that asks it to end (default: SIGTERM)"),
	TEXT("stop-timeout", 0, stop_timeout, "SECONDS",
	     "how long after that it is killed; -1 waits for ever (default: 10)"),
	LIST("label", 'l', labels, "KEY[=VALUE]", "a label"),
	LIST("label-file", 0, label_files, "FILE", "the labels that a file lists, one KEY=VALUE a line"),
	LIST("annotation", 0, annotations, "KEY=VALUE", "an annotation of its OCI spec"),
	TEXT("cidfile", 0, cidfile, "FILE", "write its id into a file, which must not exist yet"),
	TEXT("pidfile", 0, pidfile, "FILE",
	     "write the host's pid of its first process into a file, at each start"),
	{.name = "log-driver",
	 .type = OPTION_CHOICE,
	 AT(log_driver),
	 .value = "DRIVER",
	 .choices = log_drivers,
	 .fallback = "json-file",
	 .help = "how its output is kept"},
	LIST("log-opt", 0, log_options, "KEY=VALUE", "max-size=SIZE and max-file=COUNT rotate what is kept"),
	FLAG("dry-run", 0, dry_run, "print each step that would be taken, and start nothing"),
};

static const struct option_spec limit_rows_[] = {
	TEXT("cpus", 0, cpus, "NUMBER", "how many CPUs it may use, such as 0.5"),
	TEXT("cpu-shares", 'c', cpu_shares, "WEIGHT",
	     "its share where CPUs are scarce; 1024 is the usual one"),
	TEXT("cpu-quota", 0, cpu_quota, "USEC", "CPU time it may use in each period; -1 for no limit"),
	TEXT("cpu-period", 0, cpu_period, "USEC", "how long a period is (default: 100000)"),
	TEXT("cpu-burst", 0, cpu_burst, "USEC", "unused quota that it may save for a later period"),
	FLAG("cpu-idle", 0, cpu_idle, "run it only where nothing else wants the CPU"),
	TEXT("cpu-rt-period", 0, cpu_rt_period, "USEC", "period of real-time scheduling; cgroup v1 only"),
	TEXT("cpu-rt-runtime", 0, cpu_rt_runtime, "USEC",
	     "real-time CPU time in each period; cgroup v1 only"),
	TEXT("cpuset-cpus", 0, cpuset_cpus, "LIST", "the CPUs it may run on, such as 0-3,7"),
	TEXT("cpuset-mems", 0, cpuset_mems, "LIST", "the memory nodes it may use, such as 0,1"),
	TEXT("memory", 'm', memory, "SIZE", "memory that it may use; beyond, the kernel kills"),
	TEXT("memory-swap", 0, memory_swap, "SIZE",
	     "memory and swap together; -1 for any amount of swap (default: twice --memory)"),
	TEXT("memory-reservation", 0, memory_reservation, "SIZE",
	     "memory that is left to it where memory is short"),
	TEXT("memory-high", 0, memory_high, "SIZE", "memory above which it is slowed down; cgroup v2 only"),
	TEXT("memory-swappiness", 0, memory_swappiness, "0-100",
	     "how readily its memory is swapped out; cgroup v1 only"),
	TEXT("kernel-memory", 0, kernel_memory, "SIZE",
	     "kernel memory that it may use; old kernels with cgroup v1 only"),
	FLAG("oom-kill-disable", 0, oom_kill_disable,
	     "let it wait for memory instead of being killed; cgroup v1 only"),
	TEXT("oom-score-adj", 0, oom_score_adj, "NUMBER",
	     "how readily the host's OOM killer picks it: -1000 to 1000"),
	TEXT("pids-limit", 0, pids_limit, "COUNT", "processes and threads that it may have; -1 for no limit"),
	LIST("ulimit", 0, ulimits, "NAME=SOFT[:HARD]",
	     "a resource limit of each process, such as nofile=1024"),
	LIST("cgroup-conf", 0, cgroup_conf, "FILE=VALUE",
	     "write a value into a file of its cgroup as it stands"),
	TEXT("cgroup-parent", 0, cgroup_parent, "PATH",
	     "the cgroup that its own is made in (default: /plimsoll), or, where systemd is PID 1, a slice "
	     "of its: x.slice"),
};

static const struct option_spec io_rows[] = {
	TEXT("blkio-weight", 0, blkio_weight, "10-1000", "its share where disks are busy"),
	LIST("blkio-weight-device", 0, blkio_weight_devices, "PATH:WEIGHT", "the same for one disk"),
	LIST("device-read-bps", 0, read_bps, "PATH:SIZE", "bytes a second that it may read from a disk"),
	LIST("device-write-bps", 0, write_bps, "PATH:SIZE", "bytes a second that it may write to a disk"),
	LIST("device-read-iops", 0, read_iops, "PATH:COUNT", "reads a second from a disk"),
	LIST("device-write-iops", 0, write_iops, "PATH:COUNT", "writes a second to a disk"),
};

static const struct option_spec file_rows[] = {
	LIST("volume", 'v', volumes, "SRC:DST[:OPTIONS]",
	     "show a folder or file of the host in it; OPTIONS are ro and a propagation"),
	LIST("mount", 0, mounts, "FIELDS", "the same, or a tmpfs: type=bind,source=SRC,target=DST,readonly"),
	LIST("tmpfs", 0, tmpfs, "DST[:OPTIONS]", "an empty folder in memory, such as /tmp:size=64m"),
	FLAG("read-only", 0, read_only, "let it write nothing but to volumes and tmpfs"),
	TEXT("shm-size", 0, shm_size, "SIZE", "the size of its /dev/shm (default: 64m)"),
	LIST("device", 0, devices, "SRC[:DST][:rwm]", "a device of the host, or every device in a folder"),
	LIST("device-cgroup-rule", 0, device_rules, "RULE",
	     "devices that it may open, such as 'c 10:200 rwm'"),
};

static const struct option_spec isolation_rows[] = {
	FLAG("privileged", 0, privileged,
	     "every capability and device, and nothing masked: no barrier for root"),
	LIST("cap-add", 0, cap_add, "CAPABILITY", "a capability besides Docker's 14; ALL for all"),
	LIST("cap-drop", 0, cap_drop, "CAPABILITY", "a capability less; ALL for all"),
	LIST("security-opt", 0, security, "OPTION",
	     "no-new-privileges, seccomp=unconfined, seccomp=FILE or systempaths=unconfined"),
	LIST("sysctl", 0, sysctls, "NAME=VALUE",
	     "a setting of its own namespaces, such as net.core.somaxconn=1024"),
	TEXT("network", 0, network, "MODE",
	     "none, host or container:NAME; bridges come in a later version (default: none)"),
	TEXT("pid", 0, pid, "MODE",
	     "the processes it sees: private, host or container:NAME (default: private)"),
	TEXT("ipc", 0, ipc, "MODE",
	     "private, shareable, host, none (private without /dev/shm) or container:NAME (default: "
	     "private)"),
	TEXT("uts", 0, uts, "MODE", "whose host name: private, host or container:NAME (default: private)"),
	TEXT("cgroupns", 0, cgroupns, "MODE", "whose cgroups it sees: private or host (default: private)"),
	TEXT("userns", 0, userns, "MODE",
	     "private maps its users to others of the host; host does not (default: host for root)"),
	LIST("uidmap", 0, uid_maps, "ID:HOST[:COUNT]",
	     "which users of the host its users are, with --userns private"),
	LIST("gidmap", 0, gid_maps, "ID:HOST[:COUNT]", "the same for groups (default: as --uidmap)"),
	TEXT("time", 0, time, "MODE", "whose monotonic and boot clocks: host or private (default: host)"),
	LIST("time-offset", 0, time_offsets, "[CLOCK=]DURATION",
	     "put its clocks (monotonic, boottime or both) ahead or behind, with --time private"),
};

static const struct option_spec name_rows[] = {
	TEXT("hostname", 'h', hostname, "NAME", "its host name (default: the first 12 digits of its id)"),
	TEXT("domainname", 0, domainname, "NAME", "its NIS domain name"),
	LIST("add-host", 0, add_host, "NAME:ADDRESS", "a line more in its /etc/hosts"),
	LIST("dns", 0, dns, "ADDRESS", "a name server in its /etc/resolv.conf"),
	LIST("dns-search", 0, dns_search, "DOMAIN", "a domain to search there; . for none"),
	LIST("dns-option", 0, dns_options, "OPTION", "an option there, such as ndots:2"),
	LIST("dns-opt", 0, dns_opts, "OPTION", "the older name of --dns-option"),
};

const struct option_group run_groups[RUN_GROUPS_COUNT] = {
	{"options", command_rows_, ARRAY_SIZE(command_rows_), 0},
	{"life", life_rows, ARRAY_SIZE(life_rows), 0},
	{"limits", limit_rows_, ARRAY_SIZE(limit_rows_), 0},
	{"block I/O", io_rows, ARRAY_SIZE(io_rows), 0},
	{"files and devices", file_rows, ARRAY_SIZE(file_rows), 0},
	{"isolation", isolation_rows, ARRAY_SIZE(isolation_rows), 0},
	{"names", name_rows, ARRAY_SIZE(name_rows), 0},
	{"docker run's that are refused", run_refused_rows, RUN_REFUSED_COUNT, 0},
};

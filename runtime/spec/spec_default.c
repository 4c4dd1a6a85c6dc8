/* SPDX-License-Identifier: Apache-2.0 */
/* What docker run gives a container for which nothing is asked: as of Docker 27. */
#include "runtime/capability.h"
#include "runtime/spec.h"

#include <errno.h>
#include <string.h>

/* Tables of texts without pointers: each ends with a NUL, the last one with two. They need no relocation. */
static const char masked_paths[] = "/proc/asound\0"
				   "/proc/acpi\0"
				   "/proc/kcore\0"
				   "/proc/keys\0"
				   "/proc/latency_stats\0"
				   "/proc/timer_list\0"
				   "/proc/timer_stats\0"
				   "/proc/sched_debug\0"
				   "/proc/scsi\0"
				   "/sys/firmware\0"
				   "/sys/devices/virtual/powercap\0";

static const char readonly_paths[] = "/proc/bus\0"
				     "/proc/fs\0"
				     "/proc/irq\0"
				     "/proc/sys\0"
				     "/proc/sysrq-trigger\0";

/* destination, type, source, options; a folder comes before what is mounted below it */
static const char mounts[][4][64] = {
	{"/proc", "proc", "proc", "nosuid,noexec,nodev"},
	{"/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k"},
	{"/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"},
	{"/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro"},
	{"/sys/fs/cgroup", "cgroup", "cgroup", "ro,nosuid,noexec,nodev"},
	{"/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev"},
	{"/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=67108864"},
};

static const struct {
	char path[16];
	uint32_t major, minor;
} nodes[] = {
	{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
	{"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
};

#define RWM (DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD)

/* Nothing but what follows; any node may be made, which is of no use without the right to open it. */
static const struct device_rule rules[] = {
	{false, 'a', -1, -1, RWM}, {true, 'c', -1, -1, DEVICE_MKNOD}, {true, 'b', -1, -1, DEVICE_MKNOD},
	{true, 'c', 1, 3, RWM},	   /* null */
	{true, 'c', 1, 5, RWM},	   /* zero */
	{true, 'c', 1, 7, RWM},	   /* full */
	{true, 'c', 1, 8, RWM},	   /* random */
	{true, 'c', 1, 9, RWM},	   /* urandom */
	{true, 'c', 5, 0, RWM},	   /* tty */
	{true, 'c', 5, 1, RWM},	   /* console */
	{true, 'c', 5, 2, RWM},	   /* ptmx */
	{true, 'c', 136, -1, RWM}, /* pts */
	{false, 'c', 10, 229, RWM} /* fuse */
};

static int add_texts(struct spec *spec, struct spec_texts *out, const char *table)
{
	for (; *table; table += strlen(table) + 1)
		if (spec_texts_add(spec, out, table) < 0)
			return -ENOMEM;
	return 0;
}

/* A user namespace of one mapped id has no group 5 (tty), and devpts refuses a gid that is not mapped. */
static const char *devpts_options(const char *options, bool rootless)
{
	return rootless ? "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620" : options;
}

static int add_mounts(struct spec *spec, bool rootless)
{
	for (size_t i = 0; i < ARRAY_SIZE(mounts); i++) {
		const char *options = mounts[i][3];

		if (strcmp(mounts[i][1], "devpts") == 0)
			options = devpts_options(options, rootless);
		if (spec_mount_add(spec, mounts[i][0], mounts[i][1], mounts[i][2], options) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int add_devices(struct spec *spec)
{
	for (size_t i = 0; i < ARRAY_SIZE(nodes); i++) {
		struct spec_device device = {
			.path = nodes[i].path,
			.type = 'c',
			.major = nodes[i].major,
			.minor = nodes[i].minor,
			.mode = 0666,
		};

		if (spec_device_add(spec, &device) < 0)
			return -ENOMEM;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (spec_device_rule_add(spec, &rules[i]) < 0)
			return -ENOMEM;
	return 0;
}

static void set_namespaces(struct spec *spec, bool rootless)
{
	for (enum spec_namespace i = 0; i < SPEC_NS__COUNT; i++)
		spec->linux_.namespaces[i] = (struct spec_ns){.how = SPEC_NS_NEW};
	spec->linux_.namespaces[SPEC_NS_TIME].how = SPEC_NS_HOST;
	if (!rootless)
		spec->linux_.namespaces[SPEC_NS_USER].how = SPEC_NS_HOST;
}

int spec_set_defaults(struct spec *spec, bool rootless)
{
	struct spec_process *p = &spec->process;

	if (add_mounts(spec, rootless) < 0 || add_devices(spec) < 0 ||
	    add_texts(spec, &spec->linux_.masked_paths, masked_paths) < 0 ||
	    add_texts(spec, &spec->linux_.readonly_paths, readonly_paths) < 0 ||
	    spec_env_set(spec, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin") < 0)
		return -ENOMEM;
	p->cwd = spec_text(spec, "/");
	if (!p->cwd)
		return -ENOMEM;
	p->capabilities = (struct spec_capabilities){
		.bounding = capability_defaults,
		.effective = capability_defaults,
		.permitted = capability_defaults,
	};
	set_namespaces(spec, rootless);
	spec->linux_.seccomp = SPEC_SECCOMP_DEFAULT;
	return 0;
}

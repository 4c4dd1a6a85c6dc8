/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor of a launch: the system calls that make a container, and nothing else. No flags, no state, no
 * checks beyond "it worked". What plimsoll run takes beyond this is ours to answer for (docs/PERFORMANCE.md).
 *
 *   floor ROOTFS SCRATCH FILTER [+V2_GROUP] [:V1_GROUP…] [FILE=VALUE…] -- PROGRAM [ARGS…]
 *
 * ROOTFS is the lower layer, SCRATCH an empty folder to mount on, FILTER a file with a compiled seccomp
 * program ("" for none); groups are folders to make, FILE=VALUE is written after that.
 */
#include "cgroup/device_program.h"
#include "runtime/spec.h"

#include <err.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define GROUPS_MAX 16

struct floor {
	const char *rootfs, *scratch, *filter;
	const char *groups[GROUPS_MAX]; /* v2's first, if there is one */
	size_t n_groups;
	int v2;
	int tasks[GROUPS_MAX];
	size_t n_tasks;
	struct sock_fprog program;
};

static const char *const masked[] = {"proc/asound",	"proc/acpi",	    "proc/interrupts",
				     "proc/kcore",	"proc/keys",	    "proc/latency_stats",
				     "proc/timer_list", "proc/timer_stats", "proc/sched_debug",
				     "proc/scsi",	"sys/firmware",	    "sys/devices/virtual/powercap"};
static const char *const read_only[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"};

static const struct {
	const char *name;
	unsigned minor_of_mem, tty;
} nodes[] = {{"null", 3, 0},   {"zero", 5, 0},	  {"full", 7, 0},
	     {"random", 8, 0}, {"urandom", 9, 0}, {"tty", 0, 1}};

static void must(int result, const char *what)
{
	if (result < 0)
		err(125, "%s", what);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	must(fd, path);
	if (write(fd, text, strlen(text)) < 0)
		err(125, "%s = %s", path, text);
	close(fd);
}

static void make_groups(struct floor *f, char **words)
{
	char path[512];

	f->v2 = -1;
	for (; *words && strcmp(*words, "--") != 0; words++) {
		char *equals = strchr(*words, '=');

		if (**words == '/' && equals) {
			*equals = '\0';
			write_text(*words, equals + 1);
			*equals = '=';
			continue;
		}
		if (f->n_groups == GROUPS_MAX)
			errx(125, "more than %d groups", GROUPS_MAX);
		f->groups[f->n_groups++] = *words + 1;
		must(mkdir(*words + 1, 0755), *words);
		if (**words == '+') {
			f->v2 = open(*words + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
			must(f->v2, *words);
		} else {
			snprintf(path, sizeof(path), "%s/tasks", *words + 1);
			f->tasks[f->n_tasks] = open(path, O_WRONLY | O_CLOEXEC);
			must(f->tasks[f->n_tasks++], path);
		}
	}
}

/* Docker's default rules, as plimsoll run puts them. */
static void restrict_devices(const struct floor *f)
{
	_cleanup_spec_ struct spec *spec = spec_new();
	struct bpf_insn *program;
	union bpf_attr attr = {0};
	size_t n;
	int fd;

	if (f->v2 < 0)
		return;
	if (!spec || spec_set_defaults(spec, false) < 0 ||
	    device_program_make(spec->linux_.limits.rules, spec->linux_.limits.n_rules, &program, &n) < 0)
		errx(125, "device rules");
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insns = (uint64_t)(uintptr_t)program;
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uint64_t)(uintptr_t) "Apache-2.0";
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	must(fd, "BPF_PROG_LOAD");
	attr = (union bpf_attr){.attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI};
	attr.target_fd = (uint32_t)f->v2;
	attr.attach_bpf_fd = (uint32_t)fd;
	must((int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)), "BPF_PROG_ATTACH");
	close(fd);
	free(program);
}

static void read_filter(struct floor *f)
{
	struct stat st;
	int fd;

	if (!*f->filter)
		return;
	fd = open(f->filter, O_RDONLY | O_CLOEXEC);
	must(fd, f->filter);
	must(fstat(fd, &st), f->filter);
	f->program.len = (unsigned short)((size_t)st.st_size / sizeof(struct sock_filter));
	f->program.filter = malloc((size_t)st.st_size);
	if (!f->program.filter || read(fd, f->program.filter, (size_t)st.st_size) != st.st_size)
		err(125, "%s", f->filter);
	close(fd);
}

static void mount_root(const struct floor *f)
{
	char options[1024];

	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private mounts");
	must(mount("tmpfs", f->scratch, "tmpfs", 0, "mode=755"), "the writable layer");
	must(chdir(f->scratch), f->scratch);
	must(mkdir("upper", 0755) | mkdir("work", 0755) | mkdir("root", 0755), "folders");
	snprintf(options, sizeof(options), "lowerdir=%s,upperdir=upper,workdir=work,volatile", f->rootfs);
	must(mount("overlay", "root", "overlay", 0, options), "overlay");
	must(chdir("root"), "root");
}

static void mount_dev(void)
{
	const unsigned long quiet = MS_NOSUID | MS_NOEXEC;

	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
	must(mkdir("dev/pts", 0755) | mkdir("dev/shm", 01777) | mkdir("dev/mqueue", 0755), "folders of dev");
	must(mount("devpts", "dev/pts", "devpts", quiet, "newinstance,ptmxmode=0666,mode=0620,gid=5"),
	     "dev/pts");
	must(mount("shm", "dev/shm", "tmpfs", quiet | MS_NODEV, "mode=1777,size=65536k"), "dev/shm");
	must(mount("mqueue", "dev/mqueue", "mqueue", quiet | MS_NODEV, NULL), "dev/mqueue");
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		char path[32];

		snprintf(path, sizeof(path), "dev/%s", nodes[i].name);
		must(mknod(path, S_IFCHR | 0666,
			   nodes[i].tty ? makedev(5, 0) : makedev(1, nodes[i].minor_of_mem)),
		     path);
	}
	must(symlink("/proc/self/fd", "dev/fd") | symlink("/proc/self/fd/0", "dev/stdin") |
		     symlink("/proc/self/fd/1", "dev/stdout") | symlink("/proc/self/fd/2", "dev/stderr") |
		     symlink("pts/ptmx", "dev/ptmx"),
	     "links of dev");
}

/* One hierarchy, called by the folder that it is mounted on: "/sys/fs/cgroup/memory/GROUP". */
static void mount_v1(const char *group)
{
	char name[64];
	const char *end = strrchr(group, '/');
	const char *start = end;

	while (start > group && start[-1] != '/')
		start--;
	snprintf(name, sizeof(name), "%.*s", (int)(end - start), start);
	must(chdir("sys/fs/cgroup"), "sys/fs/cgroup");
	must(mkdir(name, 0755), name);
	must(mount("cgroup", name, "cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, name), name);
	must(chdir("../../.."), "the root");
}

static void mount_cgroups(const struct floor *f)
{
	const unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	const char *v2 = "sys/fs/cgroup";

	if (f->n_tasks) {
		must(mount("cgroup", v2, "tmpfs", quiet, "mode=755,size=64k"), v2);
		v2 = "sys/fs/cgroup/unified";
		must(mkdir(v2, 0755), v2);
	}
	must(mount("cgroup", v2, "cgroup2", quiet | MS_RDONLY, NULL), v2);
	for (size_t i = 1; f->n_tasks && i < f->n_groups; i++)
		mount_v1(f->groups[i]);
	if (f->n_tasks)
		must(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | quiet, NULL),
		     "sys/fs/cgroup");
}

static void loopback_up(void)
{
	struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	must(fd, "socket");
	must(ioctl(fd, SIOCSIFFLAGS, &request), "lo");
	close(fd);
}

static void mount_kernel(const struct floor *f)
{
	const unsigned long quiet = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	must(mount("proc", "proc", "proc", quiet, NULL), "proc");
	must(mount("sysfs", "sys", "sysfs", quiet | MS_RDONLY, NULL), "sys");
	mount_cgroups(f);
}

static void hide(void)
{
	for (size_t i = 0; i < sizeof(masked) / sizeof(masked[0]); i++) {
		struct stat st;

		if (stat(masked[i], &st) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			must(mount("tmpfs", masked[i], "tmpfs", MS_RDONLY, "size=0k"), masked[i]);
		else
			must(mount("dev/null", masked[i], NULL, MS_BIND, NULL), masked[i]);
	}
	for (size_t i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
		if (access(read_only[i], F_OK) < 0)
			continue;
		must(mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL), read_only[i]);
		must(mount(NULL, read_only[i], NULL,
			   MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL),
		     read_only[i]);
	}
}

_Noreturn static void child(const struct floor *f, char **command)
{
	for (size_t i = 0; i < f->n_tasks; i++)
		must((int)write(f->tasks[i], "0", 1), "tasks");
	must((int)syscall(SYS_unshare, CLONE_NEWCGROUP), "cgroup namespace");
	loopback_up();
	mount_root(f);
	mount_kernel(f);
	mount_dev();
	hide();
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "umount2");
	must(chdir("/"), "/");
	must(sethostname("floor", 5), "hostname");
	must(setsid(), "setsid");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	if (f->program.len)
		must((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &f->program), "seccomp");
	execv(command[0], command);
	err(127, "%s", command[0]);
}

static pid_t start(const struct floor *f, char **command)
{
	struct clone_args args = {
		.flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS,
		.exit_signal = SIGCHLD,
	};
	pid_t pid;

	if (f->v2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (__u64)(unsigned)f->v2;
	}
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	must(pid, "clone3");
	if (pid == 0)
		child(f, command);
	return pid;
}

int main(int argc, char **argv)
{
	struct floor f = {0};
	char **command = argv;
	int status;

	while (*command && strcmp(*command, "--") != 0)
		command++;
	if (argc < 5 || !*command || !command[1])
		errx(2, "usage: floor ROOTFS SCRATCH FILTER [+V2_GROUP] [:V1_GROUP...] [FILE=VALUE...] -- "
			"PROGRAM [ARGS...]");
	f.rootfs = argv[1];
	f.scratch = argv[2];
	f.filter = argv[3];
	make_groups(&f, argv + 4);
	restrict_devices(&f);
	read_filter(&f);
	must(waitpid(start(&f, command + 1), &status, 0), "waitpid");
	for (size_t i = 0; i < f.n_groups; i++)
		must(rmdir(f.groups[i]), f.groups[i]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

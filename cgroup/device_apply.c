/* SPDX-License-Identifier: Apache-2.0 */
/* The program into the kernel, by bpf(2) itself: no library for four calls. */
#include "base/cleanup.h"
#include "base/parse.h"
#include "base/str.h"
#include "cgroup/device_program.h"
#include "device_v1.h"
#include "group_file.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PROGRAM_NAME "plimsoll_dev"
#define PROGRAMS_MAX 64U /* as many as a cgroup takes (BPF_CGROUP_MAX_PROGS) */

static int bpf(int command, union bpf_attr *attr)
{
	long r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : (int)r;
}

static int load(const struct bpf_insn *insns, size_t n)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.expected_attach_type = BPF_CGROUP_DEVICE;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uintptr_t) "Apache-2.0";
	memcpy(attr.prog_name, PROGRAM_NAME, sizeof(PROGRAM_NAME));
	return bpf(BPF_PROG_LOAD, &attr);
}

static int attach(int cgroup, int program)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI;
	return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach(int cgroup, int program)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (uint32_t)cgroup;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	return bpf(BPF_PROG_DETACH, &attr);
}

/* The ids of the programs that are on the cgroup itself. Their count or -errno. */
static int query(int cgroup, uint32_t ids[PROGRAMS_MAX])
{
	union bpf_attr attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (uint32_t)cgroup;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = PROGRAMS_MAX;
	r = bpf(BPF_PROG_QUERY, &attr);
	return r < 0 ? r : (int)attr.query.prog_cnt;
}

/* A descriptor of the program where it has our name, -ENOENT where it is another's or gone. */
static int open_ours(uint32_t id)
{
	_cleanup_close_ int fd = -1;
	struct bpf_prog_info info;
	union bpf_attr attr;
	int r;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	if (fd < 0)
		return fd;
	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = (uint32_t)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	r = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	if (r < 0)
		return r;
	return strncmp(info.name, PROGRAM_NAME, sizeof(info.name)) == 0 ? TAKE_FD(fd) : -ENOENT;
}

/* Both the old and the new one must allow an access while both are there, so that nothing slips through
 * between the two steps. */
static int replace(int cgroup, int program)
{
	uint32_t old[PROGRAMS_MAX];
	int n = query(cgroup, old);
	int r = attach(cgroup, program);

	for (int i = 0; r == 0 && i < n; i++) {
		_cleanup_close_ int fd = open_ours(old[i]);

		if (fd == -ENOENT)
			continue;
		r = fd < 0 ? fd : detach(cgroup, fd);
	}
	return r;
}

static int apply_v2(int cgroup, const struct device_rule *rules, size_t n)
{
	_cleanup_free_ struct bpf_insn *insns = NULL;
	_cleanup_close_ int program = -1;
	size_t n_insns = 0;
	int r = device_program_make(rules, n, &insns, &n_insns);

	if (r < 0)
		return r;
	program = load(insns, n_insns);
	return program < 0 ? program : replace(cgroup, program);
}

static int write_line(int dir, struct slice line)
{
	struct slice word;
	char value[64];

	if (!next_word(&line, " ", &word) || line.len >= sizeof(value))
		return -EINVAL;
	while (line.len && line.at[0] == ' ')
		line = (struct slice){line.at + 1, line.len - 1};
	memcpy(value, line.at, line.len);
	value[line.len] = '\0';
	return group_write(dir, slice_is(word, "allow") ? "devices.allow" : "devices.deny", value);
}

static int apply_v1(const struct cgroup_group *g, int dir, const struct device_rule *rules, size_t n,
		    struct error *err)
{
	_cleanup_str_ struct str lines = {0};
	struct slice rest;
	struct slice line;
	size_t rule = 0;
	int r = device_v1_lines(rules, n, &lines, &rule);

	if (r == -EOPNOTSUPP)
		return error_set(err, r,
				 "say what is allowed without taking parts away again, or use a host with "
				 "cgroup v2",
				 "v1's devices controller can't keep device rule %zu: it takes a part away "
				 "from an earlier one",
				 rule + 1);
	if (r < 0)
		return error_errno(err, r, "", "cannot keep device rule %zu", rule + 1);
	rest = (struct slice){lines.data, lines.len};
	while (next_line(&rest, &line)) {
		r = write_line(dir, line);
		if (r < 0)
			return error_errno(
				err, r, r == -EPERM ? "a cgroup gets no device that its parent has not" : "",
				"cannot write the device rule '%.*s' to the cgroup '%s'", (int)line.len,
				line.at, g->path);
	}
	return 0;
}

static int tell(const struct cgroup_group *g, int code, struct error *err)
{
	switch (code) {
	case -E2BIG:
		return error_set(err, code, "give fewer, with '*' for ranges of numbers",
				 "there are too many device rules for one program");
	case -EPERM:
	case -EACCES:
		return error_set(err, code,
				 "run as root (CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN), or mount v1's "
				 "devices controller",
				 "no right to load the eBPF program that keeps the device rules of '%s'",
				 g->path);
	case -EINVAL:
	case -ENOSYS:
		return error_errno(err, code, "use a kernel with CONFIG_CGROUP_BPF and CONFIG_BPF_SYSCALL",
				   "the kernel does not take an eBPF program for device rules");
	default:
		return error_errno(err, code, "", "cannot keep the device rules of '%s'", g->path);
	}
}

int device_rules_apply(const struct cgroup_group *group, const struct device_rule *rules, size_t n,
		       struct error *err)
{
	int v2 = cgroup_group_v2(group);
	int v1 = group_home(group, CONTROLLER_DEVICES);
	int r = v2 < 0 ? -ENOENT : apply_v2(v2, rules, n);

	if (r == 0)
		return 0;
	if (v1 >= 0)
		return apply_v1(group, v1, rules, n, err);
	if (v2 < 0)
		return error_set(
			err, -EOPNOTSUPP, "mount cgroup v2, or v1's devices controller",
			"device rules can't be kept: the container has neither a v2 cgroup nor one of "
			"v1's devices controller");
	return tell(group, r, err);
}

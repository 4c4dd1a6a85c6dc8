/* SPDX-License-Identifier: Apache-2.0 */
#include "object.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char complaint[256];

static int keep_complaint(enum libbpf_print_level level, const char *format, va_list values)
	__attribute__((format(printf, 2, 0)));

static int keep_complaint(enum libbpf_print_level level, const char *format, va_list values)
{
	if (level == LIBBPF_WARN) {
		vsnprintf(complaint, sizeof(complaint), format, values);
		complaint[strcspn(complaint, "\n")] = '\0';
	}
	return 0;
}

void object_silence(void)
{
	libbpf_set_print(keep_complaint);
}

static bool is_administrator(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	return syscall(SYS_capget, &header, data) == 0 && data[0].effective >> CAP_SYS_ADMIN & 1;
}

static const char *remedy(int code)
{
	/* libbpf before 1.3 looks for what a kernel lacks in its modules' type information, and gives up
	 * where it may not */
	bool is_old = libbpf_major_version() == 1 && libbpf_minor_version() < 3;

	if (is_old && !is_administrator())
		return "run as root, or with CAP_BPF, CAP_PERFMON and, for this libbpf, CAP_SYS_ADMIN until "
		       "it is "
		       "loaded";
	if (code == -EPERM || code == -EACCES)
		return "run as root, or with CAP_BPF and CAP_PERFMON; a kernel in lockdown refuses it to "
		       "everybody";
	if (code == -ENOMEM)
		return "free memory, or raise RLIMIT_MEMLOCK (kernels before 5.11)";
	return "";
}

/* Then the verifier knows no helper that reads the kernel's memory, and calls the program invalid
 * (security/lockdown: LOCKDOWN_BPF_READ_KERNEL). */
static bool is_locked_down(void)
{
	_cleanup_free_ char *levels = NULL;

	return fs_read_file(AT_FDCWD, "/sys/kernel/security/lockdown", 256, &levels, NULL) == 0 &&
	       strstr(levels, "[confidentiality]");
}

/* What is not to be loaded at all can't be refused. */
static bool is_to_load(const struct bpf_object *object, const char *program)
{
	const struct bpf_program *found = bpf_object__find_program_by_name(object, program);

	return found && bpf_program__autoload(found);
}

int object_load(struct bpf_object_skeleton *skeleton, const char *refuse, struct error *err)
{
	int r;

	complaint[0] = '\0';
	if (refuse && is_to_load(*skeleton->obj, refuse))
		return error_set(err, -EINVAL, "",
				 "the kernel refused the BPF program '%s' (as this test asked for)", refuse);
	r = bpf_object__load_skeleton(skeleton);
	if (r < 0 && is_locked_down())
		return error_set(
			err, r, "boot with lockdown=integrity or without it",
			"the kernel is locked down for confidentiality: no BPF program may read its memory");
	if (r < 0)
		return error_errno(err, r, remedy(r), "the kernel refused the BPF programs '%s'%s%s",
				   skeleton->name, complaint[0] ? ": " : "", complaint);
	return 0;
}

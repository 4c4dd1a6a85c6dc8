/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/host.h"

#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "host_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define CGROUP_FILE_MAX ((size_t)256 << 10)

/* Whether both lists, by commas, have the same words: the order in which the kernel names a hierarchy's
 * controllers is not promised. */
static bool has_all(struct slice list, struct slice words)
{
	struct slice word;

	while (next_word(&words, ",", &word)) {
		struct slice rest = list;
		struct slice other;
		bool found = false;

		while (!found && next_word(&rest, ",", &other))
			found = slice_equal(word, other);
		if (!found)
			return false;
	}
	return true;
}

static bool is_of(const struct hierarchy *h, struct slice controllers)
{
	struct slice own = slice_of(h->options);

	if (h->version == 2)
		return controllers.len == 0;
	return controllers.len > 0 && has_all(own, controllers) && has_all(controllers, own);
}

/* The path below what the mount shows as its root; {0} where it is not below. */
static struct slice below_root(struct slice path, const char *root)
{
	size_t len = strlen(root);

	if (strcmp(root, "/") == 0)
		return path;
	if (path.len < len || memcmp(path.at, root, len) != 0)
		return (struct slice){0};
	if (path.len == len)
		return slice_of("/");
	return path.at[len] == '/' ? (struct slice){path.at + len, path.len - len} : (struct slice){0};
}

/* "/.." leads out of this cgroup namespace. */
static bool is_usable(struct slice path, size_t cap)
{
	return path.len > 0 && path.len < cap && path.at[0] == '/' &&
	       !(path.len >= 3 && memcmp(path.at, "/..", 3) == 0 && (path.len == 3 || path.at[3] == '/'));
}

static void take_line(struct host *host, struct slice controllers, struct slice path)
{
	for (size_t i = 0; i < host->layout->n_hierarchies; i++) {
		const struct hierarchy *h = &host->layout->hierarchies[i];
		char *out = host->own_cgroup[i];
		struct slice own;

		if (!is_of(h, controllers))
			continue;
		own = below_root(path, h->root);
		if (!is_usable(own, sizeof(host->own_cgroup[i])))
			continue;
		memcpy(out, own.at, own.len);
		out[own.len] = '\0';
	}
}

void host_read_own_cgroup(struct host *host, struct slice text)
{
	struct slice line;

	while (host->layout && next_line(&text, &line)) {
		const char *first = line.len ? memchr(line.at, ':', line.len) : NULL;
		size_t left = first ? line.len - (size_t)(first + 1 - line.at) : 0;
		const char *second = left ? memchr(first + 1, ':', left) : NULL;

		if (second)
			take_line(host, (struct slice){first + 1, (size_t)(second - first - 1)},
				  (struct slice){second + 1, line.len - (size_t)(second + 1 - line.at)});
	}
}

/* The number in a file of procfs; `otherwise` where there is no such file. */
static uint64_t read_number(int procfs, const char *path, uint64_t otherwise)
{
	_cleanup_free_ char *text = NULL;
	struct slice rest;
	struct slice line;
	uint64_t value;
	size_t len;

	if (fs_read_file(procfs, path, 64, &text, &len) < 0)
		return otherwise;
	rest = (struct slice){text, len};
	return next_line(&rest, &line) && parse_u64(line, &value) == 0 ? value : otherwise;
}

void host_look_at_user_namespaces(struct host *host, int procfs)
{
	const char *reason = NULL;

	if (faccessat(procfs, "self/ns/user", F_OK, 0) < 0)
		reason = "this kernel has no user namespaces: it needs CONFIG_USER_NS";
	else if (read_number(procfs, "sys/user/max_user_namespaces", 1) == 0)
		reason = "user namespaces are switched off: sysctl user.max_user_namespaces=15000";
	else if (host->rootless && read_number(procfs, "sys/kernel/unprivileged_userns_clone", 1) == 0)
		reason = "user namespaces are root's alone: sysctl kernel.unprivileged_userns_clone=1";
	else if (host->rootless &&
		 read_number(procfs, "sys/kernel/apparmor_restrict_unprivileged_userns", 0) != 0)
		reason = "AppArmor keeps user namespaces from users: "
			 "sysctl kernel.apparmor_restrict_unprivileged_userns=0, or a profile with 'userns'";
	host->user_namespace = !reason;
	host->user_namespace_reason = reason;
}

/* capget(2) as it is, since libcap isn't linked. */
static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

/* sd_booted(3): the folder is there where systemd is PID 1, and on no other host. */
static bool is_booted_by_systemd(void)
{
	struct stat st;

	return lstat("/run/systemd/system", &st) == 0 && S_ISDIR(st.st_mode);
}

static void look_at_machine(struct host *host)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct sysinfo info;

	host->cpus = cpus > 0 ? (unsigned)cpus : 1;
	if (sysinfo(&info) == 0) {
		host->memory = (uint64_t)info.totalram * info.mem_unit;
		host->swap = (uint64_t)info.totalswap * info.mem_unit;
	}
}

static int look_at_cgroups(struct host *host, int procfs, struct error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r = cgroup_layout_open(&(struct cgroup_roots){"/proc", "/sys", "/"}, &host->layout, err);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = fs_read_file(procfs, "self/cgroup", CGROUP_FILE_MAX, &text, &len);
	if (r < 0)
		return error_errno(err, r, "", "cannot read '/proc/self/cgroup'");
	host_read_own_cgroup(host, (struct slice){text, len});
	return 0;
}

static void look_at_ids(struct host *host)
{
	_cleanup_close_ int root = fs_open_dir(AT_FDCWD, "/");

	if (root >= 0)
		host_look_at_ids(host, root);
}

int host_open(struct host *out, struct error *err)
{
	_cleanup_close_ int procfs = fs_open_dir(AT_FDCWD, "/proc");
	struct error ignored;
	int r;

	*out = (struct host){.uid = geteuid(), .gid = getegid(), .capabilities = effective_capabilities()};
	if (procfs < 0)
		return error_errno(err, procfs, "mount procfs", "cannot open '/proc'");
	out->rootless = !(out->capabilities >> CAP_SYS_ADMIN & 1);
	out->systemd = is_booted_by_systemd();
	out->time_namespace = faccessat(procfs, "self/ns/time", F_OK, 0) == 0;
	host_look_at_user_namespaces(out, procfs);
	if (out->rootless)
		look_at_ids(out);
	look_at_machine(out);
	r = look_at_cgroups(out, procfs, err ? err : &ignored);
	if (r < 0) {
		host_close(out);
		return r;
	}
	if (err)
		*err = (struct error){0};
	return 0;
}

void host_close(struct host *host)
{
	cgroup_layout_close(host->layout);
	host->layout = NULL;
}

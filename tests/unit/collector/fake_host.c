/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_host.h"

#include "base/cleanup.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

static const char *const v1_controllers[] = {"cpu",   "cpuacct", "cpuset",  "memory", "devices", "freezer",
					     "blkio", "pids",	 "hugetlb", "rdma",   "misc"};
static const char *const namespaces[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};

void fake_mkdir(const struct fake *f, const char *path)
{
	char part[4096];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (*part && mkdirat(f->fd, part, 0755) < 0)
			assert_int_equal(errno, EEXIST);
	}
	if (mkdirat(f->fd, path, 0755) < 0)
		assert_int_equal(errno, EEXIST);
}

static void make_way(const struct fake *f, const char *path)
{
	char folder[4096];
	char *slash;

	snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	if (!slash)
		return;
	*slash = '\0';
	if (faccessat(f->fd, folder, F_OK, 0) < 0)
		fake_mkdir(f, folder);
}

void fake_write_bytes(const struct fake *f, const char *path, const char *bytes, size_t len)
{
	_cleanup_close_ int fd = -1;

	make_way(f, path);
	fd = openat(f->fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, bytes + done, len - done, (off_t)done);

		assert_true(n > 0);
		done += (size_t)n;
	}
	/* Last, so that even an empty text is a change. */
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
}

void fake_write(const struct fake *f, const char *path, const char *text)
{
	fake_write_bytes(f, path, text, strlen(text));
}

void fake_unlink(const struct fake *f, const char *path)
{
	assert_int_equal(unlinkat(f->fd, path, 0), 0);
}

void fake_link(const struct fake *f, const char *path, const char *target)
{
	make_way(f, path);
	assert_int_equal(symlinkat(target, f->fd, path), 0);
}

/* --- the host --- */

static void mount_line(struct str *out, const char *point, const char *type, const char *options)
{
	str_printf(out, "%zu 24 0:26 / /sys/fs/cgroup%s%s rw,nosuid - %s cgroup rw,%s\n", 30 + out->len / 10,
		   *point ? "/" : "", point, type, options);
}

static void make_mounts(struct fake *f)
{
	_cleanup_str_ struct str mounts = {0};

	str_add(&mounts, "22 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n");
	str_add(&mounts, "24 22 0:22 / /sys rw,nosuid - sysfs sysfs rw\n");
	if (f->kind != FAKE_V1)
		mount_line(&mounts, f->hierarchies[0], "cgroup2", "nsdelegate");
	for (size_t i = f->kind == FAKE_V1 ? 0 : 1; i < f->n_hierarchies; i++)
		mount_line(&mounts, f->hierarchies[i], "cgroup", f->hierarchies[i]);
	fake_write(f, "proc/1/mountinfo", mounts.data);
}

static void make_hierarchies(struct fake *f)
{
	if (f->kind == FAKE_V2)
		f->hierarchies[f->n_hierarchies++] = "";
	if (f->kind == FAKE_HYBRID)
		f->hierarchies[f->n_hierarchies++] = "unified";
	for (size_t i = 0; i < ARRAY_SIZE(v1_controllers) && f->kind != FAKE_V2; i++)
		f->hierarchies[f->n_hierarchies++] = v1_controllers[i];
	for (size_t i = 0; i < f->n_hierarchies; i++)
		fake_cgroup(f, f->hierarchies[i], "/");
	if (f->kind == FAKE_V2)
		fake_write(f, "sys/fs/cgroup/cgroup.controllers",
			   "cpuset cpu io memory hugetlb pids rdma misc\n");
	if (f->kind == FAKE_HYBRID)
		fake_write(f, "sys/fs/cgroup/unified/cgroup.controllers", "\n");
}

void fake_make(struct fake *f, enum fake_kind kind)
{
	*f = (struct fake){.kind = kind, .path = "/tmp/plimsoll-host-XXXXXX"};
	assert_non_null(mkdtemp(f->path));
	f->fd = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(f->fd >= 0);
	snprintf(f->procfs, sizeof(f->procfs), "%s/proc", f->path);
	snprintf(f->sysfs, sizeof(f->sysfs), "%s/sys", f->path);
	make_hierarchies(f);
	make_mounts(f);
	fake_process(f, 1, 0, "");
	fake_write(f, "proc/stat",
		   "cpu  1 2 3\ncpu0 1 2 3\ncpu1 1 2 3\nintr 1\nbtime 1700000000\nprocesses 5\n");
	fake_write(
		f, "proc/meminfo",
		"MemTotal:       16384 kB\nMemFree:         4096 kB\nSwapTotal:       2048 kB\nSwapFree:   "
		"     1024 kB\n");
	fake_write(f, "proc/sys/kernel/hostname", "fake\n");
	fake_write(f, "proc/sys/kernel/osrelease", "6.1.0-fake\n");
	fake_link(f, "sys/dev/block/254:0", "../../devices/pci0000:00/virtio1/block/vda");
	fake_link(f, "sys/dev/block/8:0", "../../devices/pci0000:00/host0/block/sda");
	fake_mkdir(f, "sys/kernel/mm/hugepages/hugepages-2048kB");
	fake_mkdir(f, "sys/kernel/mm/hugepages/hugepages-1048576kB");
}

/* Everything below a folder, by descriptors: a path may be longer than PATH_MAX. Takes fd. */
static void empty(int fd)
{
	_cleanup_closedir_ DIR *dir = fdopendir(fd);
	const struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (entry->d_type == DT_DIR) {
			int below = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			assert_true(below >= 0);
			empty(below);
			assert_int_equal(unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR), 0);
		} else {
			assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
		}
	}
}

static void remove_all(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct rlimit limit;

	/* one descriptor a level */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_true(fd >= 0);
	empty(fd);
	assert_int_equal(rmdir(path), 0);
}

void fake_remove(struct fake *f)
{
	close(f->fd);
	remove_all(f->path);
}

struct collector_options fake_options(const struct fake *f)
{
	return (struct collector_options){
		.roots = {f->procfs, f->sysfs, f->path},
		.linger_ns = UINT64_C(60000000000),
		.rescan_interval_ns = UINT64_C(3600000000000),
	};
}

struct source *fake_open(const struct fake *f)
{
	struct collector_options options = fake_options(f);
	struct error err = {0};
	struct source *s = NULL;

	if (collector_open(&options, &s, &err) < 0)
		fail_msg("%s: %s", err.cause, err.remedy);
	return s;
}

/* --- cgroups --- */

static void cgroup_path(char *out, size_t size, const char *hierarchy, const char *cgroup, const char *file)
{
	int n = snprintf(out, size, "sys/fs/cgroup%s%s%s%s%s", *hierarchy ? "/" : "", hierarchy,
			 cgroup[1] ? cgroup : "", *file ? "/" : "", file);

	assert_true(n > 0 && (size_t)n < size);
}

static void in_each(const struct fake *f, const char *hierarchy, const char *cgroup,
		    void (*apply)(const struct fake *f, const char *hierarchy, const char *cgroup))
{
	for (size_t i = 0; i < f->n_hierarchies; i++)
		if (!hierarchy || strcmp(hierarchy, f->hierarchies[i]) == 0)
			apply(f, f->hierarchies[i], cgroup);
}

static void make_one(const struct fake *f, const char *hierarchy, const char *cgroup)
{
	char path[4096];

	cgroup_path(path, sizeof(path), hierarchy, cgroup, "");
	fake_mkdir(f, path);
	cgroup_path(path, sizeof(path), hierarchy, cgroup, "cgroup.procs");
	fake_write(f, path, "");
}

void fake_cgroup(const struct fake *f, const char *hierarchy, const char *cgroup)
{
	in_each(f, hierarchy, cgroup, make_one);
}

static void remove_cgroup(const struct fake *f, const char *hierarchy, const char *cgroup)
{
	char path[4096];
	char full[4200];

	cgroup_path(path, sizeof(path), hierarchy, cgroup, "");
	snprintf(full, sizeof(full), "%s/%s", f->path, path);
	if (access(full, F_OK) == 0)
		remove_all(full);
}

void fake_cgroup_remove(const struct fake *f, const char *hierarchy, const char *cgroup)
{
	in_each(f, hierarchy, cgroup, remove_cgroup);
}

void fake_cgroup_write(const struct fake *f, const char *hierarchy, const char *cgroup, const char *file,
		       const char *text)
{
	char path[4096];

	cgroup_path(path, sizeof(path), hierarchy, cgroup, file);
	fake_write(f, path, text);
}

/* --- processes --- */

void fake_process(const struct fake *f, unsigned pid, unsigned shares_with, const char *kinds)
{
	for (size_t i = 0; i < ARRAY_SIZE(namespaces); i++) {
		char path[64];
		char other[64];

		snprintf(path, sizeof(path), "proc/%u/ns/%s", pid, namespaces[i]);
		snprintf(other, sizeof(other), "proc/%u/ns/%s", shares_with, namespaces[i]);
		make_way(f, path);
		/* The inode number is the namespace: one file with two names is one that is shared. */
		if (shares_with && strstr(kinds, namespaces[i]))
			assert_int_equal(linkat(f->fd, other, f->fd, path, 0), 0);
		else
			fake_write(f, path, "");
	}
}

void fake_net_dev(const struct fake *f, unsigned pid, const char *interface, uint64_t base)
{
	_cleanup_str_ struct str text = {0};
	char path[64];

	str_add(&text, "Inter-|   Receive                                                |  Transmit\n"
		       " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets "
		       "errs drop "
		       "fifo colls carrier compressed\n"
		       "    lo:    5000       50    0    0    0     0          0         0     5000       50 "
		       "   0    0    "
		       "0     0       0          0\n");
	str_printf(&text, "%6s:", interface);
	for (unsigned i = 1; i <= 4; i++) {
		str_char(&text, ' ');
		str_u64(&text, base + i);
	}
	str_add(&text, " 0 0 0 0");
	for (unsigned i = 5; i <= 8; i++) {
		str_char(&text, ' ');
		str_u64(&text, base + i);
	}
	str_add(&text, " 0 0 0 0\n");
	snprintf(path, sizeof(path), "proc/%u/net/dev", pid);
	fake_write(f, path, text.data);
}

/* --- what came of it --- */

struct snapshot *fake_sample(struct source *s, const struct metric_set *need)
{
	struct metric_set all;
	struct snapshot *snap = NULL;
	struct error err = {0};

	memset(&all, 0, sizeof(all));
	for (unsigned g = 0; g < GROUP__COUNT; g++)
		metric_set_add_group(&all, g);
	if (source_sample(s, need ? need : &all, &snap, &err) < 0)
		fail_msg("%s", err.cause);
	return snap;
}

static ptrdiff_t find(const struct snapshot *s, const char *path, bool ended)
{
	for (size_t i = 0; i < snapshot_count(s); i++) {
		const struct entity *e = snapshot_entity(s, i);

		if (e->ended == ended && strcmp(e->path, path) == 0)
			return (ptrdiff_t)i;
	}
	return -1;
}

ptrdiff_t fake_find(const struct snapshot *s, const char *path)
{
	return find(s, path, false);
}

ptrdiff_t fake_find_ended(const struct snapshot *s, const char *path)
{
	return find(s, path, true);
}

static size_t must_find(const struct snapshot *s, const char *path)
{
	ptrdiff_t index = fake_find(s, path);

	if (index < 0)
		index = fake_find_ended(s, path);
	if (index < 0)
		fail_msg("'%s' is not in the snapshot", path);
	return (size_t)index;
}

bool fake_has(const struct snapshot *s, const char *path, enum metric_id id)
{
	uint64_t value;

	return snapshot_get(s, must_find(s, path), id, &value);
}

uint64_t fake_value(const struct snapshot *s, const char *path, enum metric_id id)
{
	uint64_t value = 0;

	if (!snapshot_get(s, must_find(s, path), id, &value))
		fail_msg("'%s' has no %s", path, metrics[id].id_name);
	return value;
}

static bool find_series(const struct snapshot *s, const char *path, enum metric_id id, const char *instance,
			uint64_t *value)
{
	size_t index = must_find(s, path);

	for (uint32_t i = 0; i < snapshot_entity(s, index)->n_series; i++) {
		const struct series *series = snapshot_series_at(s, index, i);

		if (strcmp(series->instance, instance) == 0 && series_get(series, id, value))
			return true;
	}
	return false;
}

bool fake_has_series(const struct snapshot *s, const char *path, enum metric_id id, const char *instance)
{
	uint64_t value;

	return find_series(s, path, id, instance, &value);
}

uint64_t fake_series(const struct snapshot *s, const char *path, enum metric_id id, const char *instance)
{
	uint64_t value = 0;

	if (!find_series(s, path, id, instance, &value))
		fail_msg("'%s' has no %s of '%s'", path, metrics[id].id_name, instance);
	return value;
}

size_t fake_count_fds(void)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	return n;
}

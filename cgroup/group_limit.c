/* SPDX-License-Identifier: Apache-2.0 */
/* A plan of writes becomes true, or says why not. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "base/text.h"
#include "group_file.h"
#include "limit_plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct remedy {
	const char *file; /* a glob */
	int code;
	const char *text;
};

/* The first that matches. */
static const struct remedy remedies[] = {
	{"memory*limit_in_bytes", EBUSY,
	 "the processes in it use more than that, and no more could be reclaimed: stop some, or choose more"},
	{"memory.memsw.limit_in_bytes", EINVAL, "it must not be less than --memory: change both together"},
	{"memory.limit_in_bytes", EINVAL, "it must not be more than --memory-swap: change both together"},
	{"memory.oom_control", EINVAL, "the root cgroup's OOM killer can't be disabled"},
	{"memory.kmem.*", EOPNOTSUPP, "this kernel limits kernel memory by --memory alone"},
	{"cpuset.*", EACCES, "choose from what the parent cgroup has: see cpuset.cpus and cpuset.mems there"},
	{"cpuset.*", EINVAL,
	 "choose from what the parent cgroup has and the kernel knows, and none that another cgroup has for "
	 "itself (exclusive)"},
	{"cpuset.*", EBUSY, "something in it still needs what would be taken away: stop it first"},
	{"cpuset.*", ENOSPC, "a cgroup with processes needs at least one CPU and one memory node"},
	{"io.bfq.weight", EOPNOTSUPP,
	 "the device's I/O scheduler is not bfq: choose it in /sys/block/*/queue/scheduler"},
	{"blkio.bfq.weight_device", EOPNOTSUPP,
	 "the device's I/O scheduler is not bfq: choose it in /sys/block/*/queue/scheduler"},
	{"io.*", ENODEV,
	 "the kernel limits whole disks alone: of a partition name its disk ('lsblk -no PKNAME'), and look "
	 "whether the device is there"},
	{"blkio.*", ENODEV,
	 "the kernel limits whole disks alone: of a partition name its disk ('lsblk -no PKNAME'), and look "
	 "whether the device is there"},
	{"cpu.cfs_*", EINVAL,
	 "a cgroup gets no more than its parents: look at cpu.cfs_quota_us and cpu.cfs_period_us there"},
	{"cpu.max*", EINVAL, "the quota must be at least 1000 µs and the burst at most the quota"},
	{"cpu.weight", EINVAL, "an idle cgroup has no weight: set --cpu-idle 0 first"},
	{"cpu.shares", EINVAL, "an idle cgroup has no shares: set --cpu-idle 0 first"},
	{"cpu.rt_*", EINVAL,
	 "each parent needs real-time of its own first: write cpu.rt_runtime_us there, from the top down"},
	{"*", ERANGE, "the kernel takes no such value: choose one in its range"},
	{"*", EINVAL,
	 "the kernel takes no such value: see Documentation/admin-guide/cgroup-v2.rst or "
	 "cgroup-v1/"},
	{"*", EROFS, "the cgroup mount is read-only: mount it read-write, or run on the host"},
	{"*", EACCES, "run as root, or have the cgroup delegated to you: with systemd, Delegate=yes"},
	{"*", EPERM, "run as root, or have the cgroup delegated to you: with systemd, Delegate=yes"},
	{"*", ENODEV, "the cgroup was removed meanwhile: the container is gone"},
	{"*", EOPNOTSUPP, "this kernel has no such limit: leave the option out"},
};

static const char *find_remedy(const char *file, int code)
{
	for (size_t i = 0; i < ARRAY_SIZE(remedies); i++)
		if (remedies[i].code == -code && text_glob(remedies[i].file, file))
			return remedies[i].text;
	return "";
}

/* --- a file that is not there --- */

static bool lists(int dir, const char *file, const char *controller)
{
	char text[1024];
	struct slice rest;
	struct slice word;

	if (group_read(dir, file, text, sizeof(text)) < 0)
		return false;
	rest = slice_of(text);
	while (next_word(&rest, " \n", &word))
		if (slice_is(word, controller))
			return true;
	return false;
}

/* Why does this parent not pass the controller on? Asks the kernel again, since only it knows. */
static int tell_why(int parent, const char *where, const char *controller, const struct limit_write *w,
		    struct error *err)
{
	bool busy = group_has_own_processes(parent);
	char text[256];
	int r = -EBUSY;

	if (!busy) {
		snprintf(text, sizeof(text), "+%s", controller);
		r = group_write(parent, "cgroup.subtree_control", text);
	}
	if (r == -EBUSY)
		return error_set(err, r,
				 "move its processes into a cgroup below it first ('no internal processes', "
				 "cgroups(7)), or put the container elsewhere with --cgroup-parent",
				 "%s: the container's cgroup has no %s controller, since its parent '%s' has "
				 "processes of its own",
				 w->flag, controller, where);
	snprintf(text, sizeof(text),
		 "let root write '+%s' into its cgroup.subtree_control, or have it delegated: with systemd, "
		 "Delegate=yes",
		 controller);
	return error_errno(err, r < 0 ? r : -EAGAIN, text,
			   "%s: the container's cgroup has no %s controller, since '%s' does not pass it on",
			   w->flag, controller, where);
}

/* The first folder from the root down that does not pass the controller on; -1 where all do. */
static int find_gap(const struct cgroup_group *g, const struct hierarchy *h, const char *controller,
		    char *where, size_t cap)
{
	const char *at = g->path;

	while (at && *at) {
		_cleanup_close_ int dir = -1;
		_cleanup_free_ char *rel = strndup(g->path, (size_t)(at - g->path));

		if (!rel)
			return -1;
		dir = fs_open_dir(h->fd, *rel ? rel + 1 : ".");
		if (dir < 0)
			return -1;
		if (!lists(dir, "cgroup.subtree_control", controller)) {
			snprintf(where, cap, "%s%s", h->mount_point, rel);
			return TAKE_FD(dir);
		}
		at = strchr(at + 1, '/');
	}
	return -1;
}

static int tell_missing(const struct cgroup_group *g, const struct limit_write *w, struct error *err)
{
	const struct hierarchy *h = &g->layout->hierarchies[w->hierarchy];
	enum controller c = limit_file_controller(w->file);
	_cleanup_close_ int gap = -1;
	char where[320];

	if (h->version == 2 && c != CONTROLLER__COUNT && c != CONTROLLER_CORE &&
	    !lists(g->fds[w->hierarchy], "cgroup.controllers", controller_name(c)))
		gap = find_gap(g, h, controller_name(c), where, sizeof(where));
	if (gap >= 0)
		return tell_why(gap, where, controller_name(c), w, err);
	group_where(g, w->hierarchy, where, sizeof(where));
	return error_set(
		err, -EOPNOTSUPP,
		"look whether that is its name in cgroup v1 or v2, as this host has it, and whether the "
		"kernel has it (swap: CONFIG_SWAP and no swapaccount=0); or leave the option out",
		"%s: there is no file '%s' in '%s'", w->flag, w->file, where);
}

/* --- writing --- */

/* The kernel rounds to pages, no further. */
static bool stands(int dir, const struct limit_write *w)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char text[64];
	uint64_t wanted;
	uint64_t there;
	ssize_t n = group_read(dir, w->file, text, sizeof(text));

	if (n < 0 || parse_u64(slice_of(w->value), &wanted) < 0)
		return true;
	while (n && text[n - 1] == '\n')
		n--;
	return parse_u64((struct slice){text, (size_t)n}, &there) < 0 || there / page == wanted / page;
}

static int put(const struct cgroup_group *g, const struct limit_write *w)
{
	int dir = g->fds[w->hierarchy];
	int r = dir < 0 ? -ENODEV : group_write(dir, w->file, w->value);

	if (r == 0 && w->verified && !stands(dir, w))
		return -EOPNOTSUPP;
	return r;
}

static int tell(const struct cgroup_group *g, const struct limit_write *w, int code, struct error *err)
{
	char where[320];

	if (code == -ENOENT)
		return tell_missing(g, w, err);
	group_where(g, w->hierarchy, where, sizeof(where));
	return error_errno(err, code, find_remedy(w->file, code),
			   "%s: the kernel does not take '%.64s' for '%s/%s'", w->flag, w->value, where,
			   w->file);
}

/* Writes the first of those that belong together, and those with it. *used is how many that were. */
static int put_some(const struct cgroup_group *g, const struct limit_write *w, size_t n, size_t *used,
		    struct error *err)
{
	int r = put(g, w);

	*used = 1;
	if (w->missing == LIMIT_MISSING_NEXT && n > 1) {
		if (r == -ENOENT)
			r = put_some(g, w + 1, n - 1, used, err);
		else if (r < 0)
			return tell(g, w, r, err);
		*used = 2;
		return r;
	}
	if (r == -ENOENT && w->missing == LIMIT_MISSING_SKIPS)
		return 0;
	if ((r == -EINVAL || r == -EBUSY) && w->paired && n > 1 &&
	    put_some(g, w + 1, n - 1, used, NULL) == 0) {
		(*used)++;
		r = put(g, w);
	}
	return r < 0 ? tell(g, w, r, err) : 0;
}

int cgroup_group_limit(const struct cgroup_group *group, const struct limit_write *writes, size_t n,
		       struct error *err)
{
	for (size_t i = 0; i < n;) {
		size_t used;
		int r = put_some(group, &writes[i], n - i, &used, err);

		if (r < 0)
			return r;
		i += used;
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a group, and what happened to it. */
#include "base/cleanup.h"
#include "base/fs.h"
#include "base/parse.h"
#include "group_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROCS_MAX ((size_t)64 << 20)

struct pids {
	pid_t *at;
	size_t n;
	size_t cap;
};

static int add_pid(struct pids *p, pid_t pid)
{
	if (p->n == p->cap) {
		size_t cap = p->cap ? p->cap * 2 : 32;
		pid_t *more = reallocarray(p->at, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		p->at = more;
		p->cap = cap;
	}
	p->at[p->n++] = pid;
	return 0;
}

static int read_procs(int dir, char **text, size_t *len)
{
	int r = fs_read_file(dir, "cgroup.procs", PROCS_MAX, text, len);

	/* EOPNOTSUPP: a threaded cgroup, whose processes are listed above it; the others: gone */
	if (r == -EOPNOTSUPP || r == -ENODEV || r == -ENOENT) {
		*len = 0;
		return 0;
	}
	return r;
}

static int visit_pids(int dir, void *arg)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	struct slice rest;
	struct slice line;
	int r = read_procs(dir, &text, &len);

	rest = (struct slice){text, len};
	while (r == 0 && len && next_line(&rest, &line)) {
		uint64_t pid;

		/* "0" is a process outside of our pid namespace, and kill(0) would be ourselves */
		if (parse_u64(line, &pid) == 0 && pid > 0 && pid <= INT32_MAX)
			r = add_pid(arg, (pid_t)pid);
	}
	return r;
}

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a;
	pid_t y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

static void sort_unique(struct pids *p)
{
	size_t kept = 0;

	if (p->n)
		qsort(p->at, p->n, sizeof(*p->at), compare_pids);
	for (size_t i = 0; i < p->n; i++)
		if (kept == 0 || p->at[kept - 1] != p->at[i])
			p->at[kept++] = p->at[i];
	p->n = kept;
}

int cgroup_group_pids(const struct cgroup_group *group, pid_t **pids, size_t *n)
{
	struct pids p = {0};
	int r = 0;

	/* all hierarchies: a process of root's may have left one of v1 */
	for (size_t i = 0; r == 0 && i < group->layout->n_hierarchies; i++)
		if (group->fds[i] >= 0)
			r = group_walk(group->fds[i], visit_pids, &p);
	if (r < 0) {
		free(p.at);
		return r;
	}
	sort_unique(&p);
	*pids = p.at;
	*n = p.n;
	return 0;
}

static int visit_populated(int dir, void *arg)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;
	int r = read_procs(dir, &text, &len);

	(void)arg;
	return r < 0 ? r : len > 0;
}

int cgroup_group_is_populated(const struct cgroup_group *group)
{
	int v2 = cgroup_group_v2(group);
	char text[256];
	int r = 0;

	if (v2 >= 0) {
		ssize_t n = group_read(v2, "cgroup.events", text, sizeof(text));

		if (n == -ENOENT || n == -ENODEV)
			return 0;
		return n < 0 ? (int)n : (int)group_key(text, "populated");
	}
	for (size_t i = 0; r == 0 && i < group->layout->n_hierarchies; i++)
		if (group->fds[i] >= 0)
			r = group_walk(group->fds[i], visit_populated, NULL);
	return r;
}

/* v1 counts in the victim's own cgroup alone, which may be below the container's. */
static int visit_oom(int dir, void *arg)
{
	int64_t *sum = arg;
	char text[256];
	ssize_t n = group_read(dir, "memory.oom_control", text, sizeof(text));
	int64_t kills = n < 0 ? n : group_key(text, "oom_kill");

	if (kills < 0)
		return (int)kills;
	*sum += kills;
	return 0;
}

int64_t cgroup_group_oom_kills(const struct cgroup_group *group)
{
	int dir = group_home(group, CONTROLLER_MEMORY);
	char text[1024];
	int64_t sum = 0;
	ssize_t n;

	if (dir < 0)
		return -ENOENT;
	if (group->layout->hierarchies[group->layout->home[CONTROLLER_MEMORY]].version == 1) {
		int r = group_walk(dir, visit_oom, &sum);

		return r < 0 ? r : sum;
	}
	n = group_read(dir, "memory.events", text, sizeof(text));
	return n < 0 ? n : group_key(text, "oom_kill");
}

int64_t cgroup_group_memory(const struct cgroup_group *group)
{
	int dir = group_home(group, CONTROLLER_MEMORY);
	const char *file = "memory.current";
	struct slice line;
	struct slice rest;
	char text[64];
	int64_t value;
	ssize_t n;

	if (dir < 0)
		return -ENOENT;
	if (group->layout->hierarchies[group->layout->home[CONTROLLER_MEMORY]].version == 1)
		file = "memory.usage_in_bytes";
	n = group_read(dir, file, text, sizeof(text));
	if (n < 0)
		return n;
	rest = (struct slice){text, (size_t)n};
	if (!next_line(&rest, &line) || parse_i64(line, &value) < 0)
		return -ENODATA;
	return value;
}

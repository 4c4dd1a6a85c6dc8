/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network figures belong to a namespace, not to a cgroup. A namespace's interfaces are shown once: by the
 * pod's sandbox, else by the first container in tree order, so that sums don't count them twice; the host's
 * own are shown by the root.
 */
#include "collector_private.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* How long a process' namespace is believed to be the same: a runtime may look in before it has moved to its
 * own. */
#define CHECK_YOUNG_NS (NSEC_PER_SEC / 2)
#define YOUNG_NS (10 * NSEC_PER_SEC)

/* The inode number of /proc/PID/ns/KIND; 0 with errno set where it can't be had. */
static uint64_t read_namespace(const struct collector *c, uint32_t pid, const char *kind)
{
	char path[48];
	struct stat st;

	snprintf(path, sizeof(path), "%u/ns/%s", pid, kind);
	return fstatat(c->procfs, path, &st, 0) < 0 ? 0 : st.st_ino;
}

/* What the pass of the sample under way has seen; 0 where that says nothing. */
static uint64_t passed_namespace(const struct collector *c, uint32_t pid, const char *kind)
{
	static const char *const kinds[] = {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
	const struct kernel_process *process = processes_passed(c, pid);

	for (size_t i = 0; process && i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i], kind) == 0)
			return process->namespaces[i];
	return 0;
}

static uint64_t namespace_of(struct collector *c, uint32_t pid, const char *kind)
{
	uint64_t inode = passed_namespace(c, pid, kind);

	if (inode)
		return inode;
	inode = read_namespace(c, pid, kind);

	c->ptrace_denied |= inode == 0 && (errno == EACCES || errno == EPERM);
	return inode;
}

/* Inside a container's PID namespace, PID 2 is anybody. */
static bool is_kthreadd(const struct collector *c, uint32_t pid)
{
	_cleanup_free_ char *name = NULL;
	char path[32];

	snprintf(path, sizeof(path), "%u/comm", pid);
	return fs_read_file(c->procfs, path, 64, &name, NULL) == 0 && strcmp(name, "kthreadd\n") == 0;
}

/*
 * The host's own namespaces are PID 1's. Where PID 1 holds capabilities that we lack and so may not be looked
 * at, kthreadd's are the same: kernel threads are in the initial namespaces.
 */
static uint64_t host_namespace(struct collector *c, const char *kind)
{
	uint64_t inode = read_namespace(c, 1, kind);

	if (!inode && is_kthreadd(c, 2))
		inode = read_namespace(c, 2, kind);
	c->ptrace_denied |= inode == 0;
	return inode;
}

/* Without the right to look at either, ours is the host's as far as anybody can tell. */
static uint64_t own_network(const struct collector *c)
{
	struct stat st;

	return fstatat(c->procfs, "self/ns/net", &st, 0) < 0 ? 0 : st.st_ino;
}

static bool may_own_network(const struct node *n)
{
	return n->first_pid && (n->what.class == ENTITY_CONTAINER || n->what.class == ENTITY_SERVICE ||
				(n->what.class == ENTITY_GROUP && !n->first_child));
}

static void find_network(struct collector *c, struct node *n, uint64_t now_ns)
{
	bool young = elapsed_ns(now_ns, n->found_ns) < YOUNG_NS;
	bool due = n->namespaces_pid != n->first_pid || n->network == 0 ||
		   n->network_checked_ns < c->last_rescan_ns ||
		   (young && elapsed_ns(now_ns, n->network_checked_ns) > CHECK_YOUNG_NS);

	if (!due)
		return;
	network_forget(c, n);
	n->network = namespace_of(c, n->first_pid, "net");
	n->namespaces_pid = n->first_pid;
	n->network_checked_ns = now_ns;
}

static bool is_sandbox(const struct node *n)
{
	return n->identity && n->identity->sandbox;
}

void network_forget(struct collector *c, const struct node *n)
{
	if (n->network && map_get_u64(&c->network_owners, n->network) == n)
		map_remove_u64(&c->network_owners, n->network);
}

void network_choose_owner(struct collector *c, struct node *n, uint64_t now_ns)
{
	const struct node *owner;

	if (!c->host_network)
		c->host_network = host_namespace(c, "net");
	if (!c->host_network)
		c->host_network = own_network(c);
	if (!may_own_network(n))
		return;
	find_network(c, n, now_ns);
	if (!n->network || n->network == c->host_network)
		return;
	owner = map_get_u64(&c->network_owners, n->network);
	if (!owner || (is_sandbox(n) && !is_sandbox(owner)))
		(void)map_put_u64(&c->network_owners, n->network, n);
}

void network_choose_owners(struct collector *c, struct node **order, size_t n, uint64_t now_ns)
{
	map_free(&c->network_owners);
	for (size_t i = 0; i < n; i++)
		network_choose_owner(c, order[i], now_ns);
}

void network_read(struct collector *c, struct node *n, struct plan *plan, struct snapshot *s, size_t index)
{
	int r = 0;

	if (plan->n_pid_files == 0)
		return;
	if (n == c->tree.root)
		r = reader_read_pid(&c->reader, 1, plan, s, index);
	else if (n->network && map_get_u64(&c->network_owners, n->network) == n)
		r = reader_read_pid(&c->reader, n->first_pid, plan, s, index);
	if (r < 0 && r != -ENOENT && r != -ESRCH && r != -EINVAL)
		c->reader.reports[GROUP_network].failed = true;
}

void namespaces_read(struct collector *c, const struct node *n, struct snapshot *s, size_t index)
{
	static const struct {
		enum metric_id id;
		const char *kind;
	} kinds[] = {
		{METRIC_NS_CGROUP, "cgroup"}, {METRIC_NS_IPC, "ipc"}, {METRIC_NS_MNT, "mnt"},
		{METRIC_NS_NET, "net"},	      {METRIC_NS_PID, "pid"}, {METRIC_NS_TIME, "time"},
		{METRIC_NS_USER, "user"},     {METRIC_NS_UTS, "uts"},
	};
	bool host = n == c->tree.root;

	for (size_t i = 0; (host || n->first_pid) && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t inode;

		if (!metric_set_has(snapshot_metrics(s), kinds[i].id))
			continue;
		inode = host ? host_namespace(c, kinds[i].kind)
			     : namespace_of(c, n->first_pid, kinds[i].kind);
		if (inode)
			snapshot_set(s, index, kinds[i].id, inode);
	}
}

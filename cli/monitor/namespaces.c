/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces.h"

#include "base/cleanup.h"
#include "base/fs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const namespace_kinds[NAMESPACE_KINDS + 1] = {"cgroup", "ipc",  "mnt", "net", "pid",
							  "time",   "user", "uts", NULL};

static const enum metric_id kind_metrics[NAMESPACE_KINDS] = {
	METRIC_NS_CGROUP, METRIC_NS_IPC,  METRIC_NS_MNT,  METRIC_NS_NET,
	METRIC_NS_PID,	  METRIC_NS_TIME, METRIC_NS_USER, METRIC_NS_UTS,
};

/* Classes that are somebody: branches of the tree and what is inside a container repeat the others'
 * namespaces. */
#define USERS (1U << ENTITY_CONTAINER | 1U << ENTITY_SERVICE | 1U << ENTITY_GROUP)

void namespace_need(struct metric_set *need)
{
	metric_set_add_group(need, GROUP_namespace);
}

static uint64_t read_inode(int procfs, const char *process, const char *kind)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "%s/ns/%s", process, kind);
	return fstatat(procfs, path, &st, 0) < 0 ? 0 : st.st_ino;
}

/* Process 2 is a thread of the kernel on a host, and somebody's process inside a container. */
static bool has_kernel_thread(int procfs)
{
	_cleanup_free_ char *name = NULL;

	return fs_read_file(procfs, "2/comm", 64, &name, NULL) == 0 && strcmp(name, "kthreadd\n") == 0;
}

/* PID 1's. Where a security module guards that process, the kernel's own threads tell: they are in the first
 * ones. */
static void read_hosts(struct namespace_index *index, int procfs)
{
	bool kernel_thread = has_kernel_thread(procfs);

	for (unsigned k = 0; k < NAMESPACE_KINDS; k++) {
		index->host[k] = read_inode(procfs, "1", namespace_kinds[k]);
		if (!index->host[k] && kernel_thread)
			index->host[k] = read_inode(procfs, "2", namespace_kinds[k]);
	}
}

static struct namespace_entry *find(const struct namespace_index *index, unsigned kind, uint64_t inode)
{
	for (size_t i = 0; i < index->n; i++)
		if (index->entries[i].inode == inode && index->entries[i].kind == kind)
			return &index->entries[i];
	return NULL;
}

static int add_user(struct namespace_index *index, unsigned kind, uint64_t inode, size_t entity)
{
	struct namespace_entry *e = find(index, kind, inode);
	size_t *users;

	if (!e) {
		struct namespace_entry *grown = reallocarray(index->entries, index->n + 1, sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		index->entries = grown;
		e = &grown[index->n++];
		*e = (struct namespace_entry){.kind = kind, .inode = inode};
	}
	users = reallocarray(e->users, e->n_users + 1, sizeof(*users));
	if (!users)
		return -ENOMEM;
	e->users = users;
	users[e->n_users++] = entity;
	return 0;
}

static int add_entity(struct namespace_index *index, const struct snapshot *s, size_t entity)
{
	for (unsigned k = 0; k < NAMESPACE_KINDS; k++) {
		uint64_t inode;

		if (snapshot_get(s, entity, kind_metrics[k], &inode) && add_user(index, k, inode, entity) < 0)
			return -ENOMEM;
	}
	return 0;
}

bool namespace_is_hosts(const struct namespace_index *index, const struct namespace_entry *e)
{
	return index->host[e->kind] && index->host[e->kind] == e->inode;
}

/* In the order of display, so that a reader meets 1 before 2. */
static void number_marks(struct namespace_index *index, const struct snapshot *s, const size_t *rows,
			 size_t n_rows)
{
	unsigned last = 0;

	for (size_t i = 0; i < n_rows; i++) {
		for (unsigned k = 0; k < NAMESPACE_KINDS; k++) {
			uint64_t inode;
			struct namespace_entry *e = NULL;

			if (snapshot_get(s, rows[i], kind_metrics[k], &inode))
				e = find(index, k, inode);
			if (e && !e->mark && e->n_users > 1 && !namespace_is_hosts(index, e))
				e->mark = ++last;
		}
	}
}

int namespace_index_new(const struct snapshot *s, const size_t *rows, size_t n_rows, int procfs,
			struct namespace_index *out)
{
	size_t count = snapshot_count(s);
	_cleanup_free_ bool *wanted = calloc(count + 1, sizeof(*wanted));
	struct namespace_index index = {0};

	if (!wanted)
		return -ENOMEM;
	if (procfs >= 0)
		read_hosts(&index, procfs);
	for (size_t i = 0; i < n_rows; i++)
		wanted[rows[i]] = true;
	for (size_t i = 0; i < count; i++) {
		if (!wanted[i] && !(USERS >> snapshot_entity(s, i)->class & 1))
			continue;
		if (add_entity(&index, s, i) < 0) {
			namespace_index_free(&index);
			return -ENOMEM;
		}
	}
	number_marks(&index, s, rows, n_rows);
	*out = index;
	return 0;
}

void namespace_index_free(struct namespace_index *index)
{
	for (size_t i = 0; i < index->n; i++)
		free(index->entries[i].users);
	free(index->entries);
	*index = (struct namespace_index){0};
}

const struct namespace_entry *namespace_of(const struct namespace_index *index, const struct snapshot *s,
					   size_t entity, unsigned kind)
{
	uint64_t inode;

	return snapshot_get(s, entity, kind_metrics[kind], &inode) ? find(index, kind, inode) : NULL;
}

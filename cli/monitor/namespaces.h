/* SPDX-License-Identifier: Apache-2.0 */
/* Who shares which namespace: the eight kinds of namespaces(7), by the inode numbers of /proc/PID/ns. */
#pragma once

#include "model/derive.h"

#include <stdint.h>

#define NAMESPACE_KINDS 8

extern const char *const namespace_kinds[NAMESPACE_KINDS + 1]; /* "cgroup", "ipc", …; ends with NULL */

/* A namespace with at least one user. */
struct namespace_entry {
	unsigned kind;
	uint64_t inode;
	unsigned mark; /* 1, 2, … of those that several share and that are not the host's; else 0 */
	size_t n_users;
	size_t *users; /* entity indexes */
};

struct namespace_index {
	uint64_t host[NAMESPACE_KINDS]; /* PID 1's; 0 = could not be read */
	struct namespace_entry *entries;
	size_t n;
};

/*
 * Looks through a snapshot that has GROUP_namespace. Users are the entities of `rows` and every other
 * container, service and plain group. procfs: a descriptor of the host's, or -1. 0 or -ENOMEM.
 */
int namespace_index_new(const struct snapshot *s, const size_t *rows, size_t n_rows, int procfs,
			struct namespace_index *out);
void namespace_index_free(struct namespace_index *index);

/* The entry of an entity's namespace, or NULL where it is not known. */
const struct namespace_entry *namespace_of(const struct namespace_index *index, const struct snapshot *s,
					   size_t entity, unsigned kind);

/* Whether it is the host's own. */
bool namespace_is_hosts(const struct namespace_index *index, const struct namespace_entry *e);

void namespace_need(struct metric_set *need);

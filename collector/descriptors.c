/* SPDX-License-Identifier: Apache-2.0 */
#include "descriptors.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* For connections, metadata, libraries. */
#define RESERVE 1280

void descriptors_open(struct descriptors *d, size_t budget, size_t n_slots)
{
	struct rlimit limit = {1024, 1024};

	*d = (struct descriptors){.budget = budget, .n_slots = n_slots};
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		struct rlimit raised = {limit.rlim_max, limit.rlim_max};

		if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
			limit = raised;
	}
	if (budget == 0)
		d->budget = limit.rlim_cur > 2 * (rlim_t)RESERVE ? (size_t)limit.rlim_cur - RESERVE
								 : (size_t)limit.rlim_cur / 2;
}

static int *files_of(const struct descriptors *d, struct node *n)
{
	if (!n->files) {
		n->files = malloc(d->n_slots * sizeof(*n->files));
		for (size_t i = 0; n->files && i < d->n_slots; i++)
			n->files[i] = FILE_UNOPENED;
	}
	return n->files;
}

int descriptors_get(struct descriptors *d, struct node *n, const struct hierarchy *h, size_t hierarchy,
		    uint8_t slot, const char *name, bool *transient)
{
	int *files = files_of(d, n);
	int fd;

	*transient = false;
	if (!files)
		return -ENOMEM;
	if (files[slot] >= 0)
		return files[slot];
	if (files[slot] == FILE_ABSENT)
		return -ENOENT;
	fd = hierarchy_open_at(h, node_path(n, hierarchy), name, O_RDONLY);
	if (fd == -ENOENT)
		files[slot] = FILE_ABSENT;
	if (fd < 0)
		return fd;
	*transient = d->open >= d->budget;
	d->full |= *transient;
	if (!*transient) {
		files[slot] = fd;
		d->open++;
	}
	return fd;
}

static void close_slot(struct descriptors *d, struct node *n, uint8_t slot)
{
	if (n->files[slot] >= 0) {
		close(n->files[slot]);
		d->open--;
	}
}

void descriptors_drop(struct descriptors *d, struct node *n, uint8_t slot)
{
	if (!n->files)
		return;
	close_slot(d, n, slot);
	n->files[slot] = FILE_ABSENT;
}

void descriptors_retry(struct descriptors *d, struct node *n)
{
	for (size_t i = 0; n->files && i < d->n_slots; i++)
		if (n->files[i] == FILE_ABSENT)
			n->files[i] = FILE_UNOPENED;
}

void descriptors_keep_only(struct descriptors *d, struct node *n, const struct slot_set *wanted)
{
	for (size_t i = 0; n->files && i < d->n_slots; i++) {
		if (wanted->words[i / 64] >> (i % 64) & 1 || n->files[i] < 0)
			continue;
		close_slot(d, n, (uint8_t)i);
		n->files[i] = FILE_UNOPENED;
	}
}

void descriptors_release(struct descriptors *d, struct node *n)
{
	for (size_t i = 0; n->files && i < d->n_slots; i++)
		close_slot(d, n, (uint8_t)i);
	free(n->files);
	n->files = NULL;
}

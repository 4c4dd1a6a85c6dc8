/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors of cgroup files that stay open within a budget. Every cgroup is read at every sample, so a
 * plain LRU would close exactly what is needed next; here only files that the last sample did not read are
 * closed, and what does not fit is opened for one reading.
 */
#pragma once

#include "plan.h"
#include "tree.h"

/* In node.files. */
#define FILE_UNOPENED (-1)
#define FILE_ABSENT (-2) /* looked for and not there; tried again when settings_stale is set */

struct descriptors {
	size_t budget;
	size_t open;
	size_t n_slots;
	bool full; /* something did not fit since descriptors_keep_only was last needed */
};

/* Raises RLIMIT_NOFILE's soft limit as far as allowed; budget 0 = what that leaves, less a reserve for
 * everything else. */
void descriptors_open(struct descriptors *d, size_t budget, size_t n_slots);

/*
 * The descriptor of n's file at `slot` (opened where it is not yet), or -errno; -ENOENT for one known to be
 * absent. *transient says that the caller closes it.
 */
int descriptors_get(struct descriptors *d, struct node *n, const struct hierarchy *h, size_t hierarchy,
		    uint8_t slot, const char *name, bool *transient);

/* Marks a file as absent, closing it. */
void descriptors_drop(struct descriptors *d, struct node *n, uint8_t slot);

/* Lets absent files be tried again. */
void descriptors_retry(struct descriptors *d, struct node *n);

/* Closes what n has open but for the slots that are set in `wanted`: nothing has read the others lately. */
void descriptors_keep_only(struct descriptors *d, struct node *n, const struct slot_set *wanted);

/* Closes what n has open. */
void descriptors_release(struct descriptors *d, struct node *n);

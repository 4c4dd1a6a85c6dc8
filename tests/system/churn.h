/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the test collector_churn share: its cgroups, its maker, and the collector that looks on.
 */
#pragma once

#include "collector/collector.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FOLDER "plimsoll-test-churn"
#define LONG_ONES 1000U /* of those that live for longer than a second, at most */

/* What the maker tells while it works; shared with it. */
struct progress {
	unsigned made;
	unsigned n_long;
	unsigned failures;
	int last_error;
	char last_failed[256];
};

struct churn {
	const struct cgroup_layout *layout;
	struct source *source;
	struct progress *progress;
	pid_t maker;
	pid_t frozen;
	bool seen[LONG_ONES];
	unsigned n_samples;
};
extern struct churn t;

/* Ends what it started, removes its cgroups, and the test. */
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);

/* churn_folders.c: a cgroup by its name below our folder, "" = that itself, in a hierarchy of the layout. */
bool write_file(size_t hierarchy, const char *cgroup, const char *file, const char *text);
bool read_file(size_t hierarchy, const char *cgroup, const char *file, char *out, size_t size);
/* In every hierarchy, or not at all: errno tells. */
bool make_cgroup(const char *name);
bool remove_cgroup(const char *name);
void remove_everything(void);

/* churn_maker.c: the maker's work, up to that many, or until then (CLOCK_MONOTONIC). */
void churn(unsigned count, uint64_t end_ns);

/* collector_churn.c */
struct snapshot *sample(const struct metric_set *need);
/* The name of one of ours, or NULL. */
const char *own_name(const struct entity *e);

/* churn_odd.c */
void hostile_names(const struct metric_set *need);
void live_limits(const struct metric_set *need);
void frozen(const struct metric_set *need);
void thaw(void);

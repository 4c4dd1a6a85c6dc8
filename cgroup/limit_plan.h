/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that make a plan of limits share. */
#pragma once

#include "base/error.h"
#include "cgroup/limits.h"

#include <stdint.h>

/* The controller that keeps a limit, and the one that a file's prefix names ("memory.oom.group"):
 * CONTROLLER__COUNT where there is none. */
enum controller limit_controller(enum limit which);
enum controller limit_file_controller(const char *file);

#define LIMIT_CPU_PERIOD_DEFAULT INT64_C(100000)

/* Takes out what means "leave it as it is" with Docker: 0 of most, -1 of swappiness. */
void limit_normalise(struct cgroup_limits *limits);

/* The values, whatever the host. `all` is more over what was before. 0 or -EINVAL. */
int limit_check(const struct cgroup_limits *more, const struct cgroup_limits *all, struct error *err);

/* Is a list of CPUs or nodes ("0-3,7") one, and is all of it in `available` (NULL: not looked at)? */
int limit_check_list(const char *flag, const char *list, const char *available, struct error *err);

/* A plan in the making. Functions return 0, or -errno with the message in err. */
struct limit_planner {
	const struct cgroup_limits *more; /* normalised */
	const struct cgroup_limits *all;
	const struct cgroup_layout *layout;
	struct arena *arena;
	struct limit_write *writes; /* has room for all that can come */
	size_t n;
	struct error *err;
};

/* Which version has the controller, 1 or 2, or -EOPNOTSUPP with why `flag` can't be kept. */
int limit_home(struct limit_planner *p, enum controller c, const char *flag);

/* Appends a write; a failure is -ENOMEM. The controller has a home. */
int limit_put(struct limit_planner *p, enum controller c, const char *flag, const char *file,
	      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The write that limit_put appended. */
static inline struct limit_write *limit_last(struct limit_planner *p)
{
	return &p->writes[p->n - 1];
}

int limit_plan_cpu(struct limit_planner *p);
int limit_plan_memory(struct limit_planner *p);
int limit_plan_io(struct limit_planner *p);
int limit_plan_files(struct limit_planner *p); /* hugetlb, --cgroup-conf */

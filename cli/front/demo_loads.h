/* SPDX-License-Identifier: Apache-2.0 */
/* What the demo runs: three containers, each at a limit of its own, of programs that every host has. */
#pragma once

#include "base/error.h"
#include "cgroup/hierarchy.h"

#include <stdbool.h>
#include <stddef.h>

enum demo_load { DEMO_CPU, DEMO_MEMORY, DEMO_DISK, DEMO__COUNT };

#define DEMO_LABEL "plimsoll.demo" /* its value: PID:START of the demo that it belongs to */
#define DEMO_WORDS_MAX 24

struct demo_plan {
	const char *name;	     /* the container's */
	const char *about;	     /* what a person will see, no full stop */
	char *words[DEMO_WORDS_MAX]; /* of the command line behind "plimsoll"; ends with NULL */
	char texts[4][4096];	     /* where words live that are made here */
};

/*
 * How one of them is run. folder: an empty one on the host for its files; owner: the label's value. 0, or
 * -EOPNOTSUPP with the reason where this host can't hold it at its limit.
 */
int demo_plan_make(enum demo_load load, const struct cgroup_layout *layout, const char *folder,
		   const char *owner, struct demo_plan *out, struct error *err);

/* The file that it writes, below its folder; NULL where it writes none. */
const char *demo_file(enum demo_load load);
const char *demo_name(enum demo_load load);

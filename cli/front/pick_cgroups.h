/* SPDX-License-Identifier: Apache-2.0 */
/* --cgroup PATH of commands that also work on what is not plimsoll's: other runtimes' containers, services.
 */
#pragma once

#include "options.h"
#include "pick_containers.h"

/* The option's row, for settings that embed a struct text_list at `at`. */
#define CGROUP_OPTION(at)                                                                                   \
	{                                                                                                   \
		.name = "cgroup", .type = OPTION_LIST, .offset = (at), .value = "PATH",                     \
		.help = "the cgroup of a container of another runtime, or of anything else, in place of a " \
			"NAME"                                                                              \
	}

/* Does one thing to each cgroup: paths are written to stdout as they are done, errors are said. The exit
 * code. */
typedef int (*pick_cgroup_act)(const char *path, const struct host *host, void *arg, struct error *err);
int pick_each_cgroup(const struct text_list *paths, const struct host *host, pick_cgroup_act act, void *arg);

/* Names by pick_each and paths: where there are paths, no name is needed. The exit code. */
int pick_both(const char *verb, const struct text_list *names, unsigned flags, pick_act act,
	      const struct text_list *paths, pick_cgroup_act act_cgroup, void *arg);

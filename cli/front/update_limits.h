/* SPDX-License-Identifier: Apache-2.0 */
/* The limits that `update` is told, as texts, and what they come to. */
#pragma once

#include "options.h"
#include "runtime/spec.h"
#include "runtime/value.h"

struct update_limits {
	const char *numbers[LIMIT__COUNT]; /* NULL = not given */
	bool oom_kill_disable;
	const char *cpus;
	const char *cpuset_cpus, *cpuset_mems;
	struct text_list devices[DEVICE_LIMIT__COUNT];
	struct text_list conf;
};

/* Rows of option groups; their offsets are in struct update_limits. */
#define N_UPDATE_CPU 10
#define N_UPDATE_MEMORY 8
#define N_UPDATE_IO 7
extern const struct option_spec update_cpu[N_UPDATE_CPU];
extern const struct option_spec update_memory[N_UPDATE_MEMORY];
extern const struct option_spec update_io[N_UPDATE_IO];

/* Into spec->linux_.limits, which must be empty: -1 takes a limit away. -EINVAL with a message, or -ENOMEM.
 */
int update_limits_read(const struct update_limits *given, const struct value_host *host, unsigned host_cpus,
		       struct spec *spec, struct error *err);

/* Whether any limit was given. */
bool update_limits_any(const struct update_limits *given);

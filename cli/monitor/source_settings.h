/* SPDX-License-Identifier: Apache-2.0 */
/* Where to read from: options that every watching command has. */
#pragma once

#include "collector/options.h"
#include "options.h"

enum source_kind { SOURCE_AUTO, SOURCE_BPF, SOURCE_FILES };

struct source_settings {
	unsigned source; /* enum source_kind */
	const char *procfs;
	const char *sysfs;
	const char *rootfs;
	const char *docker_root;
	const char *containerd_root;
	const char *podman_root;
	const char *crio_root;
	const char *lxc_root;
	const char *plimsoll_root;
};

/* For the group table of a command whose settings embed a struct source_settings as `member`. */
#define SOURCE_OPTIONS(settings, member)                                                           \
	{                                                                                          \
		"where to read from", source_options, N_SOURCE_OPTIONS, offsetof(settings, member) \
	}
#define N_SOURCE_OPTIONS 10
extern const struct option_spec source_options[N_SOURCE_OPTIONS];

/* The same, as the collector takes it. Texts stay the settings'. */
struct collector_options source_settings_apply(const struct source_settings *s);

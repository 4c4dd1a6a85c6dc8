/* SPDX-License-Identifier: Apache-2.0 */
/* From exec's flags to a process inside of a running container. */
#pragma once

#include "options.h"
#include "runtime/container.h"
#include "runtime/value.h"

struct exec_settings {
	bool detach;
	bool interactive;
	bool tty;
	bool privileged;
	const char *detach_keys;
	const char *user;
	const char *workdir;
	struct text_list env, env_files;
};

/*
 * The container's own process with what the flags change. rootfs: the container's root, for its passwd and
 * group. Texts live in the spec's arena.
 */
int exec_process(const struct exec_settings *s, const struct text_list *command,
		 const struct value_host *files, int rootfs, struct spec *spec, struct spec_process *out,
		 struct error *err);

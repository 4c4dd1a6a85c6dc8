/* SPDX-License-Identifier: Apache-2.0 */
/* The pass over the tasks, user side: every process there is, in a few reads. */
#pragma once

#include "cgroup/hierarchy.h"
#include "kernel_btf.h"
#include "model/kernel.h"

struct tasks;

/*
 * Loads the program for the hierarchies of the layout. refuse: see object.h. 0, -ENOTSUP where this process
 * is in a PID namespace of its own, whose numbers the kernel's are not, or -errno; then files have it all.
 */
int tasks_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, const char *refuse,
	       struct tasks **out, struct error *err);
void tasks_close(struct tasks *t);

/* As kernel_processes of model/kernel.h. */
int tasks_pass(struct tasks *t, const struct kernel_question *question, const struct kernel_process **out,
	       size_t *n, struct error *err);

size_t tasks_memory(const struct tasks *t);

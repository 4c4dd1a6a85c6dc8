/* SPDX-License-Identifier: Apache-2.0 */
/* The bpf room, loaded when it is first asked for (bpf/module.h). */
#pragma once

#include "bpf/kernel_side.h"

/* bpf_kernel_open; -ENOSYS where the module can't be loaded: libbpf is missing, say. It stays loaded. */
int kernel_module_open(const struct bpf_options *options, struct kernel **out, struct error *err);

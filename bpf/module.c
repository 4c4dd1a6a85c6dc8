/* SPDX-License-Identifier: Apache-2.0 */
#include "bpf/module.h"

__attribute__((visibility("default"))) const struct bpf_module plimsoll_bpf = {
	.version = PLIMSOLL_VERSION,
	.open = bpf_kernel_open,
};

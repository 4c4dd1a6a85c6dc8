/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This room as a module of its own, libexec/plimsoll/bpf.so, for who opens it with dlopen(3): so a host
 * without libbpf, or with one that is too old for us, loses what BPF gives, and no more.
 */
#pragma once

#include "bpf/kernel_side.h"

#define BPF_MODULE_FILE "bpf.so"
#define BPF_MODULE_SYMBOL "plimsoll_bpf"

struct bpf_module {
	const char *version; /* PLIMSOLL_VERSION: another one's structures are not ours */
	int (*open)(const struct bpf_options *options, struct kernel **out, struct error *err);
};
extern const struct bpf_module plimsoll_bpf;

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Since 6.2 a pointer may be said to be of a type and then read from directly: a fifth of what the helper
 * takes that copies from anywhere.
 */
#pragma once

#include "kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

extern void *bpf_rdonly_cast(const void *pointer, u32 type) __ksym __weak;
const volatile bool can_cast = false;

#define AS(type, pointer)                                                                          \
	((struct type *)(can_cast ? bpf_rdonly_cast(pointer, bpf_core_type_id_kernel(struct type)) \
				  : (void *)(pointer)))
/* A member of what AS gave. */
#define READ(p, member) (can_cast ? (p)->member : BPF_CORE_READ(p, member))

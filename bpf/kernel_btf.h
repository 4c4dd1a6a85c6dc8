/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the running kernel's BTF (Documentation/bpf/btf.rst): what it is like, never which version it
 * is, for distributions carry things back. Each part asks once, keeps the answers as its facts, and decides
 * by pure functions, so that every kernel there was is a row of a test.
 */
#pragma once

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct kernel_btf;

/* Loads /sys/kernel/btf/vmlinux: some 10 MB until it is closed. 0 or -errno: -ENOENT where the kernel was
 * built without. */
int kernel_btf_open(struct kernel_btf **out, struct error *err);
void kernel_btf_close(struct kernel_btf *b);

bool kernel_btf_has_function(const struct kernel_btf *b, const char *name);
bool kernel_btf_has_struct(const struct kernel_btf *b, const char *name);
bool kernel_btf_has_member(const struct kernel_btf *b, const char *struct_name, const char *member);
/* The tracepoint that tp_btf/NAME attaches to. */
bool kernel_btf_has_tracepoint(const struct kernel_btf *b, const char *name);
/* Whether argument `index` (from 0) of that tracepoint is a pointer; false where there is no such. */
bool kernel_btf_tracepoint_points(const struct kernel_btf *b, const char *name, unsigned index);
/* How many arguments it has; 0 where there is no such. */
unsigned kernel_btf_tracepoint_arguments(const struct kernel_btf *b, const char *name);
/* Where a member is, in bytes; -1 where there is none, or it is a bit field. */
int kernel_btf_offset(const struct kernel_btf *b, const char *struct_name, const char *member);
/* The enumerator's value, or -1 where the enum or the enumerator is missing (no negative ones are asked for).
 */
int64_t kernel_btf_enum(const struct kernel_btf *b, const char *name, const char *enumerator);
/* Elements of an array that is a member of a struct; a pointer to a struct is not followed. -1 where there is
 * none. */
int kernel_btf_array_length(const struct kernel_btf *b, const char *struct_name, const char *member);

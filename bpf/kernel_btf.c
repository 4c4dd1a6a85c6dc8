/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_btf.h"

#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was found last: a search goes through every type there is, and enumerators are asked for by the dozen.
 */
struct found {
	char name[96];
	uint32_t kind;
	int id;
};

struct kernel_btf {
	struct btf *btf;
	struct found *last;
};

int kernel_btf_open(struct kernel_btf **out, struct error *err)
{
	struct kernel_btf *b = calloc(1, sizeof(*b));

	if (!b)
		return error_set(err, -ENOMEM, "", "out of memory");
	b->last = calloc(1, sizeof(*b->last));
	if (!b->last) {
		kernel_btf_close(b);
		return error_set(err, -ENOMEM, "", "out of memory");
	}
	b->btf = btf__load_vmlinux_btf();
	if (!b->btf) {
		int code = errno ? -errno : -ENOENT;

		kernel_btf_close(b);
		return error_errno(err, code,
				   code == -ENOENT ? "boot a kernel with CONFIG_DEBUG_INFO_BTF" : "",
				   "cannot read the kernel's type information in /sys/kernel/btf/vmlinux");
	}
	*out = b;
	return 0;
}

void kernel_btf_close(struct kernel_btf *b)
{
	if (!b)
		return;
	btf__free(b->btf);
	free(b->last);
	free(b);
}

static const struct btf_type *find(const struct kernel_btf *b, const char *name, uint32_t kind)
{
	struct found *last = b->last;

	if (last->kind != kind || strcmp(last->name, name) != 0) {
		last->kind = kind;
		snprintf(last->name, sizeof(last->name), "%s", name);
		last->id = btf__find_by_name_kind(b->btf, name, kind);
	}
	return last->id > 0 ? btf__type_by_id(b->btf, (uint32_t)last->id) : NULL;
}

bool kernel_btf_has_function(const struct kernel_btf *b, const char *name)
{
	return find(b, name, BTF_KIND_FUNC) != NULL;
}

bool kernel_btf_has_struct(const struct kernel_btf *b, const char *name)
{
	return find(b, name, BTF_KIND_STRUCT) != NULL;
}

/* The prototype of a tracepoint's function: typedef void (*btf_trace_NAME)(void *, …). */
static const struct btf_type *tracepoint(const struct kernel_btf *b, const char *name)
{
	const struct btf_type *t;
	char wanted[96];

	snprintf(wanted, sizeof(wanted), "btf_trace_%s", name);
	t = find(b, wanted, BTF_KIND_TYPEDEF);
	if (t)
		t = btf__type_by_id(b->btf, t->type);
	if (t && btf_is_ptr(t))
		t = btf__type_by_id(b->btf, t->type);
	return t && btf_is_func_proto(t) ? t : NULL;
}

bool kernel_btf_has_tracepoint(const struct kernel_btf *b, const char *name)
{
	return tracepoint(b, name) != NULL;
}

bool kernel_btf_tracepoint_points(const struct kernel_btf *b, const char *name, unsigned index)
{
	const struct btf_type *t = tracepoint(b, name);
	/* the first is the tracepoint's own */
	unsigned at = index + 1;

	if (!t || at >= btf_vlen(t))
		return false;
	t = btf__type_by_id(b->btf, btf_params(t)[at].type);
	return t && btf_is_ptr(t);
}

unsigned kernel_btf_tracepoint_arguments(const struct kernel_btf *b, const char *name)
{
	const struct btf_type *t = tracepoint(b, name);

	return t ? btf_vlen(t) - 1U : 0;
}

int64_t kernel_btf_enum(const struct kernel_btf *b, const char *name, const char *enumerator)
{
	const struct btf_type *t = find(b, name, BTF_KIND_ENUM);
	const struct btf_enum *each;

	if (!t)
		return -1;
	each = btf_enum(t);
	for (unsigned i = 0; i < btf_vlen(t); i++)
		if (strcmp(btf__name_by_offset(b->btf, each[i].name_off), enumerator) == 0)
			return each[i].val;
	return -1;
}

static const struct btf_member *find_member(const struct kernel_btf *b, const char *struct_name,
					    const char *member)
{
	const struct btf_type *t = find(b, struct_name, BTF_KIND_STRUCT);
	const struct btf_member *each = t ? btf_members(t) : NULL;

	for (unsigned i = 0; t && i < btf_vlen(t); i++)
		if (strcmp(btf__name_by_offset(b->btf, each[i].name_off), member) == 0)
			return &each[i];
	return NULL;
}

bool kernel_btf_has_member(const struct kernel_btf *b, const char *struct_name, const char *member)
{
	return find_member(b, struct_name, member) != NULL;
}

int kernel_btf_array_length(const struct kernel_btf *b, const char *struct_name, const char *member)
{
	const struct btf_member *found = find_member(b, struct_name, member);
	const struct btf_type *t = found ? btf__type_by_id(b->btf, found->type) : NULL;

	return t && btf_is_array(t) ? (int)btf_array(t)->nelems : -1;
}

int kernel_btf_offset(const struct kernel_btf *b, const char *struct_name, const char *member)
{
	const struct btf_type *t = find(b, struct_name, BTF_KIND_STRUCT);
	const struct btf_member *each = t ? btf_members(t) : NULL;

	for (unsigned i = 0; t && i < btf_vlen(t); i++)
		if (strcmp(btf__name_by_offset(b->btf, each[i].name_off), member) == 0)
			return btf_member_bit_offset(t, i) % 8 ? -1 : (int)(btf_member_bit_offset(t, i) / 8);
	return -1;
}

/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What is told of a cgroup: which one, and its path. */
#pragma once

#include "events_ring.bpf.h"

static __always_inline void tell_cgroup(struct cgroup *c, const char *path, enum told_kind kind)
{
	s32 h = hierarchy_of(c);
	u64 flags = kind == TOLD_MADE && h == wakes ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
	char text[TOLD_SHORT];
	long n;

	if (h < 0)
		return;
	n = bpf_probe_read_kernel_str(text, sizeof(text), path);
	if (n < TOLD_SHORT) {
		struct told_short *e = reserve(sizeof(*e));

		if (!e)
			return;
		fill_head(&e->head, kind, TOLD_FORM_SHORT, (u32)h, c->kn->id);
		__builtin_memcpy(e->path, text, sizeof(text));
		if (n < 0)
			e->path[0] = '\0';
		bpf_ringbuf_submit(e, flags);
	} else {
		struct told_long *e = reserve(sizeof(*e));

		if (!e)
			return;
		fill_head(&e->head, kind, TOLD_FORM_LONG, (u32)h, c->kn->id);
		take_path(e->path, path);
		bpf_ringbuf_submit(e, flags);
	}
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "events_translate.h"

#include "events.h"
#include "events_last.h"

_Static_assert((int)TOLD_MADE == (int)KERNEL_CGROUP_MADE && (int)TOLD_FORK_STORM == (int)KERNEL_FORK_STORM &&
		       (int)TOLD_EXEC == (int)KERNEL_EXEC && (int)TOLD_THAWED == (int)KERNEL_CGROUP_THAWED,
	       "kinds");
_Static_assert(TOLD_HIERARCHIES == KERNEL_HIERARCHIES, "hierarchies");

static const size_t least_bytes[] = {
	[TOLD_FORM_SHORT] = sizeof(struct told_short), [TOLD_FORM_LONG] = sizeof(struct told_long),
	[TOLD_FORM_LAST] = sizeof(struct told_last),   [TOLD_FORM_LAST_ONE] = sizeof(struct told_last_one),
	[TOLD_FORM_EXEC] = sizeof(struct told_exec),   [TOLD_FORM_EXIT] = sizeof(struct told_exit),
	[TOLD_FORM_OOM] = sizeof(struct told_oom),     [TOLD_FORM_STORM] = sizeof(struct told_storm),
};

static void take_exec(const struct told_exec *e, struct kernel_event *out)
{
	out->pid = e->pid;
	out->inner_pid = e->inner_pid;
	out->word = e->file;
}

static void take_exit(const struct told_exit *e, struct kernel_event *out)
{
	out->pid = e->pid;
	out->inner_pid = e->inner_pid;
	out->status = e->status;
	out->word = e->comm;
}

static void take_oom(const struct told_oom *e, uint64_t page_size, struct kernel_event *out)
{
	out->pid = e->pid;
	out->bytes = e->pages * page_size;
	out->culprit_hierarchy = (uint8_t)e->culprit_hierarchy;
	out->culprit = e->culprit;
	out->word = e->comm;
}

bool events_translate(const void *record, size_t size, uint64_t page_size, struct kernel_event *out)
{
	const struct told_head *head = record;

	if (size < sizeof(*head) || head->form >= sizeof(least_bytes) / sizeof(*least_bytes) ||
	    size < least_bytes[head->form] || head->kind > TOLD_FORK_STORM ||
	    head->hierarchy >= KERNEL_HIERARCHIES)
		return false;
	*out = (struct kernel_event){
		.kind = (enum kernel_event_kind)head->kind,
		.monotonic_ns = head->monotonic_ns,
		.hierarchy = head->hierarchy,
		.cgroup = head->cgroup,
		.path = "",
		.word = "",
	};
	switch ((enum told_form)head->form) {
	case TOLD_FORM_SHORT:
		out->path = ((const struct told_short *)record)->path;
		break;
	case TOLD_FORM_LONG:
		out->path = ((const struct told_long *)record)->path;
		break;
	case TOLD_FORM_LAST:
		out->path = ((const struct told_last *)record)->path;
		break;
	case TOLD_FORM_LAST_ONE:
		out->path = ((const struct told_last_one *)record)->path;
		break;
	case TOLD_FORM_EXEC:
		take_exec(record, out);
		break;
	case TOLD_FORM_EXIT:
		take_exit(record, out);
		break;
	case TOLD_FORM_OOM:
		take_oom(record, page_size, out);
		break;
	case TOLD_FORM_STORM:
		out->count = ((const struct told_storm *)record)->count;
		break;
	}
	out->final = events_last_has(head) ? record : NULL;
	return true;
}

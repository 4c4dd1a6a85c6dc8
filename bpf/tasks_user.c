/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks_user.h"

#include "base/cleanup.h"
#include "kernel_layout.h"
#include "object.h"
#include "tasks.h"
#include "tasks.skel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROWS 256
#define PROCESSES_MOST (1U << 22) /* more than there are PIDs */

struct loaded {
	struct tasks_bpf *skeleton;
	struct bpf_link *link;
	struct task_row *table;
	size_t bytes;
};

struct tasks {
	const struct cgroup_layout *layout;
	int32_t subsys[TASK_HIERARCHIES];
	bool can_cast; /* bpf_rdonly_cast: since 6.2 */
	struct loaded now;
	struct kernel_process *processes;
	size_t n, cap;
};

/* ---- loading */

static void unload(struct loaded *l)
{
	bpf_link__destroy(l->link);
	if (l->table)
		munmap(l->table, l->bytes);
	tasks_bpf__destroy(l->skeleton);
	*l = (struct loaded){0};
}

static int load_once(const struct tasks *t, struct loaded *l, const char *refuse, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at;
	int r;

	l->skeleton = tasks_bpf__open();
	if (!l->skeleton)
		return error_errno(err, -errno, "", "cannot open the BPF program of the tasks");
	memcpy((void *)(uintptr_t)l->skeleton->rodata->subsys, t->subsys, sizeof(t->subsys));
	l->skeleton->rodata->can_cast = t->can_cast;
	l->skeleton->rodata->n_hierarchies =
		(uint32_t)(t->layout->n_hierarchies < TASK_HIERARCHIES ? t->layout->n_hierarchies
								       : TASK_HIERARCHIES);
	r = bpf_map__set_max_entries(l->skeleton->maps.processes, ROWS);
	if (r < 0)
		return error_errno(err, r, "", "cannot size the table of the tasks");
	r = object_load(l->skeleton->skeleton, refuse, err);
	if (r < 0)
		return r;
	l->bytes = (ROWS * sizeof(*l->table) + page - 1) / page * page;
	at = mmap(NULL, l->bytes, PROT_READ, MAP_SHARED, bpf_map__fd(l->skeleton->maps.processes), 0);
	if (at == MAP_FAILED)
		return error_errno(err, -errno, "", "cannot map the table of the tasks");
	l->table = at;
	l->link = bpf_program__attach_iter(l->skeleton->progs.tasks, NULL);
	if (!l->link)
		return error_errno(err, -errno, "", "cannot attach the pass over the tasks");
	return 0;
}

int tasks_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, const char *refuse,
	       struct tasks **out, struct error *err)
{
	struct tasks *t;
	int r;

	if (!kernel_layout_in_first_pid_namespace())
		return error_set(err, -ENOTSUP, "share the host's PID namespace (docker run --pid host)",
				 "this process is in a PID namespace of its own");
	t = calloc(1, sizeof(*t));
	if (!t)
		return error_set(err, -ENOMEM, "", "out of memory");
	t->layout = layout;
	t->can_cast = kernel_btf_has_function(btf, "bpf_rdonly_cast");
	for (size_t h = 0; h < layout->n_hierarchies && h < TASK_HIERARCHIES; h++)
		t->subsys[h] = kernel_layout_subsys(btf, &layout->hierarchies[h]);
	object_silence();
	r = load_once(t, &t->now, refuse, err);
	if (r < 0) {
		tasks_close(t);
		return r;
	}
	*out = t;
	return 0;
}

void tasks_close(struct tasks *t)
{
	if (!t)
		return;
	unload(&t->now);
	free(t->processes);
	free(t);
}

/* ---- a pass */

_Static_assert(sizeof(((struct kernel_process *)0)->cgroups) == sizeof(((struct task_row *)0)->cgroups),
	       "hierarchies");
_Static_assert(sizeof(((struct kernel_process *)0)->namespaces) == sizeof(((struct task_row *)0)->namespaces),
	       "namespaces");
_Static_assert(sizeof(((struct kernel_process *)0)->states) == sizeof(((struct task_row *)0)->states),
	       "states");

static void take_row(const struct task_row *row, struct kernel_process *p)
{
	*p = (struct kernel_process){
		.pid = row->pid,
		.threads = row->threads,
		.start_ns = row->start_ns,
		.run_ns = row->run_ns,
		.wait_ns = row->wait_ns,
		.periods = row->periods,
	};
	memcpy(p->cgroups, row->cgroups, sizeof(p->cgroups));
	memcpy(p->namespaces, row->namespaces, sizeof(p->namespaces));
	memcpy(p->states, row->states, sizeof(p->states));
}

/* Takes the table's rows behind those that are there. 0 or -errno. */
static int take_rows(struct tasks *t, uint32_t n)
{
	size_t want = t->n + n;

	if (want > PROCESSES_MOST)
		return -E2BIG;
	if (want > t->cap) {
		struct kernel_process *other =
			reallocarray(t->processes, want + want / 4 + ROWS, sizeof(*other));

		if (!other)
			return -ENOMEM;
		t->processes = other;
		t->cap = want + want / 4 + ROWS;
	}
	for (uint32_t i = 0; i < n && i < ROWS; i++)
		take_row(&t->now.table[i], &t->processes[t->n++]);
	return 0;
}

/*
 * Each read goes on until the table is full, and the next one with the task that found no room; a task that
 * ends meanwhile is left out as in any listing.
 */
static int read_all(struct tasks *t, int fd)
{
	char nothing[64];

	for (;;) {
		ssize_t n;
		int error, r;

		t->now.skeleton->bss->count = 0;
		n = read(fd, nothing, sizeof(nothing));
		error = errno;
		if (n < 0 && error != EAGAIN && error != EINTR)
			return -error;
		r = take_rows(t, t->now.skeleton->bss->count);
		if (r < 0 || n == 0)
			return r;
	}
}

int tasks_pass(struct tasks *t, const struct kernel_question *question, const struct kernel_process **out,
	       size_t *n, struct error *err)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(t->now.link));
	int r = fd < 0 ? -errno : 0;

	/* a crowd that is gone is not kept room for */
	if (t->n < t->cap / 8) {
		free(t->processes);
		t->processes = NULL;
		t->cap = 0;
	}
	t->n = 0;
	t->now.skeleton->bss->hierarchies = question->hierarchies;
	t->now.skeleton->bss->namespaces = question->namespaces;
	t->now.skeleton->bss->threads = question->threads;
	if (r == 0)
		r = read_all(t, fd);
	if (r < 0)
		return error_errno(err, r, "", "cannot pass over the tasks in the kernel");
	*out = t->processes;
	*n = t->n;
	return 0;
}

size_t tasks_memory(const struct tasks *t)
{
	return t->now.bytes + t->cap * sizeof(*t->processes);
}

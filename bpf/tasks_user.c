/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks_user.h"

#include "base/cleanup.h"
#include "object.h"
#include "tasks.h"
#include "tasks.skel.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROWS_LEAST 256
#define ROWS_MAX (1U << 22)
#define GROWTHS 4
#define FIRST_PID_NAMESPACE 0xEFFFFFFCU /* include/linux/proc_ns.h: PROC_PID_INIT_INO */

struct loaded {
	struct tasks_bpf *skeleton;
	struct bpf_link *link;
	struct task_row *table;
	size_t bytes;
	uint32_t rows;
};

struct tasks {
	const struct cgroup_layout *layout;
	int32_t subsys[TASK_HIERARCHIES];
	char *refuse;
	struct loaded now;
	bool cannot_grow; /* the privileges are gone */
	struct kernel_process *processes;
	size_t cap;
};

/* ---- loading */

/* The enumerators of cgroup_subsys_id are called as v1 calls the controllers, but for these two. */
static int subsys_of(const struct kernel_btf *btf, const struct hierarchy *h)
{
	if (h->version == 2)
		return -2;
	for (unsigned c = 0; c < CONTROLLER__COUNT; c++) {
		const char *name = c == CONTROLLER_IO ? "io" : controller_v1_name((enum controller)c);
		char enumerator[64];

		if (!(h->controllers >> c & 1) || c == CONTROLLER_NAMED || c == CONTROLLER_CORE)
			continue;
		snprintf(enumerator, sizeof(enumerator), "%s_cgrp_id", name);
		return (int)kernel_btf_enum(btf, "cgroup_subsys_id", enumerator);
	}
	return -1;
}

static void unload(struct loaded *l)
{
	bpf_link__destroy(l->link);
	if (l->table)
		munmap(l->table, l->bytes);
	tasks_bpf__destroy(l->skeleton);
	*l = (struct loaded){0};
}

static int load_once(const struct tasks *t, struct loaded *l, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *at;
	int r;

	l->skeleton = tasks_bpf__open();
	if (!l->skeleton)
		return error_errno(err, -errno, "", "cannot open the BPF program of the tasks");
	memcpy((void *)(uintptr_t)l->skeleton->rodata->subsys, t->subsys, sizeof(t->subsys));
	l->skeleton->rodata->n_hierarchies =
		(uint32_t)(t->layout->n_hierarchies < TASK_HIERARCHIES ? t->layout->n_hierarchies
								       : TASK_HIERARCHIES);
	r = bpf_map__set_max_entries(l->skeleton->maps.processes, l->rows);
	if (r < 0)
		return error_errno(err, r, "", "cannot size the table of the tasks");
	r = object_load(l->skeleton->skeleton, t->refuse, err);
	if (r < 0)
		return r;
	l->bytes = (l->rows * sizeof(*l->table) + page - 1) / page * page;
	at = mmap(NULL, l->bytes, PROT_READ, MAP_SHARED, bpf_map__fd(l->skeleton->maps.processes), 0);
	if (at == MAP_FAILED)
		return error_errno(err, -errno, "", "cannot map the table of the tasks");
	l->table = at;
	l->link = bpf_program__attach_iter(l->skeleton->progs.tasks, NULL);
	if (!l->link)
		return error_errno(err, -errno, "", "cannot attach the pass over the tasks");
	return 0;
}

static int load(struct tasks *t, uint32_t rows, struct error *err)
{
	struct loaded l = {.rows = rows};
	int r = load_once(t, &l, err);

	if (r < 0) {
		unload(&l);
		return r;
	}
	unload(&t->now);
	t->now = l;
	return 0;
}

static bool in_first_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == FIRST_PID_NAMESPACE;
}

int tasks_open(const struct kernel_btf *btf, const struct cgroup_layout *layout, size_t n_processes,
	       const char *refuse, struct tasks **out, struct error *err)
{
	struct tasks *t;
	uint32_t rows = n_processes < ROWS_MAX / 2 ? (uint32_t)(n_processes + n_processes / 2) : ROWS_MAX;
	int r;

	if (!in_first_pid_namespace())
		return error_set(err, -ENOTSUP, "share the host's PID namespace (docker run --pid host)",
				 "this process is in a PID namespace of its own");
	t = calloc(1, sizeof(*t));
	if (t && refuse)
		t->refuse = strdup(refuse);
	if (!t || (refuse && !t->refuse)) {
		tasks_close(t);
		return error_set(err, -ENOMEM, "", "out of memory");
	}
	t->layout = layout;
	for (size_t h = 0; h < layout->n_hierarchies && h < TASK_HIERARCHIES; h++)
		t->subsys[h] = subsys_of(btf, &layout->hierarchies[h]);
	object_silence();
	r = load(t, rows < ROWS_LEAST ? ROWS_LEAST : rows, err);
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
	free(t->refuse);
	free(t);
}

/* ---- a pass */

static int pass_once(struct tasks *t, bool with_threads)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(t->now.link));
	char nothing[64];
	ssize_t n;

	if (fd < 0)
		return -errno;
	t->now.skeleton->bss->count = 0;
	t->now.skeleton->bss->with_threads = with_threads;
	do
		n = read(fd, nothing, sizeof(nothing));
	while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	return n < 0 ? -errno : 0;
}

/* A process is in a table that holds all of them, or files have it all: a part would be wrong sums. */
static int pass_and_grow(struct tasks *t, bool with_threads)
{
	int r = pass_once(t, with_threads);

	for (int i = 0; r == 0 && i < GROWTHS; i++) {
		uint32_t met = t->now.skeleton->bss->count;

		if (met <= t->now.rows)
			return 0;
		if (t->cannot_grow || met > ROWS_MAX || load(t, met + met / 2, NULL) < 0) {
			t->cannot_grow = true;
			return -ENOSPC;
		}
		r = pass_once(t, with_threads);
	}
	return r < 0 ? r : -ENOSPC;
}

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
		.inner_pid = row->inner_pid,
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

int tasks_pass(struct tasks *t, bool with_threads, const struct kernel_process **out, size_t *n,
	       struct error *err)
{
	int r = pass_and_grow(t, with_threads);
	size_t met;

	if (r < 0)
		return error_errno(
			err, r, r == -ENOSPC ? "start it again: its table was made for fewer processes" : "",
			"cannot pass over the tasks in the kernel");
	met = t->now.skeleton->bss->count;
	if (met > t->cap) {
		struct kernel_process *bigger = reallocarray(t->processes, met + met / 4, sizeof(*bigger));

		if (!bigger)
			return error_set(err, -ENOMEM, "", "out of memory");
		t->processes = bigger;
		t->cap = met + met / 4;
	}
	for (size_t i = 0; i < met; i++)
		take_row(&t->now.table[i], &t->processes[i]);
	*out = t->processes;
	*n = met;
	return 0;
}

size_t tasks_memory(const struct tasks *t)
{
	return t->now.bytes + t->cap * sizeof(*t->processes);
}
